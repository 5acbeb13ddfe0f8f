#include "scoring/domain/lift.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "common/status.h"
#include "fmt/format.h"

namespace valueloop::scoring {
namespace {

// z with P(|Z| <= z) = confidence for a standard normal Z, to the last bits, by bisection.
double TwoSidedQuantile(double confidence) {
  double low = 0;
  double high = 40;
  for (int i = 0; i < 100; ++i) {
    const double middle = (low + high) / 2;
    (std::erf(middle / std::numbers::sqrt2) < confidence ? low : high) = middle;
  }
  return (low + high) / 2;
}

}  // namespace

absl::Status Validate(const LiftOptions& options) {
  if (options.min_support < 1) {
    return InvalidField("min_support", fmt::format("{}", options.min_support), "at least 1");
  }
  if (!(options.confidence > 0.5 && options.confidence < 1)) {
    return InvalidField("confidence", fmt::format("{}", options.confidence),
                        "above 0.5 and below 1");
  }
  return absl::OkStatus();
}

std::optional<Proportion> WilsonInterval(int64_t count, int64_t total, double confidence) {
  if (total <= 0) return std::nullopt;
  const double z = TwoSidedQuantile(confidence);
  const auto n = static_cast<double>(total);
  const double p = static_cast<double>(count) / n;
  const double centre = (p + z * z / (2 * n)) / (1 + z * z / n);
  const double half = z / (1 + z * z / n) * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
  // Exactly 0 and 1 where the rate is: rounding must not leave the bound beside it.
  return Proportion{.rate = p,
                    .low = count == 0 ? 0 : std::clamp(centre - half, 0.0, p),
                    .high = count == total ? 1 : std::clamp(centre + half, p, 1.0)};
}

Lift ComputeLift(int64_t segment_events, int64_t segment_count, int64_t all_events,
                 int64_t all_count, const LiftOptions& options) {
  Lift out;
  out.rate = WilsonInterval(segment_events, segment_count, options.confidence);
  if (!out.rate || segment_count < options.min_support || all_events <= 0) return out;
  const double base = static_cast<double>(all_events) / static_cast<double>(all_count);
  out.lift = Proportion{
      .rate = out.rate->rate / base, .low = out.rate->low / base, .high = out.rate->high / base};
  if (out.lift->low > 1) {
    out.finding = LiftFinding::kAbove;
  } else {
    out.finding = out.lift->high < 1 ? LiftFinding::kBelow : LiftFinding::kUndecided;
  }
  return out;
}

}  // namespace valueloop::scoring
