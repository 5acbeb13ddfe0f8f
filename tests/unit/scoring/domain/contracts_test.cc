#include <map>
#include <random>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "common/status.h"
#include "scoring/domain/facts.h"
#include "scoring/domain/model.h"
#include "testing/status_matchers.h"

namespace valueloop::scoring {
namespace {

using ::testing::ElementsAre;
using testing::IsOk;

constexpr int64_t kUnit = 1'000'000;
const absl::CivilDay kToday(2026, 6, 30);

class Ledger {
 public:
  void Add(const std::string& customer, absl::CivilDay day, Payload payload) {
    const Event event{
        .customer_id = customer,
        .source = "billing",
        .event_id = std::to_string(++count_),
        .occurred_micros = absl::ToUnixMicros(absl::FromCivil(day, absl::UTCTimeZone())) + count_,
        .payload = std::move(payload)};
    ASSERT_THAT(Apply(summaries_[customer], event, absl::UTCTimeZone()), IsOk());
  }
  void Start(const std::string& customer, absl::CivilDay day, int period_months = 1) {
    Add(customer, day,
        SubscriptionStart{
            .subscription_id = "s", .price_micros = kUnit, .period_months = period_months});
  }
  void Charge(const std::string& customer, absl::CivilDay day) {
    Add(customer, day, SubscriptionCharge{.subscription_id = "s", .amount_micros = kUnit});
  }
  void Stop(const std::string& customer, absl::CivilDay day) {
    Add(customer, day, SubscriptionStop{.subscription_id = "s"});
  }
  const std::map<std::string, CustomerSummary>& summaries() const { return summaries_; }
  std::vector<ContractHistory> Contracts(const std::string& customer,
                                         absl::CivilDay as_of = kToday) const {
    return ContractsAsOf(summaries_.at(customer), as_of);
  }

 private:
  int64_t count_ = 0;
  std::map<std::string, CustomerSummary> summaries_;
};

TEST(ContractsTest, EveryChargeAfterTheFirstIsARenewal) {
  Ledger ledger;
  ledger.Start("c", kToday - 100);
  for (const int ago : {100, 70, 40, 10}) ledger.Charge("c", kToday - ago);
  EXPECT_THAT(ledger.Contracts("c"), ElementsAre(ContractHistory{3, false}));
  ledger.Stop("c", kToday - 5);
  EXPECT_THAT(ledger.Contracts("c"), ElementsAre(ContractHistory{3, true}));
  EXPECT_THAT(ledger.Contracts("c", kToday - 50), ElementsAre(ContractHistory{1, false}));
  EXPECT_THAT(ledger.Contracts("c", kToday - 101), ElementsAre());
}

TEST(ContractsTest, WhereNoChargeIsRecordedWholePeriodsAreRenewals) {
  Ledger ledger;
  ledger.Start("monthly", kToday - 100);
  ledger.Stop("monthly", kToday - 1);
  ledger.Start("yearly", kToday - 800, 12);
  EXPECT_THAT(ledger.Contracts("monthly"), ElementsAre(ContractHistory{3, true}));
  EXPECT_THAT(ledger.Contracts("yearly"), ElementsAre(ContractHistory{2, false}));
}

TEST(ContractsTest, AStartAfterAStopIsAnotherContract) {
  Ledger ledger;
  ledger.Start("c", kToday - 300);
  ledger.Charge("c", kToday - 300);
  ledger.Charge("c", kToday - 270);
  ledger.Stop("c", kToday - 250);
  ledger.Start("c", kToday - 40);
  ledger.Charge("c", kToday - 40);
  EXPECT_THAT(ledger.Contracts("c"),
              ElementsAre(ContractHistory{1, true}, ContractHistory{0, false}));
  ledger.Stop("c", kToday - 240);  // A second stop of what has stopped says nothing.
  EXPECT_EQ(ledger.Contracts("c").size(), 2u);
}

// 60 customers who buy now and then; `subscribers` more with a subscription that each renewal ends
// with a chance of one in four.
Ledger LedgerWith(int subscribers) {
  Ledger ledger;
  std::mt19937_64 random(9);
  std::uniform_real_distribution<double> uniform(0, 1);
  for (int i = 0; i < 60; ++i) {
    for (int day = 300; day > 0; day -= 1 + static_cast<int>(200 * uniform(random))) {
      ledger.Add("buyer" + std::to_string(i), kToday - day,
                 Purchase{.amount_micros = kUnit * (1 + i % 7) + day});
    }
  }
  for (int i = 0; i < subscribers; ++i) {
    const std::string customer = "subscriber" + std::to_string(i);
    absl::CivilDay day = kToday - 600;
    ledger.Start(customer, day);
    ledger.Charge(customer, day);
    for (day += 30; day < kToday; day += 30) {
      if (uniform(random) < .25) {
        ledger.Stop(customer, day);
        break;
      }
      ledger.Charge(customer, day);
    }
  }
  return ledger;
}

ModelPartFit FitOf(const Ledger& ledger) {
  ModelData data(kToday);
  for (const auto& [id, summary] : ledger.summaries()) data.Add(id, summary);
  return FitModelPart("", Family::kBgNbd, data).value();
}

TEST(ContractsTest, AModelLearnsTheRenewalOfSubscriptionsFromTheLedger) {
  const ModelPartFit fit = FitOf(LedgerWith(400));
  ASSERT_TRUE(fit.subscription.has_value());
  EXPECT_EQ(fit.subscription->customer_count, 400);
  EXPECT_NEAR(RenewalProbability(fit.part.subscription, 0), .75, .05);
  EXPECT_NEAR(RenewalProbability(fit.part.subscription, 8), .75, .1);
  EXPECT_THAT(Validate(fit.part), IsOk());
}

TEST(ContractsTest, WithFewSubscriptionsThePublishedRenewalStays) {
  for (const int subscribers : {0, 9}) {
    const ModelPartFit fit = FitOf(LedgerWith(subscribers));
    EXPECT_FALSE(fit.subscription.has_value());
    EXPECT_EQ(fit.part.subscription, SbgParams{});
  }
}

}  // namespace
}  // namespace valueloop::scoring
