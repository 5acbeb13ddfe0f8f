#include "scoring/domain/interval.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "common/draw.h"
#include "common/status.h"
#include "fmt/format.h"
#include "scoring/domain/special_functions.h"

namespace valueloop::scoring {
namespace {

constexpr double kMaxWeeks = 1e6;

// Equal inputs start equal draws; unlike ones, even neighbours, unrelated ones (splitmix64).
class StartValue {
 public:
  StartValue& Mix(double value) {
    uint64_t x = state_ ^ std::bit_cast<uint64_t>(value);
    x += 0x9E3779B97F4A7C15u;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    state_ = x ^ (x >> 31);
    return *this;
  }
  uint64_t value() const { return state_; }

 private:
  uint64_t state_ = 0;
};

// The customer's spend per purchase, averaged over `count` >= 1 purchases still to come: its own
// scale from the posterior of the Gamma-Gamma model, then Gamma with shape p per purchase.
double DrawMeanSpend(const GammaGammaParams& params, const SpendHistory& spend, double count,
                     Draw& draw) {
  const double own_scale =
      (params.v + spend.count * spend.mean) / draw.Gamma(params.p * spend.count + params.q, 1);
  return own_scale * draw.Gamma(params.p * count, 1) / count;
}

struct ContractLife {
  double margin = 0;
  double active_weeks = 0;
};

// Renews at each due date until the customer's own chance to leave strikes (sBG).
ContractLife DrawContract(const ContractTerms& terms, const SbgParams& params, double horizon,
                          double delta, Draw& draw) {
  const double leaving = draw.Beta(params.alpha, params.beta + terms.renewals);
  const double ending = draw.Geometric(leaving);  // The due date that is not met.
  ContractLife life{.active_weeks = horizon};
  double due = terms.due_weeks;
  for (double i = 1; due <= horizon; ++i, due += terms.period_weeks) {
    if (i >= ending) {
      life.active_weeks = due;
      break;
    }
    life.margin += terms.margin * std::exp(-delta * due);
  }
  return life;
}

// One customer's value, drawn again and again.
class ValueDraws {
 public:
  ValueDraws(const ValueInputs& inputs, const ExpectedResult& expected)
      : facts_(*inputs.facts),
        part_(*inputs.part),
        expected_(expected),
        horizon_(inputs.policy->HorizonWeeks()),
        delta_(std::min(inputs.policy->DeltaWeekly(), 1.0)),
        draw_(StartOf(inputs)) {
    for (const ActiveSubscription& subscription : facts_.subscriptions) {
      terms_.push_back(TermsOf(subscription, *inputs.policy, facts_.as_of));
    }
  }

  Predictive OfValue() {
    const bool buys = facts_.purchases.history.has_value();
    const double alive = buys ? expected_.alive_probability : 1;
    Predictive values;
    const double one = 1.0 / kIntervalDraws;
    for (int i = 0; i < kIntervalDraws; ++i) {
      const ContractLife contract = DrawContracts();
      const double kept = 1 - expected_.given_ratio;
      const double constant = expected_.parts.referred_customers + kept * contract.margin;
      if (!buys) {
        values.Add(constant + DrawComponents(contract.active_weeks), one);
        continue;
      }
      if (alive > 0) {
        const Life life = DrawLife(part_.purchase, OutlookOf(), draw_);
        double purchases = 0;
        if (life.purchases > 0) {
          purchases =
              life.discounted_purchases * expected_.margin_ratio *
              DrawMeanSpend(part_.gamma_gamma, facts_.purchases.spend, life.purchases, draw_);
        }
        values.Add(constant + kept * purchases + DrawComponents(life.active_weeks), alive * one);
      }
      // Gone already: only contracts and referred customers are left.
      if (alive < 1) values.Add(constant, (1 - alive) * one);
    }
    values.Finish();
    return values;
  }

 private:
  static uint64_t StartOf(const ValueInputs& inputs) {
    StartValue start;
    const PurchaseFacts& purchases = inputs.facts->purchases;
    if (purchases.history) {
      start.Mix(purchases.history->repeat_count).Mix(purchases.history->age_weeks);
      start.Mix(purchases.history->last_weeks);
    }
    start.Mix(purchases.spend.mean).Mix(static_cast<double>(inputs.facts->subscriptions.size()));
    return start.value();
  }

  Outlook OutlookOf() const {
    const PurchaseHistory& history = *facts_.purchases.history;
    return {.repeat_count = static_cast<double>(history.repeat_count),
            .age_weeks = history.age_weeks,
            .horizon_weeks = horizon_,
            .delta_weekly = delta_,
            .silence_weeks = history.age_weeks - history.last_weeks};
  }

  ContractLife DrawContracts() {
    ContractLife all;
    for (const ContractTerms& terms : terms_) {
      const ContractLife one = DrawContract(terms, part_.subscription, horizon_, delta_, draw_);
      all.margin += one.margin;
      all.active_weeks = std::max(all.active_weeks, one.active_weeks);
    }
    return all;
  }

  double DrawComponents(double active_weeks) {
    double money = 0;
    if (active_weeks <= 0) return 0;
    const double discount = DiscountedWeeks(active_weeks, delta_) / active_weeks;
    for (const ComponentFuture& component : expected_.components) {
      if (component.money == 0 || !(component.scale_weeks > 0)) continue;
      const double rate = draw_.Gamma(component.shape, component.scale_weeks);
      money += draw_.Poisson(rate * active_weeks) * component.money * discount;
    }
    return money;
  }

  const CustomerFacts& facts_;
  const ModelPart& part_;
  const ExpectedResult& expected_;
  const double horizon_;
  const double delta_;
  std::vector<ContractTerms> terms_;
  Draw draw_;
};

// The variance of ln(expectation) that comes from not knowing the parameters, by the delta method:
// `expectation(values)` is above 0. Unset without a covariance of `values.size()` squared entries,
// or where it is not finite.
template <typename Expectation>
absl::StatusOr<std::optional<double>> LogVariance(std::vector<double> values,
                                                  std::span<const double> log_covariance,
                                                  const Expectation& expectation) {
  if (log_covariance.size() != values.size() * values.size()) return std::nullopt;
  constexpr double kStep = 1e-4;  // Of a log-parameter.
  std::vector<double> gradient(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    const double value = values[i];
    values[i] = value * std::exp(-kStep);
    VL_ASSIGN_OR_RETURN(const double low, expectation(values));
    values[i] = value * std::exp(kStep);
    VL_ASSIGN_OR_RETURN(const double high, expectation(values));
    values[i] = value;
    if (!(low > 0 && high > 0)) return std::nullopt;
    gradient[i] = std::log(high / low) / (2 * kStep);
  }
  double variance = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    for (size_t j = 0; j < values.size(); ++j) {
      variance += gradient[i] * gradient[j] * log_covariance[i * values.size() + j];
    }
  }
  if (!std::isfinite(variance)) return std::nullopt;
  return std::max(variance, 0.0);
}

// By the parameters of the purchase process.
template <typename Expectation>
absl::StatusOr<std::optional<double>> PurchaseLogVariance(const ModelPart& part,
                                                          const Expectation& expectation) {
  const Family family = part.purchase.family();
  return LogVariance(ParameterValues(part.purchase), part.purchase_log_covariance,
                     [&](const std::vector<double>& values) -> absl::StatusOr<double> {
                       VL_ASSIGN_OR_RETURN(const PurchaseParams params,
                                           MakePurchaseParams(family, values));
                       return expectation(params);
                     });
}

// `moving` is the part of `total` that depends on the parameters.
void FillMean(double total, double moving, double log_variance, Interval& interval) {
  constexpr double kNormal95 = 1.959963984540054;
  const double spread = std::exp(kNormal95 * std::sqrt(log_variance));
  if (!std::isfinite(moving * spread)) return;
  const double ends[] = {total - moving + moving / spread, total - moving + moving * spread};
  interval.mean_low = std::min(ends[0], ends[1]);
  interval.mean_high = std::max(ends[0], ends[1]);
}

absl::Status FillPurchaseMean(const ModelPart& part, const PurchaseHistory& history, double horizon,
                              Interval& interval) {
  const auto expectation = [&](const PurchaseParams& params) {
    return ExpectedPurchases(params, history, horizon);
  };
  VL_ASSIGN_OR_RETURN(const std::optional<double> variance, PurchaseLogVariance(part, expectation));
  if (!variance) return absl::OkStatus();
  VL_ASSIGN_OR_RETURN(const double mean, expectation(part.purchase));
  FillMean(mean, mean, *variance, interval);
  return absl::OkStatus();
}

// Purchases and spend are fitted apart, so their variances add up.
absl::Status FillValueMean(const ValueInputs& inputs, const ExpectedResult& expected,
                           Interval& interval) {
  const ModelPart& part = *inputs.part;
  const PurchaseHistory& history = *inputs.facts->purchases.history;
  const SpendHistory& spend = inputs.facts->purchases.spend;
  const auto discounted = [&](const PurchaseParams& params) -> absl::StatusOr<double> {
    VL_ASSIGN_OR_RETURN(const DiscountedFuture future,
                        Discounted(params, history, inputs.policy->HorizonWeeks(),
                                   std::min(inputs.policy->DeltaWeekly(), 1.0)));
    return future.purchases;
  };
  VL_ASSIGN_OR_RETURN(const std::optional<double> purchases, PurchaseLogVariance(part, discounted));
  const auto spend_of = [&](const std::vector<double>& v) -> absl::StatusOr<double> {
    return SpendToExpect(
        {.gamma_gamma = {.p = v[0], .q = v[1], .v = v[2]}, .mean_spend = part.mean_spend}, spend);
  };
  const auto& [p, q, v] = part.gamma_gamma;
  VL_ASSIGN_OR_RETURN(const std::optional<double> per_purchase,
                      LogVariance({p, q, v}, part.spend_log_covariance, spend_of));
  if (!purchases || !per_purchase) return absl::OkStatus();
  const double moving = expected.parts.purchases * (1 - expected.given_ratio);
  FillMean(expected.parts.total(), moving, *purchases + *per_purchase, interval);
  return absl::OkStatus();
}

}  // namespace

void Predictive::Add(double value, double weight) { points_.push_back({value, weight}); }

void Predictive::Finish() {
  std::sort(points_.begin(), points_.end(),
            [](const Point& a, const Point& b) { return a.value < b.value; });
  total_ = 0;
  for (const Point& point : points_) total_ += point.weight;
}

double Predictive::Quantile(double level) const {
  double below = 0;
  for (const Point& point : points_) {
    below += point.weight;
    if (below >= level * total_) return point.value;
  }
  return points_.empty() ? 0 : points_.back().value;
}

double Predictive::ShareBelow(double value) const {
  double below = 0;
  for (const Point& point : points_) {
    if (point.value >= value) break;
    below += point.weight;
  }
  return total_ > 0 ? below / total_ : 0;
}

double Predictive::ShareEqual(double value) const {
  double equal = 0;
  for (const Point& point : points_) {
    if (point.value == value) equal += point.weight;
  }
  return total_ > 0 ? equal / total_ : 0;
}

Interval Predictive::ToInterval() const {
  return {.low_95 = Quantile(0.025),
          .low_80 = Quantile(0.1),
          .high_80 = Quantile(0.9),
          .high_95 = Quantile(0.975)};
}

absl::StatusOr<Predictive> PredictPurchases(const PurchaseParams& params,
                                            const PurchaseHistory& history, double weeks) {
  if (!(weeks > 0 && weeks <= kMaxWeeks)) {
    return InvalidField("weeks", fmt::format("{}", weeks), "above 0, at most 1000000");
  }
  VL_ASSIGN_OR_RETURN(const double alive, AliveProbability(params, history));
  const Outlook outlook{.repeat_count = static_cast<double>(history.repeat_count),
                        .age_weeks = history.age_weeks,
                        .horizon_weeks = weeks,
                        .silence_weeks = history.age_weeks - history.last_weeks};
  StartValue start;
  start.Mix(history.repeat_count).Mix(history.age_weeks).Mix(history.last_weeks);
  Draw draw(start.value());
  Predictive counts;
  if (alive > 0) {
    for (int i = 0; i < kIntervalDraws; ++i) {
      counts.Add(DrawLife(params, outlook, draw).purchases, alive / kIntervalDraws);
    }
  }
  if (alive < 1) counts.Add(0, 1 - alive);
  counts.Finish();
  return counts;
}

absl::StatusOr<CustomerIntervals> ComputeIntervals(const ValueInputs& inputs,
                                                   const ExpectedResult& expected) {
  CustomerIntervals intervals;
  const std::optional<PurchaseHistory>& history = inputs.facts->purchases.history;
  const double horizon = inputs.policy->HorizonWeeks();
  if (history) {
    VL_ASSIGN_OR_RETURN(const Predictive counts,
                        PredictPurchases(inputs.part->purchase, *history, horizon));
    intervals.purchases = counts.ToInterval();
    VL_RETURN_IF_ERROR(FillPurchaseMean(*inputs.part, *history, horizon, *intervals.purchases));
  }
  intervals.value = ValueDraws(inputs, expected).OfValue().ToInterval();
  if (history) VL_RETURN_IF_ERROR(FillValueMean(inputs, expected, intervals.value));
  return intervals;
}

}  // namespace valueloop::scoring
