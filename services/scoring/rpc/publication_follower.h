// Follows strategy's publications on a thread of its own: the scoring policy of each becomes the
// active one of its workspace.
#ifndef VALUELOOP_SCORING_RPC_PUBLICATION_FOLLOWER_H_
#define VALUELOOP_SCORING_RPC_PUBLICATION_FOLLOWER_H_

#include <thread>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/metrics.h"
#include "common/mutex.h"
#include "common/rpc/client.h"
#include "common/workspace/workspace_store.h"
#include "scoring/store/version_store.h"
#include "valueloop/strategy/v1/plan.pb.h"

namespace valueloop::scoring {

struct FollowTiming {
  // Between attempts: doubled from the first to the last, until strategy answers again.
  absl::Duration min_backoff = absl::Milliseconds(50);
  absl::Duration max_backoff = absl::Seconds(2);
  // How long an attempt waits for strategy to be there.
  absl::Duration ready_wait = absl::Seconds(1);
  // After so long without a message strategy is asked whether it is still there.
  absl::Duration silence = absl::Seconds(60);
};

class PublicationFollower {
 public:
  // All outlive the follower. `connected` is 1 while strategy answers, else 0.
  PublicationFollower(rpc::Channel& strategy, VersionStore& versions, WorkspaceStore& workspaces,
                      Gauge connected, FollowTiming timing = {});
  ~PublicationFollower();  // Stops.
  PublicationFollower(const PublicationFollower&) = delete;
  PublicationFollower& operator=(const PublicationFollower&) = delete;

  // Once.
  void Start();
  // Cancels what is under way and waits for the thread. May be called again.
  void Stop() VL_EXCLUDES(mutex_);

 private:
  using Message = strategy::v1::WatchPublicationsResponse;

  void Run() VL_EXCLUDES(mutex_);
  // Until the stream ends; `is_served` becomes true with its first message.
  absl::Status Follow(bool& is_served) VL_EXCLUDES(mutex_);
  absl::Status Read(rpc::ClientStream& stream, bool& is_served);
  // Does what one message asks for, and saves its cursor. An error is one of the database.
  absl::Status Take(const Message& message);

  rpc::Channel& strategy_;
  VersionStore& versions_;
  WorkspaceStore& workspaces_;
  const Gauge connected_;
  const FollowTiming timing_;
  Mutex mutex_;
  CondVar changed_;
  bool stopping_ VL_GUARDED_BY(mutex_) = false;
  rpc::ClientStream* stream_ VL_GUARDED_BY(mutex_) = nullptr;  // The one to cancel.
  std::thread thread_;
};

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_RPC_PUBLICATION_FOLLOWER_H_
