// Why a score became another: the steps between two days, each with its cause, that lead from one
// score to the other without a remainder (a score is a function of its arguments: change them one
// after the other).
#ifndef VALUELOOP_SCORING_DOMAIN_CHANGE_POINTS_H_
#define VALUELOOP_SCORING_DOMAIN_CHANGE_POINTS_H_

#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "scoring/domain/reason_changes.h"
#include "scoring/domain/simulate.h"

namespace valueloop::scoring {

// In the order in which they are taken.
enum class ChangeCause { kTime, kEvent, kModel, kPolicy, kReference };
inline constexpr int kChangeCauseCount = 5;
// TIME, EVENT, MODEL, POLICY, REFERENCE.
std::string_view ChangeCauseName(ChangeCause cause);

struct ScoreStep {
  ChangeCause cause = ChangeCause::kTime;
  Score after;
};

struct ScorePath {
  Score start;
  std::vector<ScoreStep> steps;  // Each starts where the one before ended.

  const Score& before(size_t step) const { return step == 0 ? start : steps[step - 1].after; }
  const Score& end() const { return steps.empty() ? start : steps.back().after; }
};

// The path from the score of `from` (day and versions) to that of `to`, a day not before it. Steps
// that can change nothing are left out: no TIME within a day, no EVENT without one between the
// days, no version that is the same. Fails as ComputeScore.
absl::StatusOr<ScorePath> ExplainPath(const CustomerCase& customer, const ScoreContext& from,
                                      const ScoreContext& to);

// Whether state, class, values and match are all the same.
bool IsSameScore(const Score& left, const Score& right);

// The cause of the last step that brought the class of the path's end; unset if that is the class
// it started with.
std::optional<ChangeCause> CauseOfClass(const ScorePath& path);

// The largest change of a reason of value between two scores with reasons; unset if either has no
// expected value, or none changed.
std::optional<ReasonChange> MainReason(const Score& before, const Score& after);

// after - before; unset unless both have it.
std::optional<double> ExpectedChange(const Score& before, const Score& after);
std::optional<double> MatchChange(const Score& before, const Score& after);

// The last days of months after `after` and before `until`, then `until` if it is after `after`.
std::vector<absl::CivilDay> MonthEnds(absl::CivilDay after, absl::CivilDay until);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_CHANGE_POINTS_H_
