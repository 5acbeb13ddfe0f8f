// Follows scoring's portfolio of a workspace and records what it says about the KPIs whose source
// is SCORING.
#ifndef VALUELOOP_PERFORMANCE_RPC_PORTFOLIO_FOLLOWER_H_
#define VALUELOOP_PERFORMANCE_RPC_PORTFOLIO_FOLLOWER_H_

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/mutex.h"
#include "common/rpc/client.h"
#include "performance/rpc/follow_loop.h"
#include "performance/rpc/plan_book.h"
#include "performance/rpc/recorder.h"
#include "performance/store/performance_store.h"
#include "valueloop/scoring/v1/portfolio.pb.h"

namespace valueloop::performance {

// One workspace. After each new snapshot every period that has all its data is asked for again;
// what has changed is recorded as a restatement.
class PortfolioFollower {
 public:
  // The references must outlive the follower.
  PortfolioFollower(std::string workspace, rpc::Channel& scoring, PerformanceStore& store,
                    PlanBook& book, Recorder& recorder, FollowTiming timing);

  void Start() { loop_.Start(); }
  void Restart() { loop_.Restart(); }
  bool connected() const { return loop_.connected(); }

 private:
  using Days = std::pair<absl::CivilDay, absl::CivilDay>;
  using MetricsByDays = std::map<Days, absl::StatusOr<scoring::v1::PortfolioMetrics>>;

  absl::Status Attempt();
  absl::Status Take(const scoring::v1::WatchPortfolioResponse& message);
  absl::StatusOr<std::vector<std::shared_ptr<const BoundPlan>>> ScoredPlans();
  absl::StatusOr<std::vector<RecordedObservation>> Observe(const BoundPlan& plan,
                                                           absl::CivilDay until,
                                                           MetricsByDays& metrics);
  const absl::StatusOr<scoring::v1::PortfolioMetrics>& Ask(const Days& days,
                                                           MetricsByDays& metrics);

  const std::string workspace_;
  PerformanceStore& store_;
  PlanBook& book_;
  Recorder& recorder_;
  FollowLoop loop_;  // Last: its thread uses what is above.
};

// All workspaces that have a KPI whose source is SCORING. Thread-safe.
class PortfolioFollowers {
 public:
  PortfolioFollowers(rpc::Channel& scoring, PerformanceStore& store, PlanBook& book,
                     Recorder& recorder, FollowTiming timing = {});

  // Follows for the plans that are bound already.
  absl::Status Start();
  // Follows for a plan bound now; what its KPIs need is asked for again from the start.
  void PlanBound(const BoundPlan& plan) VL_EXCLUDES(mutex_);
  void Stop() VL_EXCLUDES(mutex_);
  // False for a workspace that is not followed.
  bool connected(std::string_view workspace) VL_EXCLUDES(mutex_);
  // True if there is one at least.
  bool all_connected() VL_EXCLUDES(mutex_);

 private:
  rpc::Channel& scoring_;
  PerformanceStore& store_;
  PlanBook& book_;
  Recorder& recorder_;
  const FollowTiming timing_;
  Mutex mutex_;
  bool stopped_ VL_GUARDED_BY(mutex_) = false;
  std::map<std::string, std::unique_ptr<PortfolioFollower>, std::less<>> followers_
      VL_GUARDED_BY(mutex_);
};

}  // namespace valueloop::performance

#endif  // VALUELOOP_PERFORMANCE_RPC_PORTFOLIO_FOLLOWER_H_
