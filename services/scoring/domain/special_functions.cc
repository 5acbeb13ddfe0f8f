#include "scoring/domain/special_functions.h"

#include <boost/math/special_functions/digamma.hpp>
#include <boost/math/special_functions/trigamma.hpp>

namespace valueloop::scoring {
namespace {

namespace bmp = boost::math::policies;
// No promotion to long double (its precision differs between machines) and no exceptions.
using Policy =
    bmp::policy<bmp::promote_double<false>, bmp::domain_error<bmp::ignore_error>,
                bmp::pole_error<bmp::ignore_error>, bmp::overflow_error<bmp::ignore_error>,
                bmp::evaluation_error<bmp::ignore_error>>;

constexpr int kMaxTerms = 1'000'000;
constexpr double kRelativeEnd = 1e-16;
constexpr double kRescale = 1e250;

struct Series {
  double log_sum = 0;         // ln F, where F = 2F1(p, q; c; z).
  double relative_slope = 0;  // z F'(z) / F.
};

// For p, q >= 0, c > 0, 0 <= z < 1.
Series Hypergeometric(double p, double q, double c, double z) {
  double term = 1;
  double sum = 1;
  double slope = 0;
  double log_scale = 0;
  for (int k = 0; k < kMaxTerms; ++k) {
    const double ratio = (p + k) * (q + k) * z / ((c + k) * (1.0 + k));
    term *= ratio;
    sum += term;
    slope += (k + 1.0) * term;
    // From here on the terms fall at least like a geometric series.
    if (ratio < 1 && (k + 1.0) * term < kRelativeEnd * sum * (1 - ratio)) break;
    if (sum > kRescale) {
      sum /= kRescale;
      term /= kRescale;
      slope /= kRescale;
      log_scale += std::log(kRescale);
    }
  }
  return {std::log(sum) + log_scale, slope / sum};
}

}  // namespace

double LogGamma(double x) {
  int sign = 0;
  return lgamma_r(x, &sign);  // std::lgamma writes a global.
}
double Digamma(double x) { return boost::math::digamma(x, Policy()); }
double Trigamma(double x) { return boost::math::trigamma(x, Policy()); }

BetaMeans BetaMeansOfPower(double n, double a, double c, double y) {
  if (IsLongBetaSeries(a)) {
    const auto power = [y](double exponent) {
      return [y, exponent](double p) { return std::exp(-exponent * std::log1p(p * y)); };
    };
    return {.of_n = LongBetaMean(n, a, c, power(n)),
            .of_n_plus_1 = LongBetaMean(n + 1, a, c, power(n + 1))};
  }
  const double z = y / (1 + y);
  const double log1p_y = std::log1p(y);
  BetaMeans means;
  if (c >= n) {
    const Series series = Hypergeometric(c - n, a, c, z);
    means.of_n = std::exp(series.log_sum - a * log1p_y);
    means.of_n_plus_1 =
        means.of_n * std::fmax(0.0, 1 + (series.relative_slope * (1 - z) - a * z) / n);
  } else {
    const Series series = Hypergeometric(n, c - a, c, z);
    means.of_n = std::exp(series.log_sum - n * log1p_y);
    means.of_n_plus_1 = means.of_n * (1 - z) * (1 + series.relative_slope / n);
  }
  return means;
}

double BetaMeanOfPower(double n, double a, double c, double y) {
  return BetaMeansOfPower(n, a, c, y).of_n;
}

const GaussRule& Gauss16() {
  // Abramowitz & Stegun, table 25.4.
  static const GaussRule rule = {
      {0.0950125098376374401853, 0.2816035507792589132305, 0.4580167776572273863424,
       0.6178762444026437484467, 0.7554044083550030338951, 0.8656312023878317438805,
       0.9445750230732325760779, 0.9894009349916499325962},
      {0.1894506104550684962854, 0.1826034150449235888668, 0.1691565193950025381893,
       0.1495959888165767320815, 0.1246289712555338720525, 0.0951585116824927848099,
       0.0622535239386478928628, 0.0271524594117540948518}};
  return rule;
}

}  // namespace valueloop::scoring
