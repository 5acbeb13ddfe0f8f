#include "scoring/domain/segment_tally.h"

#include <algorithm>

namespace valueloop::scoring {

void SegmentGroup::Add(const CustomerProfile& profile) {
  ++customer_count;
  expected_value += profile.Sum(ProfileNumber::kExpectedValue);
  realised_value += profile.Sum(ProfileNumber::kRealisedValue);
  value_at_stake += profile.Sum(ProfileNumber::kValueAtStake);
  alive_probability.Add(profile.Get(ProfileNumber::kAliveProbability));
  if (examples.size() < kExampleCustomers) examples.push_back(profile.customer_id);
}

SegmentStanding StandingOf(std::span<const PredicateOutcome> outcomes) {
  const auto count = [&](PredicateOutcome wanted) {
    return std::count(outcomes.begin(), outcomes.end(), wanted);
  };
  const auto member_of = count(PredicateOutcome::kTrue);
  if (member_of > 1) return SegmentStanding::kOverlapping;
  if (member_of == 1) return SegmentStanding::kCovered;
  return count(PredicateOutcome::kUnrated) > 0 ? SegmentStanding::kUnknown
                                               : SegmentStanding::kUncovered;
}

void SegmentTally::Add(const CustomerProfile& profile, std::span<const PredicateOutcome> outcomes) {
  total_.Add(profile);
  std::vector<size_t> member_of;
  for (size_t i = 0; i < outcomes.size(); ++i) {
    if (outcomes[i] == PredicateOutcome::kUnrated) ++unknown_counts_[i];
    if (outcomes[i] != PredicateOutcome::kTrue) continue;
    members_[i].Add(profile);
    for (const size_t other : member_of) ++common_counts_[other * members_.size() + i];
    member_of.push_back(i);
  }
  switch (StandingOf(outcomes)) {
    case SegmentStanding::kOverlapping:
      overlapping_.Add(profile);
      covered_.Add(profile);
      break;
    case SegmentStanding::kCovered:
      covered_.Add(profile);
      break;
    case SegmentStanding::kUncovered:
      uncovered_.Add(profile);
      break;
    case SegmentStanding::kUnknown:
      unknown_.Add(profile);
      break;
  }
}

int64_t SegmentTally::common_count(size_t first, size_t second) const {
  return common_counts_[std::min(first, second) * members_.size() + std::max(first, second)];
}

}  // namespace valueloop::scoring
