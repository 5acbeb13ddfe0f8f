#include "scoring/domain/interval.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "common/draw.h"
#include "scoring/domain/civil_day.h"
#include "testing/status_matchers.h"

namespace valueloop::scoring {
namespace {

using ::testing::HasSubstr;
using testing::StatusIs;

constexpr absl::CivilDay kToday(2026, 6, 30);
// Published for CDNOW (Fader, Hardie & Lee 2005; Fader & Hardie 2013).
constexpr BgNbdParams kCdnow{.r = .243, .alpha = 4.414, .a = .793, .b = 2.426};
constexpr GammaGammaParams kCdnowSpend{.p = 6.25, .q = 3.74, .v = 15.44};

PurchaseParams Cdnow() { return PurchaseParams(kCdnow); }

// A customer of the BG/NBD process, watched for `age` weeks, and what it buys in the next `ahead`.
struct Watched {
  PurchaseHistory history;
  double ahead_count = 0;
};

Watched WatchCustomer(const BgNbdParams& params, double age, double ahead, Draw& draw) {
  const double rate = draw.Gamma(params.r, params.alpha);
  const double leaving = draw.Beta(params.a, params.b);
  Watched watched{.history = {.age_weeks = age}};
  double time = 0;
  while (true) {
    time += draw.Exponential(rate);
    if (time > age + ahead) break;
    if (time <= age) {
      ++watched.history.repeat_count;
      watched.history.last_weeks = time;
    } else {
      ++watched.ahead_count;
    }
    if (draw.Chance(leaving)) break;
  }
  return watched;
}

TEST(IntervalTest, TheDrawsMeanIsTheExactExpectation) {
  for (const PurchaseHistory& history :
       {PurchaseHistory{}, PurchaseHistory{2, 30.43, 38.86}, PurchaseHistory{30, 37, 38.86}}) {
    SCOPED_TRACE(history.repeat_count);
    const Outlook outlook{.repeat_count = static_cast<double>(history.repeat_count),
                          .age_weeks = history.age_weeks,
                          .horizon_weeks = 156,
                          .delta_weekly = std::log(1.1) / 52.1775};
    Draw draw(5);
    constexpr int kCount = 200'000;
    double purchases = 0;
    double squares = 0;
    double discounted = 0;
    double weeks = 0;
    for (int i = 0; i < kCount; ++i) {
      const Life life = DrawLife(Cdnow(), outlook, draw);
      purchases += life.purchases;
      squares += life.purchases * life.purchases;
      discounted += life.discounted_purchases;
      weeks += DiscountedWeeks(life.active_weeks, outlook.delta_weekly);
      ASSERT_LE(life.discounted_purchases, life.purchases + 1e-9);
      ASSERT_GT(life.active_weeks, 0);
    }
    const double error = 5 * std::sqrt(squares) / kCount;
    VL_ASSERT_OK_AND_ASSIGN(const DiscountedFuture exact,
                            DiscountedGivenAlive(Cdnow(), outlook.repeat_count, outlook.age_weeks,
                                                 outlook.horizon_weeks, outlook.delta_weekly));
    VL_ASSERT_OK_AND_ASSIGN(const DiscountedFuture plain,
                            DiscountedGivenAlive(Cdnow(), outlook.repeat_count, outlook.age_weeks,
                                                 outlook.horizon_weeks, 0));
    EXPECT_NEAR(purchases / kCount, plain.purchases, error);
    EXPECT_NEAR(discounted / kCount, exact.purchases, error);
    EXPECT_NEAR(weeks / kCount, exact.active_weeks, 5 * 156 / std::sqrt(kCount));
  }
}

TEST(IntervalTest, CoversWhatHappensAsOftenAsItSaysOnSimulatedCustomers) {
  // Counts are whole numbers, so that an interval covers more than its level; the randomised share
  // below the actual count (Czado, Gneiting & Held 2009) is uniform where the prediction is right.
  Draw draw(11);
  constexpr int kCustomers = 3000;
  int within_80 = 0;
  int within_95 = 0;
  int raw_80 = 0;
  int raw_95 = 0;
  for (int i = 0; i < kCustomers; ++i) {
    const Watched watched = WatchCustomer({1.2, 6, 0.8, 5}, 52, 52, draw);
    VL_ASSERT_OK_AND_ASSIGN(
        const Predictive counts,
        PredictPurchases(PurchaseParams(BgNbdParams{1.2, 6, 0.8, 5}), watched.history, 52));
    const double share = counts.ShareBelow(watched.ahead_count) +
                         draw.Uniform() * counts.ShareEqual(watched.ahead_count);
    within_80 += share >= 0.1 && share <= 0.9;
    within_95 += share >= 0.025 && share <= 0.975;
    const Interval interval = counts.ToInterval();
    raw_80 += interval.low_80 <= watched.ahead_count && watched.ahead_count <= interval.high_80;
    raw_95 += interval.low_95 <= watched.ahead_count && watched.ahead_count <= interval.high_95;
  }
  EXPECT_NEAR(within_80 / double{kCustomers}, 0.80, 0.02);
  EXPECT_NEAR(within_95 / double{kCustomers}, 0.95, 0.02);
  EXPECT_GE(raw_80 / double{kCustomers}, 0.78);
  EXPECT_GE(raw_95 / double{kCustomers}, 0.93);
}

TEST(IntervalTest, AWrongModelDoesNotCoverSoThatCoverageMeansSomething) {
  Draw draw(12);
  int within_80 = 0;
  for (int i = 0; i < 1000; ++i) {
    const Watched watched = WatchCustomer({1.2, 6, 0.8, 5}, 52, 52, draw);
    VL_ASSERT_OK_AND_ASSIGN(
        const Predictive counts,
        PredictPurchases(PurchaseParams(BgNbdParams{1.2, 6, 0.8, 500}), watched.history, 52));
    const double share = counts.ShareBelow(watched.ahead_count) +
                         draw.Uniform() * counts.ShareEqual(watched.ahead_count);
    within_80 += share >= 0.1 && share <= 0.9;
  }
  EXPECT_LT(within_80, 700);
}

// A customer with a purchase of 30 every 30 days until `last`.
struct Buyer {
  CustomerSummary summary;
  CustomerFacts facts;
  Model model;
  ScoringPolicy policy{.horizon_months = 12, .acquisition_cost = 20};

  explicit Buyer(absl::CivilDay last = absl::CivilDay(2026, 6, 20)) {
    int count = 0;
    for (absl::CivilDay day(2025, 8, 1); day <= last; day += 30) {
      Add(day, Purchase{.amount_micros = 30'000'000}, ++count);
    }
    model.parts.push_back({.purchase = Cdnow(), .gamma_gamma = kCdnowSpend, .mean_spend = 35});
  }
  void Add(absl::CivilDay day, Payload payload, int id) {
    const Event event{
        .customer_id = "c",
        .source = "test",
        .event_id = std::to_string(id),
        .occurred_micros = absl::ToUnixMicros(absl::FromCivil(day, absl::UTCTimeZone())),
        .payload = std::move(payload)};
    VL_EXPECT_OK(Apply(summary, event, absl::UTCTimeZone()));
  }
  absl::StatusOr<CustomerIntervals> Compute() {
    facts = FactsOf(summary, kToday);
    const ValueInputs inputs{.customer_id = "c",
                             .facts = &facts,
                             .part = &model.parts[0],
                             .model = &model,
                             .policy = &policy};
    const auto expected = ExpectedValues(inputs);
    if (!expected.ok()) return expected.status();
    return ComputeIntervals(inputs, *expected);
  }
};

TEST(IntervalTest, EndsAreOrderedAndTheSameInputsGiveTheSameBits) {
  Buyer buyer;
  VL_ASSERT_OK_AND_ASSIGN(const CustomerIntervals intervals, buyer.Compute());
  ASSERT_TRUE(intervals.purchases.has_value());
  for (const Interval& interval : {*intervals.purchases, intervals.value}) {
    EXPECT_LE(interval.low_95, interval.low_80);
    EXPECT_LT(interval.low_80, interval.high_80);
    EXPECT_LE(interval.high_80, interval.high_95);
    EXPECT_FALSE(interval.mean_low.has_value()) << "given parameters are taken as known";
  }
  VL_ASSERT_OK_AND_ASSIGN(const CustomerIntervals again, buyer.Compute());
  EXPECT_EQ(again.value, intervals.value);
  EXPECT_EQ(again.purchases, intervals.purchases);
}

TEST(IntervalTest, OfACustomerThatHasSurelyLeftEverythingIsNothing) {
  Buyer buyer(absl::CivilDay(2025, 10, 1));
  buyer.model.parts[0].purchase = PurchaseParams(BgNbdParams{50, 50, 50, 1e-3});
  VL_ASSERT_OK_AND_ASSIGN(const CustomerIntervals intervals, buyer.Compute());
  EXPECT_EQ(intervals.purchases->high_95, 0);
  EXPECT_EQ(intervals.value.high_95, 0);
}

TEST(IntervalTest, TheMeanIntervalSharpensWithWhatIsKnownOfTheParameters) {
  const auto width_with = [](double variance) {
    Buyer buyer;
    ModelPart& part = buyer.model.parts[0];
    part.purchase_log_covariance.assign(16, 0);
    for (size_t i = 0; i < 4; ++i) part.purchase_log_covariance[i * 5] = variance;
    part.spend_log_covariance.assign(9, 0);
    for (size_t i = 0; i < 3; ++i) part.spend_log_covariance[i * 4] = variance;
    const auto intervals = buyer.Compute();
    VL_EXPECT_OK(intervals);
    EXPECT_GE(*intervals->purchases->mean_low, intervals->purchases->low_95);
    return *intervals->value.mean_high - *intervals->value.mean_low;
  };
  const double wide = width_with(0.01);
  const double narrow = width_with(0.0001);
  EXPECT_GT(narrow, 0);
  EXPECT_NEAR(wide / narrow, 10, 0.2) << "a tenth of the standard errors";
}

TEST(IntervalTest, ARunningContractIsWorthSomethingWithoutAnyPurchase) {
  Buyer buyer(absl::CivilDay(2025, 1, 1));
  buyer.Add(
      absl::CivilDay(2026, 1, 1),
      SubscriptionStart{.subscription_id = "s", .price_micros = 10'000'000, .period_months = 1},
      100);
  VL_ASSERT_OK_AND_ASSIGN(const CustomerIntervals intervals, buyer.Compute());
  EXPECT_FALSE(intervals.purchases.has_value());
  EXPECT_GT(intervals.value.high_80, intervals.value.low_80);
  EXPECT_LE(intervals.value.high_95, 0.4 * 10 * 13) << "at most one margin a month";
}

TEST(IntervalTest, PurchasesAreRefusedOverNoTimeAtAll) {
  for (const double weeks : {0.0, -1.0, std::nan(""), 1e7}) {
    EXPECT_THAT(PredictPurchases(Cdnow(), PurchaseHistory{}, weeks).status(),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("weeks")));
  }
}

TEST(IntervalTest, DailyBuyersHaveFiniteIntervals) {
  VL_ASSERT_OK_AND_ASSIGN(
      const Predictive counts,
      PredictPurchases(Cdnow(), {.repeat_count = 5000, .last_weeks = 714, .age_weeks = 714.2},
                       52.1775));
  const Interval interval = counts.ToInterval();
  EXPECT_GT(interval.high_95, 300);
  EXPECT_LT(interval.high_95, 450);
  EXPECT_GE(interval.low_95, 0);
}

TEST(PredictiveTest, QuantilesAreTheSmallestValuesThatReachTheirShare) {
  Predictive four;
  for (const double value : {3.0, 1.0, 2.0, 4.0}) four.Add(value, 0.25);
  four.Finish();
  EXPECT_EQ(four.Quantile(0.25), 1);
  EXPECT_EQ(four.Quantile(0.26), 2);
  EXPECT_EQ(four.Quantile(1), 4);
  EXPECT_EQ(four.ShareBelow(3), 0.5);
  EXPECT_EQ(four.ShareEqual(3), 0.25);
}

}  // namespace
}  // namespace valueloop::scoring
