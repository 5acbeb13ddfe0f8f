#include "performance/domain/score.h"

#include <algorithm>
#include <cmath>

namespace valueloop::performance {
namespace {

constexpr double kRounding = 1e-9;

// (value - from) / (to - from) within [0, 1]; wants from < to.
double Fraction(double value, double from, double to) {
  return std::clamp((value - from) / (to - from), 0.0, 1.0);
}

}  // namespace

std::string_view RagName(Rag rag) {
  switch (rag) {
    case Rag::kGrey:
      return "GREY";
    case Rag::kRed:
      return "RED";
    case Rag::kAmber:
      return "AMBER";
    case Rag::kGreen:
      return "GREEN";
  }
  return "";
}

bool AtLeast(double a, double b, double scale) {
  return a >= b - kRounding * std::max({std::abs(a), std::abs(b), std::abs(scale)});
}

Rag RagOf(std::optional<double> score, const RagCuts& cuts) {
  if (!score) return Rag::kGrey;
  if (AtLeast(*score, cuts.green)) return Rag::kGreen;
  return AtLeast(*score, cuts.amber) ? Rag::kAmber : Rag::kRed;
}

double CurveScore(double actual, const Thresholds& thresholds, Polarity polarity,
                  std::optional<double> achievement, const ScoreCurve& curve) {
  const double sign = Direction(polarity);
  const double x = sign * actual;
  const double target = sign * thresholds.target;
  const double floor = sign * thresholds.floor.value_or(thresholds.target);
  const double stretch = sign * thresholds.stretch.value_or(thresholds.target);
  // One scale for all comparisons, so that they cannot contradict each other.
  const double scale =
      std::max({std::abs(x), std::abs(floor), std::abs(target), std::abs(stretch)});
  if (AtLeast(x, target, scale)) {
    if (!thresholds.stretch) return curve.target;
    if (AtLeast(x, stretch, scale)) return curve.stretch;
    return curve.target + (curve.stretch - curve.target) * Fraction(x, target, stretch);
  }
  if (!thresholds.floor) return curve.target * std::clamp(achievement.value_or(0), 0.0, 1.0);
  if (!AtLeast(x, floor, scale)) return curve.below_floor;
  return curve.floor + (curve.target - curve.floor) * Fraction(x, floor, target);
}

Achievement AchievementOf(double actual, double target, std::optional<double> baseline,
                          Polarity polarity, const Policy& policy) {
  AchievementMethod method =
      polarity == Polarity::kLower ? policy.achievement_lower : policy.achievement_higher;
  if (target <= 0) method = AchievementMethod::kProgress;
  double ratio = 0;
  switch (method) {
    case AchievementMethod::kRatio:
      ratio = actual / target;
      break;
    case AchievementMethod::kTwoMinusRatio:
      ratio = 2 - actual / target;
      break;
    case AchievementMethod::kInverseRatio:
      if (actual <= 0) return {};
      ratio = target / actual;
      break;
    case AchievementMethod::kProgress:
      if (!baseline || *baseline == target) return {};
      ratio = (actual - *baseline) / (target - *baseline);
      break;
    case AchievementMethod::kLinearTolerance:
    case AchievementMethod::kMilestone:
    case AchievementMethod::kNone:
      return {};
  }
  if (!std::isfinite(ratio)) return {};
  return {.ratio = ratio, .method = method};
}

}  // namespace valueloop::performance
