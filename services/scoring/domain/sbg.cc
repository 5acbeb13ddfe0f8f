#include "scoring/domain/sbg.h"

#include <cmath>
#include <map>
#include <utility>

#include "common/status.h"
#include "fmt/format.h"
#include "scoring/domain/beta_geometric.h"

namespace valueloop::scoring {
namespace {

constexpr int32_t kMaxRenewals = 1'000'000;
constexpr double kMaxDiscount = 1e6;

absl::Status CheckTimes(std::string_view field, int32_t times, int32_t low) {
  if (times >= low && times <= kMaxRenewals) return absl::OkStatus();
  return InvalidField(field, fmt::format("{}", times), fmt::format("{}..{}", low, kMaxRenewals));
}

// ln [(beta)_n / (alpha + beta)_n] with its derivatives in (ln alpha, ln beta), growing with n.
struct StayTerms {
  int32_t n = 0;
  double value = 0;
  double a = 0, b = 0, aa = 0, ab = 0, bb = 0;

  void GrowTo(int32_t target, const SbgParams& p) {
    for (; n < target; ++n) {
      const double bi = 1 / (p.beta + n);
      const double si = 1 / (p.alpha + p.beta + n);
      value -= std::log1p(p.alpha * bi);
      a -= p.alpha * si;
      b += p.beta * p.alpha * bi * si;
      aa -= p.alpha * (p.beta + n) * si * si;
      ab += p.alpha * p.beta * si * si;
      bb += p.beta * n * bi * bi - p.beta * (p.alpha + n) * si * si;
    }
  }
};

absl::StatusOr<DiscountedStays> StaysAfter(const SbgParams& params, int32_t renewals,
                                           double discount, double min_alpha) {
  VL_RETURN_IF_ERROR(Validate(params));
  VL_RETURN_IF_ERROR(CheckTimes("renewals", renewals, 0));
  if (!(discount >= 0 && discount <= kMaxDiscount)) {
    return InvalidField("discount", fmt::format("{}", discount),
                        fmt::format("0..{}", kMaxDiscount));
  }
  if (discount == 0 && params.alpha <= min_alpha) {
    return InvalidField("discount", "0",
                        fmt::format("above 0, as the sum without a discount is infinite for an "
                                    "alpha of at most {} (alpha is {})",
                                    min_alpha, params.alpha));
  }
  return DiscountedStaysOf(params.alpha, params.beta + renewals, discount);
}

}  // namespace

absl::Status Validate(const SbgParams& params) {
  for (const auto& [field, value] :
       {std::pair{"alpha", params.alpha}, std::pair{"beta", params.beta}}) {
    if (!(std::isfinite(value) && value > 0)) {
      return InvalidField(field, fmt::format("{}", value), "finite, above 0");
    }
  }
  return absl::OkStatus();
}

absl::Status Validate(const ContractHistory& history) {
  return CheckTimes("renewals", history.renewals, 0);
}

std::vector<WeightedContract> CompressContracts(std::span<const ContractHistory> contracts) {
  std::map<std::pair<int32_t, bool>, double> weights;
  for (const ContractHistory& contract : contracts) {
    weights[{contract.renewals, contract.stopped}] += 1;
  }
  std::vector<WeightedContract> rows;
  for (const auto& [key, weight] : weights) {
    rows.push_back({.history = {.renewals = key.first, .stopped = key.second}, .weight = weight});
  }
  return rows;
}

absl::StatusOr<std::vector<WeightedContract>> ContractsOfCohort(std::span<const double> survivors) {
  if (survivors.size() < 2) {
    return InvalidField("survivors", fmt::format("{} values", survivors.size()), "at least 2");
  }
  std::vector<WeightedContract> rows;
  for (size_t t = 0; t < survivors.size(); ++t) {
    const bool falls = t == 0 || survivors[t] <= survivors[t - 1];
    if (!std::isfinite(survivors[t]) || survivors[t] < 0 || !falls) {
      return InvalidField(fmt::format("survivors[{}]", t), fmt::format("{}", survivors[t]),
                          "finite, at least 0, at most the one before");
    }
    if (t == 0) continue;
    rows.push_back({.history = {.renewals = static_cast<int32_t>(t) - 1, .stopped = true},
                    .weight = survivors[t - 1] - survivors[t]});
  }
  rows.push_back({.history = {.renewals = static_cast<int32_t>(survivors.size()) - 1},
                  .weight = survivors.back()});
  return rows;
}

// ln L = ln [(beta)_n / (alpha + beta)_n], and for a stop + ln [alpha / (alpha + beta + n)].
Derivatives LogLikelihoodDerivatives(const SbgParams& p, std::span<const WeightedContract> rows) {
  Derivatives sum;
  StayTerms stay;
  for (const WeightedContract& row : rows) {
    const double weight = row.weight;
    const double n = row.history.renewals;
    stay.GrowTo(row.history.renewals, p);
    sum.value += weight * stay.value;
    sum.gradient[0] += weight * stay.a;
    sum.gradient[1] += weight * stay.b;
    sum.hessian[0][0] += weight * stay.aa;
    sum.hessian[0][1] += weight * stay.ab;
    sum.hessian[1][1] += weight * stay.bb;
    if (!row.history.stopped) continue;
    const double si = 1 / (p.alpha + p.beta + n);
    sum.value -= weight * std::log1p((p.beta + n) / p.alpha);
    sum.gradient[0] += weight * (p.beta + n) * si;
    sum.gradient[1] -= weight * p.beta * si;
    sum.hessian[0][0] -= weight * (p.beta + n) * p.alpha * si * si;
    sum.hessian[0][1] += weight * p.alpha * p.beta * si * si;
    sum.hessian[1][1] -= weight * p.beta * (p.alpha + n) * si * si;
  }
  sum.hessian[1][0] = sum.hessian[0][1];
  return sum;
}

absl::StatusOr<double> LogLikelihood(const SbgParams& params, const ContractHistory& history) {
  VL_RETURN_IF_ERROR(Validate(params));
  VL_RETURN_IF_ERROR(Validate(history));
  const WeightedContract row{.history = history, .weight = 1};
  return LogLikelihoodDerivatives(params, {&row, 1}).value;
}

SbgParams AfterRenewals(const SbgParams& params, int32_t renewals) {
  return {.alpha = params.alpha, .beta = params.beta + renewals};
}

double RenewalProbability(const SbgParams& params, int32_t renewals) {
  return (params.beta + renewals) / (params.alpha + params.beta + renewals);
}

absl::StatusOr<double> SurvivalProbability(const SbgParams& params, int32_t times) {
  VL_RETURN_IF_ERROR(Validate(params));
  VL_RETURN_IF_ERROR(CheckTimes("times", times, 0));
  return std::exp(LogStay(params.alpha, params.beta, times));
}

absl::StatusOr<double> StopProbability(const SbgParams& params, int32_t times) {
  VL_RETURN_IF_ERROR(Validate(params));
  VL_RETURN_IF_ERROR(CheckTimes("times", times, 1));
  return std::exp(LogStay(params.alpha, params.beta, times - 1)) * params.alpha /
         (params.alpha + params.beta + (times - 1));
}

absl::StatusOr<double> DiscountedLifetime(const SbgParams& params, double discount) {
  VL_ASSIGN_OR_RETURN(const DiscountedStays stays, StaysAfter(params, 0, discount, 1));
  return stays.mean;
}

// The sum over k >= 1 of (1 - p)^k / (1 + discount)^(k - 1), where (1 - p) weighs
// Beta(alpha, beta + n) into r Beta(alpha, beta + n + 1).
absl::StatusOr<double> DiscountedResidualLifetime(const SbgParams& params, int32_t renewals,
                                                  double discount) {
  VL_RETURN_IF_ERROR(CheckTimes("renewals", renewals, 0));
  VL_ASSIGN_OR_RETURN(const DiscountedStays stays,
                      StaysAfter(AfterRenewals(params, 1), renewals, discount, 1));
  return RenewalProbability(params, renewals) * stays.mean;
}

// d/dc at c = 1 of ln of the mean of c q / (1 - c q z), where q = 1 - p and z = 1 / (1 + discount):
// the mean of q / (1 - q z)^2 over that of q / (1 - q z).
absl::StatusOr<double> ResidualLifetimeElasticity(const SbgParams& params, int32_t renewals,
                                                  double discount) {
  VL_RETURN_IF_ERROR(CheckTimes("renewals", renewals, 0));
  VL_ASSIGN_OR_RETURN(const DiscountedStays stays,
                      StaysAfter(AfterRenewals(params, 1), renewals, discount, 2));
  return stays.mean_square / stays.mean;
}

}  // namespace valueloop::scoring
