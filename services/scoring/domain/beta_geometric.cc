#include "scoring/domain/beta_geometric.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "scoring/domain/special_functions.h"

namespace valueloop::scoring {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNegligible = 1e-18;
constexpr double kMaxStep = 0.25;  // e^(-2 pi^2 / 0.25) is 5e-35.
constexpr double kStepPerWidth = 0.35;

// The weighted sums of 1, f and f^2 over the nodes of the rule.
struct Sums {
  double weight = 0;
  double f = 0;
  double f_square = 0;

  // False once nothing more can be seen of what is added.
  bool Add(double w, double value) {
    weight += w;
    f += w * value;
    f_square += w * value * value;
    return w > kNegligible * weight || w * value > kNegligible * f ||
           w * value * value > kNegligible * f_square;
  }
};

// (1 + discount) / (discount + p) at p = 1 / (1 + e^-u).
double StaysAt(double u, double discount) {
  const double small = std::exp(-std::fabs(u));
  return u <= 0 ? (1 + discount) * (1 + small) / (discount + (1 + discount) * small)
                : (1 + discount) * (1 + small) / (discount * small + 1 + discount);
}

}  // namespace

double LogStay(double a, double b, int64_t times) {
  double sum = 0;
  for (int64_t i = 0; i < times; ++i) sum -= std::log1p(a / (b + static_cast<double>(i)));
  return sum;
}

std::vector<double> StayProbabilities(double a, double b, int64_t times) {
  std::vector<double> stay(static_cast<size_t>(times) + 1, 1);
  for (size_t i = 1; i < stay.size(); ++i) {
    const double staying = b + static_cast<double>(i - 1);
    stay[i] = stay[i - 1] * (staying / (a + staying));
  }
  return stay;
}

DiscountedStays DiscountedStaysOf(double a, double b, double discount) {
  if (discount == 0) {
    const double mean = a > 1 ? (a + b - 1) / (a - 1) : kInfinity;
    return {.mean = mean, .mean_square = a > 2 ? mean * ((a + b - 2) / (a - 2)) : kInfinity};
  }
  const double step = std::min(kMaxStep, kStepPerWidth * std::sqrt(1 / a + 1 / b));
  const double mode = std::log(a / b);
  const double log_peak = a * mode - (a + b) * Log1pExp(mode);
  const auto weight_at = [&](double u) {
    return std::exp(a * u - (a + b) * Log1pExp(u) - log_peak);
  };
  // Below `flat_low` and above `flat_high` f is constant and the weights are a geometric series.
  const double margin = 40 + std::log1p(a + b);
  const double flat_low = std::min(std::log(discount), 0.0) - margin;
  const double flat_high = margin;
  Sums sums;
  double u = mode;
  double weight = weight_at(u);
  while (sums.Add(weight, StaysAt(u, discount)) && u > flat_low) {
    u -= step;
    weight = weight_at(u);
  }
  if (u <= flat_low) sums.Add(weight / std::expm1(a * step), StaysAt(u, discount));
  u = mode + step;
  weight = weight_at(u);
  while (sums.Add(weight, StaysAt(u, discount)) && u < flat_high) {
    u += step;
    weight = weight_at(u);
  }
  if (u >= flat_high) sums.Add(weight / std::expm1(b * step), StaysAt(u, discount));
  return {.mean = sums.f / sums.weight, .mean_square = sums.f_square / sums.weight};
}

LogRising::LogRising(double z, int64_t times)
    : value(static_cast<size_t>(times) + 1, 0), first(value), second(value) {
  for (size_t i = 1; i < value.size(); ++i) {
    const double term = z + static_cast<double>(i - 1);
    value[i] = value[i - 1] + std::log(term);
    first[i] = first[i - 1] + z / term;
    second[i] = second[i - 1] + (z / term) * (static_cast<double>(i - 1) / term);
  }
}

}  // namespace valueloop::scoring
