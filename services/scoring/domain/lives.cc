#include "scoring/domain/lives.h"

#include <algorithm>

namespace valueloop::scoring {
namespace {

constexpr double kMaxCount = 1e15;  // Of purchases in one life: beyond it doubles skip integers.
constexpr int kFewPurchases = 8;    // Up to so many, each gets a time of its own.
constexpr double kTiny = 1e-300;

// `count` purchases at independent times in (0, weeks), discounted. Many are taken at their mean.
double DiscountedAtRandomTimes(double count, double weeks, double delta, Draw& draw) {
  if (count <= 0) return 0;
  if (delta == 0) return count;
  if (count > kFewPurchases) return count * DiscountedWeeks(weeks, delta) / weeks;
  double sum = 0;
  for (double i = 0; i < count; ++i) sum += std::exp(-delta * weeks * draw.Uniform());
  return sum;
}

double PurchasesIn(double rate, double weeks, Draw& draw) {
  return draw.Poisson(std::min(rate * weeks, kMaxCount));
}

// Purchases at a Poisson `rate`, with the chance `leaving` to leave after each.
Life LifeWithDropoutAtPurchases(double rate, double leaving, const Outlook& outlook, Draw& draw) {
  const double horizon = outlook.horizon_weeks;
  const double delta = outlook.delta_weekly;
  const double count = PurchasesIn(rate, horizon, draw);
  const double last = draw.Geometric(leaving);
  if (last > count) {
    return {.purchases = count,
            .discounted_purchases = DiscountedAtRandomTimes(count, horizon, delta, draw),
            .active_weeks = horizon};
  }
  // The times of `count` purchases are uniform in the horizon; the last one is their order
  // statistic.
  const double weeks = std::max(horizon * draw.Beta(last, count - last + 1), kTiny);
  return {.purchases = last,
          .discounted_purchases =
              DiscountedAtRandomTimes(last - 1, weeks, delta, draw) + std::exp(-delta * weeks),
          .active_weeks = weeks};
}

}  // namespace

Life DrawLife(const BgNbdParams& params, const Outlook& outlook, Draw& draw) {
  const double rate = draw.Gamma(params.r + outlook.repeat_count, params.alpha + outlook.age_weeks);
  const double leaving = draw.Beta(params.a, params.b + outlook.repeat_count);
  return LifeWithDropoutAtPurchases(rate, leaving, outlook, draw);
}

// It is known to have stayed after its first purchase, too.
Life DrawLife(const MbgNbdParams& params, const Outlook& outlook, Draw& draw) {
  const double rate = draw.Gamma(params.r + outlook.repeat_count, params.alpha + outlook.age_weeks);
  const double leaving = draw.Beta(params.a, params.b + outlook.repeat_count + 1);
  return LifeWithDropoutAtPurchases(rate, leaving, outlook, draw);
}

Life DrawLife(const ParetoNbdParams& params, const Outlook& outlook, Draw& draw) {
  const double rate = draw.Gamma(params.r + outlook.repeat_count, params.alpha + outlook.age_weeks);
  const double leaving = draw.Gamma(params.s, params.beta + outlook.age_weeks);
  const double lifetime = leaving > kTiny ? draw.Exponential(leaving) : outlook.horizon_weeks;
  const double weeks = std::max(std::min(lifetime, outlook.horizon_weeks), kTiny);
  const double count = PurchasesIn(rate, weeks, draw);
  return {.purchases = count,
          .discounted_purchases = DiscountedAtRandomTimes(count, weeks, outlook.delta_weekly, draw),
          .active_weeks = weeks};
}

Life DrawLife(const PurchaseParams& params, const Outlook& outlook, Draw& draw) {
  return std::visit([&](const auto& p) { return DrawLife(p, outlook, draw); }, params.variant());
}

}  // namespace valueloop::scoring
