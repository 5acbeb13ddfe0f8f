// The five values of a customer (A44; METHODS E7, E8): purchase, word of mouth, information,
// knowledge, transaction; realised to date, and expected over the policy's horizon, discounted.
//
// Money in currency units. Cash and imputed money stand apart. Over all customers the realised cash
// equals the ledger's margin plus partner gains less costs paid, where costs paid are costs to
// serve, remedies, incentives, and the standard acquisition cost of every acquired customer nobody
// referred.
#ifndef VALUELOOP_SCORING_DOMAIN_VALUES_H_
#define VALUELOOP_SCORING_DOMAIN_VALUES_H_

#include <array>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "scoring/domain/facts.h"
#include "scoring/domain/forecaster.h"
#include "scoring/domain/model.h"
#include "scoring/domain/policy.h"

namespace valueloop::scoring {

struct Value {
  double cash = 0;
  double imputed = 0;
  double total() const { return cash + imputed; }
};

struct FiveValues {
  Value purchase;
  Value word_of_mouth;
  Value information;
  Value knowledge;
  Value transaction;

  double cash() const;
  double imputed() const;
  double total() const { return cash() + imputed(); }
};

// The parts that expected value is the sum of; the last four are of the components' rates.
struct ExpectedParts {
  double purchases = 0;      // Margin of purchases (BTYD), all of it.
  double subscriptions = 0;  // Margin of running subscriptions (sBG), all of it.
  double given_to_referrer =
      0;                     // At most 0: phi of the two above, if referred by a claim of type one.
  double cost_to_serve = 0;  // Usually below 0.
  double remedies = 0;       // Usually below 0.
  double referred_customers = 0;  // phi of the expected margin of customers referred by type one.
  double referrals = 0;           // Referrals still to come.
  double information = 0;         // Imputed.
  double knowledge = 0;           // Imputed.
  double transactions = 0;

  double total() const;
};

// A customer referred by the one being valued.
struct ReferredCustomer {
  std::string customer_id;
  const CustomerSummary* summary = nullptr;  // nullptr: nothing in the ledger yet.
  std::span<const ReferralClaim> claims;     // All claims on it, of all referrers.
};

// The customer being valued. Everything pointed to must outlive the call.
struct ValueInputs {
  std::string_view customer_id;
  const CustomerFacts* facts = nullptr;
  const ModelPart* part = nullptr;  // nullptr: no model; nothing is expected.
  const Model* model = nullptr;     // For the parts of referred customers.
  const ScoringPolicy* policy = nullptr;
  std::span<const ReferralClaim> claims;       // On this customer.
  std::span<const ReferredCustomer> referred;  // Each once.
  // With the policy's horizon and discount; nullptr: one of its own.
  Forecaster* forecaster = nullptr;
};

// A forecaster with the policy's horizon and discount.
Forecaster ForecasterFor(const ScoringPolicy& policy);

// Realised values; need no model.
FiveValues RealisedValues(const ValueInputs& inputs);

// The events of a component still to come: Poisson with a rate of Gamma(shape, scale_weeks) per
// active week, each worth `money` (METHODS E8). All 0 where the segment has too few events.
struct ComponentFuture {
  double shape = 0;
  double scale_weeks = 0;
  double money = 0;  // Currency units per event, signed.

  double MoneyPerWeek() const { return scale_weeks > 0 ? shape / scale_weeks * money : 0; }
};

struct ExpectedResult {
  FiveValues values;
  ExpectedParts parts;
  std::array<ComponentFuture, kComponentCount> components;  // By Component.
  double given_ratio = 0;  // Of purchases and subscriptions, what the referrer gets: phi or 0.
  double alive_probability = 1;  // 1 for a running subscription without purchases.
  // What of the total depends on the customer staying: its value given that it is alive. Contracts
  // and customers already referred stay out of it.
  double value_given_alive = 0;
  double spend_per_purchase = 0;
  double margin_ratio = 0;  // The customer's, shrunk towards the policy's.
  double active_weeks = 0;  // Discounted active time.
};

// Fails with FailedPrecondition if there is no model part, or the customer has neither a purchase
// day nor a running subscription; with InvalidArgument if the model's parameters are out of range.
absl::StatusOr<ExpectedResult> ExpectedValues(const ValueInputs& inputs);

// Margin ratio of purchases: recorded margins, with k = 5 purchases of the segment's mean spend at
// the policy's ratio as a prior (METHODS E10).
double ShrunkMarginRatio(const PurchaseFacts& purchases, double mean_spend, double policy_ratio);

// How a running subscription goes on, seen from `as_of`.
struct ContractTerms {
  double margin = 0;     // Mean per charge, currency units.
  double renewals = 0;   // So far; the first charge is none.
  double due_weeks = 0;  // Weeks to the next charge, at least 0.
  double period_weeks = 0;
};
ContractTerms TermsOf(const ActiveSubscription& subscription, const ScoringPolicy& policy,
                      absl::CivilDay as_of);

// What a running subscription is expected to bring: at each due date within the horizon its mean
// margin per charge, times the sBG chance to have renewed until then, discounted; and its
// discounted active weeks. The first due date is one period after the last charge, and never before
// `as_of`.
struct ContractFuture {
  double margin = 0;
  double active_weeks = 0;
};
ContractFuture ExpectedContract(const ActiveSubscription& subscription, const SbgParams& params,
                                const ScoringPolicy& policy, absl::CivilDay as_of);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_VALUES_H_
