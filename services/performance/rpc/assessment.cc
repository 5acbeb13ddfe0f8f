#include "performance/rpc/assessment.h"

#include <algorithm>
#include <utility>

#include "common/status.h"
#include "fmt/format.h"
#include "performance/domain/observation.h"

namespace valueloop::performance {
namespace {

bool IsAsked(const KpiBinding& binding, const AssessmentRequest& request) {
  if (!binding.unit.empty()) return false;
  if (!request.org_unit.empty() && binding.org != request.org_unit) return false;
  return request.kpis.empty() ||
         std::find(request.kpis.begin(), request.kpis.end(), binding.kpi) != request.kpis.end();
}

}  // namespace

absl::CivilDay DefaultAsOf(const BoundPlan& plan, const PlanHistory& history, absl::Time known_at) {
  const absl::CivilDay year_end = plan.calendar().YearEnd(plan.fiscal_year());
  absl::CivilDay as_of = plan.calendar().YearStart(plan.fiscal_year());
  for (const KpiBinding& binding : plan.bindings()) {
    if (!binding.unit.empty()) continue;
    const std::optional<Period> latest =
        LatestPeriodWithData(binding, history.Of(binding.kpi, binding.unit), year_end, known_at);
    if (latest) as_of = std::max(as_of, plan.calendar().End(*latest));
  }
  return as_of;
}

absl::StatusOr<Assessment> Assess(const BoundPlan& plan, const PlanHistory& history,
                                  const AssessmentRequest& request) {
  Assessment assessment;
  assessment.as_of = request.as_of ? *request.as_of : DefaultAsOf(plan, history, request.known_at);
  const EvaluationTime time{.as_of = assessment.as_of, .known_at = request.known_at};
  for (const KpiBinding& binding : plan.bindings()) {
    if (!IsAsked(binding, request)) continue;
    KpiBinding effective =
        Effective(binding, history.SettingsOf(binding.kpi, binding.unit), request.known_at);
    absl::StatusOr<Evaluation> evaluation =
        Evaluate(effective, plan.policy(), history.Of(binding.kpi, binding.unit), time);
    if (!evaluation.ok()) {
      return Annotate(std::move(evaluation).status(), fmt::format("kpi {}", binding.kpi));
    }
    assessment.kpis.push_back({std::move(effective), *std::move(evaluation)});
  }
  return assessment;
}

absl::StatusOr<Scorecard> ScorecardOf(const BoundPlan& plan, const Assessment& assessment,
                                      std::string_view org_unit) {
  std::vector<ScorecardLine> lines;
  for (const AssessedKpi& kpi : assessment.kpis) {
    lines.push_back({kpi.binding.kpi, kpi.binding.weight, kpi.evaluation});
  }
  return RollUp(org_unit, std::move(lines), plan.policy());
}

}  // namespace valueloop::performance
