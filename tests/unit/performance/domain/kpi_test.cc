#include "performance/domain/kpi.h"

#include <limits>

#include "gtest/gtest.h"
#include "testing/status_matchers.h"
#include "unit/performance/domain/telecom.h"

namespace valueloop::performance {
namespace {

using ::testing::HasSubstr;
using valueloop::testing::IsOkAndHolds;
using valueloop::testing::StatusIs;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST(KpiBindingTest, AcceptsTheKpisOfTheTelecomPlan) {
  for (const KpiBinding& binding : TelecomBindings()) {
    EXPECT_THAT(ValidateBinding(binding), valueloop::testing::IsOk()) << binding.kpi;
  }
}

TEST(KpiBindingTest, RejectsAFloorOnTheBetterSideOfTheTarget) {
  KpiBinding higher = Home();
  higher.floor = 2501;
  EXPECT_THAT(ValidateBinding(higher),
              StatusIs(kInvalid, HasSubstr("floor: got 2501, want at most 2500")));
  KpiBinding lower = Churn();
  lower.floor = 1.7;
  EXPECT_THAT(ValidateBinding(lower),
              StatusIs(kInvalid, HasSubstr("floor: got 1.7, want at least 1.8")));
}

TEST(KpiBindingTest, RejectsAStretchOnTheWorseSideOfTheTarget) {
  KpiBinding higher = Home();
  higher.stretch = 2499;
  EXPECT_THAT(ValidateBinding(higher),
              StatusIs(kInvalid, HasSubstr("stretch: got 2499, want at least 2500")));
  KpiBinding lower = Churn();
  lower.stretch = 1.9;
  EXPECT_THAT(ValidateBinding(lower),
              StatusIs(kInvalid, HasSubstr("stretch: got 1.9, want at most 1.8")));
}

TEST(KpiBindingTest, AcceptsThresholdsThatAreEqual) {
  KpiBinding binding = Home();
  binding.floor = binding.stretch = binding.year_target;
  EXPECT_THAT(ValidateBinding(binding), valueloop::testing::IsOk());
}

TEST(KpiBindingTest, RejectsNumbersThatAreNotFinite) {
  for (const double bad : {kNaN, kInfinity, -kInfinity, 1e16}) {
    KpiBinding binding = Home();
    binding.year_target = bad;
    EXPECT_THAT(ValidateBinding(binding), StatusIs(kInvalid, HasSubstr("year_target: got")));
    binding = Home();
    binding.weight = bad;
    EXPECT_THAT(ValidateBinding(binding), StatusIs(kInvalid, HasSubstr("weight: got")));
    binding = Home();
    binding.scale = bad;
    EXPECT_THAT(ValidateBinding(binding), StatusIs(kInvalid, HasSubstr("scale: got")));
    binding = Rev();
    binding.period_targets[5] = bad;
    EXPECT_THAT(ValidateBinding(binding), StatusIs(kInvalid, HasSubstr("period_targets: got")));
  }
}

TEST(KpiBindingTest, ARangeNeedsBoundsInOrder) {
  KpiBinding binding = Util();
  binding.range = std::nullopt;
  EXPECT_THAT(ValidateBinding(binding), StatusIs(kInvalid, HasSubstr("range: got none")));
  binding.range = Range{.low = 86, .high = 85, .tolerance = 5};
  EXPECT_THAT(ValidateBinding(binding), StatusIs(kInvalid, HasSubstr("range.low: got 86")));
  binding.range = Range{.low = 78, .high = 85, .tolerance = -1};
  EXPECT_THAT(ValidateBinding(binding), StatusIs(kInvalid, HasSubstr("range.tolerance: got -1")));
}

TEST(KpiBindingTest, AMilestoneNeedsADueDay) {
  KpiBinding binding = TelecomKpi("M", Polarity::kMilestone, Aggregation::kLast, 1, "TEL");
  EXPECT_THAT(ValidateBinding(binding), StatusIs(kInvalid, HasSubstr("due: got none")));
  binding.due = absl::CivilDay(2026, 5, 31);
  binding.grace_days = -1;
  EXPECT_THAT(ValidateBinding(binding), StatusIs(kInvalid, HasSubstr("grace_days: got -1")));
}

TEST(KpiBindingTest, PhasedTargetsAreCompleteOrAbsent) {
  KpiBinding binding = Rev();
  binding.period_targets.pop_back();
  EXPECT_THAT(ValidateBinding(binding),
              StatusIs(kInvalid, HasSubstr("period_targets: got 11 numbers, want 12")));
  binding = Home();
  binding.targets_to_date = {{13, 2500.0}};
  EXPECT_THAT(ValidateBinding(binding),
              StatusIs(kInvalid, HasSubstr("targets_to_date: got period 13")));
}

TEST(KpiTest, AGlobalWeightIsAShareOfTheWholePlan) {
  EXPECT_DOUBLE_EQ(GlobalWeight(20, 60), 12);
  EXPECT_DOUBLE_EQ(GlobalWeight(7, 60) + GlobalWeight(7, 40), 7);
}

TEST(KpiTest, APercentageIsScaledUnlessToldOtherwise) {
  EXPECT_EQ(DefaultScale("PERCENT"), 100);
  EXPECT_EQ(DefaultScale("PER_10K"), 10000);
  EXPECT_EQ(DefaultScale("CNY"), 1);
}

TEST(KpiTest, ASeriesSplitsOnlyWhereItsMeaningChanges) {
  KpiBinding after = Rev();
  after.year_target = 8000;
  after.weight = 30;
  after.owner = "p_cmo";
  EXPECT_FALSE(SplitsSeries(Rev(), after));
  after.measure = "KCNY";
  EXPECT_TRUE(SplitsSeries(Rev(), after));
  after = Rev();
  after.aggregation = Aggregation::kLast;
  EXPECT_TRUE(SplitsSeries(Rev(), after));
  after = Rev();
  after.polarity = Polarity::kLower;
  EXPECT_TRUE(SplitsSeries(Rev(), after));
  after = Rev();
  after.formula = "SUBS * ARPU";
  EXPECT_TRUE(SplitsSeries(Rev(), after));
}

TEST(KpiTest, NamesAreReadBack) {
  for (const Polarity polarity :
       {Polarity::kHigher, Polarity::kLower, Polarity::kRange, Polarity::kMilestone}) {
    EXPECT_THAT(ParsePolarity(PolarityName(polarity)), IsOkAndHolds(polarity));
  }
  for (const Aggregation aggregation :
       {Aggregation::kSum, Aggregation::kAvg, Aggregation::kLast, Aggregation::kRatio}) {
    EXPECT_THAT(ParseAggregation(AggregationName(aggregation)), IsOkAndHolds(aggregation));
  }
  EXPECT_THAT(ParsePolarity("UP"), StatusIs(kInvalid, HasSubstr("polarity: got UP")));
  EXPECT_THAT(ParseAggregation("MEAN"), StatusIs(kInvalid, HasSubstr("aggregation: got MEAN")));
}

}  // namespace
}  // namespace valueloop::performance
