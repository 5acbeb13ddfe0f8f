#include "performance/domain/policy.h"

#include "common/status.h"
#include "fmt/format.h"

namespace valueloop::performance {
namespace {

constexpr double kMaxScore = 1e6;

absl::Status CheckRising(std::string_view field, double previous, double score) {
  if (score >= previous && score <= kMaxScore) return absl::OkStatus();
  return InvalidField(field, fmt::format("{}", score),
                      fmt::format("a score from {} to {}", previous, kMaxScore));
}

}  // namespace

ThresholdMethod Policy::Thresholds(Aggregation aggregation) const {
  switch (aggregation) {
    case Aggregation::kSum:
      return thresholds_sum;
    case Aggregation::kAvg:
      return thresholds_avg;
    case Aggregation::kLast:
      return thresholds_last;
    case Aggregation::kRatio:
      break;
  }
  return thresholds_ratio;
}

absl::Status ValidatePolicy(const Policy& policy) {
  VL_RETURN_IF_ERROR(CheckRising("score_curve.below_floor", 0, policy.score_curve.below_floor));
  VL_RETURN_IF_ERROR(
      CheckRising("score_curve.floor", policy.score_curve.below_floor, policy.score_curve.floor));
  VL_RETURN_IF_ERROR(
      CheckRising("score_curve.target", policy.score_curve.floor, policy.score_curve.target));
  VL_RETURN_IF_ERROR(
      CheckRising("score_curve.stretch", policy.score_curve.target, policy.score_curve.stretch));
  VL_RETURN_IF_ERROR(CheckRising("rag.amber", 0, policy.rag.amber));
  VL_RETURN_IF_ERROR(CheckRising("rag.green", policy.rag.amber, policy.rag.green));
  if (policy.achievement_higher != AchievementMethod::kRatio &&
      policy.achievement_higher != AchievementMethod::kProgress) {
    return InvalidField("achievement.HIGHER", AchievementMethodName(policy.achievement_higher),
                        "RATIO or PROGRESS");
  }
  if (policy.achievement_lower != AchievementMethod::kTwoMinusRatio &&
      policy.achievement_lower != AchievementMethod::kInverseRatio &&
      policy.achievement_lower != AchievementMethod::kProgress) {
    return InvalidField("achievement.LOWER", AchievementMethodName(policy.achievement_lower),
                        "TWO_MINUS_RATIO, INVERSE_RATIO or PROGRESS");
  }
  if (policy.stale_periods < 0) {
    return InvalidField("stale_periods", fmt::format("{}", policy.stale_periods), "0 or more");
  }
  if (policy.gap_min_periods < 1) {
    return InvalidField("gap_min_periods", fmt::format("{}", policy.gap_min_periods), "1 or more");
  }
  if (!(policy.gap_min_year_share > 0 && policy.gap_min_year_share <= 1)) {
    return InvalidField("gap_min_year_share", fmt::format("{}", policy.gap_min_year_share),
                        "above 0 and at most 1");
  }
  return absl::OkStatus();
}

std::string_view AchievementMethodName(AchievementMethod method) {
  switch (method) {
    case AchievementMethod::kRatio:
      return "RATIO";
    case AchievementMethod::kTwoMinusRatio:
      return "TWO_MINUS_RATIO";
    case AchievementMethod::kInverseRatio:
      return "INVERSE_RATIO";
    case AchievementMethod::kProgress:
      return "PROGRESS";
    case AchievementMethod::kLinearTolerance:
      return "LINEAR_TOLERANCE";
    case AchievementMethod::kMilestone:
      return "MILESTONE";
    case AchievementMethod::kNone:
      break;
  }
  return "NONE";
}

absl::StatusOr<AchievementMethod> ParseAchievementMethod(std::string_view text) {
  for (const AchievementMethod method :
       {AchievementMethod::kRatio, AchievementMethod::kTwoMinusRatio,
        AchievementMethod::kInverseRatio, AchievementMethod::kProgress,
        AchievementMethod::kLinearTolerance, AchievementMethod::kMilestone,
        AchievementMethod::kNone}) {
    if (text == AchievementMethodName(method)) return method;
  }
  return InvalidField(
      "achievement", text,
      "RATIO, TWO_MINUS_RATIO, INVERSE_RATIO, PROGRESS, LINEAR_TOLERANCE, MILESTONE or NONE");
}

std::string_view ThresholdMethodName(ThresholdMethod method) {
  switch (method) {
    case ThresholdMethod::kScaleByPhasing:
      return "SCALE_BY_PHASING";
    case ThresholdMethod::kShift:
      break;
  }
  return "SHIFT";
}

absl::StatusOr<ThresholdMethod> ParseThresholdMethod(std::string_view text) {
  for (const ThresholdMethod method : {ThresholdMethod::kScaleByPhasing, ThresholdMethod::kShift}) {
    if (text == ThresholdMethodName(method)) return method;
  }
  return InvalidField("period_thresholds", text, "SCALE_BY_PHASING or SHIFT");
}

}  // namespace valueloop::performance
