#include "scoring/domain/pareto_nbd.h"

#include <cmath>

#include "common/status.h"
#include "scoring/domain/dropout_time.h"
#include "scoring/domain/purchase_math.h"

namespace valueloop::scoring {
namespace {

enum Parameter : size_t { kR, kAlpha, kS, kBeta };

// The derivatives of ln L's summands in the log-parameters are linear in these four, where y is the
// time of leaving, or T: ln(1 + y/alpha), alpha/(alpha + y), ln(1 + y/beta), beta/(beta + y).
using Features = Vector4;

Features FeaturesAt(const ParetoNbdParams& p, double weeks) {
  return {std::log1p(weeks / p.alpha), p.alpha / (p.alpha + weeks), std::log1p(weeks / p.beta),
          p.beta / (p.beta + weeks)};
}

// The features' means and second moments over the time of leaving, given that the customer left
// between t_x and T; `mass` is the integral of the density relative to its value at t_x.
struct LeavingMoments {
  double mass = 0;
  Features mean{};
  Matrix4 second{};  // The upper triangle.
};

LeavingMoments MomentsOf(const ParetoNbdParams& p, double x, double last, double age) {
  const Features start = FeaturesAt(p, last);
  const TimeDensity density{.alpha = p.alpha,
                            .rate_power = p.r + x,
                            .beta = p.beta,
                            .dropout_power = p.s + 1,
                            .from = last};
  LeavingMoments sum;
  ForEachDropoutTime(density, age - last, [&](const TimeNode& node) {
    const double y = last + node.elapsed;
    const Features f = {start[0] + node.log_alpha, p.alpha / (p.alpha + y),
                        start[2] + node.log_beta, p.beta / (p.beta + y)};
    sum.mass += node.weight;
    for (size_t i = 0; i < 4; ++i) {
      const double weighted = node.weight * f[i];
      sum.mean[i] += weighted;
      for (size_t j = i; j < 4; ++j) sum.second[i][j] += weighted * f[j];
    }
  });
  if (sum.mass == 0) return sum;
  for (size_t i = 0; i < 4; ++i) {
    sum.mean[i] /= sum.mass;
    for (size_t j = i; j < 4; ++j) sum.second[i][j] /= sum.mass;
  }
  return sum;
}

}  // namespace

absl::Status Validate(const ParetoNbdParams& params) {
  VL_RETURN_IF_ERROR(CheckPositive("r", params.r));
  VL_RETURN_IF_ERROR(CheckPositive("alpha", params.alpha));
  VL_RETURN_IF_ERROR(CheckPositive("s", params.s));
  return CheckPositive("beta", params.beta);
}

absl::Status Validate(const ParetoNbdParams& params, const PurchaseHistory& history) {
  VL_RETURN_IF_ERROR(Validate(params));
  return Validate(history);
}

// L = (r)_x alpha^r beta^s [(alpha+T)^-(r+x) (beta+T)^-s
//                           + s integral over y from t_x to T of (alpha+y)^-(r+x) (beta+y)^-(s+1)],
// a mixture over the ways the history can end: alive at T, or gone at y. So the gradient of ln L is
// the mean, over the posterior of the ending, of the gradients of the summands' logs, and the
// Hessian is the mean of their Hessians plus the covariance of their gradients.
Derivatives LogLikelihoodDerivatives(const ParetoNbdParams& p,
                                     std::span<const WeightedHistory> rows) {
  Derivatives sum;
  RisingFactorial rising;
  const double log_alpha = std::log(p.alpha);
  for (const WeightedHistory& row : rows) {
    const double x = row.history.repeat_count;
    const double last = row.history.last_weeks;
    rising.GrowTo(row.history.repeat_count, p.r);
    const Features alive = FeaturesAt(p, row.history.age_weeks);
    const LeavingMoments gone = MomentsOf(p, x, last, row.history.age_weeks);
    const double n = p.r + x;
    // Zero without time to leave in.
    const double odds_mass = gone.mass * p.s / (p.beta + last);
    const double log_odds = std::log(odds_mass) +
                            n * std::log1p((row.history.age_weeks - last) / (p.alpha + last)) +
                            p.s * std::log1p((row.history.age_weeks - last) / (p.beta + last));
    const double w2 = odds_mass > 0 ? Sigmoid(log_odds) : 0;
    const double w1 = odds_mass > 0 ? Sigmoid(-log_odds) : 1;
    sum.value += row.weight * (rising.value - n * alive[0] - x * log_alpha - p.s * alive[2] +
                               (odds_mass > 0 ? Log1pExp(log_odds) : 0));

    // Gradients: slope times feature plus a constant.
    const Vector4 slope = {-p.r, -n, -p.s, -(p.s + 1)};
    const Vector4 alive_slope = {-p.r, -n, -p.s, -p.s};
    const Vector4 base = {0, p.r, 1, p.s};
    const Vector4 alive_base = {0, p.r, 0, p.s};
    Vector4 apart{};
    Vector4& g = sum.gradient;
    for (size_t i = 0; i < 4; ++i) {
      const double g_alive = alive_base[i] + alive_slope[i] * alive[i];
      const double g_gone = base[i] + slope[i] * gone.mean[i];
      apart[i] = g_gone - g_alive;
      g[i] += row.weight * (w1 * g_alive + w2 * g_gone);
    }
    g[kR] += row.weight * rising.first;

    Matrix4& h = sum.hessian;
    for (size_t i = 0; i < 4; ++i) {
      for (size_t j = i; j < 4; ++j) {
        const double covariance = gone.second[i][j] - gone.mean[i] * gone.mean[j];
        h[i][j] += row.weight * w2 * (slope[i] * slope[j] * covariance + w1 * apart[i] * apart[j]);
      }
    }
    const auto mean_of = [&](double at_alive, double at_gone) {
      return row.weight * (w1 * at_alive + w2 * at_gone);
    };
    h[kR][kR] += row.weight * rising.second + mean_of(-p.r * alive[0], -p.r * gone.mean[0]);
    h[kR][kAlpha] += mean_of(p.r * (1 - alive[1]), p.r * (1 - gone.mean[1]));
    h[kAlpha][kAlpha] += -n * mean_of(alive[1] * (1 - alive[1]), gone.mean[1] - gone.second[1][1]);
    h[kS][kS] += mean_of(-p.s * alive[2], -p.s * gone.mean[2]);
    h[kS][kBeta] += mean_of(p.s * (1 - alive[3]), p.s * (1 - gone.mean[3]));
    h[kBeta][kBeta] +=
        mean_of(-p.s * alive[3] * (1 - alive[3]), -(p.s + 1) * (gone.mean[3] - gone.second[3][3]));
  }
  for (size_t i = 0; i < 4; ++i) {
    for (size_t j = 0; j < i; ++j) sum.hessian[i][j] = sum.hessian[j][i];
  }
  return sum;
}

absl::StatusOr<double> LogLikelihood(const ParetoNbdParams& params,
                                     const PurchaseHistory& history) {
  VL_RETURN_IF_ERROR(Validate(params, history));
  const WeightedHistory row{.history = history, .weight = 1};
  return LogLikelihoodDerivatives(params, {&row, 1}).value;
}

}  // namespace valueloop::scoring
