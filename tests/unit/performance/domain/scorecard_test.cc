#include "performance/domain/scorecard.h"

#include <limits>
#include <vector>

#include "gtest/gtest.h"
#include "testing/status_matchers.h"
#include "unit/performance/domain/telecom.h"

namespace valueloop::performance {
namespace {

using ::testing::HasSubstr;
using valueloop::testing::StatusIs;

ScorecardLine Line(double weight, std::optional<double> score) {
  ScorecardLine line{.kpi = "K", .weight = weight};
  line.evaluation.score = score;
  return line;
}

TEST(ScorecardTest, IsTheMeanOfTheScoresByWeight) {
  VL_ASSERT_OK_AND_ASSIGN(const Scorecard got, RollUp("", {Line(3, 100), Line(1, 60)}, Policy{}));
  EXPECT_DOUBLE_EQ(got.score.value(), 90);
  EXPECT_EQ(got.rag, Rag::kAmber);
  EXPECT_DOUBLE_EQ(got.weight_with_data, 4);
}

TEST(ScorecardTest, WhatHasNoScoreIsLeftOutAndNotZero) {
  VL_ASSERT_OK_AND_ASSIGN(const Scorecard got,
                          RollUp("", {Line(3, 100), Line(97, std::nullopt)}, Policy{}));
  EXPECT_DOUBLE_EQ(got.score.value(), 100);
  EXPECT_DOUBLE_EQ(got.weight_with_data, 3);
  EXPECT_DOUBLE_EQ(got.weight_total, 100);
}

TEST(ScorecardTest, AnEmptyOneHasNoScore) {
  VL_ASSERT_OK_AND_ASSIGN(const Scorecard none, RollUp("", {}, Policy{}));
  EXPECT_EQ(none.score, std::nullopt);
  EXPECT_EQ(none.rag, Rag::kGrey);
  VL_ASSERT_OK_AND_ASSIGN(const Scorecard no_data,
                          EvaluateScorecard("", TelecomBindings(), Policy{}, {}, kTelecomTime));
  EXPECT_EQ(no_data.score, std::nullopt);
  EXPECT_EQ(no_data.weight_with_data, 0);
  EXPECT_EQ(no_data.lines.size(), 9u);
  VL_ASSERT_OK_AND_ASSIGN(
      const Scorecard unknown_unit,
      EvaluateScorecard("HR", TelecomBindings(), Policy{}, TelecomHistory(), kTelecomTime));
  EXPECT_EQ(unknown_unit.score, std::nullopt);
  EXPECT_TRUE(unknown_unit.lines.empty());
}

TEST(ScorecardTest, WeightsOfZeroGiveNoScore) {
  VL_ASSERT_OK_AND_ASSIGN(const Scorecard got, RollUp("", {Line(0, 100)}, Policy{}));
  EXPECT_EQ(got.score, std::nullopt);
}

TEST(ScorecardTest, AScoreOfZeroCounts) {
  VL_ASSERT_OK_AND_ASSIGN(const Scorecard got, RollUp("", {Line(1, 0), Line(1, 100)}, Policy{}));
  EXPECT_DOUBLE_EQ(got.score.value(), 50);
  EXPECT_EQ(got.rag, Rag::kRed);
}

TEST(ScorecardTest, DecimalWeightsDoNotMoveAScoreOffItsCut) {
  // Three times 33.33: the mean of equal scores is that score, whatever the last bits are.
  VL_ASSERT_OK_AND_ASSIGN(
      const Scorecard got,
      RollUp("", {Line(33.33, 95), Line(33.33, 95), Line(33.33, 95)}, Policy{}));
  EXPECT_NEAR(got.score.value(), 95, 1e-12);
  EXPECT_EQ(got.rag, Rag::kGreen);
}

TEST(ScorecardTest, CellsOfUnitsAreNotCountedBesideTheirKpi) {
  std::vector<KpiBinding> bindings = {Home(), Home()};
  bindings[1].unit = "RN";
  std::vector<Observation> history = Series(bindings[0], {2128});
  Append(history, Series(bindings[1], {500}));
  VL_ASSERT_OK_AND_ASSIGN(const Scorecard got,
                          EvaluateScorecard("", bindings, Policy{}, history, kTelecomTime));
  ASSERT_EQ(got.lines.size(), 1u);
  EXPECT_EQ(got.lines[0].evaluation.actual_to_date.value(), 2128);
}

TEST(ScorecardTest, BadNumbersAreRejectedWithTheKpiNamed) {
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(RollUp("", {Line(-1, 100)}, Policy{}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("K.weight: got -1")));
  EXPECT_THAT(RollUp("", {Line(1, kNaN)}, Policy{}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("K.score: got nan")));
  std::vector<KpiBinding> bindings = {Home()};
  bindings[0].floor = 9999;
  EXPECT_THAT(EvaluateScorecard("", bindings, Policy{}, {}, kTelecomTime),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("kpi HOME: floor: got 9999")));
}

}  // namespace
}  // namespace valueloop::performance
