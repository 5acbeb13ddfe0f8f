// Special functions in the ranges the models use. All are thread-safe, throw nothing, and compute
// in double with one code path, so that a score is the same on every machine.
#ifndef VALUELOOP_SCORING_DOMAIN_SPECIAL_FUNCTIONS_H_
#define VALUELOOP_SCORING_DOMAIN_SPECIAL_FUNCTIONS_H_

#include <algorithm>
#include <array>
#include <cmath>

namespace valueloop::scoring {

// ln Gamma(x), its first and its second derivative, for finite x > 0.
double LogGamma(double x);
double Digamma(double x);
double Trigamma(double x);

// ln(e^a + e^b) without overflow; either may be -infinity.
inline double LogAddExp(double a, double b) {
  const double high = a > b ? a : b;
  const double low = a > b ? b : a;
  if (std::isinf(low)) return high;
  return high + std::log1p(std::exp(low - high));
}

// ln(1 + e^x) without overflow.
inline double Log1pExp(double x) { return std::fmax(x, 0.0) + std::log1p(std::exp(-std::fabs(x))); }

// 1 / (1 + e^-x) without overflow.
inline double Sigmoid(double x) {
  const double small = std::exp(-std::fabs(x));
  return x >= 0 ? 1 / (1 + small) : small / (1 + small);
}

// The mean of (1 + p y)^-n over p ~ Beta(a, c - a), that is 2F1(n, a; c; -y), in (0, 1]; for n >=
// 0, 0 < a < c, y >= 0. Both series used have positive terms only, so nothing cancels: Euler's form
// (1 + y)^-a 2F1(c - n, a; c; y / (1 + y)) if c >= n, else Pfaff's
// (1 + y)^-n 2F1(n, c - a; c; y / (1 + y)).
double BetaMeanOfPower(double n, double a, double c, double y);

// The same for n and for n + 1 by one series, since y d/dy of the mean is n times their difference;
// n > 0.
struct BetaMeans {
  double of_n = 1;
  double of_n_plus_1 = 1;
};
BetaMeans BetaMeansOfPower(double n, double a, double c, double y);

// Whether p ~ Beta(a, c - a) has so large an `a` that the series above would need about as many
// terms: as when the data do not tell leaving customers apart and a fit ends at its bound.
inline bool IsLongBetaSeries(double a) { return a > 50; }

// The mean of f(p) over p ~ Beta(a, c - a) for such an `a`, where f does not vary faster than
// (1 + p y)^-n. By the trapezoidal rule in u = ln(p / (1 - p)), where the density is smooth and
// falls off on both sides (like e^(-b u) to the right, with b = c - a), so that the rule converges
// exponentially; the density's constant cancels.
template <typename F>
double LongBetaMean(double n, double a, double c, const F& f) {
  const double b = c - a;
  const double centre = std::log(a / b);
  const double width = std::sqrt(1 / a + 1 / b);
  // The factor f moves the peak by at most n / a to the left. Where b is small the density falls to
  // the left like exp(-a e^-u), within a scale of 1; else it is narrow, and f narrows it.
  const bool small_b = b < 20;
  const double step =
      small_b ? 0.15 : std::min(0.15, 0.4 * width / std::sqrt(1 + n * width * width));
  const double low = (small_b ? std::log(a / 750) : centre - 12 * width) - n / a;
  // Right of `straight` the density is e^(-b u) and p is 1, up to rounding: the rest of the rule's
  // sum is a geometric series, however small b and long the tail.
  const double straight = 40 + std::log(c);
  const double high =
      small_b ? std::min(centre + std::max(12 * width, 40 / b), straight) : centre + 12 * width;
  const int count = static_cast<int>(std::min((high - low) / step, 1e5)) + 1;
  const double log_peak = a * centre - c * Log1pExp(centre);
  double weight = 0;
  double weight_sum = 0;
  double sum = 0;
  for (int i = 0; i <= count; ++i) {
    const double u = low + i * step;
    weight = std::exp(a * u - c * Log1pExp(u) - log_peak);
    weight_sum += weight;
    sum += weight * f(Sigmoid(u));
  }
  if (small_b && high == straight) {
    const double tail = weight / std::expm1(b * step);
    weight_sum += tail;
    sum += tail * f(1.0);
  }
  return sum / weight_sum;
}

// Nodes and weights of the 16-point Gauss-Legendre rule on [-1, 1] (the positive half; symmetric).
struct GaussRule {
  std::array<double, 8> node;
  std::array<double, 8> weight;
};
const GaussRule& Gauss16();

// The integral of f over [low, high] by one 16-point Gauss-Legendre panel.
template <typename Function>
double IntegratePanel(double low, double high, const Function& f) {
  const GaussRule& rule = Gauss16();
  const double middle = (low + high) / 2;
  const double half = (high - low) / 2;
  double sum = 0;
  for (size_t i = 0; i < rule.node.size(); ++i) {
    const double offset = half * rule.node[i];
    sum += rule.weight[i] * (f(middle - offset) + f(middle + offset));
  }
  return sum * half;
}

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_SPECIAL_FUNCTIONS_H_
