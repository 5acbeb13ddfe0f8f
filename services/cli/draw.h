// Distributions on std::mt19937_64, whose bits the standard fixes; those of <random> differ by
// library.
#ifndef VALUELOOP_CLI_DRAW_H_
#define VALUELOOP_CLI_DRAW_H_

#include <cmath>
#include <cstdint>
#include <numbers>
#include <random>

namespace valueloop::cli {

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

 private:
  std::mt19937_64 engine_;
};

}  // namespace valueloop::cli

#endif  // VALUELOOP_CLI_DRAW_H_
