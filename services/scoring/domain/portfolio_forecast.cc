#include "scoring/domain/portfolio_forecast.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <tuple>

#include "common/draw.h"
#include "common/status.h"

namespace valueloop::scoring {
namespace {

constexpr int kMomentDraws = 400;  // Per distinct (x, T); customers share the errors of none.
constexpr double kStep = 1e-4;     // Of a log-parameter, in differences.
constexpr double kNormal80 = 1.2815515655446004;
constexpr double kNormal95 = 1.959963984540054;

// Customers alive with equal keys have equal futures.
using AliveKey = std::tuple<int32_t, double, double>;
AliveKey AliveKeyOf(const PurchaseParams& params, const PurchaseHistory& history) {
  return {history.repeat_count, history.age_weeks,
          DependsOnSilence(params) ? history.last_weeks : 0};
}

// The sum of log_covariance[i][j] g[i] g[j]; unset if the covariance is of another dimension.
std::optional<double> Quadratic(const std::vector<double>& gradient,
                                const std::vector<double>& log_covariance) {
  const size_t n = gradient.size();
  if (log_covariance.size() != n * n) return std::nullopt;
  double sum = 0;
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j < n; ++j) sum += gradient[i] * gradient[j] * log_covariance[i * n + j];
  }
  return std::max(sum, 0.0);
}

void AddVariance(std::optional<double> more, std::optional<double>& sum) {
  if (sum.has_value() && more.has_value()) {
    *sum += *more;
  } else {
    sum.reset();
  }
}

void FillInterval(SumForecast& sum) {
  const double variance = sum.process_variance + sum.parameter_variance.value_or(0);
  if (!std::isfinite(variance)) return;
  const double sd = std::sqrt(variance);
  sum.interval = Interval{.low_95 = sum.mean - kNormal95 * sd,
                          .low_80 = sum.mean - kNormal80 * sd,
                          .high_80 = sum.mean + kNormal80 * sd,
                          .high_95 = sum.mean + kNormal95 * sd};
  if (!sum.parameter_variance.has_value()) return;
  const double mean_sd = kNormal95 * std::sqrt(*sum.parameter_variance);
  sum.interval->mean_low = sum.mean - mean_sd;
  sum.interval->mean_high = sum.mean + mean_sd;
}

double SpendOf(const ModelPart& part, const std::vector<double>& values,
               const SpendHistory& spend) {
  return SpendToExpect({.gamma_gamma = {.p = values[0], .q = values[1], .v = values[2]},
                        .mean_spend = part.mean_spend},
                       spend);
}

// Expected purchases, plain and discounted, of customers alive, remembered by their key.
class GivenAlive {
 public:
  GivenAlive(const PurchaseParams& params, double horizon_weeks, double delta_weekly)
      : params_(params), horizon_weeks_(horizon_weeks), delta_weekly_(delta_weekly) {}

  struct Purchases {
    double plain = 0;
    double discounted = 0;
  };
  // Of a customer with that history, not given alive.
  absl::StatusOr<Purchases> Of(const PurchaseHistory& history) {
    VL_ASSIGN_OR_RETURN(const double alive, AliveProbability(params_, history));
    const auto [place, is_new] = known_.try_emplace(AliveKeyOf(params_, history));
    if (is_new) {
      for (const bool discounted : {false, true}) {
        VL_ASSIGN_OR_RETURN(
            const DiscountedFuture future,
            DiscountedGivenAlive(params_, history, horizon_weeks_, discounted ? delta_weekly_ : 0));
        (discounted ? place->second.discounted : place->second.plain) = future.purchases;
      }
    }
    return Purchases{.plain = alive * place->second.plain,
                     .discounted = alive * place->second.discounted};
  }

 private:
  const PurchaseParams& params_;
  const double horizon_weeks_;
  const double delta_weekly_;
  std::map<AliveKey, Purchases> known_;
};

}  // namespace

struct PortfolioForecaster::LifeMoments {
  double count = 0;
  double count_squared = 0;
  // Of discounted purchases times their mean spend over the customer's own spend scale.
  double spend_squared = 0;
};

PortfolioForecaster::LifeMoments PortfolioForecaster::MomentsOf(
    const ModelPart& part, const PurchaseParams& params, const PurchaseHistory& history) const {
  const Outlook outlook{.repeat_count = static_cast<double>(history.repeat_count),
                        .age_weeks = history.age_weeks,
                        .horizon_weeks = horizon_weeks_,
                        .delta_weekly = delta_weekly_,
                        .silence_weeks = history.age_weeks - history.last_weeks};
  Draw draw(std::bit_cast<uint64_t>(history.age_weeks) +
            static_cast<uint64_t>(history.repeat_count));
  LifeMoments moments;
  for (int i = 0; i < kMomentDraws; ++i) {
    const Life life = DrawLife(params, outlook, draw);
    moments.count += life.purchases / kMomentDraws;
    moments.count_squared += life.purchases * life.purchases / kMomentDraws;
    if (life.purchases == 0) continue;
    // The mean of `count` spends, each Gamma(p) times the customer's scale: its square has the mean
    // p (p count + 1) / count.
    const double p = part.gamma_gamma.p;
    moments.spend_squared += life.discounted_purchases * life.discounted_purchases * p *
                             (p * life.purchases + 1) / life.purchases / kMomentDraws;
  }
  return moments;
}

// The sums of one part: customers of all its groups.
class PortfolioForecaster::PartForecast {
 public:
  PartForecast(const PortfolioForecaster& all, const ModelPart& part)
      : all_(all),
        part_(part),
        count_gradient_(ParameterNames(part.purchase.family()).size(), 0.0),
        value_gradient_(count_gradient_.size(), 0.0) {}

  absl::Status Add(const Group& group) {
    VL_RETURN_IF_ERROR(AddMeans(group));
    for (size_t i = 0; i < count_gradient_.size(); ++i) {
      VL_RETURN_IF_ERROR(AddSlope(group, i));
    }
    return absl::OkStatus();
  }

  void AddTo(PortfolioForecast& sums) const {
    sums.purchases.mean += count_mean_;
    sums.purchases.process_variance += count_variance_;
    AddVariance(Quadratic(count_gradient_, part_.purchase_log_covariance),
                sums.purchases.parameter_variance);
    sums.purchase_value.mean += value_mean_;
    sums.purchase_value.process_variance += value_variance_;
    AddVariance(Quadratic(value_gradient_, part_.purchase_log_covariance),
                sums.purchase_value.parameter_variance);
    AddVariance(Quadratic(spend_gradient_, part_.spend_log_covariance),
                sums.purchase_value.parameter_variance);
  }

 private:
  absl::Status AddMeans(const Group& group) {
    const std::vector<double> spend_values = {part_.gamma_gamma.p, part_.gamma_gamma.q,
                                              part_.gamma_gamma.v};
    GivenAlive given_alive(group.params, all_.horizon_weeks_, all_.delta_weekly_);
    std::map<AliveKey, LifeMoments> moments;
    for (const Customer& customer : group.customers) {
      const PurchaseHistory& history = customer.history;
      VL_ASSIGN_OR_RETURN(const GivenAlive::Purchases expected, given_alive.Of(history));
      VL_ASSIGN_OR_RETURN(const double alive, AliveProbability(group.params, history));
      const auto [place, is_new] = moments.try_emplace(AliveKeyOf(group.params, history));
      if (is_new) place->second = all_.MomentsOf(part_, group.params, history);
      const LifeMoments& life = place->second;
      count_mean_ += expected.plain;
      count_variance_ += alive * life.count_squared - alive * alive * life.count * life.count;

      const double margin = customer.margin_per_spend;
      const double value =
          margin * expected.discounted * SpendOf(part_, spend_values, customer.spend);
      value_mean_ += value;
      value_variance_ += ValueVariance(customer, alive * life.spend_squared, value);
      for (size_t i = 0; i < spend_values.size(); ++i) {
        std::vector<double> moved = spend_values;
        moved[i] = spend_values[i] * std::exp(kStep);
        const double high = SpendOf(part_, moved, customer.spend);
        moved[i] = spend_values[i] * std::exp(-kStep);
        const double low = SpendOf(part_, moved, customer.spend);
        spend_gradient_[i] += margin * expected.discounted * (high - low) / (2 * kStep);
      }
    }
    return absl::OkStatus();
  }

  // The customer's spend scale is (v + x m) / Gamma(p x + q): its square has the mean
  // (v + x m)^2 / ((p x + q - 1)(p x + q - 2)), if that is finite.
  double ValueVariance(const Customer& customer, double spend_squared, double value) const {
    if (customer.margin_per_spend == 0 || spend_squared == 0) return 0;
    const auto& [p, q, v] = part_.gamma_gamma;
    const double shape = p * customer.spend.count + q;
    if (shape <= 2) return std::numeric_limits<double>::infinity();
    const double scale =
        customer.margin_per_spend * (v + customer.spend.count * customer.spend.mean);
    const double squared = scale * scale * spend_squared / ((shape - 1) * (shape - 2));
    return std::max(squared - value * value, 0.0);
  }

  // How the expected sums move with log-parameter `i`.
  absl::Status AddSlope(const Group& group, size_t i) {
    const std::vector<double> spend_values = {part_.gamma_gamma.p, part_.gamma_gamma.q,
                                              part_.gamma_gamma.v};
    for (const double side : {-1.0, 1.0}) {
      std::vector<double> values = ParameterValues(group.params);
      values[i] *= std::exp(side * kStep);
      VL_ASSIGN_OR_RETURN(const PurchaseParams moved,
                          MakePurchaseParams(group.params.family(), values));
      GivenAlive given_alive(moved, all_.horizon_weeks_, all_.delta_weekly_);
      for (const Customer& customer : group.customers) {
        VL_ASSIGN_OR_RETURN(const GivenAlive::Purchases expected, given_alive.Of(customer.history));
        count_gradient_[i] += side * expected.plain / (2 * kStep);
        value_gradient_[i] += side * expected.discounted * customer.margin_per_spend *
                              SpendOf(part_, spend_values, customer.spend) / (2 * kStep);
      }
    }
    return absl::OkStatus();
  }

  const PortfolioForecaster& all_;
  const ModelPart& part_;
  double count_mean_ = 0;
  double count_variance_ = 0;
  double value_mean_ = 0;
  double value_variance_ = 0;
  std::vector<double> count_gradient_;
  std::vector<double> value_gradient_;
  std::vector<double> spend_gradient_ = {0, 0, 0};
};

void PortfolioForecaster::Add(const ModelPart& part, const PurchaseParams& params,
                              const PurchaseHistory& history, const SpendHistory& spend,
                              double margin_per_spend) {
  Group& group = groups_[&part][ParameterValues(params)];
  if (group.customers.empty()) group.params = params;
  group.customers.push_back(
      {.history = history, .spend = spend, .margin_per_spend = margin_per_spend});
}

absl::StatusOr<PortfolioForecast> PortfolioForecaster::Finish() const {
  PortfolioForecast forecast;
  forecast.purchases.parameter_variance = 0;
  forecast.purchase_value.parameter_variance = 0;
  for (const auto& [part, groups] : groups_) {
    PartForecast sums(*this, *part);
    for (const auto& [values, group] : groups) {
      VL_RETURN_IF_ERROR(sums.Add(group));
      forecast.customer_count += static_cast<int64_t>(group.customers.size());
    }
    sums.AddTo(forecast);
  }
  FillInterval(forecast.purchases);
  FillInterval(forecast.purchase_value);
  return forecast;
}

}  // namespace valueloop::scoring
