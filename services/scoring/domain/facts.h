// What a customer's summary says at the end of one day, in one pass; the input of every value.
#ifndef VALUELOOP_SCORING_DOMAIN_FACTS_H_
#define VALUELOOP_SCORING_DOMAIN_FACTS_H_

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "scoring/domain/match.h"
#include "scoring/domain/policy.h"
#include "scoring/domain/sbg.h"
#include "scoring/domain/summary.h"

namespace valueloop::scoring {

// A subscription that has started and not stopped.
struct ActiveSubscription {
  std::string subscription_id;
  int period_months = 1;
  int32_t start_day = 0;
  int32_t last_charge_day = 0;  // The start if never charged.
  int32_t charge_count = 0;     // Since the latest start.
  double price = 0;             // Currency units.
  // Of the charges since the start: margin recorded, and the amount whose margin nobody recorded.
  double known_margin = 0;
  double unmargined_amount = 0;
};

struct CustomerFacts {
  absl::CivilDay as_of;
  PurchaseFacts purchases;
  std::array<DayTotal, kEventKindCount> totals;  // By EventKind, from the first event to as_of.
  std::vector<ActiveSubscription> subscriptions;
  // The first purchase, subscription start or charge: from then on the customer is acquired.
  std::optional<absl::CivilDay> acquired_day;

  const DayTotal& total(EventKind kind) const { return totals[static_cast<size_t>(kind)]; }
};

CustomerFacts FactsOf(const CustomerSummary& summary, absl::CivilDay as_of);

// Every subscription up to the end of `as_of`, stopped ones too, as a contract that is renewed by
// each charge after the first; where no charge is recorded at all, by each whole period since its
// start. A subscription started again after a stop is another contract.
std::vector<ContractHistory> ContractsAsOf(const CustomerSummary& summary, absl::CivilDay as_of);

// Margin to date of purchases and subscription charges, before costs, in currency units; what
// nobody recorded is taken at `margin_ratio`.
double RealisedMargin(const CustomerFacts& facts, double margin_ratio);

// The metrics of METHODS E5 except alive_probability.
CustomerMetrics MetricsOf(const CustomerFacts& facts);

// A claim that `referrer_id` brought a customer.
struct ReferralClaim {
  std::string referrer_id;
  int64_t occurred_micros = 0;
  int32_t day = 0;  // Day number.
  ReferralType type = ReferralType::kOne;
};

// The claim that counts for `customer_id` at the end of `as_of`: the earliest, ties to the smaller
// referrer id by bytes. Nobody refers itself. nullptr if there is none.
const ReferralClaim* WinningClaim(std::span<const ReferralClaim> claims,
                                  std::string_view customer_id, absl::CivilDay as_of);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_FACTS_H_
