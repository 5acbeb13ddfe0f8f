// Predictions of the regular models (cnbd.h), from the stages that lie ahead (cnbd_stages.h).
#include <algorithm>
#include <cmath>
#include <optional>

#include "common/status.h"
#include "scoring/domain/beta_geometric.h"
#include "scoring/domain/cnbd.h"
#include "scoring/domain/cnbd_stages.h"
#include "scoring/domain/leaving.h"
#include "scoring/domain/purchase_math.h"
#include "scoring/domain/special_functions.h"

namespace valueloop::scoring::regular {
namespace {

leaving::Params OneStage(const Model& model) {
  return {.r = model.r,
          .alpha = model.alpha,
          .a = model.a,
          .b = model.b,
          .first_chances = model.first_chances};
}

absl::Status Check(const Model& model, const PurchaseHistory& history, double weeks) {
  VL_RETURN_IF_ERROR(Validate(model, history));
  return CheckWeeks("weeks", weeks);
}

// Purchases and active weeks given alive, discounted. Over the first gaps both functions of time
// swing with the next purchases due, so that the panels are at most half a mean gap wide; after
// about a dozen gaps these have spread evenly, and the panels widen.
DiscountedFuture DiscountedBy(const Posterior& posterior, double horizon_weeks,
                              double delta_weekly) {
  constexpr double kFirstPanel = 0.5;
  constexpr double kWidening = 1.25;
  constexpr double kWidest = 0.25;  // Of the scale on which the rate is learnt, or of the horizon.
  Stages stages(posterior);
  const double mean_gap = posterior.k * posterior.scale / posterior.n;
  DiscountedFuture future;
  double discounted_count = 0;  // The integral of the purchases so far times e^(-delta u).
  const GaussRule& rule = Gauss16();
  double low = 0;
  double width = std::min(kFirstPanel * mean_gap, kWidest * posterior.scale);
  while (low < horizon_weeks) {
    if (low + 1.25 * width > horizon_weeks) width = horizon_weeks - low;
    const double half = width / 2;
    for (size_t i = 0; i < rule.node.size(); ++i) {
      for (const double sign : {-1.0, 1.0}) {
        const double weeks = low + half + sign * half * rule.node[i];
        const Stages::Outcome outcome = stages.After(weeks);
        const double factor = half * rule.weight[i] * std::exp(-delta_weekly * weeks);
        discounted_count += factor * outcome.purchases;
        future.active_weeks += factor * outcome.alive;
      }
    }
    low += width;
    width = std::max(width * kWidening, kFirstPanel * low);
  }
  // By parts: the discounted count is e^(-delta H) E[X(H)] + delta times the integral.
  future.purchases =
      std::exp(-delta_weekly * horizon_weeks) * stages.After(horizon_weeks).purchases +
      delta_weekly * discounted_count;
  return future;
}

absl::Status CheckDiscounting(double horizon_weeks, double delta_weekly) {
  VL_RETURN_IF_ERROR(CheckWeeks("horizon_weeks", horizon_weeks));
  return CheckDelta(delta_weekly, false);
}

}  // namespace

absl::StatusOr<double> AliveProbability(const Model& model, const PurchaseHistory& history) {
  if (model.k == 1) return leaving::AliveProbability(OneStage(model), history);
  VL_RETURN_IF_ERROR(Validate(model, history));
  return PosteriorOf(model, history).alive;
}

absl::StatusOr<double> AliveProbabilityAfter(const Model& model, const PurchaseHistory& history,
                                             double weeks) {
  if (model.k == 1) return leaving::AliveProbabilityAfter(OneStage(model), history, weeks);
  VL_RETURN_IF_ERROR(Check(model, history, weeks));
  const Posterior posterior = PosteriorOf(model, history);
  return posterior.alive * Stages(posterior).After(weeks).alive;
}

absl::StatusOr<double> ExpectedPurchases(const Model& model, const PurchaseHistory& history,
                                         double weeks) {
  if (model.k == 1) return leaving::ExpectedPurchases(OneStage(model), history, weeks);
  VL_RETURN_IF_ERROR(Check(model, history, weeks));
  const Posterior posterior = PosteriorOf(model, history);
  return posterior.alive * Stages(posterior).After(weeks).purchases;
}

absl::StatusOr<double> Exposure(const Model& model, const PurchaseHistory& history) {
  if (model.k == 1) return leaving::Exposure(OneStage(model), history);
  VL_ASSIGN_OR_RETURN(const double alive, AliveProbability(model, history));
  return alive * history.age_weeks + (1 - alive) * history.last_weeks;
}

absl::StatusOr<DiscountedFuture> Discounted(const Model& model, const PurchaseHistory& history,
                                            double horizon_weeks, double delta_weekly) {
  if (model.k == 1)
    return leaving::Discounted(OneStage(model), history, horizon_weeks, delta_weekly);
  VL_RETURN_IF_ERROR(Validate(model, history));
  VL_RETURN_IF_ERROR(CheckDiscounting(horizon_weeks, delta_weekly));
  const Posterior posterior = PosteriorOf(model, history);
  DiscountedFuture future = DiscountedBy(posterior, horizon_weeks, delta_weekly);
  future.purchases *= posterior.alive;
  future.active_weeks *= posterior.alive;
  return future;
}

absl::StatusOr<DiscountedFuture> DiscountedGivenAlive(const Model& model,
                                                      const PurchaseHistory& history,
                                                      double horizon_weeks, double delta_weekly) {
  if (model.k == 1) {
    return DiscountedGivenAlive(model, history.repeat_count, history.age_weeks, horizon_weeks,
                                delta_weekly);
  }
  VL_RETURN_IF_ERROR(Validate(model, history));
  VL_RETURN_IF_ERROR(CheckDiscounting(horizon_weeks, delta_weekly));
  return DiscountedBy(PosteriorOf(model, history), horizon_weeks, delta_weekly);
}

absl::StatusOr<DiscountedFuture> DiscountedGivenAlive(const Model& model, double repeat_count,
                                                      double age_weeks, double horizon_weeks,
                                                      double delta_weekly) {
  if (model.k == 1)
    return leaving::DiscountedGivenAlive(OneStage(model), repeat_count, age_weeks, horizon_weeks,
                                         delta_weekly);
  VL_RETURN_IF_ERROR(Validate(model));
  VL_RETURN_IF_ERROR(CheckWeeks("repeat_count", repeat_count));
  VL_RETURN_IF_ERROR(CheckWeeks("age_weeks", age_weeks));
  VL_RETURN_IF_ERROR(CheckDiscounting(horizon_weeks, delta_weekly));
  return DiscountedBy(GivenAlive(model, repeat_count, age_weeks, std::nullopt), horizon_weeks,
                      delta_weekly);
}

// Given the rate, a stage discounts by v = rate / (rate + delta), so that the first purchase from
// stage j on counts v^(k - j), and with V = v^k all of them together count v^(k - j) times the mean
// over p of 1 / (1 - (1 - p) V). The mean over the rate, Gamma(n + j, scale) in stage j, is the
// integral over t = ln(rate scale) by the trapezoidal rule, which converges as said in
// beta_geometric.h.
absl::StatusOr<double> DiscountedResidual(const Model& model, const PurchaseHistory& history,
                                          double delta_weekly) {
  if (model.k == 1) return leaving::DiscountedResidual(OneStage(model), history, delta_weekly);
  VL_RETURN_IF_ERROR(Validate(model, history));
  VL_RETURN_IF_ERROR(CheckDelta(delta_weekly, true));
  const Posterior q = PosteriorOf(model, history);
  const double middle = q.n + (q.k - 1) / 2.0;
  const double step = std::min(0.25, 0.35 / std::sqrt(middle));
  const double log_gamma = LogGamma(q.n);
  const auto at = [&](double t) {
    const double scaled_rate = std::exp(t);
    const double log1p_delta = std::log1p(delta_weekly * q.scale / scaled_rate);
    double stages = 0;
    double log_tilt = 0;  // ln of (rate scale)^j / (n)_j, the density in stage j over that in 0.
    for (int32_t j = 0; j < q.k; ++j) {
      const double stage = q.stage[static_cast<size_t>(j)];
      if (stage > 0) {
        stages += stage *
                  std::exp(q.n * t - scaled_rate - log_gamma + log_tilt - (q.k - j) * log1p_delta);
      }
      log_tilt += t - std::log(q.n + j);
    }
    if (stages == 0) return 0.0;
    const double discount = std::expm1(q.k * log1p_delta);
    if (!std::isfinite(discount)) return stages;
    return stages * DiscountedStaysOf(q.a, q.b, discount).mean;
  };
  const double centre = std::log(middle);
  double sum = at(centre);
  for (const double direction : {-1.0, 1.0}) {
    for (int i = 1; i < 100'000; ++i) {
      const double term = at(centre + direction * i * step);
      sum += term;
      if (i > 8 && term <= 1e-18 * sum) break;
    }
  }
  return q.alive * sum * step;
}

// A customer leaves only right after a purchase: of `count` purchases the first count - 1 were not
// the last, and the last one either ended it, or no more were due.
absl::StatusOr<double> PurchaseProbability(const Model& model, const PurchaseHistory& history,
                                           int count, double weeks) {
  if (model.k == 1) return leaving::PurchaseProbability(OneStage(model), history, count, weeks);
  VL_RETURN_IF_ERROR(Check(model, history, weeks));
  VL_RETURN_IF_ERROR(CheckCount(count));
  const Posterior q = PosteriorOf(model, history);
  Stages stages(q);
  if (count == 0) return (1 - q.alive) + q.alive * stages.NoneIn(weeks);
  const double leaving = q.a / (q.a + q.b + (count - 1));
  return q.alive * stages.Stay(count - 1) *
         (stages.Exactly(count, weeks) + leaving * stages.AtLeast(int64_t{count} + 1, weeks));
}

absl::StatusOr<double> ProbabilityOfAnyPurchase(const Model& model, const PurchaseHistory& history,
                                                double weeks) {
  if (model.k == 1) return leaving::ProbabilityOfAnyPurchase(OneStage(model), history, weeks);
  VL_RETURN_IF_ERROR(Check(model, history, weeks));
  const Posterior posterior = PosteriorOf(model, history);
  return posterior.alive * std::min(Stages(posterior).AtLeast(1, weeks), 1.0);
}

absl::StatusOr<double> MedianWeeksToNextPurchase(const Model& model,
                                                 const PurchaseHistory& history) {
  if (model.k == 1) return leaving::MedianWeeksToNextPurchase(OneStage(model), history);
  VL_RETURN_IF_ERROR(Validate(model, history));
  const Posterior posterior = PosteriorOf(model, history);
  const Stages stages(posterior);
  if (stages.NoneIn(kMaxWeeks) >= 0.5) return kMaxWeeks;
  double low = 0;
  double high = kMaxWeeks;
  for (int i = 0; i < 200 && high - low > 1e-15 * high; ++i) {
    // Halving the exponent first: the answer may be days or centuries.
    const double middle = low > 0 && high > 4 * low ? std::sqrt(low * high)
                          : low == 0                ? high / 16
                                                    : (low + high) / 2;
    (stages.NoneIn(middle) >= 0.5 ? low : high) = middle;
  }
  return (low + high) / 2;
}

}  // namespace valueloop::scoring::regular
