// Evaluation against the calendar: aggregation, missing and stale periods, restatements, fiscal
// years.
#include "performance/domain/evaluate.h"

#include <cmath>
#include <limits>
#include <vector>

#include "gtest/gtest.h"
#include "testing/status_matchers.h"
#include "unit/performance/domain/telecom.h"

namespace valueloop::performance {
namespace {

using ::testing::HasSubstr;
using valueloop::testing::StatusIs;

Evaluation EvaluateAt(const KpiBinding& binding, const std::vector<Observation>& history,
                      const EvaluationTime& time = kTelecomTime) {
  const absl::StatusOr<Evaluation> evaluation = Evaluate(binding, Policy{}, history, time);
  EXPECT_THAT(evaluation, valueloop::testing::IsOk());
  return evaluation.value_or(Evaluation{});
}

void Drop(std::vector<Observation>& history, int index) {
  std::erase_if(history, [&](const Observation& o) { return o.period.index == index; });
}

TEST(EvaluateTest, ARatioIsARatioOfSumsAndNotAMeanOfRatios) {
  const Evaluation got = EvaluateAt(Churn(), RatioSeries(Churn(), {10, 90}, {1000, 3000}));
  EXPECT_DOUBLE_EQ(got.actual_to_date.value(), 100.0 * 100 / 4000);
  const double mean_of_ratios = (100.0 * 10 / 1000 + 100.0 * 90 / 3000) / 2;
  EXPECT_GT(std::abs(*got.actual_to_date - mean_of_ratios), 0.4);
}

TEST(EvaluateTest, AnAverageIsThePlainMeanOfPeriods) {
  EXPECT_DOUBLE_EQ(EvaluateAt(Subs(), Series(Subs(), {12000, 12300})).actual_to_date.value(),
                   12150);
}

TEST(EvaluateTest, WithoutDataEverythingIsGreyAndUnset) {
  const Evaluation got = EvaluateAt(Home(), {});
  EXPECT_EQ(got.rag, Rag::kGrey);
  EXPECT_EQ(got.freshness, Freshness::kNoData);
  EXPECT_EQ(got.score, std::nullopt);
  EXPECT_EQ(got.actual_to_date, std::nullopt);
  EXPECT_EQ(got.target_to_date, std::nullopt);
  EXPECT_EQ(got.forecast_phased, std::nullopt);
  EXPECT_EQ(got.last_period, std::nullopt);
  EXPECT_EQ(got.periods_missing, 6);
  EXPECT_EQ(got.year_target.value(), 2500);
}

TEST(EvaluateTest, WithoutATargetThereIsAnActualAndNoScore) {
  KpiBinding binding = Home();
  binding.year_target = binding.floor = binding.stretch = std::nullopt;
  const Evaluation got = EvaluateAt(binding, Series(binding, {2128}));
  EXPECT_EQ(got.actual_to_date.value(), 2128);
  EXPECT_EQ(got.rag, Rag::kGrey);
  EXPECT_EQ(got.gap, std::nullopt);
}

TEST(EvaluateTest, AMissingPeriodInTheMiddleLeavesActualAndTargetAlike) {
  std::vector<Observation> history = TelecomHistory();
  Drop(history, 3);
  const Evaluation got = EvaluateAt(Rev(), history);
  EXPECT_DOUBLE_EQ(got.actual_to_date.value(), 3853 - 645.9);
  EXPECT_DOUBLE_EQ(got.target_to_date.value(), 3883 - 648);
  EXPECT_EQ(got.periods_with_data, 5);
  EXPECT_EQ(got.periods_missing, 1);
  EXPECT_EQ(got.freshness, Freshness::kFresh);
  // The missing period is among the rest that goes to plan.
  EXPECT_NEAR(got.forecast_plan_rest.value(), 7896.6 + (3853 - 645.9) - (3883 - 648), 1e-9);
}

TEST(EvaluateTest, MissingPeriodsAreNotZeroInAnAverage) {
  std::vector<Observation> history = Series(Energy(), {4168, 4120, 4095});
  Drop(history, 2);
  EXPECT_DOUBLE_EQ(EvaluateAt(Energy(), history).actual_to_date.value(), (4168 + 4095) / 2.0);
}

TEST(EvaluateTest, DataAreStaleAfterMoreThanTwoPeriods) {
  const std::vector<Observation> history = Series(Home(), {2128, 2151, 2183});
  const auto freshness = [&](absl::CivilDay day) {
    return EvaluateAt(Home(), history, {day}).freshness;
  };
  EXPECT_EQ(freshness(absl::CivilDay(2026, 3, 31)), Freshness::kFresh);
  EXPECT_EQ(freshness(absl::CivilDay(2026, 5, 31)), Freshness::kFresh);
  EXPECT_EQ(freshness(absl::CivilDay(2026, 6, 29)), Freshness::kFresh);
  EXPECT_EQ(freshness(absl::CivilDay(2026, 6, 30)), Freshness::kStale);
}

TEST(EvaluateTest, OnlyPeriodsThatAreOverCount) {
  const Evaluation got = EvaluateAt(Rev(), TelecomHistory(), {absl::CivilDay(2026, 6, 29)});
  EXPECT_EQ(got.periods_elapsed, 5);
  EXPECT_EQ(got.periods_with_data, 5);
  EXPECT_DOUBLE_EQ(got.target_to_date.value(), 3883 - 657);
  EXPECT_EQ(EvaluateAt(Rev(), TelecomHistory(), {absl::CivilDay(2025, 12, 31)}).rag, Rag::kGrey);
}

TEST(EvaluateTest, ARestatementAfterTheCloseDoesNotChangeTheOldReport) {
  std::vector<Observation> history = Series(Home(), {2128, 2151, 2183});
  const EvaluationTime report{absl::CivilDay(2026, 3, 31), history[2].recorded_time};
  const Evaluation before = EvaluateAt(Home(), history, report);
  Observation restated = history[2];
  restated.value = 2050;
  restated.revision = 2;
  restated.recorded_time += absl::Hours(24 * 30);
  history.push_back(restated);
  EXPECT_EQ(EvaluateAt(Home(), history, report), before);
  const Evaluation after = EvaluateAt(Home(), history, {absl::CivilDay(2026, 3, 31)});
  EXPECT_EQ(before.actual_to_date.value(), 2183);
  EXPECT_EQ(after.actual_to_date.value(), 2050);
}

TEST(EvaluateTest, AFiscalYearNeedNotStartInJanuary) {
  KpiBinding binding = Rev();
  VL_ASSERT_OK_AND_ASSIGN(binding.calendar, FiscalCalendar::Create(4));
  const std::vector<Observation> history = Series(binding, {638.2, 627.5, 645.9});
  const Evaluation got = EvaluateAt(binding, history, {absl::CivilDay(2026, 6, 30)});
  EXPECT_EQ(got.periods_elapsed, 3);
  EXPECT_DOUBLE_EQ(got.target_to_date.value(), 641.0 + 632.0 + 648.0);
  EXPECT_EQ(binding.calendar.Format(*got.last_period), "2026-06");
  EXPECT_EQ(EvaluateAt(binding, history, {absl::CivilDay(2026, 3, 31)}).periods_elapsed, 0);
}

TEST(EvaluateTest, AQuarterlyKpiCountsQuarters) {
  KpiBinding binding = Home();
  binding.frequency = Frequency::kQuarterly;
  const Evaluation got = EvaluateAt(binding, Series(binding, {2200, 2290}));
  EXPECT_EQ(got.period_count, 4);
  EXPECT_EQ(got.periods_elapsed, 2);
  EXPECT_DOUBLE_EQ(got.target_to_date.value(), 2300);
}

TEST(EvaluateTest, AfterTheYearItIsTheWholeYear) {
  const std::vector<double> year(12, 650.0);
  const Evaluation got = EvaluateAt(Rev(), Series(Rev(), year), {absl::CivilDay(2027, 5, 1)});
  EXPECT_EQ(got.periods_elapsed, 12);
  EXPECT_NEAR(got.target_to_date.value(), 7896.6, 1e-9);
  EXPECT_NEAR(got.forecast_phased.value(), 7800, 1e-9);
  EXPECT_NEAR(got.floor_to_date.value(), 7720, 1e-9);
}

TEST(EvaluateTest, TheCellOfAUnitSeesItsOwnObservationsOnly) {
  KpiBinding cell = Home();
  cell.unit = "RN";
  std::vector<Observation> history = Series(Home(), {2128});
  Append(history, Series(cell, {500}));
  EXPECT_EQ(EvaluateAt(cell, history).actual_to_date.value(), 500);
  EXPECT_EQ(EvaluateAt(Home(), history).actual_to_date.value(), 2128);
}

TEST(EvaluateTest, BadInputIsNamedAndNeverBecomesANumber) {
  std::vector<Observation> history = Series(Home(), {2128, 2151});
  history[1].value = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(Evaluate(Home(), Policy{}, history, kTelecomTime),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("period 2: value: got nan")));
  KpiBinding binding = Home();
  binding.floor = 3000;
  EXPECT_THAT(Evaluate(binding, Policy{}, {}, kTelecomTime),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("floor: got 3000")));
  Policy policy;
  policy.stale_periods = -1;
  EXPECT_THAT(Evaluate(Home(), policy, {}, kTelecomTime),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("stale_periods")));
}

TEST(EvaluateTest, ExtremeNumbersNeverYieldNanOrInfinity) {
  const std::vector<double> extremes = {0, -0.0, 1e-300, -1e-300, 1, -1, 9e14, -9e14};
  for (const Polarity polarity : {Polarity::kHigher, Polarity::kLower}) {
    for (const Aggregation aggregation :
         {Aggregation::kSum, Aggregation::kAvg, Aggregation::kLast}) {
      for (const double target : extremes) {
        for (const double actual : extremes) {
          for (const double baseline : extremes) {
            KpiBinding binding = TelecomKpi("X", polarity, aggregation, 1, "TEL");
            const double sign = Direction(polarity);
            binding = WithTargets(binding, baseline, target, target - sign, target + sign);
            const Evaluation got = EvaluateAt(binding, Series(binding, {actual, actual}));
            for (const std::optional<double>& number :
                 {got.actual_to_date, got.target_to_date, got.floor_to_date, got.stretch_to_date,
                  got.gap, got.achievement, got.score, got.forecast_phased, got.forecast_plan_rest,
                  got.required_rest}) {
              if (!number) continue;
              ASSERT_TRUE(std::isfinite(*number)) << target << " " << actual << " " << baseline;
            }
            ASSERT_TRUE(got.score.has_value());
            ASSERT_GE(*got.score, 0);
            ASSERT_LE(*got.score, 120);
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace valueloop::performance
