// Lift: how much likelier the customers of a segment do something than all of them (A54).
#ifndef VALUELOOP_SCORING_DOMAIN_LIFT_H_
#define VALUELOOP_SCORING_DOMAIN_LIFT_H_

#include <cstdint>
#include <optional>

#include "absl/status/status.h"

namespace valueloop::scoring {

struct LiftOptions {
  int64_t min_support = 30;  // At least 1: customers a segment must have.
  double confidence = 0.95;  // Above 0.5 and below 1.
};
// InvalidArgument names min_support or confidence.
absl::Status Validate(const LiftOptions& options);

struct Proportion {
  double rate = 0;  // 0..1, as low and high.
  double low = 0;
  double high = 0;
};
// Wilson's score interval of `count` in `total`, 0 <= count <= total; unset if total is 0.
// Source: Wilson, "Probable inference, the law of succession, and statistical inference" (1927).
std::optional<Proportion> WilsonInterval(int64_t count, int64_t total, double confidence);

enum class LiftFinding { kNotEnoughData, kAbove, kBelow, kUndecided };

struct Lift {
  std::optional<Proportion> rate;  // Of the segment.
  // The segment's rate and its ends over the rate of all; unset if the finding is kNotEnoughData.
  std::optional<Proportion> lift;
  LiftFinding finding = LiftFinding::kNotEnoughData;
};
// Of `segment_events` in `segment_count` customers, who are among the `all_events` in `all_count`.
// Not enough data: fewer customers than min_support, or nobody at all has the event. `options` must
// be valid.
Lift ComputeLift(int64_t segment_events, int64_t segment_count, int64_t all_events,
                 int64_t all_count, const LiftOptions& options);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_LIFT_H_
