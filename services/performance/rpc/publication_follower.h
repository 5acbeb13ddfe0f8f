// Follows strategy's publications and binds every published plan.
#ifndef VALUELOOP_PERFORMANCE_RPC_PUBLICATION_FOLLOWER_H_
#define VALUELOOP_PERFORMANCE_RPC_PUBLICATION_FOLLOWER_H_

#include <functional>

#include "absl/status/status.h"
#include "common/rpc/client.h"
#include "performance/rpc/follow_loop.h"
#include "performance/store/performance_store.h"
#include "valueloop/strategy/v1/plan.pb.h"

namespace valueloop::performance {

class PublicationFollower {
 public:
  // Called on the follower's thread after a version was bound for the first time.
  using OnBound = std::function<void(const BoundPlan&)>;

  // The arguments must outlive the follower.
  PublicationFollower(rpc::Channel& strategy, PerformanceStore& store, OnBound on_bound,
                      FollowTiming timing = {});

  void Start() { loop_.Start(); }
  void Stop() { loop_.Stop(); }
  bool connected() const { return loop_.connected(); }

 private:
  absl::Status Attempt();
  absl::Status Take(const strategy::v1::WatchPublicationsResponse& message);

  PerformanceStore& store_;
  const OnBound on_bound_;
  FollowLoop loop_;  // Last: its thread uses what is above.
};

}  // namespace valueloop::performance

#endif  // VALUELOOP_PERFORMANCE_RPC_PUBLICATION_FOLLOWER_H_
