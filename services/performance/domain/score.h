// The scoring of one number against its thresholds: score curve, traffic light, achievement.
// Comparisons with a threshold are inclusive and ignore rounding (see AtLeast), because a threshold
// to date is itself computed.
#ifndef VALUELOOP_PERFORMANCE_DOMAIN_SCORE_H_
#define VALUELOOP_PERFORMANCE_DOMAIN_SCORE_H_

#include <optional>
#include <string_view>

#include "performance/domain/kpi.h"
#include "performance/domain/policy.h"

namespace valueloop::performance {

// GREY: nothing to judge.
enum class Rag { kGrey, kRed, kAmber, kGreen };

// GREY, RED, AMBER, GREEN.
std::string_view RagName(Rag rag);

// a >= b, or below it by no more than rounding: 1e-9 of the largest magnitude among a, b and
// `scale`.
bool AtLeast(double a, double b, double scale = 0);

// GREY without a score.
Rag RagOf(std::optional<double> score, const RagCuts& cuts);

// Thresholds in the unit of the KPI, to date. Unset floor: any shortfall scores in proportion to
// the achievement. Unset stretch: the target's score is the most one can get.
struct Thresholds {
  std::optional<double> floor;
  double target = 0;
  std::optional<double> stretch;
};

// Score of `actual` on the curve, from differences only, so that signs and zeros do no harm:
// below_floor, then linear floor -> target -> stretch, and the stretch's score above it.
// `achievement` stands in where there is no floor. HIGHER and LOWER only.
double CurveScore(double actual, const Thresholds& thresholds, Polarity polarity,
                  std::optional<double> achievement, const ScoreCurve& curve);

struct Achievement {
  std::optional<double> ratio;  // 1 = on target; unset where the method is undefined.
  AchievementMethod method = AchievementMethod::kNone;
};

// Achievement of a HIGHER or LOWER KPI by the policy's method for it, or by PROGRESS where the
// target is zero or negative (METHODS B18). All arguments to date.
Achievement AchievementOf(double actual, double target, std::optional<double> baseline,
                          Polarity polarity, const Policy& policy);

}  // namespace valueloop::performance

#endif  // VALUELOOP_PERFORMANCE_DOMAIN_SCORE_H_
