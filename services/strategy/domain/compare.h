// Comparisons of numbers people typed: decimal-safe (33.33 * 3 is within 0.01 of 100) and inclusive
// at every boundary (METHODS D4a).
#ifndef VALUELOOP_STRATEGY_DOMAIN_COMPARE_H_
#define VALUELOOP_STRATEGY_DOMAIN_COMPARE_H_

#include <algorithm>
#include <cmath>

namespace valueloop::strategy {

// What binary fractions may add to a boundary, relative to the numbers compared: far above the
// error of a sum of 10,000 terms, far below any digit a person types.
inline double Slack(double a, double b) {
  return 1e-9 * std::max({1e-3, std::abs(a), std::abs(b)});
}

inline bool NearAbsolute(double a, double b, double tolerance) {
  return std::abs(a - b) <= tolerance + Slack(a, b);
}

inline bool NearRelative(double a, double b, double tolerance) {
  return std::abs(a - b) <= tolerance * std::max(std::abs(a), std::abs(b)) + Slack(a, b);
}

inline bool AtLeast(double value, double bound) { return value >= bound - Slack(value, bound); }
inline bool AtMost(double value, double bound) { return value <= bound + Slack(value, bound); }

inline bool Within(double value, double low, double high) {
  return AtLeast(value, low) && AtMost(value, high);
}

}  // namespace valueloop::strategy

#endif  // VALUELOOP_STRATEGY_DOMAIN_COMPARE_H_
