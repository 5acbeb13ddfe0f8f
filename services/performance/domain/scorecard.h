// How the plan, or a unit, stands: the weighted mean of the scores of its KPIs.
#ifndef VALUELOOP_PERFORMANCE_DOMAIN_SCORECARD_H_
#define VALUELOOP_PERFORMANCE_DOMAIN_SCORECARD_H_

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "performance/domain/evaluate.h"

namespace valueloop::performance {

struct ScorecardLine {
  std::string kpi;
  double weight = 0;  // Global weight.
  Evaluation evaluation;
};

struct Scorecard {
  std::string unit;                  // Empty: the plan.
  std::optional<double> score;       // Unset if no weight has data: nothing known is not zero.
  Rag rag = Rag::kGrey;              // By the policy's cuts on `score`.
  double weight_with_data = 0;       // Sum of the global weights that the score rests on.
  double weight_total = 0;           // With the KPIs that have no score.
  std::vector<ScorecardLine> lines;  // In the order of the bindings.
};

// Rolls up lines that were evaluated before: sum(weight * score) / sum(weight) over those with a
// score. InvalidArgument if a weight or a score is negative or not finite.
absl::StatusOr<Scorecard> RollUp(std::string_view unit, std::vector<ScorecardLine> lines,
                                 const Policy& policy);

// Evaluates and rolls up: without a unit every KPI of the plan as a whole, with one those whose
// `org` it is. Bindings of a unit's cell (binding.unit not empty) are in neither. Errors as in
// Evaluate, with the KPI named.
absl::StatusOr<Scorecard> EvaluateScorecard(std::string_view unit,
                                            std::span<const KpiBinding> bindings,
                                            const Policy& policy,
                                            std::span<const Observation> history,
                                            const EvaluationTime& time);

}  // namespace valueloop::performance

#endif  // VALUELOOP_PERFORMANCE_DOMAIN_SCORECARD_H_
