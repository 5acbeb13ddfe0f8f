#include "scoring/domain/values.h"

#include <algorithm>
#include <cmath>

#include "common/status.h"
#include "scoring/domain/civil_day.h"

namespace valueloop::scoring {
namespace {

constexpr double kMicros = 1e6;
constexpr double kPriorEvents = 5;  // The k of METHODS E8.
constexpr double kWeeksPerMonth = kWeeksPerYear / 12;

double UnitsOf(const CustomerFacts& facts, EventKind kind) {
  return static_cast<double>(facts.total(kind).amount_micros) / kMicros;
}

bool IsReferredByTypeOne(const ValueInputs& inputs) {
  const ReferralClaim* claim = WinningClaim(inputs.claims, inputs.customer_id, inputs.facts->as_of);
  return claim != nullptr && claim->type == ReferralType::kOne;
}

// The referred customers whose winning claim is this customer's, with that claim's type.
template <typename Function>
void ForEachCredited(const ValueInputs& inputs, const Function& function) {
  for (const ReferredCustomer& referred : inputs.referred) {
    const ReferralClaim* claim =
        WinningClaim(referred.claims, referred.customer_id, inputs.facts->as_of);
    if (claim == nullptr || claim->referrer_id != inputs.customer_id) continue;
    if (referred.summary == nullptr) continue;
    function(*referred.summary, claim->type);
  }
}

// Expected margin of purchases and running subscriptions.
struct OwnFuture {
  double purchases = 0;
  double purchases_given_alive = 0;
  double subscriptions = 0;
  double alive_probability = 1;
  double exposure_weeks = 0;
  double active_weeks = 0;
  double active_weeks_given_alive = 0;
  double spend = 0;
  double margin_ratio = 0;
};

absl::StatusOr<OwnFuture> ExpectOwn(const CustomerFacts& facts, const ModelPart& part,
                                    const ScoringPolicy& policy, Forecaster& forecaster) {
  OwnFuture own;
  double contract_weeks = 0;
  for (const ActiveSubscription& subscription : facts.subscriptions) {
    const ContractFuture future =
        ExpectedContract(subscription, part.subscription, policy, facts.as_of);
    own.subscriptions += future.margin;
    contract_weeks = std::max(contract_weeks, future.active_weeks);
  }
  own.spend = SpendToExpect(part, facts.purchases.spend);
  own.margin_ratio = ShrunkMarginRatio(facts.purchases, part.mean_spend, policy.margin_ratio);
  if (!facts.purchases.history) {
    own.active_weeks = contract_weeks;
    own.active_weeks_given_alive = contract_weeks;
    own.exposure_weeks =
        facts.acquired_day ? static_cast<double>(facts.as_of - *facts.acquired_day) / 7 : 0;
    return own;
  }
  const PurchaseHistory& history = *facts.purchases.history;
  VL_ASSIGN_OR_RETURN(const PurchaseForecast forecast, forecaster.Forecast(part.purchase, history));
  const DiscountedFuture& future = forecast.given_alive;
  own.alive_probability = forecast.alive_probability;
  own.exposure_weeks = forecast.exposure_weeks;
  own.purchases_given_alive = future.purchases * own.spend * own.margin_ratio;
  own.purchases = own.alive_probability * own.purchases_given_alive;
  own.active_weeks_given_alive = future.active_weeks;
  own.active_weeks = own.alive_probability * future.active_weeks;
  return own;
}

}  // namespace

Forecaster ForecasterFor(const ScoringPolicy& policy) {
  return {policy.HorizonWeeks(), std::min(policy.DeltaWeekly(), 1.0)};
}

double FiveValues::cash() const {
  return purchase.cash + word_of_mouth.cash + information.cash + knowledge.cash + transaction.cash;
}
double FiveValues::imputed() const {
  return purchase.imputed + word_of_mouth.imputed + information.imputed + knowledge.imputed +
         transaction.imputed;
}
double ExpectedParts::total() const {
  return purchases + subscriptions + given_to_referrer + cost_to_serve + remedies +
         referred_customers + referrals + information + knowledge + transactions;
}

double ShrunkMarginRatio(const PurchaseFacts& purchases, double mean_spend, double policy_ratio) {
  const double prior_amount = kPriorEvents * mean_spend;
  const double known_amount =
      static_cast<double>(purchases.amount_micros - purchases.unmargined_amount_micros) / kMicros;
  const double known_margin = static_cast<double>(purchases.known_margin_micros) / kMicros;
  if (!(known_amount > 0)) return policy_ratio;
  return (prior_amount * policy_ratio + known_margin) / (prior_amount + known_amount);
}

ContractTerms TermsOf(const ActiveSubscription& subscription, const ScoringPolicy& policy,
                      absl::CivilDay as_of) {
  const double charges = subscription.charge_count;
  const double margin =
      charges > 0
          ? (subscription.known_margin + policy.margin_ratio * subscription.unmargined_amount) /
                charges
          : policy.margin_ratio * subscription.price;
  const double period_weeks = subscription.period_months * kWeeksPerMonth;
  const double since_charge = (DayNumber(as_of) - subscription.last_charge_day) / 7.0;
  // Charge i + 1 is the i-th renewal; a subscription that was never charged has its first one
  // ahead.
  return {.margin = margin,
          .renewals = std::max(charges - 1, 0.0),
          .due_weeks = std::max(period_weeks - since_charge, 0.0),
          .period_weeks = period_weeks};
}

ContractFuture ExpectedContract(const ActiveSubscription& subscription, const SbgParams& params,
                                const ScoringPolicy& policy, absl::CivilDay as_of) {
  const ContractTerms terms = TermsOf(subscription, policy, as_of);
  const double horizon = policy.HorizonWeeks();
  const double delta = policy.DeltaWeekly();
  double renewals = terms.renewals;
  double due_weeks = terms.due_weeks;
  double survival = 1;
  double from = 0;
  ContractFuture future;
  const auto add_active = [&](double to) {
    future.active_weeks +=
        survival *
        (delta > 0 ? (std::exp(-delta * from) - std::exp(-delta * to)) / delta : to - from);
    from = to;
  };
  while (due_weeks <= horizon) {
    add_active(due_weeks);
    survival *= (params.beta + renewals) / (params.alpha + params.beta + renewals);
    future.margin += terms.margin * survival * std::exp(-delta * due_weeks);
    renewals += 1;
    due_weeks += terms.period_weeks;
  }
  add_active(horizon);
  return future;
}

FiveValues RealisedValues(const ValueInputs& inputs) {
  const CustomerFacts& facts = *inputs.facts;
  const ScoringPolicy& policy = *inputs.policy;
  const double phi = policy.referral_attribution;
  FiveValues values;
  const double margin = RealisedMargin(facts, policy.margin_ratio);
  values.purchase.cash = margin * (IsReferredByTypeOne(inputs) ? 1 - phi : 1) -
                         UnitsOf(facts, EventKind::kCostToServe) -
                         UnitsOf(facts, EventKind::kRemedy) -
                         (facts.acquired_day ? policy.acquisition_cost : 0);
  values.word_of_mouth.cash = -UnitsOf(facts, EventKind::kReferral);
  ForEachCredited(inputs, [&](const CustomerSummary& summary, ReferralType type) {
    const CustomerFacts referred = FactsOf(summary, facts.as_of);
    if (referred.acquired_day) values.word_of_mouth.cash += policy.acquisition_cost;
    if (type == ReferralType::kOne) {
      values.word_of_mouth.cash += phi * RealisedMargin(referred, policy.margin_ratio);
    }
  });
  values.information.imputed = UnitsOf(facts, EventKind::kInformation) * policy.information_value;
  values.knowledge.imputed = UnitsOf(facts, EventKind::kKnowledge);
  values.transaction.cash = UnitsOf(facts, EventKind::kPartnerTransaction);
  return values;
}

absl::StatusOr<ExpectedResult> ExpectedValues(const ValueInputs& inputs) {
  const CustomerFacts& facts = *inputs.facts;
  const ScoringPolicy& policy = *inputs.policy;
  if (inputs.part == nullptr) {
    return absl::FailedPreconditionError("model: got none, want an active model");
  }
  if (!facts.purchases.history && facts.subscriptions.empty()) {
    return absl::FailedPreconditionError(
        "purchases: got none, want a purchase day or a running subscription");
  }
  const ModelPart& part = *inputs.part;
  Forecaster own_forecaster = ForecasterFor(policy);
  Forecaster& forecaster = inputs.forecaster != nullptr ? *inputs.forecaster : own_forecaster;
  const double phi = policy.referral_attribution;
  VL_ASSIGN_OR_RETURN(const OwnFuture own, ExpectOwn(facts, part, policy, forecaster));
  ExpectedResult result;
  result.alive_probability = own.alive_probability;
  result.spend_per_purchase = own.spend;
  result.margin_ratio = own.margin_ratio;
  result.active_weeks = own.active_weeks;

  ExpectedParts& parts = result.parts;
  parts.purchases = own.purchases;
  parts.subscriptions = own.subscriptions;
  const double given = IsReferredByTypeOne(inputs) ? phi : 0;
  result.given_ratio = given;
  parts.given_to_referrer = -given * (own.purchases + own.subscriptions);
  absl::Status status;
  ForEachCredited(inputs, [&](const CustomerSummary& summary, ReferralType type) {
    if (type != ReferralType::kOne || inputs.model == nullptr) return;
    const CustomerFacts referred = FactsOf(summary, facts.as_of);
    const ModelPart* referred_part = PartFor(*inputs.model, summary, facts.as_of);
    if (referred_part == nullptr) return;
    std::optional<ModelPart> personal;
    if (!referred_part->covariates.empty()) {
      referred_part = &personal.emplace(PersonalPart(*referred_part, summary, facts.as_of));
    }
    const absl::StatusOr<OwnFuture> future =
        ExpectOwn(referred, *referred_part, policy, forecaster);
    if (!future.ok()) status = future.status();
    if (future.ok()) parts.referred_customers += phi * (future->purchases + future->subscriptions);
  });
  VL_RETURN_IF_ERROR(status);

  for (size_t i = 0; i < kComponentCount; ++i) {
    if (!part.components[i]) continue;
    const ComponentPrior& prior = *part.components[i];
    const auto component = static_cast<Component>(i);
    const DayTotal& total = facts.total(EventKindOf(component));
    double mean = prior.mean_amount;
    double sum = static_cast<double>(total.amount_micros) / kMicros;
    double sign = 1;
    if (component == Component::kReferral) {
      mean = phi * policy.margin_ratio * prior.mean_referred_amount +
             policy.acquisition_cost * prior.acquired_ratio - prior.mean_amount;
      sum = RealisedValues(inputs).word_of_mouth.cash;
    } else if (component == Component::kInformation) {
      mean *= policy.information_value;
      sum *= policy.information_value;
    } else if (component == Component::kCostToServe || component == Component::kRemedy) {
      sign = -1;
    }
    result.components[i] = {
        .shape = prior.rate.g + total.count,
        .scale_weeks = prior.rate.h + own.exposure_weeks,
        .money = sign * (kPriorEvents * mean + sum) / (kPriorEvents + total.count)};
  }
  const auto expected = [&](Component component) {
    return result.components[static_cast<size_t>(component)].MoneyPerWeek() * own.active_weeks;
  };
  parts.cost_to_serve = expected(Component::kCostToServe);
  parts.remedies = expected(Component::kRemedy);
  parts.referrals = expected(Component::kReferral);
  parts.information = expected(Component::kInformation);
  parts.knowledge = expected(Component::kKnowledge);
  parts.transactions = expected(Component::kTransaction);

  FiveValues& values = result.values;
  values.purchase.cash = parts.purchases + parts.subscriptions + parts.given_to_referrer +
                         parts.cost_to_serve + parts.remedies;
  values.word_of_mouth.cash = parts.referred_customers + parts.referrals;
  values.information.imputed = parts.information;
  values.knowledge.imputed = parts.knowledge;
  values.transaction.cash = parts.transactions;
  result.value_given_alive = (1 - given) * own.purchases_given_alive;
  for (const ComponentFuture& component : result.components) {
    result.value_given_alive += component.MoneyPerWeek() * own.active_weeks_given_alive;
  }
  return result;
}

}  // namespace valueloop::scoring
