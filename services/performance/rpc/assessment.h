// How a plan's KPIs stand: evaluations over what was recorded.
#ifndef VALUELOOP_PERFORMANCE_RPC_ASSESSMENT_H_
#define VALUELOOP_PERFORMANCE_RPC_ASSESSMENT_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "performance/domain/evaluate.h"
#include "performance/domain/scorecard.h"
#include "performance/store/bound_plan.h"
#include "performance/store/plan_history.h"

namespace valueloop::performance {

struct AssessmentRequest {
  std::optional<absl::CivilDay> as_of;  // Unset: DefaultAsOf.
  absl::Time known_at = absl::InfiniteFuture();
  std::string org_unit;           // Only the KPIs it is accountable for; empty: all.
  std::vector<std::string> kpis;  // Only these; empty: all.
};

struct AssessedKpi {
  KpiBinding binding;  // With its settings.
  Evaluation evaluation;
};

struct Assessment {
  absl::CivilDay as_of;
  std::vector<AssessedKpi> kpis;  // In the plan's order; cells of units are not among them.
};

// The end of the latest period of the plan's fiscal year that has data of any KPI; the first day of
// the year without any.
absl::CivilDay DefaultAsOf(const BoundPlan& plan, const PlanHistory& history, absl::Time known_at);

// A pure function of its arguments. Errors as in Evaluate, with the KPI named.
absl::StatusOr<Assessment> Assess(const BoundPlan& plan, const PlanHistory& history,
                                  const AssessmentRequest& request);

// The roll-up of an assessment; errors as in RollUp.
absl::StatusOr<Scorecard> ScorecardOf(const BoundPlan& plan, const Assessment& assessment,
                                      std::string_view org_unit);

}  // namespace valueloop::performance

#endif  // VALUELOOP_PERFORMANCE_RPC_ASSESSMENT_H_
