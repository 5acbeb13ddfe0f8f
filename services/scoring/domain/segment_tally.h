// What a segmentation makes of a portfolio: counts, sums, overlaps, who is left out.
#ifndef VALUELOOP_SCORING_DOMAIN_SEGMENT_TALLY_H_
#define VALUELOOP_SCORING_DOMAIN_SEGMENT_TALLY_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/predicate.h"
#include "scoring/domain/profile.h"

namespace valueloop::scoring {

inline constexpr size_t kExampleCustomers = 5;

// The mean of the values that are there.
class MeanOf {
 public:
  void Add(const std::optional<double>& value) {
    if (!value) return;
    sum_ += *value;
    ++count_;
  }
  // Unset if there was none.
  std::optional<double> Get() const {
    if (count_ == 0) return std::nullopt;
    return sum_ / static_cast<double>(count_);
  }

 private:
  double sum_ = 0;
  int64_t count_ = 0;
};

// Some of the customers. Sums are over those that have the value.
struct SegmentGroup {
  int64_t customer_count = 0;
  double expected_value = 0;
  double realised_value = 0;
  double value_at_stake = 0;
  MeanOf alive_probability;
  std::vector<std::string> examples;  // The first kExampleCustomers added.

  void Add(const CustomerProfile& profile);
};

// How a customer stands to a whole segmentation.
enum class SegmentStanding {
  kCovered,      // In exactly one segment.
  kOverlapping,  // In two or more.
  kUncovered,    // In none: every predicate is false.
  kUnknown,      // In none as far as is known; at least one predicate is unrated.
};
SegmentStanding StandingOf(std::span<const PredicateOutcome> outcomes);

class SegmentTally {
 public:
  explicit SegmentTally(size_t segment_count)
      : members_(segment_count),
        unknown_counts_(segment_count),
        common_counts_(segment_count * segment_count) {}

  // Each customer once, by the bytes of their ids, with CompiledSegmentation::Evaluate's outcomes.
  void Add(const CustomerProfile& profile, std::span<const PredicateOutcome> outcomes);

  const SegmentGroup& total() const { return total_; }
  const SegmentGroup& members(size_t segment) const { return members_[segment]; }
  int64_t unknown_count(size_t segment) const { return unknown_counts_[segment]; }
  // Customers in both of two different segments.
  int64_t common_count(size_t first, size_t second) const;
  const SegmentGroup& covered() const { return covered_; }  // In one or more.
  const SegmentGroup& overlapping() const { return overlapping_; }
  const SegmentGroup& uncovered() const { return uncovered_; }
  const SegmentGroup& unknown() const { return unknown_; }

 private:
  SegmentGroup total_;
  SegmentGroup covered_;
  SegmentGroup overlapping_;
  SegmentGroup uncovered_;
  SegmentGroup unknown_;
  std::vector<SegmentGroup> members_;
  std::vector<int64_t> unknown_counts_;
  std::vector<int64_t> common_counts_;  // At first * n + second with first < second.
};

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_SEGMENT_TALLY_H_
