// GapService: gaps beside the published plans.
#ifndef VALUELOOP_STRATEGY_RPC_GAP_RPC_H_
#define VALUELOOP_STRATEGY_RPC_GAP_RPC_H_

#include <string_view>

#include "absl/status/status.h"
#include "common/clock.h"
#include "common/rpc/service.h"
#include "common/workspace/workspace_store.h"
#include "strategy/rpc/strategy_metrics.h"
#include "strategy/store/gap_store.h"
#include "strategy/store/plan_store.h"
#include "valueloop/strategy/v1/gap.pb.h"

namespace valueloop::strategy {

// Thread-safe. Each handler does what its method's comment in gap.proto says.
class GapRpc : public rpc::Service {
 public:
  // All but `metrics`, which is copied, outlive this.
  GapRpc(GapStore& gaps, PlanStore& plans, WorkspaceStore& workspaces, const Clock& clock,
         const StrategyMetrics& metrics);

  absl::Status HandleOpenGap(const v1::OpenGapRequest& request, v1::Gap& response);
  absl::Status HandleAddGapEvidence(const v1::AddGapEvidenceRequest& request, v1::Gap& response);
  absl::Status HandleCloseGap(const v1::CloseGapRequest& request, v1::Gap& response);
  absl::Status HandleGetGap(const v1::GetGapRequest& request, v1::Gap& response);
  absl::Status HandleListGaps(const v1::ListGapsRequest& request, v1::ListGapsResponse& response);

  // Sets the gauge of open gaps; after a change, and at start.
  absl::Status CountOpenGaps();

 private:
  // The name's parts, in a workspace that exists.
  absl::StatusOr<GapKey> ResolveGap(std::string_view name);
  // That `gap` names a KPI and a unit of the published version.
  absl::Status CheckAgainstPublication(const GapRecord& gap);

  GapStore& gaps_;
  PlanStore& plans_;
  WorkspaceStore& workspaces_;
  const Clock& clock_;
  const StrategyMetrics metrics_;
};

}  // namespace valueloop::strategy

#endif  // VALUELOOP_STRATEGY_RPC_GAP_RPC_H_
