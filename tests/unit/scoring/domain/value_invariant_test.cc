// METHODS E7: over all customers, realised cash is the ledger's margin and partner gains less the
// costs paid. Checked on generated ledgers with every kind of event, against the events themselves.
#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "scoring/domain/civil_day.h"
#include "scoring/domain/values.h"
#include "testing/status_matchers.h"

namespace valueloop::scoring {
namespace {

constexpr double kMicros = 1e6;
constexpr int kCustomers = 40;
constexpr int kDays = 700;
const absl::CivilDay kFirst(2024, 1, 1);
// Half of the ledgers' days are after it.
const absl::CivilDay kAsOf = kFirst + kDays / 2;
// Exact in binary, like the recorded margins of a quarter.
const ScoringPolicy kPolicy{.margin_ratio = .375,
                            .referral_attribution = .25,
                            .acquisition_cost = 12.5,
                            .information_value = 3};

class Generator {
 public:
  explicit Generator(uint64_t seed) : random_(seed) {
    for (int i = 0; i < 3000; ++i) AddRandom();
    std::ranges::shuffle(events_, random_);  // The order of arrival is not that of time.
  }
  const std::vector<Event>& events() const { return events_; }

 private:
  int Below(int n) { return static_cast<int>(random_() % static_cast<uint64_t>(n)); }
  bool Chance(int percent) { return Below(100) < percent; }
  int64_t Amount() { return (1 + Below(100'000)) * int64_t{16'000}; }
  std::string Someone() { return "c" + std::to_string(Below(kCustomers)); }

  std::string Add(const std::string& customer, int day, Payload payload) {
    const std::string id = "e" + std::to_string(events_.size());
    const absl::Time time = absl::FromCivil(kFirst + day, absl::UTCTimeZone());
    events_.push_back({.customer_id = customer,
                       .source = "s" + std::to_string(Below(2)),
                       .event_id = id,
                       .occurred_micros = absl::ToUnixMicros(time) + Below(86'000) * 1'000'000LL,
                       .payload = std::move(payload)});
    return id;
  }

  // Of customers with an even name every margin is recorded: a quarter of the amount.
  std::optional<int64_t> Margin(const std::string& customer, int64_t amount) {
    const bool is_recorded = (customer.back() - '0') % 2 == 0;
    return is_recorded ? std::optional<int64_t>(amount / 4) : std::nullopt;
  }

  void AddPurchase(const std::string& customer, int day) {
    const int64_t amount = Chance(3) ? 0 : Amount();
    const std::string id = Add(customer, day,
                               Purchase{.amount_micros = amount,
                                        .margin_micros = Margin(customer, amount),
                                        .items = {{.product = "p", .quantity = 1}}});
    const std::string source = events_.back().source;
    // At most half of every purchase goes back, so that no refund exceeds what is left of them all.
    for (int i = 0; i < 2 && amount > 0; ++i) {
      if (!Chance(15)) continue;
      Refund refund{.amount_micros = amount / 4};
      if (Chance(50)) refund.purchase_event_id = id;
      if (Chance(30)) refund.margin_micros = amount / 8;
      Add(customer, std::min(day + Below(60), kDays), refund);
      events_.back().source = source;
    }
  }

  void AddRandom() {
    const std::string customer = Someone();
    const int day = Below(kDays);
    switch (Below(16)) {
      case 0:
      case 1:
        return AddPurchase(customer, day);
      case 2: {
        const std::string id = "sub" + std::to_string(Below(3));
        const int64_t price = Amount();
        Add(customer, day, SubscriptionStart{.subscription_id = id, .price_micros = price});
        for (int month = 0; month < Below(6); ++month) {
          Add(customer, std::min(day + 30 * month, kDays),
              SubscriptionCharge{.subscription_id = id,
                                 .amount_micros = price,
                                 .margin_micros = Margin(customer, price)});
        }
        if (Chance(40)) {
          Add(customer, std::min(day + 200, kDays), SubscriptionStop{.subscription_id = id});
        }
        return;
      }
      case 3:
        Add(customer, day, CostToServe{.amount_micros = Chance(20) ? -Amount() : Amount()});
        return;
      case 4: {  // Claims are disputed, of both types, of oneself, and of people never seen.
        const std::string other = Chance(10) ? "nobody" : Someone();
        Add(customer, day,
            Referral{.referred_customer_id = other,
                     .type = Chance(50) ? ReferralType::kOne : ReferralType::kTwo,
                     .incentive_micros = Amount()});
        return;
      }
      case 5:
        Add(customer, day,
            Feedback{.nps = 9,
                     .needs = {{.need = "n", .importance = 3}},
                     .value_case = ValueCase{.offer = "o", .price_micros = Amount()}});
        return;
      case 6:
        Add(customer, day,
            Information{.information_kind = "i", .quality = .5, .consent = Chance(50)});
        return;
      case 7:
        Add(customer, day, Knowledge{.benefit_micros = Amount(), .attribution = .5});
        return;
      case 8:
        Add(customer, day, PartnerTransaction{.gain_micros = Chance(20) ? -Amount() : Amount()});
        return;
      case 9:
        Add(customer, day, Complaint{.topic = "t"});
        return;
      case 10:
        Add(customer, day, Remedy{.cost_micros = Chance(20) ? -Amount() : Amount()});
        return;
      case 11:
        Add(customer, day, Contact{.person = "p", .minutes = 5, .influence = .5});
        return;
      case 12:
        Add(customer, day, MatchRating{.criterion = "m", .rating = 50, .rater = "r"});
        return;
      case 13:
        Add(customer, day, AttributeChange{.name = "a", .value = 1.0});
        return;
      case 14:
        Add(customer, day, Promise{.promise_id = "p", .due_micros = 0});
        return;
      default:
        Add(customer, day, PromiseKept{.promise_id = "p"});
    }
  }

  std::mt19937_64 random_;
  std::vector<Event> events_;
};

int32_t Day(const Event& event) {
  return DayNumber(DayOf(event.occurred_micros, absl::UTCTimeZone()));
}

// The right side of the invariant, from nothing but the events up to kAsOf.
class Books {
 public:
  void Add(const Event& event) {
    if (Day(event) > DayNumber(kAsOf)) return;
    ++event_count_;
    customer_ = event.customer_id;
    std::visit([this](const auto& payload) { Count(payload); }, event.payload);
  }
  double Cash() const {
    double costs = cost_;
    for (const std::string& customer : acquired_) {
      if (!referred_.contains(customer)) costs += kPolicy.acquisition_cost;
    }
    return margin_ + gain_ - costs;
  }
  int event_count() const { return event_count_; }

 private:
  static double Units(int64_t micros) { return static_cast<double>(micros) / kMicros; }
  bool IsRecorded() const { return (customer_.back() - '0') % 2 == 0; }

  void Earn(int64_t amount, const std::optional<int64_t>& margin) {
    margin_ += margin ? Units(*margin) : kPolicy.margin_ratio * Units(amount);
    acquired_.insert(customer_);
  }
  void Count(const Purchase& purchase) { Earn(purchase.amount_micros, purchase.margin_micros); }
  void Count(const SubscriptionCharge& charge) { Earn(charge.amount_micros, charge.margin_micros); }
  void Count(const SubscriptionStart&) { acquired_.insert(customer_); }
  void Count(const Refund& refund) {
    const double ratio = IsRecorded() ? .25 : kPolicy.margin_ratio;
    margin_ -=
        refund.margin_micros ? Units(*refund.margin_micros) : ratio * Units(refund.amount_micros);
  }
  void Count(const CostToServe& cost) { cost_ += Units(cost.amount_micros); }
  void Count(const Remedy& remedy) { cost_ += Units(remedy.cost_micros); }
  void Count(const Referral& referral) {
    cost_ += Units(referral.incentive_micros);
    if (referral.referred_customer_id != customer_) {
      referred_.insert(referral.referred_customer_id);
    }
  }
  void Count(const PartnerTransaction& transaction) { gain_ += Units(transaction.gain_micros); }
  template <typename Other>
  void Count(const Other&) {}

  std::string customer_;
  double margin_ = 0;
  double gain_ = 0;
  double cost_ = 0;
  std::set<std::string> acquired_;
  std::set<std::string> referred_;
  int event_count_ = 0;
};

// What the ledger keeps of the same events, as the store would hand it to a score.
class Kept {
 public:
  void Add(const Event& event) {
    VL_EXPECT_OK(Apply(summaries_[event.customer_id], event, absl::UTCTimeZone()));
    if (const auto* referral = std::get_if<Referral>(&event.payload)) {
      claims_[referral->referred_customer_id].push_back({.referrer_id = event.customer_id,
                                                         .occurred_micros = event.occurred_micros,
                                                         .day = Day(event),
                                                         .type = referral->type});
    }
  }

  double Cash() const {
    double cash = 0;
    for (const auto& [customer, summary] : summaries_) {
      const CustomerFacts facts = FactsOf(summary, kAsOf);
      std::map<std::string, ReferredCustomer> referred;
      for (const ReferralRecord& record : summary.referrals) {
        const auto known = summaries_.find(record.referred_customer_id);
        referred[record.referred_customer_id] = {
            .customer_id = record.referred_customer_id,
            .summary = known == summaries_.end() ? nullptr : &known->second,
            .claims = claims_.at(record.referred_customer_id)};
      }
      std::vector<ReferredCustomer> each;
      for (const auto& [id, one] : referred) each.push_back(one);
      const auto claims = claims_.find(customer);
      ValueInputs inputs{
          .customer_id = customer, .facts = &facts, .policy = &kPolicy, .referred = each};
      if (claims != claims_.end()) inputs.claims = claims->second;
      cash += RealisedValues(inputs).cash();
    }
    return cash;
  }
  const std::map<std::string, CustomerSummary>& summaries() const { return summaries_; }

 private:
  std::map<std::string, CustomerSummary> summaries_;
  std::map<std::string, std::vector<ReferralClaim>> claims_;
};

TEST(ValueInvariantTest, RealisedCashIsTheLedgersOnGeneratedLedgersOfEveryKind) {
  for (uint64_t seed = 1; seed <= 25; ++seed) {
    const Generator generator(seed);
    Books books;
    Kept kept;
    std::set<EventKind> kinds;
    for (const Event& event : generator.events()) {
      books.Add(event);
      kept.Add(event);
      kinds.insert(event.kind());
    }
    EXPECT_EQ(kinds.size(), static_cast<size_t>(kEventKindCount));
    // The margin a refund takes along is rounded to a micro for each day it takes from.
    EXPECT_NEAR(kept.Cash(), books.Cash(), 1e-6 * books.event_count()) << "seed " << seed;
    EXPECT_GT(std::abs(books.Cash()), 1000) << "seed " << seed;
  }
}

TEST(ValueInvariantTest, SummariesOfEveryKindAreThoseOfTheWholeLedgerAndSurviveTheirText) {
  const Generator generator(99);
  Kept kept;
  std::map<std::string, std::vector<Event>> by_customer;
  for (const Event& event : generator.events()) {
    kept.Add(event);
    by_customer[event.customer_id].push_back(event);
  }
  for (auto& [customer, events] : by_customer) {
    std::ranges::sort(events, {}, &Event::occurred_micros);
    const absl::StatusOr<CustomerSummary> rebuilt = Summarize(events, absl::UTCTimeZone());
    ASSERT_THAT(rebuilt, testing::IsOk());
    EXPECT_EQ(*rebuilt, kept.summaries().at(customer)) << customer;
    const absl::StatusOr<CustomerSummary> decoded = DecodeSummary(EncodeSummary(*rebuilt));
    ASSERT_THAT(decoded, testing::IsOk());
    EXPECT_EQ(*decoded, *rebuilt);
  }
}

TEST(ValueInvariantTest, ReadsASummaryWrittenBeforePromisesWereKinds) {
  const absl::StatusOr<CustomerSummary> summary = DecodeSummary(
      "valueloop-summary 1\nv 7000000\nd 19700 0 1 7000000 0 0\nd 19701 15 1 0 0 0\n"
      "p 19700 42\na segment 1702080000000000 7 19701 T SG1\n");
  ASSERT_THAT(summary, testing::IsOk());
  EXPECT_EQ(summary->days.back().kind, EventKind::kAttributeChange);
  EXPECT_EQ(EventCount(*summary), 2);
}

}  // namespace
}  // namespace valueloop::scoring
