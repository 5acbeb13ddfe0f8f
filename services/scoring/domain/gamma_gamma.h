// The Gamma-Gamma model of spend per purchase: a customer's purchases scatter around its own mean
// (Gamma with shape p), and the means differ between customers. Spend in units of the currency.
// Source: Fader & Hardie, "The Gamma-Gamma Model of Monetary Value" (2013).
#ifndef VALUELOOP_SCORING_DOMAIN_GAMMA_GAMMA_H_
#define VALUELOOP_SCORING_DOMAIN_GAMMA_GAMMA_H_

#include <span>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "scoring/domain/history.h"
#include "scoring/domain/optimizer.h"

namespace valueloop::scoring {

struct GammaGammaParams {
  double p = 0;  // Shape of one customer's spend per purchase.
  double q = 0;  // Shape across customers; the population has a finite mean only if q > 1.
  double v = 0;  // Scale across customers, in units of the currency.
  friend bool operator==(const GammaGammaParams&, const GammaGammaParams&) = default;
};

// Fails with InvalidArgument naming the parameter that is not finite and above 0.
absl::Status Validate(const GammaGammaParams& params);

// ln of the density of the mean spend of a customer with count >= 1. Fails with InvalidArgument if
// the parameters or the history are out of range, or count is 0.
absl::StatusOr<double> LogLikelihood(const GammaGammaParams& params, const SpendHistory& spend);

// The sum of log-likelihoods with exact derivatives in (ln p, ln q, ln v). Rows must be valid, have
// count >= 1 and be sorted by count.
Derivatives LogLikelihoodDerivatives(const GammaGammaParams& params,
                                     std::span<const SpendHistory> rows);

// The customer's expected spend per purchase, p (v + x m) / (p x + q - 1). Fails with
// InvalidArgument as Validate, and with FailedPrecondition if it is not finite (p x + q <= 1).
absl::StatusOr<double> ExpectedSpend(const GammaGammaParams& params, const SpendHistory& spend);

// The mean over customers, p v / (q - 1). Fails as ExpectedSpend (q <= 1).
absl::StatusOr<double> PopulationMeanSpend(const GammaGammaParams& params);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_GAMMA_GAMMA_H_
