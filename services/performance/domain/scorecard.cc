#include "performance/domain/scorecard.h"

#include <cmath>
#include <utility>

#include "common/status.h"
#include "fmt/format.h"

namespace valueloop::performance {

absl::StatusOr<Scorecard> RollUp(std::string_view unit, std::vector<ScorecardLine> lines,
                                 const Policy& policy) {
  Scorecard scorecard;
  scorecard.unit = std::string(unit);
  double weighted = 0;
  for (const ScorecardLine& line : lines) {
    if (!(line.weight >= 0 && line.weight <= kMaxMagnitude)) {
      return InvalidField(fmt::format("{}.weight", line.kpi), fmt::format("{}", line.weight),
                          "a finite number, 0 or more");
    }
    scorecard.weight_total += line.weight;
    const std::optional<double> score = line.evaluation.score;
    if (!score) continue;
    if (!(*score >= 0 && *score <= kMaxMagnitude)) {
      return InvalidField(fmt::format("{}.score", line.kpi), fmt::format("{}", *score),
                          "a finite number, 0 or more");
    }
    scorecard.weight_with_data += line.weight;
    weighted += line.weight * *score;
  }
  if (scorecard.weight_with_data > 0) scorecard.score = weighted / scorecard.weight_with_data;
  scorecard.rag = RagOf(scorecard.score, policy.rag);
  scorecard.lines = std::move(lines);
  return scorecard;
}

absl::StatusOr<Scorecard> EvaluateScorecard(std::string_view unit,
                                            std::span<const KpiBinding> bindings,
                                            const Policy& policy,
                                            std::span<const Observation> history,
                                            const EvaluationTime& time) {
  std::vector<ScorecardLine> lines;
  for (const KpiBinding& binding : bindings) {
    if (!binding.unit.empty() || (!unit.empty() && binding.org != unit)) continue;
    absl::StatusOr<Evaluation> evaluation = Evaluate(binding, policy, history, time);
    if (!evaluation.ok()) {
      return Annotate(std::move(evaluation).status(), fmt::format("kpi {}", binding.kpi));
    }
    lines.push_back({binding.kpi, binding.weight, *std::move(evaluation)});
  }
  return RollUp(unit, std::move(lines), policy);
}

}  // namespace valueloop::performance
