#include "cli/plan_choice.h"

#include "common/status.h"
#include "fmt/format.h"
#include "valueloop/performance/v1/performance.pb.h"
#include "valueloop/strategy/v1/plan.pb.h"

namespace valueloop::cli {

absl::StatusOr<std::string> ChoosePlan(Context& context, const std::string& plan) {
  if (!plan.empty()) return plan;
  performance::v1::GetFollowStateRequest request;
  request.set_parent(context.Parent());
  performance::v1::FollowState state;
  VL_RETURN_IF_ERROR(context.Call(Target::kPerformance,
                                  "valueloop.performance.v1.PerformanceService/GetFollowState",
                                  request, &state));
  if (state.plan_version().empty()) {
    return absl::NotFoundError(
        "--plan: no published plan is followed yet; publish one with `valueloop plan publish "
        "PLAN`");
  }
  return SegmentAfter(state.plan_version(), "plans");
}

absl::StatusOr<PeriodCalendar> CalendarOfPlan(Context& context, const std::string& plan) {
  // The version that performance has bound; a newer draft changes nothing yet.
  performance::v1::ListBindingsRequest bindings_request;
  bindings_request.set_parent(context.Name("plans/" + plan));
  performance::v1::ListBindingsResponse bindings;
  VL_RETURN_IF_ERROR(context.Call(Target::kPerformance,
                                  "valueloop.performance.v1.PerformanceService/ListBindings",
                                  bindings_request, &bindings));
  strategy::v1::GetPlanRequest request;
  request.set_name(bindings.plan_version());
  strategy::v1::Publication publication;
  VL_RETURN_IF_ERROR(context.Call(Target::kStrategy,
                                  "valueloop.strategy.v1.StrategyService/GetPublication", request,
                                  &publication));
  const auto& measurement = publication.measurement();
  PeriodCalendar calendar;
  calendar.fiscal_year = measurement.fiscal_year();
  if (!absl::ParseCivilTime(measurement.fiscal_start(), &calendar.fiscal_start)) {
    return absl::InternalError(fmt::format("measurement.fiscal_start: got {}, want YYYY-MM-DD",
                                           measurement.fiscal_start()));
  }
  for (const auto& kpi : measurement.kpis()) calendar.frequencies[kpi.kpi()] = kpi.frequency();
  return calendar;
}

}  // namespace valueloop::cli
