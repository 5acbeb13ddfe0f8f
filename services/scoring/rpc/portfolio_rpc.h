#ifndef VALUELOOP_SCORING_RPC_PORTFOLIO_RPC_H_
#define VALUELOOP_SCORING_RPC_PORTFOLIO_RPC_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/clock.h"
#include "common/mutex.h"
#include "common/rpc/service.h"
#include "common/workspace/workspace_store.h"
#include "scoring/rpc/portfolio_overview.h"
#include "scoring/store/ledger_store.h"
#include "scoring/store/rescore_queue.h"
#include "scoring/store/scorer.h"
#include "scoring/store/snapshot_store.h"
#include "scoring/store/version_registry.h"
#include "valueloop/scoring/v1/portfolio.pb.h"

namespace valueloop::scoring {

// All outlive the service.
struct PortfolioSources {
  SnapshotStore& snapshots;
  LedgerStore& ledger;
  VersionRegistry& versions;
  Scorer& scorer;
  RescoreQueue& rescores;
  WorkspaceStore& workspaces;
  const Clock& clock;
};

// valueloop.scoring.v1.PortfolioService. What was computed once for a snapshot, or for a period
// under one state of ledger and versions, is kept.
class PortfolioRpc : public rpc::Service {
 public:
  explicit PortfolioRpc(const PortfolioSources& sources);

 private:
  using Overview = std::shared_ptr<const PortfolioOverview>;
  // Workspace, first and last day (numbers), the ledger's change sequence, the versions' sequence.
  using MetricsKey = std::tuple<std::string, int32_t, int32_t, int64_t, int64_t>;

  absl::StatusOr<Workspace> FindWorkspace(std::string_view parent);
  // Of the newest snapshot.
  absl::StatusOr<Overview> FindOverview(std::string_view parent) VL_EXCLUDES(mutex_);

  absl::Status HandleGetPortfolioMetrics(rpc::CallContext& context,
                                         const v1::GetPortfolioMetricsRequest& request,
                                         v1::PortfolioMetrics& response) VL_EXCLUDES(mutex_);
  absl::Status HandleGetPortfolioForecast(rpc::CallContext& context,
                                          const v1::GetPortfolioForecastRequest& request,
                                          v1::PortfolioForecast& response);
  absl::Status HandleRescorePortfolio(const v1::RescorePortfolioRequest& request,
                                      v1::RescorePortfolioResponse& response);
  absl::Status HandleWatchPortfolio(rpc::CallContext& context,
                                    const v1::WatchPortfolioRequest& request,
                                    rpc::Writer<v1::WatchPortfolioResponse>& writer);

  const PortfolioSources sources_;
  Mutex mutex_;
  struct KeptOverview {
    int64_t snapshot = 0;
    Overview overview;
  };
  std::map<std::string, KeptOverview, std::less<>> overviews_ VL_GUARDED_BY(mutex_);
  std::map<MetricsKey, v1::PortfolioMetrics> metrics_ VL_GUARDED_BY(mutex_);
};

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_RPC_PORTFOLIO_RPC_H_
