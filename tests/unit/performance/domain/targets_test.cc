#include "performance/domain/targets.h"

#include <vector>

#include "gtest/gtest.h"
#include "unit/performance/domain/telecom.h"

namespace valueloop::performance {
namespace {

double Over(const TargetSeries& targets, const std::vector<int>& periods) {
  return targets.Over(periods).value();
}

TEST(TargetSeriesTest, ASumIsSplitIntoEqualShares) {
  KpiBinding binding = Rev();
  binding.period_targets.clear();
  binding.year_target = 1200;
  const TargetSeries targets(binding);
  EXPECT_DOUBLE_EQ(targets.ToDate(3).value(), 300);
  EXPECT_DOUBLE_EQ(targets.OfPeriod(3).value(), 100);
  EXPECT_DOUBLE_EQ(targets.ToDate(12).value(), 1200);
}

TEST(TargetSeriesTest, ALevelRunsLinearlyFromBaselineToTarget) {
  const TargetSeries targets(Home());  // LAST, 2100 to 2500.
  EXPECT_DOUBLE_EQ(targets.ToDate(3).value(), 2200);
  EXPECT_DOUBLE_EQ(targets.OfPeriod(3).value(), 2200);
  EXPECT_EQ(targets.ToDate(12).value(), 2500);
}

TEST(TargetSeriesTest, ALevelWithoutABaselineIsFlat) {
  KpiBinding binding = Home();
  binding.baseline = std::nullopt;
  EXPECT_DOUBLE_EQ(TargetSeries(binding).ToDate(1).value(), 2500);
}

TEST(TargetSeriesTest, ThePeriodsOfAnAverageAggregateToItsTargetsToDate) {
  const TargetSeries targets(Subs());  // AVG, 12000 to 12300.
  double sum = 0;
  for (int index = 1; index <= 12; ++index) {
    sum += targets.OfPeriod(index).value();
    EXPECT_NEAR(sum / index, targets.ToDate(index).value(), 1e-9);
    EXPECT_NEAR(targets.ToDate(index).value(), 12000 + 300.0 * index / 12, 1e-9);
  }
}

TEST(TargetSeriesTest, ACompleteSeriesReplacesThePhasing) {
  const TargetSeries targets(Rev());
  EXPECT_DOUBLE_EQ(targets.ToDate(6).value(), 3883);
  EXPECT_NEAR(targets.ToDate(12).value(), 7896.6, 1e-9);
  KpiBinding average = Subs();
  average.period_targets = {10, 20, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30};
  EXPECT_DOUBLE_EQ(TargetSeries(average).ToDate(3).value(), 20);
  KpiBinding last = Home();
  last.period_targets = average.period_targets;
  EXPECT_DOUBLE_EQ(TargetSeries(last).ToDate(2).value(), 20);
}

TEST(TargetSeriesTest, ACompleteSeriesStandsInForAMissingYearTarget) {
  KpiBinding binding = Rev();
  binding.year_target = std::nullopt;
  EXPECT_NEAR(TargetSeries(binding).year_target().value(), 7896.6, 1e-9);
}

TEST(TargetSeriesTest, AGivenTargetToDateIsMetExactlyAndThePathRunsThroughIt) {
  const TargetSeries targets(Care(), {{6, 38.0}});  // LAST, 22 to 60.
  EXPECT_EQ(targets.ToDate(6).value(), 38);
  EXPECT_DOUBLE_EQ(targets.ToDate(3).value(), 30);
  EXPECT_DOUBLE_EQ(targets.ToDate(9).value(), 49);
  EXPECT_EQ(targets.ToDate(12).value(), 60);
}

TEST(TargetSeriesTest, ATargetThatCameWithAnObservationWinsOverThatOfTheBinding) {
  KpiBinding binding = Care();
  binding.targets_to_date = {{6, 38.0}, {9, 50.0}};
  const TargetSeries targets(binding, {{6, 40.0}});
  EXPECT_EQ(targets.ToDate(6).value(), 40);
  EXPECT_EQ(targets.ToDate(9).value(), 50);
}

TEST(TargetSeriesTest, PeriodsWithoutDataAreLeftOut) {
  EXPECT_DOUBLE_EQ(Over(TargetSeries(Rev()), {1, 3, 4}), 641.0 + 648.0 + 650.0);
  EXPECT_DOUBLE_EQ(Over(TargetSeries(Home()), {1, 3}), 2200);
  const TargetSeries average(Subs());
  EXPECT_NEAR(Over(average, {1, 3}), (*average.OfPeriod(1) + *average.OfPeriod(3)) / 2, 1e-9);
}

TEST(TargetSeriesTest, WithoutAnyTargetThereIsNone) {
  KpiBinding binding = Home();
  binding.year_target = std::nullopt;
  const TargetSeries targets(binding);
  EXPECT_EQ(targets.year_target(), std::nullopt);
  EXPECT_EQ(targets.ToDate(6), std::nullopt);
  EXPECT_EQ(targets.Over(std::vector<int>{1, 2}), std::nullopt);
  EXPECT_EQ(TargetSeries(Home()).Over({}), std::nullopt);
}

TEST(TargetSeriesTest, WithoutAYearTargetThePathEndsAtTheLastGivenPoint) {
  KpiBinding binding = Home();
  binding.year_target = std::nullopt;
  const TargetSeries targets(binding, {{6, 2280.0}});
  EXPECT_DOUBLE_EQ(targets.ToDate(3).value(), 2190);
  EXPECT_EQ(targets.ToDate(7), std::nullopt);
}

TEST(TargetSeriesTest, ANegativeSumIsSharedLikeAnyOther) {
  KpiBinding binding = Rev();
  binding.period_targets.clear();
  binding.year_target = -120;
  EXPECT_DOUBLE_EQ(TargetSeries(binding).ToDate(6).value(), -60);
}

}  // namespace
}  // namespace valueloop::performance
