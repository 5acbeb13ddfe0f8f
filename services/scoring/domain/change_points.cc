#include "scoring/domain/change_points.h"

#include <array>
#include <utility>

#include "common/status.h"

namespace valueloop::scoring {

std::string_view ChangeCauseName(ChangeCause cause) {
  constexpr std::array<std::string_view, kChangeCauseCount> kNames = {"TIME", "EVENT", "MODEL",
                                                                      "POLICY", "REFERENCE"};
  return kNames[static_cast<size_t>(cause)];
}

absl::StatusOr<ScorePath> ExplainPath(const CustomerCase& customer, const ScoreContext& from,
                                      const ScoreContext& to) {
  ScorePath path;
  ScoreContext context = from;
  context.with_reasons = from.with_reasons && to.with_reasons;
  context.forecaster = nullptr;  // It is of one policy.
  VL_ASSIGN_OR_RETURN(path.start, ComputeScore(context, customer));
  const auto step = [&](ChangeCause cause, const CustomerCase& of) -> absl::Status {
    VL_ASSIGN_OR_RETURN(Score after, ComputeScore(context, of));
    path.steps.push_back({.cause = cause, .after = std::move(after)});
    return absl::OkStatus();
  };
  if (from.as_of != to.as_of) {
    context.as_of = to.as_of;
    const bool has_events = !DaysWithEvents(customer, from.as_of, to.as_of).empty();
    if (has_events) {
      VL_RETURN_IF_ERROR(step(ChangeCause::kTime, CutBefore(customer, from.as_of + 1)));
    }
    VL_RETURN_IF_ERROR(step(has_events ? ChangeCause::kEvent : ChangeCause::kTime, customer));
  }
  if (from.model != to.model) {
    context.model = to.model;
    VL_RETURN_IF_ERROR(step(ChangeCause::kModel, customer));
  }
  if (from.policy != to.policy) {
    context.policy = to.policy;
    VL_RETURN_IF_ERROR(step(ChangeCause::kPolicy, customer));
  }
  if (from.reference != to.reference || from.reference_version != to.reference_version) {
    context.reference = to.reference;
    context.reference_version = to.reference_version;
    VL_RETURN_IF_ERROR(step(ChangeCause::kReference, customer));
  }
  return path;
}

bool IsSameScore(const Score& left, const Score& right) {
  const auto expected = [](const Score& score) {
    return score.expected ? std::optional<double>(score.expected->total()) : std::nullopt;
  };
  return left.state == right.state &&
         left.classification.customer_class == right.classification.customer_class &&
         left.classification.value_score == right.classification.value_score &&
         left.realised.total() == right.realised.total() && expected(left) == expected(right) &&
         left.match.score == right.match.score && left.match.coverage == right.match.coverage;
}

std::optional<ChangeCause> CauseOfClass(const ScorePath& path) {
  const CustomerClass end = path.end().classification.customer_class;
  if (path.start.classification.customer_class == end) return std::nullopt;
  for (size_t i = path.steps.size(); i-- > 0;) {
    if (path.before(i).classification.customer_class != end) return path.steps[i].cause;
  }
  return std::nullopt;
}

std::optional<ReasonChange> MainReason(const Score& before, const Score& after) {
  if (!before.expected || !after.expected) return std::nullopt;
  std::vector<ReasonChange> changes = CompareReasons(before.value_reasons, after.value_reasons);
  if (changes.empty()) return std::nullopt;
  return std::move(changes.front());
}

std::optional<double> ExpectedChange(const Score& before, const Score& after) {
  if (!before.expected || !after.expected) return std::nullopt;
  return after.expected->total() - before.expected->total();
}

std::optional<double> MatchChange(const Score& before, const Score& after) {
  if (!before.match.score || !after.match.score) return std::nullopt;
  return *after.match.score - *before.match.score;
}

std::vector<absl::CivilDay> MonthEnds(absl::CivilDay after, absl::CivilDay until) {
  std::vector<absl::CivilDay> days;
  for (absl::CivilMonth month(after);; ++month) {
    const absl::CivilDay end = absl::CivilDay(month + 1) - 1;
    if (end >= until) break;
    if (end > after) days.push_back(end);
  }
  if (until > after) days.push_back(until);
  return days;
}

}  // namespace valueloop::scoring
