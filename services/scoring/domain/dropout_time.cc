#include "scoring/domain/dropout_time.h"

#include <numbers>

namespace valueloop::scoring {

// The nodes are the roots of the Legendre polynomials, by Newton from their asymptotic places.
GaussRules::GaussRules() {
  for (int n = kMinNodes; n <= kMaxNodes; ++n) {
    Rule& rule = rules_[static_cast<size_t>(n)];
    rule.count = n;
    for (int i = 0; i < n; ++i) {
      double x = -std::cos(std::numbers::pi * (i + 0.75) / (n + 0.5));
      double slope = 0;
      for (int step = 0; step < 10; ++step) {
        double before = 1;
        double value = x;
        for (int k = 2; k <= n; ++k) {
          const double next = ((2 * k - 1) * x * value - (k - 1) * before) / k;
          before = value;
          value = next;
        }
        slope = n * (x * value - before) / (x * x - 1);
        x -= value / slope;
      }
      rule.node[static_cast<size_t>(i)] = x;
      rule.weight[static_cast<size_t>(i)] = 2 / ((1 - x * x) * slope * slope);
    }
  }
}

}  // namespace valueloop::scoring
