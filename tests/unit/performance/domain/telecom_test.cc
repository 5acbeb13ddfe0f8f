// The worked example: the status, scorecard and gap that the telecom sample promises.
#include "unit/performance/domain/telecom.h"

#include <cmath>

#include "gtest/gtest.h"
#include "performance/domain/gap_trigger.h"
#include "performance/domain/scorecard.h"
#include "testing/status_matchers.h"

namespace valueloop::performance {
namespace {

// As the sample file asks: relative tolerance 1e-4.
void ExpectClose(const std::optional<double>& got, double want) {
  ASSERT_TRUE(got.has_value());
  EXPECT_NEAR(*got, want, 1e-4 * std::abs(want));
}

struct Expected {
  KpiBinding binding;
  double actual_to_date;
  double gap;
  double achievement_pct;
  double score;
  Rag rag;
};

// samples/strategy-telecom.yaml, expected.status; samples/telecom-observations-red.yaml for CARE.
const std::vector<Expected>& ExpectedStatus() {
  static const auto* const kStatus = new std::vector<Expected>{
      {Rev(), 3853, -30, 99.2274, 86.1814, Rag::kAmber},
      {Subs(), 12147.7, -62.3333, 99.4895, 87.5333, Rag::kAmber},
      {Churn(), 1.89458, -0.0245836, 98.6854, 93.4444, Rag::kAmber},
      {Arpu(), 52.8634, -0.136624, 99.7422, 94.535, Rag::kAmber},
      {Home(), 2307, 27, 101.184, 103.6, Rag::kGreen},
      {Cover(), 98.6, 0.1, 100.102, 110, Rag::kGreen},
      {Energy(), 4073.33, -73.3333, 98.1667, 85.3333, Rag::kAmber},
      {Util(), 85.6667, -0.666667, 86.6667, 86.6667, Rag::kAmber},
      {Care(), 22, -16, 57.8947, 0, Rag::kRed},
  };
  return *kStatus;
}

TEST(TelecomTest, EveryKpiHasTheStatusThatTheSamplePromises) {
  std::vector<Observation> history = TelecomHistory();
  Append(history, CareHistory());
  for (const Expected& expected : ExpectedStatus()) {
    SCOPED_TRACE(expected.binding.kpi);
    VL_ASSERT_OK_AND_ASSIGN(const Evaluation got,
                            Evaluate(expected.binding, Policy{}, history, kTelecomTime));
    ExpectClose(got.actual_to_date, expected.actual_to_date);
    ExpectClose(got.gap, expected.gap);
    ASSERT_TRUE(got.achievement.has_value());
    ExpectClose(100 * *got.achievement, expected.achievement_pct);
    ExpectClose(got.score, expected.score);
    EXPECT_EQ(got.rag, expected.rag);
    EXPECT_EQ(got.periods_elapsed, 6);
    EXPECT_EQ(got.periods_with_data, 6);
    EXPECT_EQ(got.periods_missing, 0);
    EXPECT_EQ(got.freshness, Freshness::kFresh);
  }
}

TEST(TelecomTest, RevenueIsForecastAsTheSamplePromises) {
  VL_ASSERT_OK_AND_ASSIGN(const Evaluation got,
                          Evaluate(Rev(), Policy{}, TelecomHistory(), kTelecomTime));
  ExpectClose(got.target_to_date, 3883);
  ExpectClose(got.forecast_phased, 7835.591);
  ExpectClose(got.forecast_plan_rest, 7866.6);
  ExpectClose(got.required_rest, 4043.6);
  EXPECT_EQ(got.forecast_method, ForecastMethod::kPhasedRatio);
  EXPECT_EQ(got.threshold_method, ThresholdMethod::kScaleByPhasing);
}

TEST(TelecomTest, CareIsForecastBelowItsFloor) {
  VL_ASSERT_OK_AND_ASSIGN(const Evaluation got,
                          Evaluate(Care(), Policy{}, CareHistory(), kTelecomTime));
  EXPECT_DOUBLE_EQ(got.forecast_phased.value(), 44);
  EXPECT_DOUBLE_EQ(got.floor_to_date.value(), 23);
  EXPECT_EQ(got.forecast_method, ForecastMethod::kPhasedShift);
}

TEST(TelecomTest, TheScorecardOfThePlanIsTheOnePromised) {
  VL_ASSERT_OK_AND_ASSIGN(const Scorecard got, EvaluateScorecard("", TelecomBindings(), Policy{},
                                                                 TelecomHistory(), kTelecomTime));
  ExpectClose(got.score, 92.9646);
  ExpectClose(got.weight_with_data, 43.8);
  ExpectClose(got.weight_total, 46.6);
  EXPECT_EQ(got.rag, Rag::kAmber);
  EXPECT_EQ(got.lines.size(), 9u);
}

TEST(TelecomTest, OneKpiInTroubleLowersTheScorecardAsPromised) {
  std::vector<Observation> history = TelecomHistory();
  Append(history, CareHistory());
  VL_ASSERT_OK_AND_ASSIGN(const Scorecard got, EvaluateScorecard("", TelecomBindings(), Policy{},
                                                                 history, kTelecomTime));
  ExpectClose(got.score, 87.3787);
  ExpectClose(got.weight_with_data, 46.6);
}

TEST(TelecomTest, TheScorecardOfAUnitHoldsTheKpisOfItsOrg) {
  VL_ASSERT_OK_AND_ASSIGN(const Scorecard got, EvaluateScorecard("NET", TelecomBindings(), Policy{},
                                                                 TelecomHistory(), kTelecomTime));
  ASSERT_EQ(got.lines.size(), 2u);
  EXPECT_EQ(got.lines[0].kpi, "COVER");
  EXPECT_EQ(got.lines[1].kpi, "ENERGY");
  ExpectClose(got.weight_with_data, 4.2 + 2.4);
  ExpectClose(got.score, (4.2 * 110 + 2.4 * 85.33333) / 6.6);
}

TEST(TelecomTest, OnlyTheKpiInTroubleOpensAGap) {
  std::vector<Observation> history = TelecomHistory();
  Append(history, CareHistory());
  std::vector<std::string> opened;
  for (const KpiBinding& binding : TelecomBindings()) {
    VL_ASSERT_OK_AND_ASSIGN(const GapDecision decision,
                            DecideGap(binding, Policy{}, history, kTelecomTime, {}));
    if (decision.action == GapAction::kNone) continue;
    EXPECT_EQ(decision.action, GapAction::kOpen);
    EXPECT_EQ(decision.opening_number, 1);
    ASSERT_TRUE(decision.evidence.has_value());
    EXPECT_EQ(decision.evidence->reason, GapReason::kForecastBelowFloor);
    EXPECT_DOUBLE_EQ(decision.evidence->forecast.value(), 44);
    EXPECT_DOUBLE_EQ(decision.evidence->floor.value(), 45);
    opened.push_back(binding.kpi);
  }
  EXPECT_EQ(opened, std::vector<std::string>{"CARE"});
}

}  // namespace
}  // namespace valueloop::performance
