// Lives of regular customers (lives.h, cnbd.h).
#include <algorithm>
#include <cmath>

#include "scoring/domain/cnbd_stages.h"
#include "scoring/domain/lives.h"

namespace valueloop::scoring {
namespace {

constexpr double kMaxStages = 1e15;  // In one life: beyond it doubles skip integers.
constexpr int kFewPurchases = 8;     // Up to so many, each gets a time of its own.

// The stage that the running gap is in.
int32_t DrawStage(const regular::Posterior& posterior, Draw& draw) {
  double left = draw.Uniform();
  int32_t stage = 0;
  while (stage + 1 < posterior.k && left >= posterior.stage[static_cast<size_t>(stage)]) {
    left -= posterior.stage[static_cast<size_t>(stage)];
    ++stage;
  }
  return stage;
}

}  // namespace

// The stages that pass within the horizon are Poisson and their times uniform, so that the time of
// the one that completes a purchase is an order statistic of those that are left.
Life DrawLife(const regular::Model& model, const Outlook& outlook, Draw& draw) {
  const double horizon = outlook.horizon_weeks;
  const double delta = outlook.delta_weekly;
  const regular::Posterior posterior =
      regular::GivenAlive(model, outlook.repeat_count, outlook.age_weeks, outlook.silence_weeks);
  const int32_t stage = model.k > 1 ? DrawStage(posterior, draw) : 0;
  const double rate = draw.Gamma(posterior.n + stage, posterior.scale);
  const double leaving = draw.Beta(posterior.a, posterior.b);
  const double stages = draw.Poisson(std::min(rate * horizon, kMaxStages));
  const double due = std::floor((stages + stage) / model.k);
  const double last = draw.Geometric(leaving);
  const bool leaves = last <= due;
  Life life{.purchases = std::min(last, due), .active_weeks = horizon};
  if (delta == 0 || life.purchases == 0 || life.purchases > kFewPurchases) {
    const double to_last = life.purchases * model.k - stage;
    if (leaves) life.active_weeks = horizon * draw.Beta(to_last, stages - to_last + 1);
    const double weeks = std::max(life.active_weeks, 1e-300);
    life.discounted_purchases = life.purchases * DiscountedWeeks(weeks, delta) / weeks;
    return life;
  }
  double now = 0;
  double left = stages;
  for (double i = 0; i < life.purchases; ++i) {
    const double need = i == 0 ? model.k - stage : model.k;
    now += (horizon - now) * draw.Beta(need, left - need + 1);
    left -= need;
    life.discounted_purchases += std::exp(-delta * now);
  }
  if (leaves) life.active_weeks = now;
  return life;
}

}  // namespace valueloop::scoring
