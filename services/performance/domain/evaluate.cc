#include "performance/domain/evaluate.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "common/status.h"
#include "fmt/format.h"
#include "performance/domain/targets.h"

namespace valueloop::performance {
namespace {

using PeriodMap = std::map<int, const Observation*>;

std::optional<double> Finite(double number) {
  if (!std::isfinite(number)) return std::nullopt;
  return number + 0.0;  // Turns -0 into 0, which prints better.
}

// Aggregates the periods that have data. `known` is not empty.
double ActualToDate(const KpiBinding& binding, const PeriodMap& known) {
  double sum = 0;
  double weights = 0;
  for (const auto& [index, observation] : known) {
    if (binding.aggregation == Aggregation::kRatio) {
      sum += observation->scale.value_or(binding.scale) * *observation->numerator;
      weights += *observation->denominator;
    } else {
      sum += PeriodValue(*observation, binding);
      weights += 1;
    }
  }
  switch (binding.aggregation) {
    case Aggregation::kSum:
      return sum;
    case Aggregation::kAvg:
    case Aggregation::kRatio:
      return sum / weights;
    case Aggregation::kLast:
      break;
  }
  return PeriodValue(*known.rbegin()->second, binding);
}

// Share of the year's periods that have data.
double DataShare(const Evaluation& evaluation) {
  return static_cast<double>(evaluation.periods_with_data) / evaluation.period_count;
}

// RANGE: distance to the nearest bound. The bounds of a SUM shrink to the periods that have data.
void JudgeRange(const KpiBinding& binding, const Policy& policy, Evaluation& evaluation) {
  const double share = binding.aggregation == Aggregation::kSum ? DataShare(evaluation) : 1;
  const double low = binding.range->low * share;
  const double high = binding.range->high * share;
  const double tolerance = binding.range->tolerance * share;
  const double actual = *evaluation.actual_to_date;
  double distance = 0;
  if (!AtLeast(actual, low, high)) distance = low - actual;
  if (!AtLeast(high, actual, low)) distance = actual - high;
  const double missed = distance == 0 ? 0 : tolerance > 0 ? distance / tolerance : 1;
  evaluation.gap = Finite(-distance);
  evaluation.achievement = 1 - std::min(missed, 1.0);
  evaluation.achievement_method = AchievementMethod::kLinearTolerance;
  evaluation.score = 100 * *evaluation.achievement;
  evaluation.rag = RagOf(evaluation.score, policy.rag);
}

void ForecastYear(const KpiBinding& binding, Evaluation& evaluation) {
  const double actual = *evaluation.actual_to_date;
  const double to_date = *evaluation.target_to_date;
  const double year = *evaluation.year_target;
  const double n = evaluation.periods_with_data;
  const double count = evaluation.period_count;
  const bool run_rate = binding.aggregation != Aggregation::kLast && to_date > 0 && year > 0;
  evaluation.forecast_phased =
      Finite(run_rate ? year * actual / to_date : year + (actual - to_date));
  if (evaluation.forecast_phased) {
    evaluation.forecast_method =
        run_rate ? ForecastMethod::kPhasedRatio : ForecastMethod::kPhasedShift;
  }
  switch (binding.aggregation) {
    case Aggregation::kSum:
      evaluation.forecast_plan_rest = Finite(actual + (year - to_date));
      evaluation.required_rest = Finite(year - actual);
      break;
    case Aggregation::kAvg:
    case Aggregation::kRatio:
      // The rest of the plan is (N T - n T_td) / (N - n) on average. The denominators of periods to
      // come are taken as the mean of those known, so that they cancel out of a RATIO.
      evaluation.forecast_plan_rest = Finite(year + n / count * (actual - to_date));
      if (n < count) evaluation.required_rest = Finite((count * year - n * actual) / (count - n));
      break;
    case Aggregation::kLast:
      evaluation.forecast_plan_rest = Finite(year);
      evaluation.required_rest = Finite(year);
      break;
  }
}

// A threshold of the year as a threshold to date.
std::optional<double> ToDate(std::optional<double> threshold, const Evaluation& evaluation) {
  if (!threshold || !evaluation.year_target) return std::nullopt;
  const double year = *evaluation.year_target;
  const double to_date = *evaluation.target_to_date;
  if (evaluation.threshold_method == ThresholdMethod::kScaleByPhasing) {
    return Finite(*threshold * (to_date / year));
  }
  return Finite(*threshold + (to_date - year));
}

// The baseline for the same part of the year: a level, or for SUM its share.
std::optional<double> BaselineToDate(const KpiBinding& binding, const Evaluation& evaluation) {
  if (!binding.baseline || binding.aggregation != Aggregation::kSum) return binding.baseline;
  const double to_date = *evaluation.target_to_date;
  const double year = evaluation.year_target.value_or(0);
  const double share = to_date > 0 && year > 0 ? to_date / year : DataShare(evaluation);
  return Finite(*binding.baseline * share);
}

// HIGHER and LOWER: against the target to date, if there is one.
void JudgeTarget(const KpiBinding& binding, const Policy& policy, const PeriodMap& all_known,
                 const std::vector<int>& periods, Evaluation& evaluation) {
  std::map<int, double> given;
  for (const auto& [index, observation] : all_known) {
    if (observation->target_to_date) given.emplace(index, *observation->target_to_date);
  }
  const TargetSeries targets(binding, given);
  evaluation.year_target = targets.year_target();
  evaluation.target_to_date = targets.Over(periods);
  if (!evaluation.target_to_date) return;

  const double actual = *evaluation.actual_to_date;
  const double target = *evaluation.target_to_date;
  evaluation.gap = Finite(Direction(binding.polarity) * (actual - target));
  evaluation.threshold_method = policy.Thresholds(binding.aggregation);
  // Scaling by a share that is not positive would turn thresholds around.
  if (target <= 0 || evaluation.year_target.value_or(0) <= 0) {
    evaluation.threshold_method = ThresholdMethod::kShift;
  }
  evaluation.floor_to_date = ToDate(binding.floor, evaluation);
  evaluation.stretch_to_date = ToDate(binding.stretch, evaluation);
  const Achievement achievement =
      AchievementOf(actual, target, BaselineToDate(binding, evaluation), binding.polarity, policy);
  evaluation.achievement = achievement.ratio;
  evaluation.achievement_method = achievement.method;
  const Thresholds thresholds{
      .floor = evaluation.floor_to_date, .target = target, .stretch = evaluation.stretch_to_date};
  evaluation.score =
      CurveScore(actual, thresholds, binding.polarity, achievement.ratio, policy.score_curve);
  evaluation.rag = RagOf(evaluation.score, policy.rag);
  if (evaluation.year_target) ForecastYear(binding, evaluation);
}

// The earliest day on which the milestone is known to be done, by the end of `as_of`.
std::optional<absl::CivilDay> DoneOn(const KpiBinding& binding, const PeriodMap& known,
                                     absl::CivilDay as_of) {
  std::optional<absl::CivilDay> done;
  for (const auto& [index, observation] : known) {
    if (*observation->value != 1) continue;
    const absl::CivilDay day =
        observation->done_on.value_or(binding.calendar.End(observation->period));
    if (day <= as_of && (!done || day < *done)) done = day;
  }
  return done;
}

// MILESTONE: done in time, late by days, or open and not due, which is GREY. Overdue counts as late
// even if nobody reported anything: silence is not an excuse for a date that has passed.
void JudgeMilestone(const KpiBinding& binding, const Policy& policy, const PeriodMap& known,
                    Evaluation& evaluation) {
  const absl::CivilDay due = *binding.due;
  const std::optional<absl::CivilDay> done = DoneOn(binding, known, evaluation.as_of);
  if (done) evaluation.freshness = Freshness::kFresh;  // Also within a period that is not over.
  if (done || evaluation.periods_with_data > 0) evaluation.actual_to_date = done ? 1 : 0;
  if (evaluation.as_of >= due) evaluation.target_to_date = 1;
  if (!done && evaluation.as_of <= due) return;
  const absl::CivilDay reached = done.value_or(evaluation.as_of);
  const double days_late = static_cast<double>(std::max<absl::civil_diff_t>(reached - due, 0));
  evaluation.gap = static_cast<double>(due - reached);
  evaluation.score = 100;
  if (days_late > 0) {
    evaluation.score =
        binding.grace_days > 0 ? std::max(0.0, 100 - 100 * days_late / binding.grace_days) : 0;
  }
  evaluation.achievement = *evaluation.score / 100;
  evaluation.achievement_method = AchievementMethod::kMilestone;
  evaluation.rag = RagOf(evaluation.score, policy.rag);
}

absl::StatusOr<PeriodMap> ValidPeriods(const KpiBinding& binding,
                                       std::span<const Observation> history, absl::Time known_at) {
  PeriodMap known = KnownPeriods(binding, history, known_at);
  for (const auto& [index, observation] : known) {
    absl::Status status = ValidateObservation(*observation, binding);
    if (!status.ok()) return Annotate(std::move(status), fmt::format("period {}", index));
  }
  return known;
}

}  // namespace

std::string_view FreshnessName(Freshness freshness) {
  switch (freshness) {
    case Freshness::kNoData:
      return "NO_DATA";
    case Freshness::kFresh:
      return "FRESH";
    case Freshness::kStale:
      return "STALE";
  }
  return "";
}

std::string_view ForecastMethodName(ForecastMethod method) {
  switch (method) {
    case ForecastMethod::kNone:
      return "NONE";
    case ForecastMethod::kPhasedRatio:
      return "PHASED_RATIO";
    case ForecastMethod::kPhasedShift:
      return "PHASED_SHIFT";
  }
  return "";
}

absl::StatusOr<Evaluation> Evaluate(const KpiBinding& binding, const Policy& policy,
                                    std::span<const Observation> history,
                                    const EvaluationTime& time) {
  VL_RETURN_IF_ERROR(ValidateBinding(binding));
  VL_RETURN_IF_ERROR(ValidatePolicy(policy));
  VL_ASSIGN_OR_RETURN(const PeriodMap all_known, ValidPeriods(binding, history, time.known_at));

  Evaluation evaluation;
  evaluation.kpi = binding.kpi;
  evaluation.unit = binding.unit;
  evaluation.as_of = time.as_of;
  evaluation.period_count = PeriodsPerYear(binding.frequency);
  evaluation.periods_elapsed =
      binding.calendar.PeriodsElapsed(binding.frequency, binding.fiscal_year, time.as_of);

  PeriodMap known = all_known;
  known.erase(known.upper_bound(evaluation.periods_elapsed), known.end());
  std::vector<int> periods;
  for (const auto& [index, observation] : known) periods.push_back(index);
  evaluation.periods_with_data = static_cast<int>(periods.size());
  evaluation.periods_missing = evaluation.periods_elapsed - evaluation.periods_with_data;
  if (!periods.empty()) {
    const int age = evaluation.periods_elapsed - periods.back();
    evaluation.last_period = known.rbegin()->second->period;
    evaluation.freshness = age > policy.stale_periods ? Freshness::kStale : Freshness::kFresh;
  }

  if (binding.polarity == Polarity::kMilestone) {
    // A date is reported once; the periods without a report miss nothing.
    evaluation.periods_missing = 0;
    if (evaluation.freshness == Freshness::kStale) evaluation.freshness = Freshness::kFresh;
    JudgeMilestone(binding, policy, all_known, evaluation);
    return evaluation;
  }
  if (periods.empty()) {
    if (binding.polarity != Polarity::kRange) {
      evaluation.year_target = TargetSeries(binding).year_target();
    }
    return evaluation;
  }
  evaluation.actual_to_date = Finite(ActualToDate(binding, known));
  if (binding.polarity == Polarity::kRange) {
    JudgeRange(binding, policy, evaluation);
  } else {
    JudgeTarget(binding, policy, all_known, periods, evaluation);
  }
  return evaluation;
}

}  // namespace valueloop::performance
