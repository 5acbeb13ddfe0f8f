// Evaluation by direction: targets of zero and below, RANGE and MILESTONE.
#include <cmath>
#include <vector>

#include "gtest/gtest.h"
#include "performance/domain/evaluate.h"
#include "testing/status_matchers.h"
#include "unit/performance/domain/telecom.h"

namespace valueloop::performance {
namespace {

Evaluation EvaluateAt(const KpiBinding& binding, const std::vector<Observation>& history,
                      const EvaluationTime& time = kTelecomTime, const Policy& policy = {}) {
  const absl::StatusOr<Evaluation> evaluation = Evaluate(binding, policy, history, time);
  EXPECT_THAT(evaluation, valueloop::testing::IsOk());
  return evaluation.value_or(Evaluation{});
}

// A loss of 240 to be halved, in equal monthly shares.
KpiBinding Loss() {
  return WithTargets(TelecomKpi("LOSS", Polarity::kHigher, Aggregation::kSum, 1, "TEL"), -240, -120,
                     -150, -100);
}

TEST(EvaluateTargetTest, ASumWithANegativeTargetShiftsItsThresholds) {
  const Evaluation got = EvaluateAt(Loss(), Series(Loss(), {-15, -15, -15, -15, -15, -15}));
  EXPECT_DOUBLE_EQ(got.target_to_date.value(), -60);
  EXPECT_EQ(got.threshold_method, ThresholdMethod::kShift);
  EXPECT_DOUBLE_EQ(got.floor_to_date.value(), -90);
  EXPECT_DOUBLE_EQ(got.stretch_to_date.value(), -40);
  EXPECT_DOUBLE_EQ(got.gap.value(), -30);
  EXPECT_DOUBLE_EQ(got.score.value(), 60);
  EXPECT_EQ(got.forecast_method, ForecastMethod::kPhasedShift);
  EXPECT_DOUBLE_EQ(got.forecast_phased.value(), -150);
}

TEST(EvaluateTargetTest, ANegativeTargetIsJudgedByProgressFromTheBaselinesShare) {
  const Evaluation got = EvaluateAt(Loss(), Series(Loss(), {-15, -15, -15, -15, -15, -15}));
  EXPECT_EQ(got.achievement_method, AchievementMethod::kProgress);
  EXPECT_DOUBLE_EQ(got.achievement.value(), 0.5);  // From -120, half the way to -60.
}

TEST(EvaluateTargetTest, ASumWithATargetOfZeroShiftsAndScores) {
  KpiBinding binding = Loss();
  binding.year_target = 0;
  binding.floor = -60;
  binding.stretch = 60;
  const Evaluation got = EvaluateAt(binding, Series(binding, {-5, -5, -5, -5, -5, -5}));
  EXPECT_EQ(got.threshold_method, ThresholdMethod::kShift);
  EXPECT_DOUBLE_EQ(got.score.value(), 80);
  EXPECT_DOUBLE_EQ(got.forecast_phased.value(), -30);
  EXPECT_DOUBLE_EQ(got.achievement.value(), 0.75);
}

TEST(EvaluateTargetTest, ASumPhasedAtZeroSoFarShifts) {
  KpiBinding binding = Rev();
  binding.period_targets = {0, 0, 0, 0, 0, 0, 1316.1, 1316.1, 1316.1, 1316.1, 1316.1, 1316.1};
  const Evaluation got = EvaluateAt(binding, Series(binding, {0, 0, 0, 0, 0, 0}));
  EXPECT_EQ(got.threshold_method, ThresholdMethod::kShift);
  EXPECT_EQ(got.score.value(), 100);
  EXPECT_NEAR(got.forecast_phased.value(), 7896.6, 1e-9);
}

TEST(EvaluateTargetTest, LowerAtZeroIsTheBestThereIs) {
  const Evaluation got = EvaluateAt(Energy(), Series(Energy(), {0, 0, 0}));
  EXPECT_EQ(got.score.value(), 120);
  EXPECT_DOUBLE_EQ(got.achievement.value(), 2);
  Policy inverse;
  inverse.achievement_lower = AchievementMethod::kInverseRatio;
  const Evaluation undefined = EvaluateAt(Energy(), Series(Energy(), {0}), kTelecomTime, inverse);
  EXPECT_EQ(undefined.achievement, std::nullopt);
  EXPECT_EQ(undefined.score.value(), 120);
}

TEST(EvaluateTargetTest, LowerWithATargetOfZeroUsesProgress) {
  KpiBinding binding = WithTargets(
      TelecomKpi("ACCIDENTS", Polarity::kLower, Aggregation::kSum, 1, "TEL"), 12, 0, 4, 0);
  const Evaluation got = EvaluateAt(binding, Series(binding, {0, 1, 0, 1, 0, 0}));
  EXPECT_EQ(got.achievement_method, AchievementMethod::kProgress);
  EXPECT_NEAR(got.achievement.value(), 2.0 / 3, 1e-12);  // 2 where the baseline's share is 6.
  EXPECT_DOUBLE_EQ(got.gap.value(), -2);
  EXPECT_DOUBLE_EQ(got.score.value(), 80);
}

TEST(EvaluateTargetTest, AnActualOnAThresholdToDateHasReachedIt) {
  // LAST: the floor to date is 98.5 + (98.5 - 98.9), which is not 98.1 to the last bit.
  const auto score = [](double actual) {
    std::vector<Observation> history = Series(Cover(), {actual}, 98.5);
    return EvaluateAt(Cover(), history, {absl::CivilDay(2026, 1, 31)}).score.value();
  };
  EXPECT_NEAR(score(98.1), 60, 1e-6);
  EXPECT_EQ(score(98.09), 0);
  EXPECT_EQ(score(98.5), 100);
  EXPECT_EQ(score(98.7), 120);
}

TEST(EvaluateRangeTest, InsideTheRangeIsFullAchievementBoundsIncluded) {
  for (const double actual : {78.0, 80.0, 85.0}) {
    const Evaluation got = EvaluateAt(Util(), Series(Util(), {actual}));
    EXPECT_EQ(got.score.value(), 100);
    EXPECT_EQ(got.gap.value(), 0);
    EXPECT_FALSE(std::signbit(*got.gap));
    EXPECT_EQ(got.rag, Rag::kGreen);
  }
}

TEST(EvaluateRangeTest, OutsideItFallsWithTheDistanceToTheNearestBound) {
  const Evaluation below = EvaluateAt(Util(), Series(Util(), {77}));
  EXPECT_DOUBLE_EQ(below.gap.value(), -1);
  EXPECT_DOUBLE_EQ(below.score.value(), 80);
  EXPECT_EQ(below.rag, Rag::kAmber);
  const Evaluation far = EvaluateAt(Util(), Series(Util(), {95}));
  EXPECT_DOUBLE_EQ(far.gap.value(), -10);
  EXPECT_EQ(far.score.value(), 0);
  EXPECT_EQ(far.achievement.value(), 0);
  EXPECT_EQ(far.forecast_phased, std::nullopt);
}

TEST(EvaluateRangeTest, WithoutToleranceItIsAllOrNothing) {
  KpiBinding binding = Util();
  binding.range->tolerance = 0;
  EXPECT_EQ(EvaluateAt(binding, Series(binding, {85})).score.value(), 100);
  EXPECT_EQ(EvaluateAt(binding, Series(binding, {85.1})).score.value(), 0);
}

TEST(EvaluateRangeTest, TheRangeOfASumGrowsWithThePeriods) {
  KpiBinding binding = Util();
  binding.aggregation = Aggregation::kSum;
  binding.range = Range{.low = 120, .high = 240, .tolerance = 24};
  EXPECT_EQ(EvaluateAt(binding, Series(binding, {10, 10, 10})).score.value(), 100);
  const Evaluation got = EvaluateAt(binding, Series(binding, {10, 10, 7}));
  EXPECT_DOUBLE_EQ(got.gap.value(), -3);
  EXPECT_DOUBLE_EQ(got.score.value(), 50);
}

KpiBinding Milestone() {
  KpiBinding binding = TelecomKpi("GO_LIVE", Polarity::kMilestone, Aggregation::kLast, 5, "NET");
  binding.due = absl::CivilDay(2026, 5, 31);
  binding.grace_days = 20;
  return binding;
}

std::vector<Observation> DoneOn(absl::CivilDay day) {
  Observation observation = Series(Milestone(), {1})[0];
  observation.period = Milestone().calendar.PeriodOf(Frequency::kMonthly, day);
  observation.done_on = day;
  return {observation};
}

TEST(EvaluateMilestoneTest, DoneByTheDueDayIsFull) {
  const Evaluation got = EvaluateAt(Milestone(), DoneOn(absl::CivilDay(2026, 5, 31)));
  EXPECT_EQ(got.score.value(), 100);
  EXPECT_EQ(got.gap.value(), 0);
  EXPECT_EQ(got.rag, Rag::kGreen);
  EXPECT_EQ(EvaluateAt(Milestone(), DoneOn(absl::CivilDay(2026, 5, 21))).gap.value(), 10);
}

TEST(EvaluateMilestoneTest, EachDayLateCostsItsShareOfTheGraceDays) {
  const Evaluation got = EvaluateAt(Milestone(), DoneOn(absl::CivilDay(2026, 6, 4)));
  EXPECT_DOUBLE_EQ(got.score.value(), 80);
  EXPECT_DOUBLE_EQ(got.gap.value(), -4);
  EXPECT_EQ(got.rag, Rag::kAmber);
  EXPECT_EQ(EvaluateAt(Milestone(), DoneOn(absl::CivilDay(2026, 6, 25))).score.value(), 0);
}

TEST(EvaluateMilestoneTest, OpenIsGreyUntilTheDueDayIsOverAndLateAfterIt) {
  const auto at = [](int month, int day) {
    return EvaluateAt(Milestone(), {}, {absl::CivilDay(2026, month, day)});
  };
  EXPECT_EQ(at(5, 31).rag, Rag::kGrey);
  EXPECT_EQ(at(5, 31).score, std::nullopt);
  EXPECT_DOUBLE_EQ(at(6, 1).score.value(), 95);
  EXPECT_EQ(at(6, 30).score.value(), 0);
  EXPECT_EQ(at(6, 30).rag, Rag::kRed);
}

TEST(EvaluateMilestoneTest, WhatIsDoneLaterIsNotDoneYet) {
  const Evaluation got =
      EvaluateAt(Milestone(), DoneOn(absl::CivilDay(2026, 6, 4)), {absl::CivilDay(2026, 6, 2)});
  EXPECT_DOUBLE_EQ(got.score.value(), 90);
}

TEST(EvaluateMilestoneTest, WithoutGraceLateIsNothing) {
  KpiBinding binding = Milestone();
  binding.grace_days = 0;
  EXPECT_EQ(EvaluateAt(binding, DoneOn(absl::CivilDay(2026, 6, 1))).score.value(), 0);
}

TEST(EvaluateMilestoneTest, WithoutADayItWasDoneAtTheEndOfThePeriod) {
  std::vector<Observation> history = DoneOn(absl::CivilDay(2026, 6, 4));
  history[0].done_on = std::nullopt;
  EXPECT_EQ(EvaluateAt(Milestone(), history).gap.value(), -30);
}

}  // namespace
}  // namespace valueloop::performance
