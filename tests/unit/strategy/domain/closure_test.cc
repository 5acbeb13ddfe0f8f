#include "strategy/domain/closure.h"

#include <map>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "unit/strategy/domain/sample.h"

namespace valueloop::strategy {
namespace {

// The numbers of `expected:` in samples/strategy-telecom.yaml, in its order.
TEST(ClosureTest, TelecomGapClosureIsAsTheSampleExpects) {
  const Compilation compilation = Compile(TelecomSource(), "t.yaml");
  ASSERT_TRUE(compilation.plan.has_value());
  const std::vector<GapClosure> closures = ComputeGapClosure(*compilation.plan);
  const GapClosure expected[] = {{.kpi = "CHURN",
                                  .required = -0.2,
                                  .claimed = -0.2,
                                  .coverage = 1,
                                  .risk_adjusted = -0.156,
                                  .projected = 1.844},
                                 {.kpi = "SUBS",
                                  .required = 300,
                                  .claimed = 300,
                                  .coverage = 1,
                                  .risk_adjusted = 210,
                                  .projected = 12210},
                                 {.kpi = "ARPU",
                                  .required = 1.5,
                                  .claimed = 1.5,
                                  .coverage = 1,
                                  .risk_adjusted = 1.15,
                                  .projected = 53.15},
                                 {.kpi = "UCOST",
                                  .required = -0.2,
                                  .claimed = -0.2,
                                  .coverage = 1,
                                  .risk_adjusted = -0.172,
                                  .projected = 31.028},
                                 {.kpi = "HOME",
                                  .required = 400,
                                  .claimed = 400,
                                  .coverage = 1,
                                  .risk_adjusted = 280,
                                  .projected = 2380}};
  ASSERT_EQ(closures.size(), std::size(expected));
  for (size_t i = 0; i < closures.size(); ++i) {
    EXPECT_EQ(closures[i].kpi, expected[i].kpi);
    EXPECT_NEAR(closures[i].required, expected[i].required, 1e-4) << expected[i].kpi;
    EXPECT_NEAR(closures[i].claimed, expected[i].claimed, 1e-4) << expected[i].kpi;
    EXPECT_NEAR(closures[i].coverage.value_or(0), 1, 1e-4) << expected[i].kpi;
    EXPECT_NEAR(closures[i].risk_adjusted, expected[i].risk_adjusted, 1e-4) << expected[i].kpi;
    EXPECT_NEAR(closures[i].projected, expected[i].projected, 1e-4) << expected[i].kpi;
  }
}

TEST(ClosureTest, TelecomCapacityAndBudgetUseAreAsTheSampleExpects) {
  const Compilation compilation = Compile(TelecomSource(), "t.yaml");
  ASSERT_TRUE(compilation.plan.has_value());
  std::map<std::string, double> used;
  for (const CapacityUse& use : ComputeCapacityUse(*compilation.plan)) used[use.unit] = use.used_pm;
  EXPECT_THAT(used,
              ::testing::ElementsAre(::testing::Pair("CS", 205), ::testing::Pair("DATA", 150),
                                     ::testing::Pair("HR", 45), ::testing::Pair("MKT", 255),
                                     ::testing::Pair("NET", 270), ::testing::Pair("OPS", 70)));
  EXPECT_NEAR(ComputeBudgetUse(*compilation.plan), 420, 1e-9);
}

TEST(MeanRampTest, IsTheShareOfTheYearThatTheEffectIsThere) {
  const absl::CivilDay year(2026, 1, 1);
  EXPECT_DOUBLE_EQ(MeanRamp(absl::CivilDay(2025, 1, 1), absl::CivilDay(2025, 12, 1), year), 1);
  EXPECT_DOUBLE_EQ(MeanRamp(absl::CivilDay(2027, 1, 1), absl::CivilDay(2027, 12, 1), year), 0);
  EXPECT_DOUBLE_EQ(MeanRamp(year, absl::CivilDay(2027, 1, 1), year), 0.5);
  EXPECT_NEAR(MeanRamp(absl::CivilDay(2026, 7, 2), absl::CivilDay(2026, 7, 2), year), 0.5, 0.002);
}

TEST(MeanRampTest, FollowsAFiscalYearThatStartsInJuly) {
  const absl::CivilDay year(2026, 7, 1);
  EXPECT_DOUBLE_EQ(MeanRamp(year, absl::CivilDay(2027, 7, 1), year), 0.5);
}

}  // namespace
}  // namespace valueloop::strategy
