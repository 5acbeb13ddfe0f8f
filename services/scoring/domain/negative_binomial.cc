#include "scoring/domain/negative_binomial.h"

#include <cmath>

#include "scoring/domain/special_functions.h"

namespace valueloop::scoring {

// Per row: sum_{i<n} ln(g+i) - g ln(1 + E/h) - n ln(h + E), in log-parameters with u = h/(h+E):
// d/dln h = g (1-u) - n u, d2/dln h2 = -(g+n) u (1-u), d2/dln g dln h = g (1-u).
Derivatives LogLikelihoodDerivatives(const NegativeBinomialParams& params,
                                     std::span<const CountRow> rows) {
  const auto [g, h] = params;
  Derivatives sum;
  const double log_gamma_g = LogGamma(g);
  const double digamma_g = Digamma(g);
  const double trigamma_g = Trigamma(g);
  for (const CountRow& row : rows) {
    const double n = row.count;
    const double u = h / (h + row.exposure_weeks);
    const double log1p_weeks = std::log1p(row.exposure_weeks / h);
    double rising = 0;  // ln (g)_n with derivatives in g.
    double first = 0;
    double second = 0;
    if (row.count <= 32) {
      for (int i = 0; i < row.count; ++i) {
        rising += std::log(g + i);
        first += 1 / (g + i);
        second -= 1 / ((g + i) * (g + i));
      }
    } else {
      rising = LogGamma(g + n) - log_gamma_g;
      first = Digamma(g + n) - digamma_g;
      second = Trigamma(g + n) - trigamma_g;
    }
    sum.value += rising - (g + n) * log1p_weeks - n * std::log(h);
    const double by_g = g * (first - log1p_weeks);
    sum.gradient[0] += by_g;
    sum.gradient[1] += g * (1 - u) - n * u;
    sum.hessian[0][0] += by_g + g * g * second;
    sum.hessian[0][1] += g * (1 - u);
    sum.hessian[1][1] -= (g + n) * u * (1 - u);
  }
  sum.hessian[1][0] = sum.hessian[0][1];
  return sum;
}

}  // namespace valueloop::scoring
