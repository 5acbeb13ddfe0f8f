// Where the year ends: phased, with the rest to plan, and what the rest must bring.
#include <vector>

#include "gtest/gtest.h"
#include "performance/domain/evaluate.h"
#include "testing/status_matchers.h"
#include "unit/performance/domain/telecom.h"

namespace valueloop::performance {
namespace {

Evaluation EvaluateAt(const KpiBinding& binding, const std::vector<Observation>& history) {
  const absl::StatusOr<Evaluation> evaluation =
      Evaluate(binding, Policy{}, history, {absl::CivilDay(2026, 12, 31)});
  EXPECT_THAT(evaluation, valueloop::testing::IsOk());
  return evaluation.value_or(Evaluation{});
}

// 100 per period is the plan of the year and of every part of it.
KpiBinding Flat(Aggregation aggregation) {
  return WithTargets(TelecomKpi("FLAT", Polarity::kHigher, aggregation, 1, "TEL"), 100, 100, 80,
                     120);
}

TEST(ForecastTest, AnAverageWeighsItsPeriods) {
  const Evaluation got =
      EvaluateAt(Flat(Aggregation::kAvg), Series(Flat(Aggregation::kAvg), {90, 94, 92}));
  EXPECT_DOUBLE_EQ(got.forecast_phased.value(), 92);
  EXPECT_DOUBLE_EQ(got.forecast_plan_rest.value(), (3 * 92 + 9 * 100) / 12.0);
  EXPECT_DOUBLE_EQ(got.required_rest.value(), (12 * 100 - 3 * 92) / 9.0);
  EXPECT_EQ(got.forecast_method, ForecastMethod::kPhasedRatio);
}

TEST(ForecastTest, ARatioTakesTheDenominatorsToComeAsTheMeanOfThoseKnown) {
  const KpiBinding binding = Flat(Aggregation::kRatio);
  const Evaluation got = EvaluateAt(binding, RatioSeries(binding, {900, 2760}, {10, 30}));
  EXPECT_DOUBLE_EQ(got.actual_to_date.value(), 91.5);
  EXPECT_DOUBLE_EQ(got.forecast_plan_rest.value(), (2 * 91.5 + 10 * 100) / 12.0);
  // 40 of 240 in the denominator are used; the rest must lift the sum to 100 * 240.
  EXPECT_DOUBLE_EQ(got.required_rest.value(), (100 * 240 - 3660) / 200.0);
}

TEST(ForecastTest, ALastValueShifts) {
  const KpiBinding binding = Flat(Aggregation::kLast);
  const Evaluation got = EvaluateAt(binding, Series(binding, {90, 95}));
  EXPECT_EQ(got.forecast_method, ForecastMethod::kPhasedShift);
  EXPECT_DOUBLE_EQ(got.forecast_phased.value(), 95);
  EXPECT_DOUBLE_EQ(got.forecast_plan_rest.value(), 100);
  EXPECT_DOUBLE_EQ(got.required_rest.value(), 100);
}

TEST(ForecastTest, AFullYearLeavesNothingForAnAverageToBring) {
  const KpiBinding binding = Flat(Aggregation::kAvg);
  const Evaluation got = EvaluateAt(binding, Series(binding, std::vector<double>(12, 97)));
  EXPECT_EQ(got.required_rest, std::nullopt);
  EXPECT_DOUBLE_EQ(got.forecast_phased.value(), 97);
  EXPECT_DOUBLE_EQ(got.forecast_plan_rest.value(), 97);
}

TEST(ForecastTest, AnAverageWithANegativeTargetShifts) {
  const KpiBinding binding = WithTargets(
      TelecomKpi("NET_FLOW", Polarity::kHigher, Aggregation::kAvg, 1, "TEL"), -10, -10, -20, 0);
  const Evaluation got = EvaluateAt(binding, Series(binding, {-12}));
  EXPECT_EQ(got.forecast_method, ForecastMethod::kPhasedShift);
  EXPECT_DOUBLE_EQ(got.forecast_phased.value(), -12);
}

TEST(ForecastTest, WithoutAYearTargetThereIsNone) {
  KpiBinding binding = Flat(Aggregation::kLast);
  binding.year_target = std::nullopt;
  const Evaluation got = EvaluateAt(binding, Series(binding, {90}, 95));
  EXPECT_DOUBLE_EQ(got.gap.value(), -5);
  EXPECT_EQ(got.forecast_phased, std::nullopt);
  EXPECT_EQ(got.required_rest, std::nullopt);
  EXPECT_EQ(got.floor_to_date, std::nullopt);
}

TEST(ForecastTest, NamesAreThoseOfTheContract) {
  EXPECT_EQ(ForecastMethodName(ForecastMethod::kPhasedRatio), "PHASED_RATIO");
  EXPECT_EQ(ForecastMethodName(ForecastMethod::kPhasedShift), "PHASED_SHIFT");
  EXPECT_EQ(ForecastMethodName(ForecastMethod::kNone), "NONE");
  EXPECT_EQ(FreshnessName(Freshness::kNoData), "NO_DATA");
  EXPECT_EQ(FreshnessName(Freshness::kFresh), "FRESH");
  EXPECT_EQ(FreshnessName(Freshness::kStale), "STALE");
}

}  // namespace
}  // namespace valueloop::performance
