// The checks and rules of quadrature that the purchase families share; for their .cc files only.
#ifndef VALUELOOP_SCORING_DOMAIN_PURCHASE_MATH_H_
#define VALUELOOP_SCORING_DOMAIN_PURCHASE_MATH_H_

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "scoring/domain/special_functions.h"

namespace valueloop::scoring {

inline constexpr double kMaxWeeks = 1e6;
inline constexpr int kMaxPurchaseCount = 1'000'000;

// InvalidArgument naming the field, unless `value` is finite and above 0.
absl::Status CheckPositive(std::string_view field, double value);
// InvalidArgument naming the field, unless 0 <= weeks <= kMaxWeeks.
absl::Status CheckWeeks(std::string_view field, double weeks);
// InvalidArgument naming delta_weekly, unless it is in [0, 1], and above 0 if `above_zero`.
absl::Status CheckDelta(double delta_weekly, bool above_zero);
// InvalidArgument naming count, unless 0 <= count <= kMaxPurchaseCount.
absl::Status CheckCount(int count);

// The probability of `count` events of a Poisson process whose rate is Gamma(n, scale) in a time
// of y * scale; n > 0, y >= 0.
double NegativeBinomialProbability(double n, int count, double y);
// The probability of at least `count` >= 1 of them.
double NegativeBinomialTail(double n, int count, double y);

// ln (r)_x with its derivatives in ln r; grows with x term by term: sums of logs, because
// differences of ln Gamma lose all digits when r is large.
struct RisingFactorial {
  int32_t x = 0;
  double value = 0;
  double first = 0;
  double second = 0;

  void GrowTo(int32_t target, double r) {
    for (; x < target; ++x) {
      const double i = x;
      const double inverse = 1 / (r + i);
      value += std::log(r + i);
      first += r * inverse;
      second += r * i * inverse * inverse;
    }
  }
};

// Calls panel(low, high) for panels of q that together cover 0 <= y <= y_end, y = knee (e^q - 1),
// where `knee` is the smallest scale on which the integrand varies near 0. A factor such as
// (1 + p y)^-n or e^(-z y) is then smooth over each panel (its nearest singularities in q lie at a
// distance of pi or more), so that one rule of 16 points reaches rounding.
template <typename Panel>
void ForEachLogPanel(double y_end, double knee, const Panel& panel) {
  constexpr double kPanelWidth = 2.5;
  const double end = std::log1p(y_end / knee);
  const double count = std::max(1.0, std::ceil(end / kPanelWidth));
  for (double i = 0; i < count; ++i) panel(end * (i / count), end * ((i + 1) / count));
}

// The integral of f(y) over 0 <= y <= y_end by these panels.
template <typename Function>
double IntegrateInLog(double y_end, double knee, const Function& f) {
  double sum = 0;
  ForEachLogPanel(y_end, knee, [&](double low, double high) {
    sum +=
        IntegratePanel(low, high, [&](double q) { return f(knee * std::expm1(q)) * std::exp(q); });
  });
  return knee * sum;
}

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_PURCHASE_MATH_H_
