#include "performance/domain/observation.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <tuple>

#include "common/status.h"
#include "fmt/format.h"

namespace valueloop::performance {
namespace {

absl::Status CheckNumber(std::string_view field, std::optional<double> number) {
  if (!number || std::abs(*number) <= kMaxMagnitude) return absl::OkStatus();
  return InvalidField(field, fmt::format("{}", *number), "a finite number within +-1e15");
}

absl::Status CheckPositive(std::string_view field, std::optional<double> number) {
  VL_RETURN_IF_ERROR(CheckNumber(field, number));
  if (!number || *number > 0) return absl::OkStatus();
  return InvalidField(field, fmt::format("{}", *number), "a number above 0");
}

absl::Status CheckSubject(const Observation& observation, const KpiBinding& binding) {
  if (observation.kpi != binding.kpi) {
    return InvalidField("kpi", observation.kpi, binding.kpi);
  }
  if (observation.unit != binding.unit) {
    return InvalidField("unit", observation.unit,
                        binding.unit.empty() ? "none, the plan as a whole" : binding.unit);
  }
  const Period& period = observation.period;
  if (period.frequency != binding.frequency || period.index < 1 ||
      period.index > PeriodsPerYear(period.frequency)) {
    return InvalidField("period",
                        fmt::format("{} period {}", FrequencyName(period.frequency), period.index),
                        fmt::format("a {} period from 1 to {}", FrequencyName(binding.frequency),
                                    PeriodsPerYear(binding.frequency)));
  }
  return absl::OkStatus();
}

// One of the two forms, complete, and the one the aggregation can use.
absl::Status CheckForm(const Observation& observation, const KpiBinding& binding) {
  const bool has_parts = observation.numerator || observation.denominator;
  if (observation.value && has_parts) {
    return InvalidField("value",
                        fmt::format("{} beside numerator or denominator", *observation.value),
                        "either a value, or numerator and denominator");
  }
  if (!observation.value && !has_parts) {
    return InvalidField("value", "nothing", "a value, or numerator and denominator");
  }
  if (has_parts && !observation.numerator) {
    return InvalidField("numerator", "nothing", "a numerator for the denominator");
  }
  if (has_parts && !observation.denominator) {
    return InvalidField("denominator", "nothing", "a denominator for the numerator");
  }
  if (binding.polarity == Polarity::kMilestone) {
    if (has_parts || (*observation.value != 0 && *observation.value != 1)) {
      return InvalidField("value", has_parts ? "a ratio" : fmt::format("{}", *observation.value),
                          "0 (open) or 1 (done) for a MILESTONE");
    }
    return absl::OkStatus();
  }
  if (binding.aggregation == Aggregation::kRatio && !has_parts) {
    return InvalidField("value", fmt::format("{}", *observation.value),
                        "numerator and denominator, as a RATIO to date is a ratio of sums");
  }
  if (binding.aggregation == Aggregation::kSum && has_parts) {
    return InvalidField("numerator", fmt::format("{}", *observation.numerator),
                        "a value, as ratios do not add up to a SUM");
  }
  return absl::OkStatus();
}

absl::Status CheckDoneOn(const Observation& observation, const KpiBinding& binding) {
  if (!observation.done_on) return absl::OkStatus();
  const std::string got = absl::FormatCivilTime(*observation.done_on);
  if (binding.polarity != Polarity::kMilestone || *observation.value != 1) {
    return InvalidField("done_on", got, "nothing, unless a MILESTONE is done");
  }
  const absl::CivilDay end = binding.calendar.End(observation.period);
  if (*observation.done_on > end) {
    return InvalidField(
        "done_on", got,
        fmt::format("at most {}, the end of the period", absl::FormatCivilTime(end)));
  }
  return absl::OkStatus();
}

bool SameSeries(const Observation& observation, const KpiBinding& binding) {
  return observation.kpi == binding.kpi && observation.unit == binding.unit &&
         observation.period.frequency == binding.frequency &&
         observation.period.fiscal_year == binding.fiscal_year;
}

}  // namespace

absl::Status ValidateObservation(const Observation& observation, const KpiBinding& binding) {
  VL_RETURN_IF_ERROR(CheckSubject(observation, binding));
  VL_RETURN_IF_ERROR(CheckNumber("value", observation.value));
  VL_RETURN_IF_ERROR(CheckNumber("numerator", observation.numerator));
  VL_RETURN_IF_ERROR(CheckPositive("denominator", observation.denominator));
  VL_RETURN_IF_ERROR(CheckPositive("scale", observation.scale));
  VL_RETURN_IF_ERROR(CheckNumber("target_to_date", observation.target_to_date));
  VL_RETURN_IF_ERROR(CheckForm(observation, binding));
  VL_RETURN_IF_ERROR(CheckDoneOn(observation, binding));
  // A tiny denominator can still lift the value out of range.
  const double value = PeriodValue(observation, binding);
  if (std::abs(value) <= kMaxMagnitude) return absl::OkStatus();
  return InvalidField("denominator", fmt::format("{}", *observation.denominator),
                      "one that keeps the ratio within +-1e15");
}

double PeriodValue(const Observation& observation, const KpiBinding& binding) {
  if (observation.value) return *observation.value;
  return observation.scale.value_or(binding.scale) * *observation.numerator /
         *observation.denominator;
}

bool SameContent(const Observation& a, const Observation& b) {
  Observation other = b;
  other.recorded_time = a.recorded_time;
  other.revision = a.revision;
  return a == other;
}

int64_t NextRevision(std::span<const Observation> history, const Observation& next) {
  int64_t last = 0;
  for (const Observation& observation : history) {
    if (observation.kpi == next.kpi && observation.unit == next.unit &&
        observation.period == next.period) {
      last = std::max(last, observation.revision);
    }
  }
  return last + 1;
}

std::map<int, const Observation*> KnownPeriods(const KpiBinding& binding,
                                               std::span<const Observation> history,
                                               absl::Time known_at) {
  std::map<int, const Observation*> latest;
  for (const Observation& observation : history) {
    if (!SameSeries(observation, binding) || observation.recorded_time > known_at) continue;
    const Observation*& slot = latest[observation.period.index];
    // Of equal revisions, which a store never makes, the later one wins, so that order decides
    // nothing.
    if (slot == nullptr || std::tie(slot->revision, slot->recorded_time) <
                               std::tie(observation.revision, observation.recorded_time)) {
      slot = &observation;
    }
  }
  return latest;
}

std::optional<Period> LatestPeriodWithData(const KpiBinding& binding,
                                           std::span<const Observation> history,
                                           absl::CivilDay as_of, absl::Time known_at) {
  const int elapsed =
      binding.calendar.PeriodsElapsed(binding.frequency, binding.fiscal_year, as_of);
  std::optional<Period> last;
  for (const auto& [index, observation] : KnownPeriods(binding, history, known_at)) {
    if (index <= elapsed) last = observation->period;
  }
  return last;
}

}  // namespace valueloop::performance
