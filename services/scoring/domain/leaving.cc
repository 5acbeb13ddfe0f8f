#include "scoring/domain/leaving.h"

#include <cmath>

#include "common/status.h"
#include "scoring/domain/purchase_math.h"

namespace valueloop::scoring::leaving {
namespace {

enum Parameter : size_t { kR, kAlpha, kA, kB };

// ln [(b)_m / (a + b)_m] for m chances of leaving, with its derivatives in (ln a, ln b); grows as
// RisingFactorial.
struct ChanceTerms {
  int32_t m = 0;
  double value = 0;
  double a = 0, b = 0, aa = 0, ab = 0, bb = 0;

  void GrowTo(int32_t target, const Params& p) {
    for (; m < target; ++m) {
      const double i = m;
      const double bi = 1 / (p.b + i);
      const double si = 1 / (p.a + p.b + i);
      value -= std::log1p(p.a * bi);
      a -= p.a * si;
      b += p.b * p.a * bi * si;
      aa -= p.a * (p.b + i) * si * si;
      ab += p.a * p.b * si * si;
      bb += p.b * i * bi * bi - p.b * (p.a + i) * si * si;
    }
  }
};

// One of the two ways a history can end, with its derivatives in the log-parameters: still alive at
// `weeks` = T, or gone right after the last purchase at `weeks` = t_x.
struct Ending {
  double log1p_weeks = 0;  // ln(1 + weeks / alpha).
  double r = 0, alpha = 0, r_alpha = 0, alpha_alpha = 0;

  Ending(const Params& p, double x, double weeks) : log1p_weeks(std::log1p(weeks / p.alpha)) {
    const double u = p.alpha / (p.alpha + weeks);
    r = -p.r * log1p_weeks;
    alpha = p.r * (1 - u) - x * u;
    r_alpha = p.r * (1 - u);
    alpha_alpha = -(p.r + x) * u * (1 - u);
  }
};

}  // namespace

absl::Status Validate(const Params& params) {
  VL_RETURN_IF_ERROR(CheckPositive("r", params.r));
  VL_RETURN_IF_ERROR(CheckPositive("alpha", params.alpha));
  VL_RETURN_IF_ERROR(CheckPositive("a", params.a));
  return CheckPositive("b", params.b);
}

absl::Status Validate(const Params& params, const PurchaseHistory& history) {
  VL_RETURN_IF_ERROR(Validate(params));
  return scoring::Validate(history);
}

// ln L = ln [(r)_x (b)_m / (a+b)_m] + logaddexp(L1, L2) with m chances of leaving, where
// L1 = -r ln(1 + T/alpha) - x ln(alpha + T) and, for m > 0,
// L2 = -r ln(1 + t_x/alpha) - x ln(alpha + t_x) + ln a - ln(b + m - 1).
Derivatives LogLikelihoodDerivatives(const Params& p, std::span<const WeightedHistory> rows) {
  Derivatives sum;
  RisingFactorial rising;
  ChanceTerms chance;
  const double log_alpha = std::log(p.alpha);
  for (const WeightedHistory& row : rows) {
    const double x = row.history.repeat_count;
    const int32_t chances = row.history.repeat_count + p.first_chances;
    const double weight = row.weight;
    rising.GrowTo(row.history.repeat_count, p.r);
    chance.GrowTo(chances, p);
    const double count_value = rising.value + chance.value;
    const Ending alive(p, x, row.history.age_weeks);
    const double alive_value = -(p.r + x) * alive.log1p_weeks - x * log_alpha;
    Vector4& g = sum.gradient;
    Matrix4& h = sum.hessian;
    if (chances == 0) {
      sum.value += weight * (count_value + alive_value);
      g[kR] += weight * alive.r;
      g[kAlpha] += weight * alive.alpha;
      h[kR][kR] += weight * alive.r;
      h[kR][kAlpha] += weight * alive.r_alpha;
      h[kAlpha][kAlpha] += weight * alive.alpha_alpha;
      continue;
    }
    const Ending gone(p, x, row.history.last_weeks);
    const double before_last = p.b + chances - 1;
    const double log_odds =
        std::log(p.a / before_last) + (p.r + x) * (alive.log1p_weeks - gone.log1p_weeks);
    const double small = std::exp(-std::fabs(log_odds));
    const double w2 = log_odds >= 0 ? 1 / (1 + small) : small / (1 + small);
    const double w1 = log_odds >= 0 ? small / (1 + small) : 1 / (1 + small);
    sum.value +=
        weight * (count_value + alive_value + std::fmax(log_odds, 0.0) + std::log1p(small));
    const double gone_b = -p.b / before_last;
    const Vector4 d = {gone.r - alive.r, gone.alpha - alive.alpha, 1, gone_b};
    g[kR] += weight * (rising.first + alive.r + w2 * d[kR]);
    g[kAlpha] += weight * (alive.alpha + w2 * d[kAlpha]);
    g[kA] += weight * (chance.a + w2);
    g[kB] += weight * (chance.b + w2 * gone_b);
    const double spread = weight * w1 * w2;
    for (size_t i = 0; i < 4; ++i) {
      for (size_t j = i; j < 4; ++j) h[i][j] += spread * d[i] * d[j];
    }
    h[kR][kR] += weight * (rising.second + w1 * alive.r + w2 * gone.r);
    h[kR][kAlpha] += weight * (w1 * alive.r_alpha + w2 * gone.r_alpha);
    h[kAlpha][kAlpha] += weight * (w1 * alive.alpha_alpha + w2 * gone.alpha_alpha);
    h[kA][kA] += weight * chance.aa;
    h[kA][kB] += weight * chance.ab;
    h[kB][kB] += weight * (chance.bb + w2 * gone_b * (gone_b + 1));
  }
  for (size_t i = 0; i < 4; ++i) {
    for (size_t j = 0; j < i; ++j) sum.hessian[i][j] = sum.hessian[j][i];
  }
  return sum;
}

absl::StatusOr<double> LogLikelihood(const Params& params, const PurchaseHistory& history) {
  VL_RETURN_IF_ERROR(Validate(params, history));
  const WeightedHistory row{.history = history, .weight = 1};
  return LogLikelihoodDerivatives(params, {&row, 1}).value;
}

}  // namespace valueloop::scoring::leaving
