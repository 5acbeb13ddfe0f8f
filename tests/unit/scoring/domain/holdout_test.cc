#include "scoring/domain/holdout.h"

#include <array>
#include <numeric>

#include "common/status.h"
#include "testing/shared_data.h"
#include "testing/status_matchers.h"
#include "unit/scoring/domain/choice_fixtures.h"

namespace valueloop::scoring {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::StatusIs;

constexpr HoldoutWindow kCdnowWindow{.calibration_last_day = kCdnowCalibrationEnd,
                                     .last_day = kCdnowEnd};
constexpr absl::CivilDay kStart(2024, 1, 1);
// 2024-03-31 and the four weeks after it.
constexpr HoldoutWindow kApril{.calibration_last_day = absl::CivilDay(2024, 3, 31),
                               .last_day = absl::CivilDay(2024, 4, 28)};

absl::StatusOr<HoldoutEvaluation> Evaluate(const HoldoutData& data, const BgNbdParams& params) {
  const std::array<PurchaseParams, 1> all = {PurchaseParams(params)};
  return EvaluateHoldout(data, all);
}

TEST(HoldoutWindowTest, IsTheLastThirdUnlessThatIsLessThanAWeek) {
  const auto window = DefaultHoldout(kStart, kStart + 89);
  ASSERT_TRUE(window.has_value());
  EXPECT_EQ(window->days(), 30);
  EXPECT_EQ(window->last_day, kStart + 89);
  EXPECT_EQ(DefaultHoldout(kStart, kStart + 19), std::nullopt);
  EXPECT_TRUE(DefaultHoldout(kStart, kStart + 20).has_value());
}

TEST(HoldoutWindowTest, LongerThanTheDataIsAnErrorThatSaysHowLongTheyAre) {
  VL_ASSERT_OK_AND_ASSIGN(const HoldoutWindow window, HoldoutOfDays(kStart, kStart + 9, 9));
  EXPECT_EQ(window.calibration_last_day, kStart);
  EXPECT_THAT(
      HoldoutOfDays(kStart, kStart + 9, 10),
      StatusIs(absl::StatusCode::kInvalidArgument,
               HasSubstr("holdout_days: got 10, want at least 1 and less than the 10 days")));
  EXPECT_THAT(HoldoutOfDays(kStart, kStart + 9, 0), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(HoldoutOfDays(kStart, kStart + 9, -5), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(HoldoutCollectorTest, KnowsTheHistoryBeforeAndCountsTheDaysAfter) {
  HoldoutCollector collector(kApril);
  collector.Add(
      BuyerOn({kStart, kStart + 7, absl::CivilDay(2024, 3, 31), absl::CivilDay(2024, 4, 1),
               absl::CivilDay(2024, 4, 28), absl::CivilDay(2024, 4, 29)}));
  const HoldoutData data = std::move(collector).Finish();
  ASSERT_EQ(data.rows.size(), 1);
  EXPECT_EQ(data.rows[0].history.repeat_count, 2);
  EXPECT_EQ(data.rows[0].history.age_weeks, 90 / 7.0);
  EXPECT_EQ(data.rows[0].history.last_weeks, 90 / 7.0);
  EXPECT_EQ(data.rows[0].count, 2);
  EXPECT_EQ(data.first_day, kStart);
  EXPECT_EQ(data.actual_by_day.size(), 28);
  EXPECT_EQ(data.actual_by_day.front(), 1);
  EXPECT_EQ(data.actual_by_day.back(), 1);
}

TEST(HoldoutCollectorTest, LeavesOutAndCountsWhoComesInTheHoldout) {
  HoldoutCollector collector(kApril);
  collector.Add(BuyerOn({absl::CivilDay(2024, 4, 2), absl::CivilDay(2024, 4, 9)}));
  collector.Add(BuyerOn({absl::CivilDay(2024, 5, 2)}));  // After it: nobody yet.
  collector.Add(BuyerOn({kStart}));
  const HoldoutData data = std::move(collector).Finish();
  EXPECT_EQ(data.customer_count, 1);
  EXPECT_EQ(data.late_customer_count, 1);
  EXPECT_THAT(data.actual_by_day, Each(0));
}

TEST(HoldoutCollectorTest, ARefundInTheHoldoutEmptiesItsDayThereAndNotBefore) {
  CustomerSummary summary =
      BuyerOn({kStart, kStart + 7, absl::CivilDay(2024, 4, 2), absl::CivilDay(2024, 4, 9)});
  RefundOn(summary, absl::CivilDay(2024, 4, 10), 10);
  HoldoutCollector collector(kApril);
  collector.Add(summary);
  const HoldoutData data = std::move(collector).Finish();
  ASSERT_EQ(data.rows.size(), 1);
  EXPECT_EQ(data.rows[0].history.repeat_count, 1);
  EXPECT_EQ(data.rows[0].count, 1);
}

TEST(HoldoutCollectorTest, CountsCustomersAlikeOnce) {
  HoldoutCollector collector(kApril);
  for (int i = 0; i < 5; ++i) collector.Add(BuyerOn({kStart, kStart + 7}));
  collector.Add(BuyerOn({kStart, kStart + 7, absl::CivilDay(2024, 4, 2)}));
  collector.Add(BuyerOn({kStart, kStart + 7}), /*group=*/1);
  const HoldoutData data = std::move(collector).Finish();
  ASSERT_EQ(data.rows.size(), 3);
  EXPECT_EQ(data.rows[0].customers, 5);
  EXPECT_EQ(data.rows[1].count, 1);
  EXPECT_EQ(data.rows[2].group, 1);
  EXPECT_EQ(data.Histories().size(), 7);
}

// The table of the BTYD walkthrough (Dziurzynski, Wadsworth & McCarthy), after Fader, Hardie & Lee
// (2005), figure 5: customers by repeat purchases in weeks 1-39, mean purchases in weeks 40-78.
TEST(EvaluateHoldoutTest, ReproducesThePublishedTableOfCdnow) {
  VL_REQUIRE_SHARED_DATA(path, "cdnow_sample_transactions.csv");
  const HoldoutData data = CollectHoldout(ReadCdnow(path), kCdnowWindow);
  EXPECT_EQ(data.customer_count, 2357);
  EXPECT_EQ(data.late_customer_count, 0);
  VL_ASSERT_OK_AND_ASSIGN(const HoldoutEvaluation got, Evaluate(data, kPaperBgNbd));
  EXPECT_EQ(got.actual_count, 1882);
  constexpr std::array kActual = {.2367, .6970, 1.3925, 1.56, 2.5323, 2.9474, 3.8621, 6.3594};
  constexpr std::array kExpected = {.2251, .5231, 1.0441, 1.5203, 2.1638, 2.6538, 3.5040, 6.1570};
  int64_t customers = 0;
  for (size_t i = 0; i < kActual.size(); ++i) {
    EXPECT_NEAR(got.frequencies[i].actual_mean, kActual[i], 5e-5) << i;
    EXPECT_NEAR(got.frequencies[i].expected_mean, kExpected[i], 5e-4 * kExpected[i] + 5e-5) << i;
    customers += got.frequencies[i].customer_count;
  }
  EXPECT_EQ(customers, 2357);
}

// The same source's Pareto/NBD row.
TEST(EvaluateHoldoutTest, ReproducesThePublishedTableOfCdnowForPareto) {
  VL_REQUIRE_SHARED_DATA(path, "cdnow_sample_transactions.csv");
  const std::optional<Family> family = ParseFamily("PARETO_NBD");
  ASSERT_TRUE(family.has_value());
  const HoldoutData data = CollectHoldout(ReadCdnow(path), kCdnowWindow);
  constexpr std::array kPaper = {0.5533, 10.578, 0.6061, 11.669};
  VL_ASSERT_OK_AND_ASSIGN(const PurchaseParams params, MakePurchaseParams(*family, kPaper));
  const std::array<PurchaseParams, 1> all = {params};
  VL_ASSERT_OK_AND_ASSIGN(const HoldoutEvaluation got, EvaluateHoldout(data, all));
  constexpr std::array kExpected = {.138, .600, 1.196, 1.714, 2.399, 2.907, 3.819, 6.403};
  for (size_t i = 0; i < kExpected.size(); ++i) {
    EXPECT_NEAR(got.frequencies[i].expected_mean, kExpected[i], 1e-3) << i;
  }
}

TEST(EvaluateHoldoutTest, EverySumAddsUp) {
  VL_REQUIRE_SHARED_DATA(path, "cdnow_sample_transactions.csv");
  const HoldoutData data = CollectHoldout(ReadCdnow(path), kCdnowWindow);
  VL_ASSERT_OK_AND_ASSIGN(const HoldoutEvaluation got, Evaluate(data, kPaperBgNbd));
  ASSERT_EQ(got.tracking.size(), 39);
  EXPECT_EQ(got.tracking.back().day_count, 273);
  EXPECT_EQ(got.tracking.back().actual_count, got.actual_count);
  EXPECT_EQ(got.tracking.back().expected_count, got.expected_count);
  for (size_t i = 1; i < got.tracking.size(); ++i) {
    EXPECT_GE(got.tracking[i].actual_count, got.tracking[i - 1].actual_count);
    EXPECT_GT(got.tracking[i].expected_count, got.tracking[i - 1].expected_count);
  }
  int64_t customers = 0;
  double expected_customers = 0;
  for (const CountFrequency& row : got.counts) {
    customers += row.actual_customers;
    expected_customers += row.expected_customers;
  }
  EXPECT_EQ(customers, 2357);
  EXPECT_NEAR(expected_customers, 2357, 1e-6);
  EXPECT_NEAR(got.bias * 2357, got.expected_count - 1882, 1e-6);
  EXPECT_GE(got.mean_absolute_error, std::abs(got.bias));
  EXPECT_GE(got.root_mean_square_error, got.mean_absolute_error);
  double log_likelihood = 0;
  ASSERT_EQ(got.log_probability.size(), data.rows.size());
  for (size_t i = 0; i < data.rows.size(); ++i) {
    log_likelihood += data.rows[i].customers * got.log_probability[i];
  }
  EXPECT_NEAR(log_likelihood, got.log_likelihood, 1e-6);
}

// The mean of a week's end that does not fill a week is the holdout's own end.
TEST(EvaluateHoldoutTest, TheLastPointOfTheTrackIsTheEndOfTheHoldout) {
  HoldoutCollector collector({.calibration_last_day = absl::CivilDay(2024, 3, 31),
                              .last_day = absl::CivilDay(2024, 4, 10)});
  collector.Add(BuyerOn({kStart, absl::CivilDay(2024, 4, 10)}));
  VL_ASSERT_OK_AND_ASSIGN(const HoldoutEvaluation got,
                          Evaluate(std::move(collector).Finish(), kPaperBgNbd));
  ASSERT_EQ(got.tracking.size(), 2);
  EXPECT_EQ(got.tracking[0].day_count, 7);
  EXPECT_EQ(got.tracking[0].actual_count, 0);
  EXPECT_EQ(got.tracking[1].day_count, 10);
  EXPECT_EQ(got.tracking[1].actual_count, 1);
}

TEST(EvaluateHoldoutTest, CoverageOfATrueModelIsNominal) {
  const Simulation simulation{.seed = 3, .customers = 20000};
  HoldoutCollector collector(
      {.calibration_last_day = kStart + 272, .last_day = kStart + simulation.days - 1});
  for (const CustomerSummary& summary : Simulate(simulation)) collector.Add(summary);
  const HoldoutData data = std::move(collector).Finish();
  VL_ASSERT_OK_AND_ASSIGN(const HoldoutEvaluation got, Evaluate(data, simulation.params));
  for (const IntervalCoverage& interval : got.intervals) {
    EXPECT_NEAR(interval.calibrated, interval.nominal, 0.02);
    EXPECT_NEAR(interval.covered, interval.model, 0.02);
    EXPECT_GE(interval.model, interval.nominal);
  }
  // Purchases of one day merge, so a little less comes than the times say.
  EXPECT_NEAR(got.expected_count / static_cast<double>(got.actual_count), 1, 0.05);
}

TEST(EvaluateHoldoutTest, AWrongModelHasALowerLikelihoodAndMissesItsCoverage) {
  const Simulation simulation{.seed = 4, .customers = 5000};
  HoldoutCollector collector(
      {.calibration_last_day = kStart + 272, .last_day = kStart + simulation.days - 1});
  for (const CustomerSummary& summary : Simulate(simulation)) collector.Add(summary);
  const HoldoutData data = std::move(collector).Finish();
  VL_ASSERT_OK_AND_ASSIGN(const HoldoutEvaluation right, Evaluate(data, simulation.params));
  BgNbdParams wrong = simulation.params;
  wrong.r *= 3;
  VL_ASSERT_OK_AND_ASSIGN(const HoldoutEvaluation got, Evaluate(data, wrong));
  EXPECT_LT(got.log_likelihood, right.log_likelihood - 100);
  EXPECT_GT(got.bias, 0.1);
  EXPECT_LT(got.intervals[1].calibrated, right.intervals[1].calibrated - 0.01);
}

TEST(EvaluateHoldoutTest, UsesTheParametersOfTheGroup) {
  HoldoutCollector collector(kApril);
  collector.Add(BuyerOn({kStart, kStart + 30}), 0);
  collector.Add(BuyerOn({kStart, kStart + 30}), 1);
  const HoldoutData data = std::move(collector).Finish();
  BgNbdParams slow = kPaperBgNbd;
  slow.alpha *= 100;
  const std::array<PurchaseParams, 2> both = {PurchaseParams(kPaperBgNbd), PurchaseParams(slow)};
  VL_ASSERT_OK_AND_ASSIGN(const HoldoutEvaluation got, EvaluateHoldout(data, both));
  const double weeks = kApril.weeks();
  const PurchaseHistory& history = data.rows[0].history;
  EXPECT_NEAR(
      got.expected_count,
      *ExpectedPurchases(kPaperBgNbd, history, weeks) + *ExpectedPurchases(slow, history, weeks),
      1e-12);
}

TEST(EvaluateHoldoutTest, SaysWhatIsMissingWithoutCustomersOrDays) {
  const absl::Status nobody = Evaluate(HoldoutCollector(kApril).Finish(), kPaperBgNbd).status();
  EXPECT_EQ(ReasonOf(nobody), "NOT_ENOUGH_DATA");
  EXPECT_THAT(nobody, StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("2024-03-31")));
}

TEST(EvaluateHoldoutTest, AnImpossibleCountIsFiniteAndAHugeHistoryIsAnswered) {
  HoldoutData data;
  data.window = kApril;
  data.actual_by_day.assign(28, 0);
  data.rows = {
      {.history = {.repeat_count = 0, .last_weeks = 0, .age_weeks = 2600}, .count = 28},
      {.history = {.repeat_count = 5000, .last_weeks = 714, .age_weeks = 714.2857}, .count = 28}};
  data.customer_count = 2;
  VL_ASSERT_OK_AND_ASSIGN(const HoldoutEvaluation got, Evaluate(data, kPaperBgNbd));
  EXPECT_TRUE(std::isfinite(got.log_likelihood));
  EXPECT_NEAR(got.frequencies[7].expected_mean, 28, 1);
}

}  // namespace
}  // namespace valueloop::scoring
