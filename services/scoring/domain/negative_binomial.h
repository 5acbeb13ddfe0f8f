// Counts of rare events (referrals, adopted suggestions, partner deals, ...) per customer: Poisson
// with a customer's own rate per active week, Gamma(g, h) across customers (METHODS E8).
#ifndef VALUELOOP_SCORING_DOMAIN_NEGATIVE_BINOMIAL_H_
#define VALUELOOP_SCORING_DOMAIN_NEGATIVE_BINOMIAL_H_

#include <span>

#include "absl/status/status.h"
#include "scoring/domain/optimizer.h"

namespace valueloop::scoring {

struct NegativeBinomialParams {
  double g = 0;  // Shape.
  double h = 0;  // Scale in weeks: the mean rate is g / h per active week.
  friend bool operator==(const NegativeBinomialParams&, const NegativeBinomialParams&) = default;
};

struct CountRow {
  int32_t count = 0;          // n >= 0.
  double exposure_weeks = 0;  // At least 0; rows of 0 weeks with a count carry no information on h.
};

// The sum over rows of ln [Gamma(g+n)/Gamma(g) (h/(h+E))^g (1/(h+E))^n], the likelihood without the
// factors that do not depend on g and h, with exact derivatives in (ln g, ln h). Rows must be
// valid.
Derivatives LogLikelihoodDerivatives(const NegativeBinomialParams& params,
                                     std::span<const CountRow> rows);

// The customer's expected rate per active week, (g + n) / (h + E).
inline double ExpectedRate(const NegativeBinomialParams& params, const CountRow& row) {
  return (params.g + row.count) / (params.h + row.exposure_weeks);
}

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_NEGATIVE_BINOMIAL_H_
