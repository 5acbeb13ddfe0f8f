// How results are judged: the part of a plan's policy that performance needs. The defaults are the
// conventions of a plan that says nothing else.
#ifndef VALUELOOP_PERFORMANCE_DOMAIN_POLICY_H_
#define VALUELOOP_PERFORMANCE_DOMAIN_POLICY_H_

#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "performance/domain/kpi.h"

namespace valueloop::performance {

// Scores at the three thresholds, linear between them, and below the floor.
struct ScoreCurve {
  double below_floor = 0;
  double floor = 60;
  double target = 100;
  double stretch = 120;

  friend bool operator==(const ScoreCurve&, const ScoreCurve&) = default;
};

// Cuts on the score, inclusive; below `amber` is RED.
struct RagCuts {
  double green = 95;
  double amber = 80;

  friend bool operator==(const RagCuts&, const RagCuts&) = default;
};

// With a = actual, t = target, b = baseline, all to date. The first three need t > 0; where t is
// zero or negative, PROGRESS takes their place.
enum class AchievementMethod {
  kRatio,            // a / t
  kTwoMinusRatio,    // 2 - a / t; may be negative
  kInverseRatio,     // t / a; undefined at a <= 0
  kProgress,         // (a - b) / (t - b); undefined at t = b
  kLinearTolerance,  // 1 - distance / tolerance, not below 0; RANGE only
  kMilestone,        // score / 100; MILESTONE only
  kNone,             // nothing to judge, or undefined
};

// How the year's floor and stretch become thresholds to date.
enum class ThresholdMethod {
  kScaleByPhasing,  // x * target to date / year's target
  kShift,           // x + target to date - year's target
};

struct Policy {
  ScoreCurve score_curve;
  RagCuts rag;
  AchievementMethod achievement_higher = AchievementMethod::kRatio;
  AchievementMethod achievement_lower = AchievementMethod::kTwoMinusRatio;
  ThresholdMethod thresholds_sum = ThresholdMethod::kScaleByPhasing;
  ThresholdMethod thresholds_avg = ThresholdMethod::kShift;
  ThresholdMethod thresholds_last = ThresholdMethod::kShift;
  ThresholdMethod thresholds_ratio = ThresholdMethod::kShift;
  // Data older than this many periods are STALE.
  int stale_periods = 2;
  // The forecast is tested against the floor after this many periods, or this share of the year.
  int gap_min_periods = 3;
  double gap_min_year_share = 0.25;

  ThresholdMethod Thresholds(Aggregation aggregation) const;

  friend bool operator==(const Policy&, const Policy&) = default;
};

// InvalidArgument unless the scores are finite and rise along the curve (below_floor <= floor <=
// target <= stretch), amber <= green, the achievement methods suit their polarity, stale_periods >=
// 0, gap_min_periods >= 1 and gap_min_year_share is in (0, 1].
absl::Status ValidatePolicy(const Policy& policy);

// RATIO, TWO_MINUS_RATIO, INVERSE_RATIO, PROGRESS, LINEAR_TOLERANCE, MILESTONE, NONE.
std::string_view AchievementMethodName(AchievementMethod method);
absl::StatusOr<AchievementMethod> ParseAchievementMethod(std::string_view text);

// SCALE_BY_PHASING, SHIFT.
std::string_view ThresholdMethodName(ThresholdMethod method);
absl::StatusOr<ThresholdMethod> ParseThresholdMethod(std::string_view text);

}  // namespace valueloop::performance

#endif  // VALUELOOP_PERFORMANCE_DOMAIN_POLICY_H_
