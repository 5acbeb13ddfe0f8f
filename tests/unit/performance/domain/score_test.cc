#include "performance/domain/score.h"

#include "gtest/gtest.h"

namespace valueloop::performance {
namespace {

constexpr Thresholds kHigher{.floor = 80, .target = 100, .stretch = 110};
constexpr Thresholds kLower{.floor = 120, .target = 100, .stretch = 90};

double HigherScore(double actual, const Thresholds& thresholds = kHigher) {
  return CurveScore(actual, thresholds, Polarity::kHigher, std::nullopt, {});
}
double LowerScore(double actual) {
  return CurveScore(actual, kLower, Polarity::kLower, std::nullopt, {});
}

TEST(CurveScoreTest, EveryCutBelongsToTheBetterSide) {
  EXPECT_EQ(HigherScore(79.999), 0);
  EXPECT_EQ(HigherScore(80), 60);
  EXPECT_EQ(HigherScore(100), 100);
  EXPECT_EQ(HigherScore(110), 120);
  EXPECT_EQ(LowerScore(120.001), 0);
  EXPECT_EQ(LowerScore(120), 60);
  EXPECT_EQ(LowerScore(100), 100);
  EXPECT_EQ(LowerScore(90), 120);
}

TEST(CurveScoreTest, IsLinearBetweenTheCutsAndFlatBeyondThem) {
  EXPECT_DOUBLE_EQ(HigherScore(90), 80);
  EXPECT_DOUBLE_EQ(HigherScore(105), 110);
  EXPECT_EQ(HigherScore(1e15), 120);
  EXPECT_EQ(HigherScore(-1e15), 0);
  EXPECT_DOUBLE_EQ(LowerScore(110), 80);
  EXPECT_DOUBLE_EQ(LowerScore(95), 110);
  EXPECT_EQ(LowerScore(0), 120);
}

TEST(CurveScoreTest, WorksOnNegativeNumbersAndAcrossZero) {
  const Thresholds negative{.floor = -120, .target = -100, .stretch = -90};
  EXPECT_DOUBLE_EQ(HigherScore(-110, negative), 80);
  const Thresholds across{.floor = -10, .target = 0, .stretch = 5};
  EXPECT_DOUBLE_EQ(HigherScore(-5, across), 80);
  EXPECT_DOUBLE_EQ(HigherScore(0, across), 100);
  EXPECT_DOUBLE_EQ(HigherScore(2.5, across), 110);
}

TEST(CurveScoreTest, RoundingOfAComputedThresholdCostsNothing) {
  // 98.5 + (98.5 - 98.9) is 98.1 but for the last bits; an actual of 98.1 has reached the floor.
  const Thresholds shifted{
      .floor = 98.5 + (98.5 - 98.9), .target = 98.5, .stretch = 99.1 + (98.5 - 98.9)};
  EXPECT_NEAR(HigherScore(98.1, shifted), 60, 1e-6);
  EXPECT_EQ(HigherScore(98.7, shifted), 120);
  // Ten times 0.1 falls short of 1.
  double sum = 0;
  for (int i = 0; i < 10; ++i) sum += 0.1;
  EXPECT_NEAR(HigherScore(sum, {.floor = 1, .target = 2, .stretch = 3}), 60, 1e-6);
}

TEST(CurveScoreTest, ThresholdsThatFallTogetherLeaveAStep) {
  const Thresholds one{.floor = 100, .target = 100, .stretch = 100};
  EXPECT_EQ(HigherScore(99, one), 0);
  EXPECT_EQ(HigherScore(100, one), 120);
  const Thresholds zero{.floor = 0, .target = 0, .stretch = 0};
  EXPECT_EQ(HigherScore(0, zero), 120);
  EXPECT_EQ(HigherScore(-1, zero), 0);
}

TEST(CurveScoreTest, WithoutAStretchTheTargetIsTheMost) {
  EXPECT_EQ(HigherScore(200, {.floor = 80, .target = 100}), 100);
}

TEST(CurveScoreTest, WithoutAFloorAShortfallCountsInProportion) {
  const Thresholds open{.target = 100};
  EXPECT_DOUBLE_EQ(CurveScore(70, open, Polarity::kHigher, 0.7, {}), 70);
  EXPECT_DOUBLE_EQ(CurveScore(70, open, Polarity::kHigher, -2.0, {}), 0);
  EXPECT_DOUBLE_EQ(CurveScore(70, open, Polarity::kHigher, std::nullopt, {}), 0);
}

TEST(RagTest, CutsAreInclusive) {
  const RagCuts cuts;
  EXPECT_EQ(RagOf(95, cuts), Rag::kGreen);
  EXPECT_EQ(RagOf(94.999, cuts), Rag::kAmber);
  EXPECT_EQ(RagOf(80, cuts), Rag::kAmber);
  EXPECT_EQ(RagOf(79.999, cuts), Rag::kRed);
  EXPECT_EQ(RagOf(0, cuts), Rag::kRed);
  EXPECT_EQ(RagOf(std::nullopt, cuts), Rag::kGrey);
}

TEST(AchievementTest, HigherIsTheRatioAndLowerTwoMinusIt) {
  const Policy policy;
  EXPECT_DOUBLE_EQ(AchievementOf(90, 100, {}, Polarity::kHigher, policy).ratio.value(), 0.9);
  EXPECT_DOUBLE_EQ(AchievementOf(90, 100, {}, Polarity::kLower, policy).ratio.value(), 1.1);
  EXPECT_DOUBLE_EQ(AchievementOf(250, 100, {}, Polarity::kLower, policy).ratio.value(), -0.5);
}

TEST(AchievementTest, LowerAtZeroIsTwoAndNotAnInfinity) {
  Policy policy;
  EXPECT_DOUBLE_EQ(AchievementOf(0, 100, {}, Polarity::kLower, policy).ratio.value(), 2);
  policy.achievement_lower = AchievementMethod::kInverseRatio;
  EXPECT_DOUBLE_EQ(AchievementOf(80, 100, {}, Polarity::kLower, policy).ratio.value(), 1.25);
  const Achievement at_zero = AchievementOf(0, 100, {}, Polarity::kLower, policy);
  EXPECT_EQ(at_zero.ratio, std::nullopt);
  EXPECT_EQ(at_zero.method, AchievementMethod::kNone);
}

TEST(AchievementTest, AZeroOrNegativeTargetIsJudgedByProgressOnly) {
  const Policy policy;
  for (const Polarity polarity : {Polarity::kHigher, Polarity::kLower}) {
    const Achievement zero = AchievementOf(-5, 0, -10, polarity, policy);
    EXPECT_EQ(zero.method, AchievementMethod::kProgress);
    EXPECT_DOUBLE_EQ(zero.ratio.value(), 0.5);
    EXPECT_DOUBLE_EQ(AchievementOf(-75, -50, -100, polarity, policy).ratio.value(), 0.5);
    EXPECT_EQ(AchievementOf(-5, 0, std::nullopt, polarity, policy).ratio, std::nullopt);
    EXPECT_EQ(AchievementOf(-5, 0, 0, polarity, policy).ratio, std::nullopt);
  }
}

TEST(AchievementTest, ARatioThatOverflowsIsUndefined) {
  EXPECT_EQ(AchievementOf(1e15, 1e-300, {}, Polarity::kHigher, Policy{}).ratio, std::nullopt);
}

TEST(AtLeastTest, IgnoresRoundingAndNothingMore) {
  EXPECT_TRUE(AtLeast(1, 1));
  EXPECT_TRUE(AtLeast(0, 0));
  EXPECT_TRUE(AtLeast(0.1 + 0.2, 0.3));
  EXPECT_TRUE(AtLeast(0.3, 0.1 + 0.2));
  EXPECT_FALSE(AtLeast(1 - 1e-8, 1));
  EXPECT_TRUE(AtLeast(1 - 1e-8, 1, 100));
}

TEST(RagTest, NamesAreThoseOfTheContract) {
  EXPECT_EQ(RagName(Rag::kGrey), "GREY");
  EXPECT_EQ(RagName(Rag::kRed), "RED");
  EXPECT_EQ(RagName(Rag::kAmber), "AMBER");
  EXPECT_EQ(RagName(Rag::kGreen), "GREEN");
}

}  // namespace
}  // namespace valueloop::performance
