// Following another service: a stream that is opened again whenever it ends, for as long as it
// takes, on a thread of its own.
#ifndef VALUELOOP_PERFORMANCE_RPC_FOLLOW_LOOP_H_
#define VALUELOOP_PERFORMANCE_RPC_FOLLOW_LOOP_H_

#include <atomic>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <thread>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/mutex.h"
#include "common/rpc/client.h"
#include "google/protobuf/message.h"

namespace valueloop::performance {

struct FollowTiming {
  // Between attempts: doubled from the first to the last, until one lasts as long as the last.
  absl::Duration min_backoff = absl::Milliseconds(50);
  absl::Duration max_backoff = absl::Seconds(2);
  // How long an attempt waits for the service to be there.
  absl::Duration ready_wait = absl::Seconds(1);
  // After so long without a message the service is asked whether it is still there.
  absl::Duration silence = absl::Seconds(60);
};

class FollowLoop {
 public:
  // One attempt: reads where to go on, then calls Follow. Runs on the loop's thread.
  using Attempt = std::function<absl::Status(FollowLoop&)>;

  // `channel` must outlive the loop. `name` is for the log.
  FollowLoop(std::string name, rpc::Channel& channel, Attempt attempt, FollowTiming timing = {});
  ~FollowLoop();  // Stops.
  FollowLoop(const FollowLoop&) = delete;
  FollowLoop& operator=(const FollowLoop&) = delete;

  // Once.
  void Start();
  // Cancels what is under way and waits for the thread. May be called again.
  void Stop() VL_EXCLUDES(mutex_);
  // Ends the attempt under way, if there is one, and begins another at once. Thread-safe.
  void Restart() VL_EXCLUDES(mutex_);
  // Whether the service answers now. Thread-safe.
  bool connected() const { return connected_.load(); }

  // For attempts. Opens the stream and calls `on_message` with each response, which is in
  // `response`; with `newest_only` several that wait are one. Returns how the stream ended, or the
  // first error of `on_message`.
  absl::Status Follow(std::string_view method, const google::protobuf::Message& request,
                      google::protobuf::Message& response, bool newest_only,
                      absl::FunctionRef<absl::Status()> on_message);

  // For attempts. A unary call that Stop and Restart cancel.
  absl::Status Call(std::string_view method, const google::protobuf::Message& request,
                    google::protobuf::Message& response, absl::Duration timeout);

 private:
  void Run() VL_EXCLUDES(mutex_);
  absl::Status RunAttempt() VL_EXCLUDES(mutex_);
  // Runs `use` with a stream that can be cancelled from outside meanwhile.
  absl::Status WithStream(std::string_view method, const rpc::CallOptions& options,
                          absl::FunctionRef<absl::Status(rpc::ClientStream&)> use)
      VL_EXCLUDES(mutex_);
  void CancelStreams() VL_REQUIRES(mutex_);

  const std::string name_;
  rpc::Channel& channel_;
  const Attempt attempt_;
  const FollowTiming timing_;
  std::atomic<bool> connected_{false};
  Mutex mutex_;
  CondVar changed_;
  bool stopping_ VL_GUARDED_BY(mutex_) = false;
  bool restarting_ VL_GUARDED_BY(mutex_) = false;
  std::set<rpc::ClientStream*> streams_ VL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace valueloop::performance

#endif  // VALUELOOP_PERFORMANCE_RPC_FOLLOW_LOOP_H_
