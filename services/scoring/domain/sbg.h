// The shifted-beta-geometric model of contracts that come up for renewal at equal periods: at each
// renewal a customer stops with its own probability, Beta(alpha, beta) across customers. Renewal
// rates of a cohort therefore rise with its age although nobody's own rate does.
// Source: Fader & Hardie, "How to Project Customer Retention" (2007); the discounted lifetimes are
// theirs of "Customer-Base Valuation in a Contractual Setting" (2010).
#ifndef VALUELOOP_SCORING_DOMAIN_SBG_H_
#define VALUELOOP_SCORING_DOMAIN_SBG_H_

#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "scoring/domain/optimizer.h"

namespace valueloop::scoring {

struct SbgParams {
  double alpha = 0.668;  // Their "High End" segment, the default prior.
  double beta = 3.806;   // The mean probability of stopping at the first renewal is
                         // alpha / (alpha + beta).
  friend bool operator==(const SbgParams&, const SbgParams&) = default;
};

// What a contract has shown so far.
struct ContractHistory {
  int32_t renewals = 0;  // At least 0.
  bool stopped = false;  // At the renewal after these; false: still running.
  friend bool operator==(const ContractHistory&, const ContractHistory&) = default;
};

struct WeightedContract {
  ContractHistory history;
  double weight = 1;
};

// InvalidArgument naming the parameter that is not finite and above 0, or renewals outside
// 0..1,000,000.
absl::Status Validate(const SbgParams& params);
absl::Status Validate(const ContractHistory& history);

// Equal contracts collapsed with weights, sorted by renewals.
std::vector<WeightedContract> CompressContracts(std::span<const ContractHistory> contracts);

// The contracts of a cohort of which `survivors[t]` are left after t renewals; shares or percent
// will do as well, the weights then sum to survivors[0]. InvalidArgument unless there are at least
// two, finite, not rising and not below 0.
absl::StatusOr<std::vector<WeightedContract>> ContractsOfCohort(std::span<const double> survivors);

// ln of the likelihood of one contract. Fails as Validate.
absl::StatusOr<double> LogLikelihood(const SbgParams& params, const ContractHistory& history);

// The weighted sum of log-likelihoods with exact derivatives in (ln alpha, ln beta). Rows must be
// valid and sorted by renewals.
Derivatives LogLikelihoodDerivatives(const SbgParams& params,
                                     std::span<const WeightedContract> rows);

// The model of contracts known to have been renewed `renewals` times: stopping is then
// Beta(alpha, beta + renewals).
SbgParams AfterRenewals(const SbgParams& params, int32_t renewals);

// The probability that a contract renewed `renewals` times is renewed once more.
double RenewalProbability(const SbgParams& params, int32_t renewals);

// The probability that a new contract is renewed at least `times` times, S(times), and that it is
// stopped at exactly its `times`-th renewal, P(times). `times` in 0..1,000,000 (1.. for stopping).
absl::StatusOr<double> SurvivalProbability(const SbgParams& params, int32_t times);
absl::StatusOr<double> StopProbability(const SbgParams& params, int32_t times);

// Expected discounted periods of a new contract, its first one included and not discounted (DEL).
// `discount` per period, 0..1e6. InvalidArgument naming discount where the sum is infinite: at 0
// if alpha <= 1.
absl::StatusOr<double> DiscountedLifetime(const SbgParams& params, double discount);

// Expected discounted renewals still to come of a contract renewed `renewals` times, seen just
// before the next of them, which is not discounted (DERL). Fails as DiscountedLifetime.
absl::StatusOr<double> DiscountedResidualLifetime(const SbgParams& params, int32_t renewals,
                                                  double discount);

// By how many percent that residual lifetime grows when everybody's probability of renewing grows
// by one percent of itself; at least 1. Fails as DiscountedLifetime, at a discount of 0 if
// alpha <= 2.
absl::StatusOr<double> ResidualLifetimeElasticity(const SbgParams& params, int32_t renewals,
                                                  double discount);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_SBG_H_
