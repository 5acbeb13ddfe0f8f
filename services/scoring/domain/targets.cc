#include "scoring/domain/targets.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "common/status.h"
#include "fmt/format.h"

namespace valueloop::scoring {
namespace {

TargetOutcome OutcomeOf(const Target& target, int64_t chosen_customers, int32_t chosen_segments,
                        const TargetLimits& limits) {
  if (target.customer_count == 0) return TargetOutcome::kEmpty;
  if (limits.min_score && target.score < *limits.min_score) return TargetOutcome::kMinScore;
  if (limits.max_segments && chosen_segments >= *limits.max_segments) {
    return TargetOutcome::kSegmentLimit;
  }
  if (limits.capacity && target.added_count > *limits.capacity - chosen_customers) {
    return TargetOutcome::kCapacity;
  }
  return TargetOutcome::kChosen;
}

}  // namespace

absl::Status Validate(const TargetLimits& limits) {
  if (limits.capacity && *limits.capacity < 0) {
    return InvalidField("capacity", fmt::format("{}", *limits.capacity), "at least 0");
  }
  if (limits.max_segments && *limits.max_segments < 1) {
    return InvalidField("max_segments", fmt::format("{}", *limits.max_segments), "at least 1");
  }
  if (limits.min_score && !std::isfinite(*limits.min_score)) {
    return InvalidField("min_score", fmt::format("{}", *limits.min_score), "a finite number");
  }
  return absl::OkStatus();
}

std::vector<Target> SelectTargets(std::span<const double> scores,
                                  std::span<const SegmentSet> customers,
                                  const TargetLimits& limits) {
  std::vector<size_t> order(scores.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return scores[a] > scores[b]; });
  std::vector<Target> targets;
  SegmentSet chosen;
  int64_t chosen_customers = 0;
  int32_t chosen_segments = 0;
  for (const size_t segment : order) {
    Target target{.segment = segment, .score = scores[segment]};
    for (const SegmentSet& customer : customers) {
      if (!customer[segment]) continue;
      ++target.customer_count;
      if ((customer & chosen).none()) ++target.added_count;
    }
    target.outcome = OutcomeOf(target, chosen_customers, chosen_segments, limits);
    if (target.outcome == TargetOutcome::kChosen) {
      chosen.set(segment);
      chosen_customers += target.added_count;
      ++chosen_segments;
    }
    target.cumulative_count = chosen_customers;
    targets.push_back(target);
  }
  return targets;
}

}  // namespace valueloop::scoring
