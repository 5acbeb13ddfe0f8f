#include "performance/domain/kpi.h"

#include <cmath>

#include "common/status.h"
#include "fmt/format.h"

namespace valueloop::performance {
namespace {

constexpr std::string_view kWantNumber = "a finite number within +-1e15";

absl::Status CheckNumber(std::string_view field, std::optional<double> number) {
  if (!number || std::abs(*number) <= kMaxMagnitude) return absl::OkStatus();
  return InvalidField(field, fmt::format("{}", *number), kWantNumber);
}

// `worse` may not lie on the better side of `better`.
absl::Status CheckOrder(std::string_view field, std::optional<double> worse,
                        std::optional<double> better, const KpiBinding& binding) {
  if (!worse || !better) return absl::OkStatus();
  if (Direction(binding.polarity) * (*better - *worse) >= 0) return absl::OkStatus();
  const bool higher = binding.polarity == Polarity::kHigher;
  // The message speaks of the threshold that is named, beside the one it contradicts.
  if (field == "floor") {
    return InvalidField(field, fmt::format("{}", *worse),
                        fmt::format("at {} {}", higher ? "most" : "least", *better));
  }
  return InvalidField(field, fmt::format("{}", *better),
                      fmt::format("at {} {}", higher ? "least" : "most", *worse));
}

absl::Status CheckThresholds(const KpiBinding& binding) {
  if (Direction(binding.polarity) == 0) return absl::OkStatus();
  VL_RETURN_IF_ERROR(CheckOrder("floor", binding.floor, binding.year_target, binding));
  VL_RETURN_IF_ERROR(CheckOrder("stretch", binding.year_target, binding.stretch, binding));
  return CheckOrder("floor", binding.floor, binding.stretch, binding);
}

absl::Status CheckRange(const KpiBinding& binding) {
  if (binding.polarity != Polarity::kRange) return absl::OkStatus();
  if (!binding.range) return InvalidField("range", "none", "low, high and tolerance for a RANGE");
  VL_RETURN_IF_ERROR(CheckNumber("range.low", binding.range->low));
  VL_RETURN_IF_ERROR(CheckNumber("range.high", binding.range->high));
  VL_RETURN_IF_ERROR(CheckNumber("range.tolerance", binding.range->tolerance));
  if (binding.range->low > binding.range->high) {
    return InvalidField("range.low", fmt::format("{}", binding.range->low),
                        fmt::format("at most range.high, {}", binding.range->high));
  }
  if (binding.range->tolerance < 0) {
    return InvalidField("range.tolerance", fmt::format("{}", binding.range->tolerance),
                        "0 or more");
  }
  return absl::OkStatus();
}

absl::Status CheckMilestone(const KpiBinding& binding) {
  if (binding.polarity != Polarity::kMilestone) return absl::OkStatus();
  if (!binding.due) return InvalidField("due", "none", "the day a MILESTONE is due");
  if (binding.grace_days < 0) {
    return InvalidField("grace_days", fmt::format("{}", binding.grace_days), "0 or more");
  }
  return absl::OkStatus();
}

absl::Status CheckTargets(const KpiBinding& binding) {
  const int period_count = PeriodsPerYear(binding.frequency);
  if (!binding.period_targets.empty() &&
      binding.period_targets.size() != static_cast<size_t>(period_count)) {
    return InvalidField("period_targets", fmt::format("{} numbers", binding.period_targets.size()),
                        fmt::format("{}, one for each {} period, or none", period_count,
                                    FrequencyName(binding.frequency)));
  }
  for (const double target : binding.period_targets) {
    VL_RETURN_IF_ERROR(CheckNumber("period_targets", target));
  }
  for (const auto& [index, target] : binding.targets_to_date) {
    if (index < 1 || index > period_count) {
      return InvalidField("targets_to_date", fmt::format("period {}", index),
                          fmt::format("a period from 1 to {}", period_count));
    }
    VL_RETURN_IF_ERROR(CheckNumber("targets_to_date", target));
  }
  return absl::OkStatus();
}

}  // namespace

std::string_view PolarityName(Polarity polarity) {
  switch (polarity) {
    case Polarity::kHigher:
      return "HIGHER";
    case Polarity::kLower:
      return "LOWER";
    case Polarity::kRange:
      return "RANGE";
    case Polarity::kMilestone:
      return "MILESTONE";
  }
  return "";
}

absl::StatusOr<Polarity> ParsePolarity(std::string_view text) {
  for (const Polarity polarity :
       {Polarity::kHigher, Polarity::kLower, Polarity::kRange, Polarity::kMilestone}) {
    if (text == PolarityName(polarity)) return polarity;
  }
  return InvalidField("polarity", text, "HIGHER, LOWER, RANGE or MILESTONE");
}

std::string_view AggregationName(Aggregation aggregation) {
  switch (aggregation) {
    case Aggregation::kSum:
      return "SUM";
    case Aggregation::kAvg:
      return "AVG";
    case Aggregation::kLast:
      return "LAST";
    case Aggregation::kRatio:
      return "RATIO";
  }
  return "";
}

absl::StatusOr<Aggregation> ParseAggregation(std::string_view text) {
  for (const Aggregation aggregation :
       {Aggregation::kSum, Aggregation::kAvg, Aggregation::kLast, Aggregation::kRatio}) {
    if (text == AggregationName(aggregation)) return aggregation;
  }
  return InvalidField("aggregation", text, "SUM, AVG, LAST or RATIO");
}

absl::Status ValidateBinding(const KpiBinding& binding) {
  if (binding.kpi.empty()) return InvalidField("kpi", "nothing", "the id of a KPI");
  if (!(binding.weight >= 0 && binding.weight <= kMaxMagnitude)) {
    return InvalidField("weight", fmt::format("{}", binding.weight), "a finite number, 0 or more");
  }
  if (!(binding.scale > 0 && binding.scale <= kMaxMagnitude)) {
    return InvalidField("scale", fmt::format("{}", binding.scale), "a finite number above 0");
  }
  VL_RETURN_IF_ERROR(CheckNumber("baseline", binding.baseline));
  VL_RETURN_IF_ERROR(CheckNumber("year_target", binding.year_target));
  VL_RETURN_IF_ERROR(CheckNumber("floor", binding.floor));
  VL_RETURN_IF_ERROR(CheckNumber("stretch", binding.stretch));
  VL_RETURN_IF_ERROR(CheckThresholds(binding));
  VL_RETURN_IF_ERROR(CheckRange(binding));
  VL_RETURN_IF_ERROR(CheckMilestone(binding));
  return CheckTargets(binding);
}

double GlobalWeight(double csf_weight, double kpi_weight) { return csf_weight * kpi_weight / 100; }

double DefaultScale(std::string_view measure) {
  if (measure == "PERCENT") return 100;
  if (measure == "PER_10K") return 10000;
  return 1;
}

bool SplitsSeries(const KpiBinding& before, const KpiBinding& after) {
  return before.measure != after.measure || before.polarity != after.polarity ||
         before.aggregation != after.aggregation || before.formula != after.formula;
}

double Direction(Polarity polarity) {
  switch (polarity) {
    case Polarity::kHigher:
      return 1;
    case Polarity::kLower:
      return -1;
    case Polarity::kRange:
    case Polarity::kMilestone:
      break;
  }
  return 0;
}

}  // namespace valueloop::performance
