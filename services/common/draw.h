// Distributions on std::mt19937_64, whose bits the standard fixes; those of <random> differ by
// library. What is drawn is the same on every machine for the same seed.
#ifndef VALUELOOP_COMMON_DRAW_H_
#define VALUELOOP_COMMON_DRAW_H_

#include <cmath>
#include <cstdint>
#include <numbers>
#include <random>

namespace valueloop {

class Draw {
 public:
  explicit Draw(uint64_t seed) : engine_(seed) {}

  // Open interval (0, 1).
  double Uniform() { return (static_cast<double>(engine_() >> 11) + 0.5) * 0x1.0p-53; }
  bool Chance(double probability) { return Uniform() < probability; }
  // 0 to count - 1.
  int64_t Below(int64_t count) {
    return static_cast<int64_t>(Uniform() * static_cast<double>(count));
  }
  double Exponential(double rate) { return -std::log(Uniform()) / rate; }

  // Box and Muller.
  double Normal() {
    const double radius = std::sqrt(-2 * std::log(Uniform()));
    return radius * std::cos(2 * std::numbers::pi * Uniform());
  }

  // Marsaglia and Tsang, "A simple method for generating gamma variables" (2000).
  double Gamma(double shape, double rate) {
    if (shape < 1) return Gamma(shape + 1, rate) * std::pow(Uniform(), 1 / shape);
    const double d = shape - 1.0 / 3;
    const double c = 1 / std::sqrt(9 * d);
    while (true) {
      const double x = Normal();
      const double base = 1 + c * x;
      if (base <= 0) continue;
      const double v = base * base * base;
      if (std::log(Uniform()) < 0.5 * x * x + d - d * v + d * std::log(v)) return d * v / rate;
    }
  }

  double Beta(double a, double b) {
    const double x = Gamma(a, 1);
    return x / (x + Gamma(b, 1));
  }

  // The number of trials up to and with the first success, at least 1; cut at 2^53 where the
  // probability, in [0, 1], is next to 0.
  double Geometric(double probability) {
    if (probability >= 1) return 1;
    const double trials = 1 + std::floor(std::log(Uniform()) / std::log1p(-probability));
    return trials < 0x1p53 ? trials : 0x1p53;
  }

  // Mean at least 0 and below 2^52. Below 10 by multiplying uniforms, above by Hörmann, "The
  // transformed rejection method for generating Poisson random variables" (1993), PTRS.
  double Poisson(double mean) {
    if (mean < 10) {
      const double limit = std::exp(-mean);
      double count = 0;
      for (double product = Uniform(); product > limit; product *= Uniform()) ++count;
      return count;
    }
    const double log_mean = std::log(mean);
    const double b = 0.931 + 2.53 * std::sqrt(mean);
    const double a = -0.059 + 0.02483 * b;
    const double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
    const double v_r = 0.9277 - 3.6224 / (b - 2);
    while (true) {
      const double u = Uniform() - 0.5;
      const double v = Uniform();
      const double us = 0.5 - std::fabs(u);
      const double k = std::floor((2 * a / us + b) * u + mean + 0.43);
      if (us >= 0.07 && v <= v_r) return k;
      if (k < 0 || (us < 0.013 && v > us)) continue;
      int sign = 0;
      if (std::log(v) + std::log(inverse_alpha) - std::log(a / (us * us) + b) <=
          -mean + k * log_mean - lgamma_r(k + 1, &sign)) {
        return k;
      }
    }
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace valueloop

#endif  // VALUELOOP_COMMON_DRAW_H_
