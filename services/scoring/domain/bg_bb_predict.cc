// Predictions of the BG/BB model (bg_bb.h). For a customer alive at opportunity n the posterior is
// buying ~ Beta(alpha + x, beta + n - x) and leaving ~ Beta(gamma, delta + n), independent.
#include <algorithm>
#include <cmath>

#include "common/status.h"
#include "fmt/format.h"
#include "scoring/domain/beta_geometric.h"
#include "scoring/domain/bg_bb.h"
#include "scoring/domain/bg_bb_ends.h"
#include "scoring/domain/special_functions.h"

namespace valueloop::scoring {
namespace {

constexpr double kMaxDiscount = 1e6;

struct Posterior {
  double alive = 1;
  double a = 0, b = 0;  // Of buying.
  double g = 0, d = 0;  // Of leaving.

  Posterior(const BgBbParams& p, const DiscreteHistory& history)
      : alive(Ends(p, history).alive_probability()),
        a(p.alpha + history.repeat_count),
        b(p.beta + (history.opportunities - history.repeat_count)),
        g(p.gamma),
        d(p.delta + history.opportunities) {}

  double buying() const { return a / (a + b); }
};

absl::Status Check(const BgBbParams& params, const DiscreteHistory& history, int32_t more) {
  VL_RETURN_IF_ERROR(Validate(params));
  VL_RETURN_IF_ERROR(Validate(history));
  if (more >= 0 && more <= kMaxOpportunities) return absl::OkStatus();
  return InvalidField("more", fmt::format("{}", more), fmt::format("0..{}", kMaxOpportunities));
}

}  // namespace

absl::StatusOr<double> AliveProbability(const BgBbParams& params, const DiscreteHistory& history) {
  return AliveProbabilityAfter(params, history, 0);
}

absl::StatusOr<double> AliveProbabilityAfter(const BgBbParams& params,
                                             const DiscreteHistory& history, int32_t more) {
  VL_RETURN_IF_ERROR(Check(params, history, more));
  const Posterior posterior(params, history);
  return posterior.alive * std::exp(LogStay(posterior.g, posterior.d, more));
}

absl::StatusOr<double> ExpectedPurchases(const BgBbParams& params, const DiscreteHistory& history,
                                         int32_t more) {
  VL_RETURN_IF_ERROR(Check(params, history, more));
  const Posterior posterior(params, history);
  double alive_count = 0;
  double stay = 1;
  for (int32_t i = 0; i < more; ++i) {
    stay *= (posterior.d + i) / (posterior.g + posterior.d + i);
    alive_count += stay;
  }
  return posterior.alive * posterior.buying() * alive_count;
}

absl::StatusOr<double> ExpectedPurchasesOfNew(const BgBbParams& params, int32_t more) {
  return ExpectedPurchases(params, DiscreteHistory{}, more);
}

// Given alive, the customer is alive at exactly the first i of the `more` opportunities (or at all
// of them) and buys at `count` of these, a beta-binomial count.
absl::StatusOr<double> PurchaseProbability(const BgBbParams& params, const DiscreteHistory& history,
                                           int32_t count, int32_t more) {
  VL_RETURN_IF_ERROR(Check(params, history, more));
  if (count < 0) return InvalidField("count", fmt::format("{}", count), "at least 0");
  if (count > more) return 0.0;
  const Posterior p(params, history);
  double log_bought = 0;  // ln of the probability of `count` purchases at i opportunities.
  for (int32_t i = 0; i < count; ++i) log_bought -= std::log1p(p.b / (p.a + i));
  double log_stay = LogStay(p.g, p.d, count);
  double sum = 0;
  for (int32_t i = count; i < more; ++i) {
    sum += std::exp(log_bought + log_stay) * (p.g / (p.g + p.d + i));
    log_bought += std::log((i + 1.0) / (i + 1.0 - count) * ((p.b + (i - count)) / (p.a + p.b + i)));
    log_stay -= std::log1p(p.g / (p.d + i));
  }
  sum += std::exp(log_bought + log_stay);
  return p.alive * sum + (count == 0 ? 1 - p.alive : 0);
}

// The sum over k of the probability that the k-th opportunity is the first bought at.
absl::StatusOr<double> ProbabilityOfAnyPurchase(const BgBbParams& params,
                                                const DiscreteHistory& history, int32_t more) {
  VL_RETURN_IF_ERROR(Check(params, history, more));
  const Posterior p(params, history);
  double waiting = 1;  // Alive at k opportunities without a purchase at any.
  double sum = 0;
  for (int32_t i = 0; i < more; ++i) {
    waiting *= (p.d + i) / (p.g + p.d + i);
    sum += waiting * (p.a / (p.a + p.b + i));
    waiting *= (p.b + i) / (p.a + p.b + i);
  }
  return std::min(p.alive * sum, 1.0);
}

absl::StatusOr<double> Exposure(const BgBbParams& params, const DiscreteHistory& history) {
  VL_RETURN_IF_ERROR(Check(params, history, 0));
  double opportunities = 0;
  Ends(params, history).ForEach([&](int32_t stayed, bool, double probability) {
    opportunities += stayed * probability;
  });
  return opportunities;
}

// The sum over k >= 1 of (d)_k / (g + d)_k / (1 + discount)^k, with its first factor taken out.
absl::StatusOr<double> DiscountedResidual(const BgBbParams& params, const DiscreteHistory& history,
                                          double discount) {
  VL_RETURN_IF_ERROR(Check(params, history, 0));
  if (!(discount >= 0 && discount <= kMaxDiscount)) {
    return InvalidField("discount", fmt::format("{}", discount),
                        fmt::format("0..{}", kMaxDiscount));
  }
  if (discount == 0 && params.gamma <= 1) {
    return InvalidField("discount", "0",
                        fmt::format("above 0, as the sum without a discount is infinite for a "
                                    "gamma of at most 1 (gamma is {})",
                                    params.gamma));
  }
  const Posterior p(params, history);
  const double stays = DiscountedStaysOf(p.g, p.d + 1, discount).mean;
  return p.alive * p.buying() * (p.d / (p.g + p.d)) * stays / (1 + discount);
}

}  // namespace valueloop::scoring
