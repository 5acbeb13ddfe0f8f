// StrategyService: plans that compile, and what was published of them.
#ifndef VALUELOOP_STRATEGY_RPC_STRATEGY_RPC_H_
#define VALUELOOP_STRATEGY_RPC_STRATEGY_RPC_H_

#include <string_view>

#include "absl/status/status.h"
#include "common/clock.h"
#include "common/rpc/service.h"
#include "common/workspace/workspace_store.h"
#include "strategy/domain/compile.h"
#include "strategy/rpc/plan_names.h"
#include "strategy/rpc/strategy_metrics.h"
#include "strategy/store/plan_store.h"
#include "valueloop/strategy/v1/plan.pb.h"

namespace valueloop::strategy {

// Thread-safe. Each handler does what its method's comment in plan.proto says.
class StrategyRpc : public rpc::Service {
 public:
  // All but `metrics`, which is copied, outlive this.
  StrategyRpc(PlanStore& plans, WorkspaceStore& workspaces, const Clock& clock,
              const StrategyMetrics& metrics);

  absl::Status HandleImportPlan(const v1::ImportPlanRequest& request,
                                v1::ImportPlanResponse& response);
  absl::Status HandleValidatePlan(const v1::ValidatePlanRequest& request,
                                  v1::ValidationReport& response);
  absl::Status HandlePublishPlan(const v1::PublishPlanRequest& request, v1::Plan& response);
  absl::Status HandleGetPlan(const v1::GetPlanRequest& request, v1::Plan& response);
  absl::Status HandleListPlans(const v1::ListPlansRequest& request,
                               v1::ListPlansResponse& response);
  absl::Status HandleExportPlan(const v1::ExportPlanRequest& request,
                                v1::ExportPlanResponse& response);
  absl::Status HandleGetPublication(const v1::GetPlanRequest& request, v1::Publication& response);
  absl::Status HandlePreviewPublication(const v1::GetPlanRequest& request,
                                        v1::Publication& response);
  absl::Status HandleWatchPublications(rpc::CallContext& context,
                                       const v1::WatchPublicationsRequest& request,
                                       rpc::Writer<v1::WatchPublicationsResponse>& writer);

 private:
  // The name's parts, in a workspace that exists.
  absl::StatusOr<PlanName> ResolvePlan(std::string_view name);
  absl::StatusOr<Compilation> CompileSource(std::string_view source, std::string_view file_name);
  absl::Status ValidateStored(const v1::ValidatePlanRequest& request,
                              v1::ValidationReport& response);
  absl::StatusOr<PlanVersion> Publish(const PlanSource& source, const RequestKey& key);

  PlanStore& plans_;
  WorkspaceStore& workspaces_;
  const Clock& clock_;
  const StrategyMetrics metrics_;
};

}  // namespace valueloop::strategy

#endif  // VALUELOOP_STRATEGY_RPC_STRATEGY_RPC_H_
