#include "performance/domain/policy.h"

#include <limits>

#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace valueloop::performance {
namespace {

using ::testing::HasSubstr;
using valueloop::testing::IsOk;
using valueloop::testing::IsOkAndHolds;
using valueloop::testing::StatusIs;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

TEST(PolicyTest, TheDefaultsAreTheConventions) {
  const Policy policy;
  EXPECT_THAT(ValidatePolicy(policy), IsOk());
  EXPECT_EQ(policy.score_curve.floor, 60);
  EXPECT_EQ(policy.rag.green, 95);
  EXPECT_EQ(policy.Thresholds(Aggregation::kSum), ThresholdMethod::kScaleByPhasing);
  for (const Aggregation aggregation :
       {Aggregation::kAvg, Aggregation::kLast, Aggregation::kRatio}) {
    EXPECT_EQ(policy.Thresholds(aggregation), ThresholdMethod::kShift);
  }
}

TEST(PolicyTest, RejectsACurveThatFalls) {
  Policy policy;
  policy.score_curve.target = 50;
  EXPECT_THAT(ValidatePolicy(policy), StatusIs(kInvalid, HasSubstr("score_curve.target: got 50")));
  policy = {};
  policy.score_curve.stretch = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(ValidatePolicy(policy),
              StatusIs(kInvalid, HasSubstr("score_curve.stretch: got nan")));
}

TEST(PolicyTest, RejectsCutsInTheWrongOrder) {
  Policy policy;
  policy.rag.green = 79;
  EXPECT_THAT(ValidatePolicy(policy), StatusIs(kInvalid, HasSubstr("rag.green: got 79")));
}

TEST(PolicyTest, RejectsAnAchievementMethodOfTheOtherDirection) {
  Policy policy;
  policy.achievement_higher = AchievementMethod::kTwoMinusRatio;
  EXPECT_THAT(ValidatePolicy(policy), StatusIs(kInvalid, HasSubstr("achievement.HIGHER: got TWO")));
  policy = {};
  policy.achievement_lower = AchievementMethod::kRatio;
  EXPECT_THAT(ValidatePolicy(policy),
              StatusIs(kInvalid, HasSubstr("achievement.LOWER: got RATIO")));
}

TEST(PolicyTest, RejectsCountsAndSharesOutOfRange) {
  Policy policy;
  policy.stale_periods = -1;
  EXPECT_THAT(ValidatePolicy(policy), StatusIs(kInvalid, HasSubstr("stale_periods: got -1")));
  policy = {};
  policy.gap_min_periods = 0;
  EXPECT_THAT(ValidatePolicy(policy), StatusIs(kInvalid, HasSubstr("gap_min_periods: got 0")));
  policy = {};
  policy.gap_min_year_share = 1.5;
  EXPECT_THAT(ValidatePolicy(policy), StatusIs(kInvalid, HasSubstr("gap_min_year_share: got 1.5")));
}

TEST(PolicyTest, NamesAreReadBack) {
  for (const AchievementMethod method :
       {AchievementMethod::kRatio, AchievementMethod::kTwoMinusRatio,
        AchievementMethod::kInverseRatio, AchievementMethod::kProgress,
        AchievementMethod::kLinearTolerance, AchievementMethod::kMilestone,
        AchievementMethod::kNone}) {
    EXPECT_THAT(ParseAchievementMethod(AchievementMethodName(method)), IsOkAndHolds(method));
  }
  for (const ThresholdMethod method : {ThresholdMethod::kScaleByPhasing, ThresholdMethod::kShift}) {
    EXPECT_THAT(ParseThresholdMethod(ThresholdMethodName(method)), IsOkAndHolds(method));
  }
  EXPECT_THAT(ParseAchievementMethod("x"), StatusIs(kInvalid, HasSubstr("achievement: got x")));
  EXPECT_THAT(ParseThresholdMethod("x"), StatusIs(kInvalid, HasSubstr("period_thresholds: got x")));
}

}  // namespace
}  // namespace valueloop::performance
