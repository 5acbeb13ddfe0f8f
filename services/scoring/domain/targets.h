// Choosing target segments: the best scores that fit the capacity (A28).
#ifndef VALUELOOP_SCORING_DOMAIN_TARGETS_H_
#define VALUELOOP_SCORING_DOMAIN_TARGETS_H_

#include <bitset>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "scoring/domain/segment.h"

namespace valueloop::scoring {

// The segments a customer is in, by their places.
using SegmentSet = std::bitset<kMaxSegments>;

struct TargetLimits {
  std::optional<int64_t> capacity;      // Customers, at least 0.
  std::optional<int32_t> max_segments;  // At least 1.
  std::optional<double> min_score;
};
// InvalidArgument names the limit.
absl::Status Validate(const TargetLimits& limits);

enum class TargetOutcome { kChosen, kCapacity, kSegmentLimit, kMinScore, kEmpty };

struct Target {
  size_t segment = 0;
  double score = 0;
  int64_t customer_count = 0;
  int64_t added_count = 0;       // Not in a segment chosen before.
  int64_t cumulative_count = 0;  // Customers of the segments chosen so far, this one included.
  TargetOutcome outcome = TargetOutcome::kChosen;
};

// Goes through the segments by falling score, ties in their order, and takes each one that fits
// with those taken before; a customer of several counts once. One that does not fit is passed over.
// `scores` has one finite number per segment, `customers` one set per customer.
std::vector<Target> SelectTargets(std::span<const double> scores,
                                  std::span<const SegmentSet> customers,
                                  const TargetLimits& limits);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_TARGETS_H_
