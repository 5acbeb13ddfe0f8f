// Prices, exchange, recovery and contracts: insight in money.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "scoring/domain/civil_day.h"
#include "scoring/domain/insight/contract_value.h"
#include "scoring/domain/insight/exchange.h"
#include "scoring/domain/insight/price_line.h"
#include "scoring/domain/insight/recovery.h"
#include "scoring/domain/period.h"
#include "testing/status_matchers.h"

namespace valueloop::scoring {
namespace {

constexpr int64_t kUnit = 1'000'000;
constexpr absl::CivilDay kToday(2026, 6, 30);

class Customer {
 public:
  // `days_ago` before kToday.
  void Add(int days_ago, const Payload& payload) {
    const absl::CivilDay day = kToday - days_ago;
    const Event event{
        .customer_id = "c",
        .event_id = std::to_string(++count_),
        .occurred_micros = absl::ToUnixMicros(absl::FromCivil(day, absl::UTCTimeZone())),
        .payload = payload};
    VL_EXPECT_OK(Apply(summary, event, absl::UTCTimeZone()));
  }
  void Buy(int days_ago, int64_t margin) {
    Add(days_ago, Purchase{.amount_micros = 2 * margin * kUnit, .margin_micros = margin * kUnit});
  }
  CustomerSummary summary;

 private:
  int count_ = 0;
};

ValueCase Case(int64_t price, int64_t reference, int64_t downtime, int64_t training) {
  return {.offer = "fibre",
          .price_micros = price * kUnit,
          .reference_price_micros = reference * kUnit,
          .differences = {{.driver = "downtime", .amount_micros = downtime * kUnit},
                          {.driver = "training", .amount_micros = training * kUnit}}};
}

TEST(PriceLineTest, AnOfferIsWorthItsReferencePlusWhatItAdds) {
  OfferCollector collector;
  collector.Add(Case(1200, 1000, 500, -100));
  const std::vector<OfferResult> offers = collector.Result();
  ASSERT_EQ(offers.size(), 1u);
  EXPECT_NEAR(offers[0].differentiation_value, 400, 1e-9);
  EXPECT_NEAR(offers[0].value_price(), 1400, 1e-9);
  EXPECT_NEAR(offers[0].customer_gain(), 200, 1e-9);
  EXPECT_NEAR(CustomerGain(Case(1200, 1000, 500, -100)), 200, 1e-9);
  EXPECT_NEAR(offers[0].captured_share().value(), .5, 1e-12);
  EXPECT_EQ(offers[0].overpriced_count, 0);
  EXPECT_EQ(offers[0].drivers[0].driver, "downtime");
  EXPECT_NEAR(offers[0].drivers[1].amount, -100, 1e-9);
}

TEST(PriceLineTest, SeveralCustomersMakeMeansAndSomeMayPayTooMuch) {
  OfferCollector collector;
  collector.Add(Case(1200, 1000, 500, 0));
  collector.Add(Case(1200, 1000, 100, 0));
  const std::vector<OfferResult> offers = collector.Result();
  EXPECT_NEAR(offers[0].value_price(), 1300, 1e-9);
  EXPECT_EQ(offers[0].overpriced_count, 1);
  EXPECT_EQ(offers[0].customer_count, 2);
}

TEST(PriceLineTest, AnOfferThatAddsNothingHasNothingToShare) {
  OfferCollector collector;
  collector.Add(Case(1000, 1000, 100, -100));
  EXPECT_FALSE(collector.Result()[0].captured_share().has_value());
}

Feedback Against(double own, double rival, double own_social, double rival_social) {
  return {.benefits = {{.dimension = "FUNCTIONAL", .score = own, .rival_score = rival},
                       {.dimension = "SOCIAL", .score = own_social, .rival_score = rival_social},
                       {.dimension = "EMOTIONAL", .score = 50}}};
}

TEST(ValueMapTest, MeasuresTheDistanceToTheFairValueLine) {
  PerceptionScores scores(DefaultBenefitWeights(), DefaultCostWeights());
  scores.Add(Against(80, 64, 60, 80));
  ValueMapCollector collector(DefaultBenefitWeights());
  collector.Add(scores);
  const ValueMapResult map = collector.Result(.6, 1100, 1000);
  ASSERT_EQ(map.drivers.size(), 2u) << "EMOTIONAL has no rival";
  EXPECT_NEAR(map.win_score.value(), .5 * 16 + .5 * -20, 1e-12);
  EXPECT_NEAR(map.quality_ratio.value(), .5 * 1.25 + .5 * .75, 1e-12);
  EXPECT_NEAR(map.price_ratio.value(), 1.1, 1e-12);
  EXPECT_NEAR(map.fair_price_ratio.value(), 1, 1e-12);
  EXPECT_NEAR(map.distance.value(), -.1 / std::sqrt(1 + 1.5 * 1.5), 1e-12);
}

TEST(ValueMapTest, NoRivalNoMap) {
  ValueMapCollector collector(DefaultBenefitWeights());
  const ValueMapResult map = collector.Result(.5, 0, 0);
  EXPECT_TRUE(map.drivers.empty());
  EXPECT_FALSE(map.win_score || map.quality_ratio || map.price_ratio || map.distance);
}

TEST(ValueMapTest, ARivalAtZeroLeavesNoRatioButAScore) {
  PerceptionScores scores(DefaultBenefitWeights(), DefaultCostWeights());
  scores.Add(Against(80, 0, 60, 80));
  ValueMapCollector collector(DefaultBenefitWeights());
  collector.Add(scores);
  EXPECT_FALSE(collector.Result(.5, 1, 1).quality_ratio.has_value());
  EXPECT_NEAR(collector.Result(.5, 1, 1).win_score.value(), 30, 1e-12);
}

TEST(PeriodTest, AdjoiningPeriodsAddUpWithRefundsAcrossThem) {
  Customer customer;
  customer.Add(100, Purchase{.amount_micros = 90 * kUnit});
  customer.Add(50, Refund{.amount_micros = 30 * kUnit});
  customer.Add(10, SubscriptionCharge{.subscription_id = "s", .amount_micros = 10 * kUnit});
  const double before = MarginBetween(customer.summary, kToday - 200, kToday - 60, .4);
  const double after = MarginBetween(customer.summary, kToday - 59, kToday, .4);
  EXPECT_NEAR(before, 36, 1e-9);
  EXPECT_NEAR(after, -12 + 4, 1e-9);
  EXPECT_NEAR(before + after, MarginBetween(customer.summary, kToday - 200, kToday, .4), 1e-9);
}

TEST(ExchangeTest, ComparesOneYearOfBothSides) {
  Customer customer;
  customer.Buy(400, 1000);  // More than a year ago.
  customer.Buy(100, 120);
  customer.Add(50, CostToServe{.amount_micros = 15 * kUnit});
  customer.Add(40, Remedy{.cost_micros = 5 * kUnit});
  const double firm = ValueToFirm(customer.summary, kToday, .4);
  EXPECT_NEAR(firm, 100, 1e-9);
  ExchangeResult result;
  result.Add(firm, 150);
  result.Add(77, std::nullopt);
  EXPECT_NEAR(result.value_to_firm, 177, 1e-9);
  EXPECT_NEAR(result.value_to_firm_of_compared.value(), 100, 1e-9);
  EXPECT_NEAR(result.ratio().value(), 1.5, 1e-12);
  EXPECT_EQ(result.both_gain(), true);
  EXPECT_EQ(result.with_value_case_count, 1);
}

TEST(ExchangeTest, WithoutAValueCaseTheBalanceIsUnknown) {
  ExchangeResult result;
  result.Add(100, std::nullopt);
  EXPECT_FALSE(result.ratio().has_value());
  EXPECT_FALSE(result.both_gain().has_value());
  result.Add(-100, 50);
  EXPECT_FALSE(result.ratio().has_value()) << "we lose money";
  EXPECT_EQ(result.both_gain(), false);
}

constexpr RecoveryOptions kRecovery{
    .as_of = kToday, .window_days = 300, .follow_up_days = 60, .margin_ratio = .4};

TEST(RecoveryTest, CountsWhoStayedAfterTheirComplaint) {
  RecoveryCollector collector(kRecovery);
  const int32_t today = DayNumber(kToday);
  Customer kept;
  kept.Buy(200, 10);
  kept.Add(150, Complaint{});
  kept.Add(149, Remedy{.cost_micros = 4 * kUnit});
  kept.Buy(120, 20);
  kept.Buy(80, 40);  // Beyond the follow-up.
  collector.Add(kept.summary, std::vector<ComplaintRecord>{{today - 150, 7}},
                std::vector<RemedyRecord>{{today - 149, 7}});
  Customer lost;
  lost.Buy(150, 10);  // On the day of the complaint.
  lost.Add(150, Complaint{});
  lost.Add(10, Complaint{});
  collector.Add(lost.summary, std::vector<ComplaintRecord>{{today - 150, 8}, {today - 10, 9}}, {});
  const RecoveryResult& result = collector.result();
  EXPECT_EQ(result.all.complaint_count, 2);
  EXPECT_EQ(result.all.kept_count, 1);
  EXPECT_EQ(result.pending_count, 1);
  EXPECT_NEAR(result.all.kept_ratio().value(), .5, 1e-15);
  EXPECT_EQ(result.remedied.complaint_count, 1);
  EXPECT_EQ(result.not_remedied.kept_count, 0);
  EXPECT_NEAR(result.remedy_cost, 4, 1e-9);
  EXPECT_NEAR(result.remedied.kept_margin, 20, 1e-9);
  EXPECT_NEAR(result.remedy_roi().value(), 4, 1e-9);  // (20 - 4) / 4.
  EXPECT_NEAR(result.service_cost, 4, 1e-9);
  EXPECT_NEAR(result.served_margin, 70, 1e-9);
}

TEST(RecoveryTest, OverlappingFollowUpsCountTheirMarginOnce) {
  RecoveryCollector collector(kRecovery);
  const int32_t today = DayNumber(kToday);
  Customer customer;
  customer.Buy(120, 30);
  collector.Add(customer.summary, std::vector<ComplaintRecord>{{today - 130, 2}, {today - 150, 1}},
                std::vector<RemedyRecord>{{today - 140, 0}});
  EXPECT_EQ(collector.result().all.kept_count, 2);
  EXPECT_NEAR(collector.result().all.kept_margin, 30, 1e-9);
  // The remedy names no complaint: it answers the one before it.
  EXPECT_EQ(collector.result().remedied.complaint_count, 1);
}

TEST(RecoveryTest, ARunningContractIsStaying) {
  RecoveryCollector collector(kRecovery);
  Customer customer;
  customer.Add(300, SubscriptionStart{.subscription_id = "s", .price_micros = kUnit});
  collector.Add(customer.summary, std::vector<ComplaintRecord>{{DayNumber(kToday) - 100, 1}}, {});
  EXPECT_EQ(collector.result().all.kept_count, 1);
}

TEST(RecoveryTest, NoComplaintIsNoRatioAndNoCostNoReturn) {
  RecoveryCollector collector(kRecovery);
  Customer customer;
  customer.Buy(10, 10);
  collector.Add(customer.summary, {}, {});
  EXPECT_FALSE(collector.result().all.kept_ratio().has_value());
  EXPECT_FALSE(collector.result().remedy_roi().has_value());
  EXPECT_FALSE(collector.result().service_roi().has_value());
  EXPECT_FALSE(ReturnOn(10, 0).has_value());
}

TEST(ContractValueTest, TenureIsOneOverChurn) {
  EXPECT_NEAR(ExpectedTenureMonths(.02).value(), 50, 1e-12);
  EXPECT_FALSE(ExpectedTenureMonths(0).has_value());
  EXPECT_FALSE(ExpectedTenureMonths(std::nan("")).has_value());
  EXPECT_NEAR(AnnualChurn(.02), 1 - std::pow(.98, 12), 1e-15);  // Not 0.24.
  EXPECT_EQ(AnnualChurn(1), 1);
  EXPECT_EQ(AnnualChurn(0), 0);
}

TEST(ContractValueTest, ContributionIsMarginLessCostTimesTenure) {
  ContractValueCollector collector({.as_of = kToday, .window_days = 365, .margin_ratio = .5});
  Customer stopped;  // Half the window.
  stopped.Add(500, SubscriptionStart{.subscription_id = "s", .price_micros = kUnit});
  stopped.Add(182, SubscriptionStop{.subscription_id = "s"});
  Customer running;  // All of it.
  running.Add(500, SubscriptionStart{.subscription_id = "s", .price_micros = kUnit});
  running.Add(30, CostToServe{.amount_micros = 12 * kUnit});
  running.Add(60, SubscriptionCharge{.subscription_id = "s", .amount_micros = 360 * kUnit});
  Customer other;  // No contract: neither its cost nor its purchases count.
  other.Buy(10, 5);
  other.Add(10, CostToServe{.amount_micros = 1000 * kUnit});
  for (const Customer* customer : {&stopped, &running, &other}) collector.Add(customer->summary);
  const ContractValueResult& result = collector.result();
  const double months = (182 + 365) / (365.25 / 12);
  EXPECT_EQ(result.running_count, 1);
  EXPECT_EQ(result.stopped_count, 1);
  EXPECT_NEAR(result.contract_months, months, 1e-9);
  EXPECT_NEAR(result.arpu().value(), 360 / months, 1e-9);
  EXPECT_NEAR(result.monthly_margin().value(), (180 - 12) / months, 1e-9);
  EXPECT_NEAR(result.expected_tenure_months().value(), months, 1e-9);
  EXPECT_NEAR(result.lifetime_contribution().value(), 168, 1e-9);
}

TEST(ContractValueTest, NobodyStoppedHasNoFiniteTenure) {
  ContractValueCollector collector({.as_of = kToday});
  Customer running;
  running.Add(30, SubscriptionStart{.subscription_id = "s", .price_micros = kUnit});
  collector.Add(running.summary);
  EXPECT_EQ(collector.result().monthly_churn(), 0);
  EXPECT_FALSE(collector.result().expected_tenure_months().has_value());
  EXPECT_FALSE(collector.result().lifetime_contribution().has_value());
}

TEST(ContractValueTest, NoContractIsNoArpu) {
  ContractValueCollector collector({.as_of = kToday});
  collector.Add({});
  EXPECT_FALSE(collector.result().arpu().has_value());
  EXPECT_FALSE(collector.result().monthly_churn().has_value());
}

}  // namespace
}  // namespace valueloop::scoring
