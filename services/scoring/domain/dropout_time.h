// Quadrature over the time at which a Pareto/NBD customer left. Internal to pareto_nbd*.cc.
#ifndef VALUELOOP_SCORING_DOMAIN_DROPOUT_TIME_H_
#define VALUELOOP_SCORING_DOMAIN_DROPOUT_TIME_H_

#include <algorithm>
#include <array>
#include <cmath>

namespace valueloop::scoring {

// The Gauss-Legendre rules of 4 to kMaxNodes nodes on [-1, 1].
class GaussRules {
 public:
  static constexpr int kMinNodes = 4;
  static constexpr int kMaxNodes = 32;
  struct Rule {
    int count = 0;
    std::array<double, kMaxNodes> node{};
    std::array<double, kMaxNodes> weight{};
  };
  static const Rule& Of(int count) {
    static const GaussRules rules;
    return rules.rules_[static_cast<size_t>(std::clamp(count, kMinNodes, kMaxNodes))];
  }

 private:
  GaussRules();
  std::array<Rule, kMaxNodes + 1> rules_;
};

// (alpha + y)^-rate_power (beta + y)^-dropout_power at y >= from, relative to its value at `from`.
struct TimeDensity {
  double alpha = 0;
  double rate_power = 0;
  double beta = 0;
  double dropout_power = 0;
  double from = 0;
};

struct TimeNode {
  double elapsed = 0;    // y - from.
  double log_alpha = 0;  // ln((alpha + y) / (alpha + from)).
  double log_beta = 0;   // The same with beta.
  double weight = 0;     // Of the rule, times the density.
};

// Calls visit(TimeNode) for the nodes of a rule for `weeks` >= 0 from density.from on.
// In q = ln((low + y) / (low + from)), low the smaller of alpha and beta, the one power is an
// exponential and the nearest singularity of the other lies at a distance of pi or more whatever
// the parameters, also for alpha = beta. Few nodes are enough where the exponent changes little;
// nothing is added once the density has fallen below e^-40.
template <typename Visit>
void ForEachDropoutTime(const TimeDensity& d, double weeks, const Visit& visit) {
  constexpr double kNothing = 40;
  constexpr double kMaxWidth = 2;
  const bool alpha_is_low = d.alpha <= d.beta;
  const double low = d.from + (alpha_is_low ? d.alpha : d.beta);
  const double high = d.from + (alpha_is_low ? d.beta : d.alpha);
  const double low_power = (alpha_is_low ? d.rate_power : d.dropout_power) - 1;  // With dy / dq.
  const double high_power = alpha_is_low ? d.dropout_power : d.rate_power;
  const double share = low / high;
  // Of the high one: ln((high + y) / (high + from)) at q, where e^q = growth.
  const auto log_high = [share](double growth) { return std::log(1 + share * (growth - 1)); };
  const double end = std::log1p(weeks / low);
  double begin = 0;
  double fallen = 0;
  while (begin < end && fallen < kNothing) {
    const double growth = std::exp(begin);
    const double slope = low_power + high_power * share * growth / (1 + share * (growth - 1));
    double width = std::min(end - begin, kMaxWidth);
    if (slope * width > kNothing) width = kNothing / slope;
    const auto fall_at = [&](double q) {
      return low_power * q + high_power * log_high(std::exp(q));
    };
    double fall = fall_at(begin + width) - fallen;
    while (fall > 1.2 * kNothing) {
      width *= 0.7;
      fall = fall_at(begin + width) - fallen;
    }
    // The slope is between its two ends' mean twice over and none: where it grows, the density
    // bends.
    const double bend = std::fabs(fall - slope * width);
    const GaussRules::Rule& rule =
        GaussRules::Of(static_cast<int>(6.5 + 0.5 * std::fabs(fall) + 1.2 * width + 0.5 * bend));
    const double half = width / 2;
    for (int i = 0; i < rule.count; ++i) {
      const auto at = static_cast<size_t>(i);
      const double q = begin + half * (1 + rule.node[at]);
      const double grown = std::exp(q);
      const double other = log_high(grown);
      visit(TimeNode{
          .elapsed = low * (grown - 1),
          .log_alpha = alpha_is_low ? q : other,
          .log_beta = alpha_is_low ? other : q,
          .weight = half * rule.weight[at] * low * std::exp(-low_power * q - high_power * other)});
    }
    begin += width;
    fallen += fall;
  }
}

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_DROPOUT_TIME_H_
