// What the models with a beta-distributed chance of leaving share: sBG (sbg.h), BG/BB (bg_bb.h) and
// the regular families (cnbd.h). With p ~ Beta(a, b) the chance of leaving at each of many
// occasions, (b)_t / (a + b)_t is the probability of having stayed at the first t of them, where
// (z)_t = z (z + 1) ... (z + t - 1). All a, b finite and above 0.
#ifndef VALUELOOP_SCORING_DOMAIN_BETA_GEOMETRIC_H_
#define VALUELOOP_SCORING_DOMAIN_BETA_GEOMETRIC_H_

#include <cstdint>
#include <vector>

namespace valueloop::scoring {

// ln of the probability of staying `times` >= 0 times. Takes time in proportion to `times`; sums
// logarithms of ratios, because differences of ln Gamma lose all digits when b is large.
double LogStay(double a, double b, int64_t times);

// The probabilities of staying 0, 1, ..., `times` times.
std::vector<double> StayProbabilities(double a, double b, int64_t times);

// Discounted counts of occasions stayed: with f = sum over t >= 0 of ((1 - p) / (1 + discount))^t
// = (1 + discount) / (discount + p), the means of f and of f^2 over p. Infinite where they are,
// which is only at a discount of 0: the first for a <= 1, the second for a <= 2.
// The first is 2F1(1, b; a + b; 1 / (1 + discount)), which has no accurate series near a discount
// of 0; the integral in ln(p / (1 - p)) by the trapezoidal rule has: its integrand is analytic for
// imaginary parts below pi, so that the error falls like e^(-2 pi^2 / step), and positive, so that
// nothing cancels. `discount` >= 0, finite.
struct DiscountedStays {
  double mean = 1;
  double mean_square = 1;
};
DiscountedStays DiscountedStaysOf(double a, double b, double discount);

// ln (z)_t for t = 0, 1, ..., `times`, with the derivatives d/d ln z and d2/(d ln z)2 of it.
struct LogRising {
  std::vector<double> value;
  std::vector<double> first;
  std::vector<double> second;

  LogRising(double z, int64_t times);
};

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_BETA_GEOMETRIC_H_
