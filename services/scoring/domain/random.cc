#include "scoring/domain/random.h"

#include <cmath>
#include <numbers>

namespace valueloop::scoring {
namespace {

// The finaliser of splitmix64: near start values and streams give unlike generators.
uint64_t Mix(uint64_t value) {
  value += 0x9e3779b97f4a7c15;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

}  // namespace

Random::Random(uint64_t start_value, uint64_t stream)
    : generator_(Mix(Mix(start_value) ^ stream)) {}

double Random::Uniform() { return (static_cast<double>(generator_() >> 11) + 0.5) * 0x1p-53; }

double Random::Uniform(double low, double high) { return low + (high - low) * Uniform(); }

int64_t Random::Integer(int64_t low, int64_t high) {
  const auto span = static_cast<double>(high - low + 1);
  return low + static_cast<int64_t>(Uniform() * span);
}

double Random::Exponential(double rate) { return -std::log(Uniform()) / rate; }

double Random::Normal() {
  const double radius = std::sqrt(-2 * std::log(Uniform()));
  return radius * std::cos(2 * std::numbers::pi * Uniform());
}

double Random::Gamma(double shape, double rate) {
  if (shape < 1) {
    const double boosted = Gamma(shape + 1, rate);  // Before the next draw, with every compiler.
    return boosted * std::pow(Uniform(), 1 / shape);
  }
  const double d = shape - 1.0 / 3;
  const double c = 1 / std::sqrt(9 * d);
  while (true) {
    const double x = Normal();
    const double cube_root = 1 + c * x;
    if (cube_root <= 0) continue;
    const double v = cube_root * cube_root * cube_root;
    if (std::log(Uniform()) < x * x / 2 + d - d * v + d * std::log(v)) return d * v / rate;
  }
}

double Random::Beta(double a, double b) {
  const double x = Gamma(a, 1);
  const double y = Gamma(b, 1);
  return x + y > 0 ? x / (x + y) : 0.5;
}

}  // namespace valueloop::scoring
