// What a KPI's observations mean on a day: to date, against target, scored, and where the year
// ends.
#ifndef VALUELOOP_PERFORMANCE_DOMAIN_EVALUATE_H_
#define VALUELOOP_PERFORMANCE_DOMAIN_EVALUATE_H_

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "performance/domain/calendar.h"
#include "performance/domain/kpi.h"
#include "performance/domain/observation.h"
#include "performance/domain/policy.h"
#include "performance/domain/score.h"

namespace valueloop::performance {

// Both clocks of an evaluation: the day it speaks of (its end included) and what was known.
struct EvaluationTime {
  absl::CivilDay as_of;
  absl::Time known_at = absl::InfiniteFuture();
};

enum class Freshness { kNoData, kFresh, kStale };

// How forecast_phased was reached: T * A / T_to_date, or T + (A - T_to_date).
enum class ForecastMethod { kNone, kPhasedRatio, kPhasedShift };

// NO_DATA, FRESH, STALE; NONE, PHASED_RATIO, PHASED_SHIFT.
std::string_view FreshnessName(Freshness freshness);
std::string_view ForecastMethodName(ForecastMethod method);

// Numbers are in the KPI's unit of measure; unset means that there is nothing to say. Never NaN.
struct Evaluation {
  std::string kpi;
  std::string unit;
  absl::CivilDay as_of;

  int period_count = 0;  // Periods of the fiscal year.
  int periods_elapsed = 0;
  int periods_with_data = 0;
  int periods_missing = 0;  // Elapsed without an observation.
  std::optional<Period> last_period;
  Freshness freshness = Freshness::kNoData;

  // MILESTONE: 1 done, 0 open; target 1 once due; gap in days (early +, late -).
  std::optional<double> actual_to_date;
  std::optional<double> target_to_date;
  std::optional<double> floor_to_date;
  std::optional<double> stretch_to_date;
  std::optional<double> year_target;
  std::optional<double> gap;          // Positive is favourable.
  std::optional<double> achievement;  // 1 = on target.
  std::optional<double> score;        // 0 .. the curve's stretch score.
  Rag rag = Rag::kGrey;

  // The year's result at the phased run rate; if the rest goes to plan; and what the rest must
  // bring to reach the year's target: the total still missing for SUM, the mean of the remaining
  // periods for AVG and RATIO, the last value for LAST. HIGHER and LOWER only.
  std::optional<double> forecast_phased;
  std::optional<double> forecast_plan_rest;
  std::optional<double> required_rest;

  AchievementMethod achievement_method = AchievementMethod::kNone;
  ThresholdMethod threshold_method = ThresholdMethod::kShift;
  ForecastMethod forecast_method = ForecastMethod::kNone;

  friend bool operator==(const Evaluation&, const Evaluation&) = default;
};

// Evaluates the binding's fiscal year at `time` (METHODS B18, E3). A pure function: the same
// arguments give the same bits. Only periods that ended by `as_of` count; after the year's end it
// is the whole year. `history` may hold all revisions, other KPIs, units and years; what is not the
// binding's is ignored. InvalidArgument if the binding, the policy or an observation used is
// invalid.
absl::StatusOr<Evaluation> Evaluate(const KpiBinding& binding, const Policy& policy,
                                    std::span<const Observation> history,
                                    const EvaluationTime& time);

}  // namespace valueloop::performance

#endif  // VALUELOOP_PERFORMANCE_DOMAIN_EVALUATE_H_
