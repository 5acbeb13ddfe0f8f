#include "scoring/domain/values.h"

#include <cmath>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "scoring/domain/civil_day.h"
#include "testing/status_matchers.h"

namespace valueloop::scoring {
namespace {

using ::testing::HasSubstr;
using testing::StatusIs;

constexpr int64_t kUnit = 1'000'000;
constexpr absl::CivilDay kToday(2026, 6, 30);

Model CdnowModel() {
  Model model{.version = 3};
  model.parts.push_back(
      {.purchase = PurchaseParams(BgNbdParams{.r = .243, .alpha = 4.414, .a = .793, .b = 2.426}),
       .gamma_gamma = {.p = 6.25, .q = 3.74, .v = 15.44},
       .mean_spend = 35});
  return model;
}

// A few customers' ledgers and what is referred by whom.
class Ledger {
 public:
  void Add(const std::string& customer, absl::CivilDay day, Payload payload) {
    const Event event{
        .customer_id = customer,
        .source = "test",
        .event_id = std::to_string(++count_),
        .occurred_micros = absl::ToUnixMicros(absl::FromCivil(day, absl::UTCTimeZone())),
        .payload = payload};
    VL_EXPECT_OK(Apply(summaries_[customer], event, absl::UTCTimeZone()));
    if (const auto* referral = std::get_if<Referral>(&payload)) {
      claims_[referral->referred_customer_id].push_back({.referrer_id = customer,
                                                         .occurred_micros = event.occurred_micros,
                                                         .day = DayNumber(day),
                                                         .type = referral->type});
    }
  }

  template <typename Function>
  auto With(const std::string& customer, const ScoringPolicy& policy, const Model& model,
            const Function& function) {
    const CustomerSummary& summary = summaries_[customer];
    const CustomerFacts facts = FactsOf(summary, kToday);
    std::vector<ReferredCustomer> referred;
    for (const ReferralRecord& record : summary.referrals) {
      const std::string& id = record.referred_customer_id;
      bool is_new = true;
      for (const ReferredCustomer& known : referred) is_new = is_new && known.customer_id != id;
      const auto found = summaries_.find(id);
      if (is_new) {
        referred.push_back({.customer_id = id,
                            .summary = found == summaries_.end() ? nullptr : &found->second,
                            .claims = claims_[id]});
      }
    }
    return function(ValueInputs{.customer_id = customer,
                                .facts = &facts,
                                .part = PartFor(model, summary, kToday),
                                .model = &model,
                                .policy = &policy,
                                .claims = claims_[customer],
                                .referred = referred});
  }

  FiveValues Realised(const std::string& customer, const ScoringPolicy& policy) {
    return With(customer, policy, CdnowModel(), RealisedValues);
  }
  absl::StatusOr<ExpectedResult> Expected(const std::string& customer, const ScoringPolicy& policy,
                                          const Model& model = CdnowModel()) {
    return With(customer, policy, model, ExpectedValues);
  }
  const std::map<std::string, CustomerSummary>& summaries() const { return summaries_; }

 private:
  std::map<std::string, CustomerSummary> summaries_;
  std::map<std::string, std::vector<ReferralClaim>> claims_;
  int count_ = 0;
};

TEST(RealisedValuesTest, ShareTheReferredCustomersMarginAsInTheRuling) {
  // METHODS E7: margin 100, phi 0.3, A 20, incentive 5 -> referrer 45, referred 50, sum 95.
  const ScoringPolicy policy{.referral_attribution = .3, .acquisition_cost = 20};
  Ledger ledger;
  ledger.Add("referrer", absl::CivilDay(2026, 1, 1),
             Referral{.referred_customer_id = "new", .incentive_micros = 5 * kUnit});
  ledger.Add("new", absl::CivilDay(2026, 1, 2),
             Purchase{.amount_micros = 300 * kUnit, .margin_micros = 100 * kUnit});
  const FiveValues referrer = ledger.Realised("referrer", policy);
  const FiveValues referred = ledger.Realised("new", policy);
  EXPECT_NEAR(referrer.word_of_mouth.cash, 45, 1e-12);
  EXPECT_NEAR(referrer.cash(), 45, 1e-12);
  EXPECT_NEAR(referred.purchase.cash, 50, 1e-12);
  EXPECT_NEAR(referrer.cash() + referred.cash(), 95, 1e-12);
}

TEST(RealisedValuesTest, ATypeTwoReferralSavesOnlyTheAcquisitionCost) {
  const ScoringPolicy policy{.referral_attribution = .3, .acquisition_cost = 20};
  Ledger ledger;
  ledger.Add("referrer", absl::CivilDay(2026, 1, 1),
             Referral{.referred_customer_id = "new", .type = ReferralType::kTwo});
  ledger.Add("new", absl::CivilDay(2026, 1, 2),
             Purchase{.amount_micros = 100 * kUnit, .margin_micros = 100 * kUnit});
  EXPECT_NEAR(ledger.Realised("referrer", policy).word_of_mouth.cash, 20, 1e-12);
  EXPECT_NEAR(ledger.Realised("new", policy).purchase.cash, 80, 1e-12);
}

TEST(RealisedValuesTest, TheEarliestClaimWinsAndEveryReferrerBearsItsIncentive) {
  const ScoringPolicy policy{.referral_attribution = .5};
  Ledger ledger;
  ledger.Add("late", absl::CivilDay(2026, 1, 5),
             Referral{.referred_customer_id = "new", .incentive_micros = 2 * kUnit});
  ledger.Add("early", absl::CivilDay(2026, 1, 4), Referral{.referred_customer_id = "new"});
  ledger.Add("new", absl::CivilDay(2026, 1, 1), Referral{.referred_customer_id = "new"});
  ledger.Add("new", absl::CivilDay(2026, 1, 6),
             Purchase{.amount_micros = 10 * kUnit, .margin_micros = 10 * kUnit});
  EXPECT_NEAR(ledger.Realised("early", policy).cash(), 5, 1e-12);
  EXPECT_NEAR(ledger.Realised("late", policy).cash(), -2, 1e-12);
  EXPECT_NEAR(ledger.Realised("new", policy).cash(), 5, 1e-12);
}

TEST(RealisedValuesTest, CashOverAllCustomersIsTheLedgersMarginAndGainsLessCostsPaid) {
  const ScoringPolicy policy{.margin_ratio = .4,
                             .referral_attribution = .3,
                             .acquisition_cost = 7.5,
                             .information_value = 2};
  Ledger ledger;
  std::mt19937_64 random(9);
  double margin = 0;
  double gains = 0;
  double costs = 0;
  std::map<std::string, bool> referred;
  std::map<std::string, bool> acquired;
  for (int i = 0; i < 4000; ++i) {
    const std::string customer = "c" + std::to_string(random() % 60);
    const absl::CivilDay day = absl::CivilDay(2025, 1, 1) + static_cast<int>(random() % 500);
    const auto amount = static_cast<int64_t>(random() % 1000) * kUnit / 8;
    const double units = static_cast<double>(amount) / kUnit;
    switch (random() % 8) {
      case 0:
      case 1:
        ledger.Add(customer, day, Purchase{.amount_micros = amount});
        margin += .4 * units;
        acquired[customer] = true;
        break;
      case 2:
        ledger.Add(
            customer, day,
            SubscriptionCharge{
                .subscription_id = "s", .amount_micros = amount, .margin_micros = amount / 4});
        margin += units / 4;
        acquired[customer] = true;
        break;
      case 3:
        ledger.Add(customer, day, CostToServe{.amount_micros = amount});
        costs += units;
        break;
      case 4: {
        const std::string other = "c" + std::to_string(random() % 60);
        const auto type = random() % 2 == 0 ? ReferralType::kOne : ReferralType::kTwo;
        ledger.Add(
            customer, day,
            Referral{.referred_customer_id = other, .type = type, .incentive_micros = amount});
        costs += units;
        if (other != customer) referred[other] = true;
        break;
      }
      case 5:
        ledger.Add(customer, day, PartnerTransaction{.gain_micros = amount});
        gains += units;
        break;
      case 6:
        ledger.Add(customer, day, Remedy{.cost_micros = amount});
        costs += units;
        break;
      default:
        if (amount == 0) break;
        ledger.Add(customer, day, Refund{.amount_micros = amount, .margin_micros = amount / 2});
        margin -= units / 2;
    }
  }
  double cash = 0;
  for (const auto& [customer, summary] : ledger.summaries()) {
    cash += ledger.Realised(customer, policy).cash();
    if (acquired[customer] && !referred[customer]) costs += policy.acquisition_cost;
  }
  EXPECT_NEAR(cash, margin + gains - costs, 1e-6);
}

TEST(RealisedValuesTest, InformationAndKnowledgeAreImputed) {
  const ScoringPolicy policy{.information_value = 2};
  Ledger ledger;
  const absl::CivilDay day(2026, 1, 1);
  ledger.Add("c", day, Information{.information_kind = "need", .quality = .5, .consent = true});
  ledger.Add("c", day, Information{.information_kind = "need", .quality = 1, .consent = false});
  ledger.Add("c", day, Knowledge{.benefit_micros = 40 * kUnit, .attribution = .25});
  const FiveValues values = ledger.Realised("c", policy);
  EXPECT_EQ(values.cash(), 0);
  EXPECT_NEAR(values.information.imputed, 1, 1e-12);
  EXPECT_NEAR(values.knowledge.imputed, 10, 1e-12);
}

TEST(ExpectedValuesTest, OfPurchasesAreDiscountedPurchasesTimesSpendTimesMargin) {
  const ScoringPolicy policy{.horizon_months = 12};
  Ledger ledger;
  ledger.Add("c", kToday - 272, Purchase{.amount_micros = 10 * kUnit});
  ledger.Add("c", kToday - 100, Purchase{.amount_micros = 30 * kUnit});
  ledger.Add("c", kToday - 59, Purchase{.amount_micros = 20 * kUnit});
  VL_ASSERT_OK_AND_ASSIGN(const ExpectedResult got, ledger.Expected("c", policy));
  const ModelPart part = CdnowModel().parts[0];
  const PurchaseHistory history{2, 213 / 7.0, 272 / 7.0};
  VL_ASSERT_OK_AND_ASSIGN(const DiscountedFuture future,
                          Discounted(part.purchase, history, 52.1775, std::log(1.1) / 52.1775));
  const double spend = *ExpectedSpend(part.gamma_gamma, {2, 25});
  EXPECT_NEAR(got.values.purchase.cash, future.purchases * spend * .4, 1e-9);
  EXPECT_NEAR(got.values.total(), got.parts.total(), 1e-9);
  EXPECT_NEAR(got.alive_probability * got.value_given_alive, got.parts.purchases, 1e-9);
}

TEST(ExpectedValuesTest, AComponentIsItsRateTimesItsAmountTimesActiveTime) {
  // METHODS E8 with the customer of its anchors.
  const ScoringPolicy policy{.horizon_months = 12};
  Model model = CdnowModel();
  model.parts[0].components[static_cast<size_t>(Component::kCostToServe)] =
      ComponentPrior{.rate = {.g = .5, .h = 40}, .mean_amount = 8};
  Ledger ledger;
  ledger.Add("c", kToday - 272, Purchase{.amount_micros = 10 * kUnit});
  ledger.Add("c", kToday - 100, Purchase{.amount_micros = 30 * kUnit});
  ledger.Add("c", kToday - 59, Purchase{.amount_micros = 20 * kUnit});
  ledger.Add("c", kToday - 50, CostToServe{.amount_micros = 20 * kUnit});
  VL_ASSERT_OK_AND_ASSIGN(const ExpectedResult got, ledger.Expected("c", policy, model));
  const PurchaseHistory history{2, 213 / 7.0, 272 / 7.0};
  const double exposure = *Exposure(model.parts[0].purchase, history);
  const double want = (.5 + 1) / (40 + exposure) * (5 * 8 + 20) / (5 + 1) * got.active_weeks;
  EXPECT_NEAR(got.parts.cost_to_serve, -want, 1e-9);
}

TEST(ExpectedValuesTest, AShareOfAReferredCustomersFutureMovesToTheReferrer) {
  const ScoringPolicy alone{.referral_attribution = 0};
  const ScoringPolicy shared{.referral_attribution = .3};
  Ledger ledger;
  for (const char* customer : {"referrer", "new"}) {
    ledger.Add(customer, kToday - 200, Purchase{.amount_micros = 10 * kUnit});
    ledger.Add(customer, kToday - 30, Purchase{.amount_micros = 15 * kUnit});
  }
  ledger.Add("referrer", kToday - 210, Referral{.referred_customer_id = "new"});
  const double before = ledger.Expected("new", alone)->values.total();
  const double after = ledger.Expected("new", shared)->values.total();
  EXPECT_NEAR(after, .7 * before, 1e-9);
  EXPECT_NEAR(ledger.Expected("referrer", shared)->values.word_of_mouth.cash, .3 * before, 1e-9);
}

TEST(ExpectedValuesTest, WantAModelAndAPurchase) {
  const ScoringPolicy policy;
  Ledger ledger;
  ledger.Add("c", kToday, Complaint{});
  EXPECT_THAT(ledger.Expected("c", policy, Model{}),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("model")));
  EXPECT_THAT(ledger.Expected("c", policy),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("purchases")));
}

TEST(ContractTest, SumsRenewalChancesTimesMarginAtTheirDueDates) {
  const ScoringPolicy policy{.horizon_months = 2.5, .discount_annual = 0, .margin_ratio = .5};
  const ActiveSubscription monthly{.last_charge_day = DayNumber(kToday),
                                   .charge_count = 3,
                                   .known_margin = 30,
                                   .unmargined_amount = 0};
  const SbgParams params{.alpha = 1, .beta = 2};
  // Two renewals already made: the chances are (2 + 2)/(3 + 2) and (2 + 3)/(3 + 3).
  const ContractFuture future = ExpectedContract(monthly, params, policy, kToday);
  EXPECT_NEAR(future.margin, 10 * (4.0 / 5 + 4.0 / 5 * 5 / 6), 1e-12);
  const double month = 52.1775 / 12;
  EXPECT_NEAR(future.active_weeks, month * (1 + 4.0 / 5 + 4.0 / 5 * 5 / 6 / 2), 1e-9);
}

TEST(ContractTest, AStoppedSubscriptionBringsNothing) {
  const ScoringPolicy policy;
  Ledger ledger;
  ledger.Add("c", kToday - 90, SubscriptionStart{.subscription_id = "s", .price_micros = kUnit});
  ledger.Add("c", kToday - 60, SubscriptionCharge{.subscription_id = "s", .amount_micros = kUnit});
  VL_ASSERT_OK_AND_ASSIGN(const ExpectedResult running, ledger.Expected("c", policy));
  EXPECT_GT(running.parts.subscriptions, 0);
  EXPECT_EQ(running.value_given_alive, 0);
  ledger.Add("c", kToday - 10, SubscriptionStop{.subscription_id = "s"});
  EXPECT_THAT(ledger.Expected("c", policy), StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST(MarginRatioTest, IsShrunkTowardsThePolicys) {
  const PurchaseFacts facts{.amount_micros = 100 * kUnit, .known_margin_micros = 10 * kUnit};
  EXPECT_NEAR(ShrunkMarginRatio(facts, 20, .4), (5 * 20 * .4 + 10) / (5 * 20 + 100), 1e-12);
  EXPECT_EQ(ShrunkMarginRatio({}, 20, .4), .4);
}

}  // namespace
}  // namespace valueloop::scoring
