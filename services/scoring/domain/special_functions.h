// Special functions in the ranges the models use. All are thread-safe, throw nothing, and compute
// in double with one code path, so that a score is the same on every machine.
#ifndef VALUELOOP_SCORING_DOMAIN_SPECIAL_FUNCTIONS_H_
#define VALUELOOP_SCORING_DOMAIN_SPECIAL_FUNCTIONS_H_

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
