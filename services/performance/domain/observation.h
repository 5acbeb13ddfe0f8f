// Observations: what was measured for a KPI in a period. Append-only and bitemporal: a restatement
// is a new revision of the same period, and an old report is reproduced by ignoring what was
// recorded after it.
#ifndef VALUELOOP_PERFORMANCE_DOMAIN_OBSERVATION_H_
#define VALUELOOP_PERFORMANCE_DOMAIN_OBSERVATION_H_

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "performance/domain/calendar.h"
#include "performance/domain/kpi.h"

namespace valueloop::performance {

struct Observation {
  std::string kpi;
  std::string unit;  // As in KpiBinding: empty for the plan as a whole.
  Period period;

  // Either a value, or numerator and denominator.
  std::optional<double> value;
  std::optional<double> numerator;
  std::optional<double> denominator;
  // Factor on numerator / denominator; unset: the binding's.
  std::optional<double> scale;

  // The target to date at the end of this period, where it differs from the phasing.
  std::optional<double> target_to_date;
  // MILESTONE: the day it was done; unset: the last day of the period.
  std::optional<absl::CivilDay> done_on;

  std::string source;  // Who measured it; free text.
  absl::Time recorded_time;
  // 1, 2, ... within (kpi, unit, period), in the order of recording.
  int64_t revision = 1;

  friend bool operator==(const Observation&, const Observation&) = default;
};

// InvalidArgument, naming the field, unless the observation suits the binding:
// - same kpi, unit and frequency; the period's index exists;
// - exactly one of value, or numerator and denominator; all finite and within kMaxMagnitude;
//   denominator > 0, scale > 0;
// - RATIO wants numerator and denominator, because a ratio to date is a ratio of sums;
// - SUM and MILESTONE want a value; AVG and LAST take either (the period's value is then
//   scale * numerator / denominator);
// - MILESTONE: value 0 (open) or 1 (done); done_on only with it, and not after the period.
absl::Status ValidateObservation(const Observation& observation, const KpiBinding& binding);

// The value of one period. `observation` must be valid for `binding`.
double PeriodValue(const Observation& observation, const KpiBinding& binding);

// Whether recording `b` after `a` would say nothing new: equal but for recorded_time and revision.
bool SameContent(const Observation& a, const Observation& b);

// The revision the next observation of that (kpi, unit, period) gets; 1 for the first.
int64_t NextRevision(std::span<const Observation> history, const Observation& next);

// The observations of the binding's KPI, unit and fiscal year as known at `known_at` (its instant
// included), by period index: of each period the latest revision. The pointers are into `history`.
std::map<int, const Observation*> KnownPeriods(const KpiBinding& binding,
                                               std::span<const Observation> history,
                                               absl::Time known_at);

// The latest period of the binding's fiscal year that has data at `known_at` and ended by `as_of`.
std::optional<Period> LatestPeriodWithData(const KpiBinding& binding,
                                           std::span<const Observation> history,
                                           absl::CivilDay as_of, absl::Time known_at);

}  // namespace valueloop::performance

#endif  // VALUELOOP_PERFORMANCE_DOMAIN_OBSERVATION_H_
