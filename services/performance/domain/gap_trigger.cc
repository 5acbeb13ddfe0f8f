#include "performance/domain/gap_trigger.h"

#include "common/status.h"

namespace valueloop::performance {
namespace {

bool ForecastBelowFloor(const KpiBinding& binding, const Policy& policy, const Evaluation& now) {
  const double elapsed = now.periods_elapsed;
  const bool early = elapsed < policy.gap_min_periods &&
                     !AtLeast(elapsed / now.period_count, policy.gap_min_year_share);
  if (early || !now.forecast_phased || !binding.floor) return false;
  const double sign = Direction(binding.polarity);
  return !AtLeast(sign * *now.forecast_phased, sign * *binding.floor, now.year_target.value_or(0));
}

// The status to date at the latest period with data and at the period before, in the same year.
struct Standing {
  Period period;
  Evaluation now;
  std::optional<Evaluation> before;

  bool Twice(Rag rag) const { return now.rag == rag && before && before->rag == rag; }
};

absl::StatusOr<Standing> StandingAt(const Period& period, const KpiBinding& binding,
                                    const Policy& policy, std::span<const Observation> history,
                                    absl::Time known_at) {
  Standing standing{.period = period};
  const absl::CivilDay end = binding.calendar.End(period);
  VL_ASSIGN_OR_RETURN(standing.now, Evaluate(binding, policy, history, {end, known_at}));
  if (period.index > 1) {
    const absl::CivilDay end_before = binding.calendar.End(Previous(period));
    VL_ASSIGN_OR_RETURN(standing.before,
                        Evaluate(binding, policy, history, {end_before, known_at}));
  }
  return standing;
}

std::optional<GapEvidence> FindBreach(const KpiBinding& binding, const Policy& policy,
                                      const Standing& standing) {
  const bool below_floor = ForecastBelowFloor(binding, policy, standing.now);
  if (!below_floor && !standing.Twice(Rag::kRed)) return std::nullopt;
  const Evaluation& now = standing.now;
  return GapEvidence{
      .period = standing.period,
      .reason = below_floor ? GapReason::kForecastBelowFloor : GapReason::kRedTwice,
      .actual_to_date = now.actual_to_date,
      .target_to_date = now.target_to_date,
      .gap = now.gap,
      .score = now.score,
      .previous_score = standing.before ? standing.before->score : std::nullopt,
      .forecast = now.forecast_phased,
      .year_target = now.year_target,
      .floor = binding.floor,
  };
}

// Whether `period` was already passed by a reported breach. Periods of different frequencies, from
// different versions of a plan, are not compared.
bool IsPast(const Period& period, const GapState& state) {
  return state.last_evidence && state.last_evidence->period.frequency == period.frequency &&
         period < state.last_evidence->period;
}

}  // namespace

std::string_view GapReasonName(GapReason reason) {
  switch (reason) {
    case GapReason::kForecastBelowFloor:
      return "FORECAST_BELOW_FLOOR";
    case GapReason::kRedTwice:
      return "RED_TWICE";
  }
  return "";
}

absl::StatusOr<GapReason> ParseGapReason(std::string_view text) {
  for (const GapReason reason : {GapReason::kForecastBelowFloor, GapReason::kRedTwice}) {
    if (text == GapReasonName(reason)) return reason;
  }
  return InvalidField("reason", text, "FORECAST_BELOW_FLOOR or RED_TWICE");
}

std::string_view GapActionName(GapAction action) {
  switch (action) {
    case GapAction::kNone:
      return "NONE";
    case GapAction::kOpen:
      return "OPEN";
    case GapAction::kAddEvidence:
      return "ADD_EVIDENCE";
    case GapAction::kClose:
      return "CLOSE";
  }
  return "";
}

absl::StatusOr<GapDecision> DecideGap(const KpiBinding& binding, const Policy& policy,
                                      std::span<const Observation> history,
                                      const EvaluationTime& time, const GapState& state) {
  const std::optional<Period> period =
      LatestPeriodWithData(binding, history, time.as_of, time.known_at);
  if (!period || IsPast(*period, state)) return GapDecision{};
  VL_ASSIGN_OR_RETURN(const Standing standing,
                      StandingAt(*period, binding, policy, history, time.known_at));
  const std::optional<GapEvidence> breach = FindBreach(binding, policy, standing);
  if (!state.open) {
    if (!breach) return GapDecision{};
    return GapDecision{GapAction::kOpen, state.opening_count + 1, breach};
  }
  if (breach) {
    if (breach == state.last_evidence) return GapDecision{};
    return GapDecision{GapAction::kAddEvidence, state.opening_count, breach};
  }
  if (standing.Twice(Rag::kGreen)) return GapDecision{GapAction::kClose, state.opening_count, {}};
  return GapDecision{};
}

GapState Apply(const GapState& state, const GapDecision& decision) {
  GapState next = state;
  switch (decision.action) {
    case GapAction::kNone:
      return next;
    case GapAction::kOpen:
      next.open = true;
      next.opening_count = decision.opening_number;
      next.last_evidence = decision.evidence;
      return next;
    case GapAction::kAddEvidence:
      next.last_evidence = decision.evidence;
      return next;
    case GapAction::kClose:
      next.open = false;
      return next;
  }
  return next;
}

}  // namespace valueloop::performance
