// valueloop.performance.v1.PerformanceService.
#ifndef VALUELOOP_PERFORMANCE_RPC_PERFORMANCE_RPC_H_
#define VALUELOOP_PERFORMANCE_RPC_PERFORMANCE_RPC_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/rpc/service.h"
#include "common/workspace/workspace_store.h"
#include "performance/rpc/assessment.h"
#include "performance/rpc/plan_book.h"
#include "performance/rpc/recorder.h"
#include "performance/store/performance_store.h"
#include "valueloop/performance/v1/performance.pb.h"

namespace valueloop::performance {

// What GetFollowState asks of others.
struct FollowProbe {
  std::function<bool()> strategy_connected;
  std::function<bool(std::string_view workspace)> scoring_connected;
  std::function<absl::StatusOr<int64_t>()> outbox_count;
};

class PerformanceRpc : public rpc::Service {
 public:
  // The references must outlive the service.
  PerformanceRpc(PerformanceStore& store, PlanBook& book, Recorder& recorder,
                 WorkspaceStore& workspaces, FollowProbe probe);

  absl::Status HandleRecordObservations(const v1::RecordObservationsRequest& request,
                                        v1::RecordObservationsResponse& response);
  absl::Status HandleListObservations(const v1::ListObservationsRequest& request,
                                      v1::ListObservationsResponse& response);
  absl::Status HandleListBindings(const v1::ListBindingsRequest& request,
                                  v1::ListBindingsResponse& response);
  absl::Status HandleEvaluateKpis(const v1::EvaluateKpisRequest& request,
                                  v1::EvaluateKpisResponse& response);
  absl::Status HandleGetScorecard(const v1::GetScorecardRequest& request, v1::Scorecard& response);
  absl::Status HandleGetFollowState(const v1::GetFollowStateRequest& request,
                                    v1::FollowState& response);

 private:
  // A plan named in a request, or one version of it, in a workspace that exists.
  struct PlanName {
    PlanKey key;
    std::optional<int64_t> version;
  };
  struct Assessed {
    std::shared_ptr<const BoundPlan> plan;
    Assessment assessment;
  };

  absl::StatusOr<PlanName> ParsePlan(std::string_view parent);
  absl::Status RecordOnce(const PlanName& name, const v1::RecordObservationsRequest& request,
                          v1::RecordObservationsResponse& response);
  absl::StatusOr<Assessed> AssessPlan(std::string_view parent, AssessmentRequest request);

  PerformanceStore& store_;
  PlanBook& book_;
  Recorder& recorder_;
  WorkspaceStore& workspaces_;
  const FollowProbe probe_;
};

}  // namespace valueloop::performance

#endif  // VALUELOOP_PERFORMANCE_RPC_PERFORMANCE_RPC_H_
