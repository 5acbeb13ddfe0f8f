// When a miss becomes a gap beside the plan, gathers evidence, and closes (METHODS D4a.5, E4).
//
// A breach is a phased forecast for the year worse than its floor, once 3 periods or a quarter of
// the year are over, or a RED status to date at two consecutive period ends. One gap is open per
// KPI and unit; it closes when the status to date is GREEN at two consecutive period ends. In
// between nothing happens, so that a KPI on the edge does not open and close gaps.
#ifndef VALUELOOP_PERFORMANCE_DOMAIN_GAP_TRIGGER_H_
#define VALUELOOP_PERFORMANCE_DOMAIN_GAP_TRIGGER_H_

#include <optional>
#include <span>
#include <string_view>

#include "absl/status/statusor.h"
#include "performance/domain/evaluate.h"

namespace valueloop::performance {

enum class GapReason { kForecastBelowFloor, kRedTwice };

// FORECAST_BELOW_FLOOR, RED_TWICE.
std::string_view GapReasonName(GapReason reason);
absl::StatusOr<GapReason> ParseGapReason(std::string_view text);

// The numbers behind a breach, in the KPI's unit of measure, at the end of `period`.
struct GapEvidence {
  Period period;
  GapReason reason = GapReason::kForecastBelowFloor;  // The forecast, where both hold.
  std::optional<double> actual_to_date;
  std::optional<double> target_to_date;
  std::optional<double> gap;
  std::optional<double> score;
  std::optional<double> previous_score;  // At the end of the period before.
  std::optional<double> forecast;        // For the year.
  std::optional<double> year_target;
  std::optional<double> floor;  // Of the year.

  friend bool operator==(const GapEvidence&, const GapEvidence&) = default;
};

// What is remembered per KPI and unit; the default is a KPI that never had a gap.
struct GapState {
  bool open = false;
  int opening_count = 0;
  // The last breach reported, which is not reported twice.
  std::optional<GapEvidence> last_evidence;

  friend bool operator==(const GapState&, const GapState&) = default;
};

enum class GapAction { kNone, kOpen, kAddEvidence, kClose };

// NONE, OPEN, ADD_EVIDENCE, CLOSE.
std::string_view GapActionName(GapAction action);

struct GapDecision {
  GapAction action = GapAction::kNone;
  // Which opening of a gap for this KPI and unit this is about, from 1; 0 for kNone. With the plan
  // version, KPI and unit it identifies the request that strategy receives.
  int opening_number = 0;
  std::optional<GapEvidence> evidence;  // For kOpen and kAddEvidence.
};

// Decides at the end of the latest period that has data and ended by `time.as_of`; kNone without
// one. The same data decided twice give kNone the second time, a changed number gives new evidence.
// Errors as in Evaluate.
absl::StatusOr<GapDecision> DecideGap(const KpiBinding& binding, const Policy& policy,
                                      std::span<const Observation> history,
                                      const EvaluationTime& time, const GapState& state);

// The state after the decision has been acted upon.
GapState Apply(const GapState& state, const GapDecision& decision);

}  // namespace valueloop::performance

#endif  // VALUELOOP_PERFORMANCE_DOMAIN_GAP_TRIGGER_H_
