#include "scoring/domain/hysteresis.h"

#include "common/status.h"

namespace valueloop::scoring {
namespace {

// Whether `side` settles where the customer was, and where.
bool Settles(CutSide side, bool& was_high) {
  was_high = side == CutSide::kHigh;
  return side == CutSide::kHigh || side == CutSide::kLow;
}

}  // namespace

absl::StatusOr<FormerSides> RecallSides(const ScoringPolicy& policy,
                                        const ReferenceDistribution* reference, const Standing& now,
                                        absl::CivilDay first_day, absl::CivilDay as_of,
                                        StandingAt standing_at) {
  FormerSides former;
  if (!(policy.hysteresis_band > 0)) return former;
  WantedStanding wanted{.value = ValueSide(policy, reference, now.expected_value) == CutSide::kBand,
                        .match = MatchSide(policy, now.match) == CutSide::kBand};
  absl::CivilMonth month(as_of);  // Its first day is the day after a month end.
  while (wanted.value || wanted.match) {
    const absl::CivilDay month_end = absl::CivilDay(month) - 1;
    if (month_end < first_day) break;
    --month;
    VL_ASSIGN_OR_RETURN(const Standing then, standing_at(month_end, wanted));
    if (wanted.value &&
        Settles(ValueSide(policy, reference, then.expected_value), former.high_value)) {
      wanted.value = false;
    }
    if (wanted.match && Settles(MatchSide(policy, then.match), former.high_match)) {
      wanted.match = false;
    }
  }
  return former;
}

}  // namespace valueloop::scoring
