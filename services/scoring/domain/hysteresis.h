// Hysteresis of classes (METHODS E6): who is on the high side of a cut leaves it only below
// cut - band. Nothing is remembered: the path over the month ends from the first event to `as_of`
// is a function of the summary, under the versions the score names, so a late event changes it.
#ifndef VALUELOOP_SCORING_DOMAIN_HYSTERESIS_H_
#define VALUELOOP_SCORING_DOMAIN_HYSTERESIS_H_

#include <optional>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "scoring/domain/classify.h"

namespace valueloop::scoring {

// What a class is told from, on one day.
struct Standing {
  std::optional<double> expected_value;
  MatchResult match;
};

// Which parts of a standing are asked for; the others may be left out.
struct WantedStanding {
  bool value = false;
  bool match = false;
};

using StandingAt =
    absl::FunctionRef<absl::StatusOr<Standing>(absl::CivilDay day, const WantedStanding& wanted)>;

// The sides the customer was on at the last month end before `as_of`, as far as they can matter for
// `now`, its standing at `as_of`. A month end at which a side is unknown changes nothing; before
// `first_day`, the day of the first event, everybody is low.
//
// Only a quantity that is within the band now has a past that matters, and that only back to the
// month end at which it was last outside the band: `standing_at` is asked from the latest month end
// backwards and no further, and never if the band is 0. Fails as `standing_at` does.
absl::StatusOr<FormerSides> RecallSides(const ScoringPolicy& policy,
                                        const ReferenceDistribution* reference, const Standing& now,
                                        absl::CivilDay first_day, absl::CivilDay as_of,
                                        StandingAt standing_at);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_HYSTERESIS_H_
