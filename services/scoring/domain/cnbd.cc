#include "scoring/domain/cnbd.h"

#include <cmath>

#include "common/status.h"
#include "fmt/format.h"
#include "scoring/domain/purchase_math.h"
#include "scoring/domain/special_functions.h"

namespace valueloop::scoring::regular {
namespace {

enum Parameter : size_t { kR, kAlpha, kA, kB };

// The parts of ln L that depend on counts only, ln (r)_(k x) with its derivatives in ln r and, for
// m chances of leaving, ln [(b)_m / (a + b)_m] with those in (ln a, ln b). They grow term by term:
// sums of logs, because differences of ln Gamma lose all digits when b is large.
struct CountTerms {
  int64_t stages = 0;
  int32_t chances = 0;
  double value = 0;
  double r = 0, rr = 0;
  double a = 0, b = 0, aa = 0, ab = 0, bb = 0;

  void GrowTo(int64_t stage_count, int32_t chance_count, const Model& p) {
    for (; stages < stage_count; ++stages) {
      const auto i = static_cast<double>(stages);
      const double ri = 1 / (p.r + i);
      value += std::log(p.r + i);
      r += p.r * ri;
      rr += p.r * i * ri * ri;
    }
    for (; chances < chance_count; ++chances) {
      const double i = chances;
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

// One of the two ways a history can end, with its derivatives in (ln r, ln alpha): gone right after
// the last purchase at `weeks` = t_x, or, before the factor of RunningGap, alive at `weeks` = T.
struct Ending {
  double log1p_weeks = 0;  // ln(1 + weeks / alpha).
  double r = 0, alpha = 0, rr = 0, r_alpha = 0, alpha_alpha = 0;

  Ending(const Model& p, double stages, double weeks) : log1p_weeks(std::log1p(weeks / p.alpha)) {
    const double u = p.alpha / (p.alpha + weeks);
    r = -p.r * log1p_weeks;
    rr = r;
    alpha = p.r * (1 - u) - stages * u;
    r_alpha = p.r * (1 - u);
    alpha_alpha = -(p.r + stages) * u * (1 - u);
  }
};

// Of a customer alive at T: the running gap is still in one of its k stages. G is the sum over
// j < k of (n)_j / j! z^j with n = r + k x and z = (T - t_x) / (alpha + T). With probabilities in
// proportion to these terms, the derivatives of ln G are moments of j and of
// psi = sum over i < j of 1 / (n + i).
struct RunningGap {
  double log_value = 0;
  double r = 0, alpha = 0, rr = 0, r_alpha = 0, alpha_alpha = 0;

  RunningGap(const Model& p, double stages, const PurchaseHistory& history) {
    if (p.k == 1) return;
    const double n = p.r + stages;
    const double z = (history.age_weeks - history.last_weeks) / (p.alpha + history.age_weeks);
    double term = 1;
    double psi = 0;
    double psi_slope = 0;
    double sum = 0;
    double j1 = 0, j2 = 0, psi1 = 0, psi2 = 0, both = 0;
    for (int32_t j = 0; j < p.k; ++j) {
      sum += term;
      j1 += term * j;
      j2 += term * j * j;
      psi1 += term * psi;
      psi2 += term * (psi * psi + psi_slope);
      both += term * j * psi;
      psi += 1 / (n + j);
      psi_slope -= 1 / ((n + j) * (n + j));
      term *= (n + j) / (1.0 + j) * z;
    }
    j1 /= sum;
    psi1 /= sum;
    const double u = p.alpha / (p.alpha + history.age_weeks);
    log_value = std::log(sum);
    r = p.r * psi1;
    rr = r + p.r * p.r * (psi2 / sum - psi1 * psi1);
    alpha = -u * j1;
    r_alpha = -u * p.r * (both / sum - j1 * psi1);
    alpha_alpha = -u * (1 - u) * j1 + u * u * (j2 / sum - j1 * j1);
  }
};

}  // namespace

absl::Status Validate(const Model& model) {
  VL_RETURN_IF_ERROR(CheckPositive("r", model.r));
  VL_RETURN_IF_ERROR(CheckPositive("alpha", model.alpha));
  VL_RETURN_IF_ERROR(CheckPositive("a", model.a));
  VL_RETURN_IF_ERROR(CheckPositive("b", model.b));
  if (model.k >= 1 && model.k <= kMaxRegularity) return absl::OkStatus();
  return InvalidField("k", fmt::format("{}", model.k), fmt::format("1..{}", kMaxRegularity));
}

absl::Status Validate(const Model& model, const PurchaseHistory& history) {
  VL_RETURN_IF_ERROR(Validate(model));
  return scoring::Validate(history);
}

// With n = k x stages of the gaps between the purchases and m chances of leaving,
// ln L = (k - 1) log_gap_sum - x ln Gamma(k) + ln [(r)_n (b)_m / (a + b)_m] + logaddexp(L1, L2),
// L1 = -r ln(1 + T/alpha) - n ln(alpha + T) + ln G and, for m > 0,
// L2 = -r ln(1 + t_x/alpha) - n ln(alpha + t_x) + ln a - ln(b + m - 1).
Derivatives LogLikelihoodDerivatives(const Model& p, std::span<const WeightedHistory> rows) {
  Derivatives sum;
  CountTerms count;
  const double log_alpha = std::log(p.alpha);
  const double log_gamma_k = LogGamma(p.k);
  for (const WeightedHistory& row : rows) {
    const double x = row.history.repeat_count;
    const int32_t chances = row.history.repeat_count + p.first_chances;
    const int64_t stage_count = int64_t{p.k} * row.history.repeat_count;
    const auto stages = static_cast<double>(stage_count);
    const double weight = row.weight;
    count.GrowTo(stage_count, chances, p);
    const Ending stay(p, stages, row.history.age_weeks);
    const RunningGap gap(p, stages, row.history);
    const double value = count.value - x * log_gamma_k +
                         (p.k - 1) * row.history.log_gap_sum.value_or(0) -
                         (p.r + stages) * stay.log1p_weeks - stages * log_alpha + gap.log_value;
    const double alive_r = stay.r + gap.r;
    const double alive_alpha = stay.alpha + gap.alpha;
    Vector4& g = sum.gradient;
    Matrix4& h = sum.hessian;
    if (chances == 0) {
      sum.value += weight * value;
      g[kR] += weight * alive_r;
      g[kAlpha] += weight * alive_alpha;
      h[kR][kR] += weight * (stay.rr + gap.rr);
      h[kR][kAlpha] += weight * (stay.r_alpha + gap.r_alpha);
      h[kAlpha][kAlpha] += weight * (stay.alpha_alpha + gap.alpha_alpha);
      continue;
    }
    const Ending gone(p, stages, row.history.last_weeks);
    const double before_last = p.b + chances - 1;
    const double log_odds = std::log(p.a / before_last) +
                            (p.r + stages) * (stay.log1p_weeks - gone.log1p_weeks) - gap.log_value;
    const double small = std::exp(-std::fabs(log_odds));
    const double w2 = log_odds >= 0 ? 1 / (1 + small) : small / (1 + small);
    const double w1 = log_odds >= 0 ? small / (1 + small) : 1 / (1 + small);
    sum.value += weight * (value + std::fmax(log_odds, 0.0) + std::log1p(small));
    const double gone_b = -p.b / before_last;
    const Vector4 d = {gone.r - alive_r, gone.alpha - alive_alpha, 1, gone_b};
    g[kR] += weight * (count.r + alive_r + w2 * d[kR]);
    g[kAlpha] += weight * (alive_alpha + w2 * d[kAlpha]);
    g[kA] += weight * (count.a + w2);
    g[kB] += weight * (count.b + w2 * gone_b);
    const double spread = weight * w1 * w2;
    for (size_t i = 0; i < 4; ++i) {
      for (size_t j = i; j < 4; ++j) h[i][j] += spread * d[i] * d[j];
    }
    h[kR][kR] += weight * (count.rr + w1 * (stay.rr + gap.rr) + w2 * gone.rr);
    h[kR][kAlpha] += weight * (w1 * (stay.r_alpha + gap.r_alpha) + w2 * gone.r_alpha);
    h[kAlpha][kAlpha] +=
        weight * (w1 * (stay.alpha_alpha + gap.alpha_alpha) + w2 * gone.alpha_alpha);
    h[kA][kA] += weight * count.aa;
    h[kA][kB] += weight * count.ab;
    h[kB][kB] += weight * (count.bb + w2 * gone_b * (gone_b + 1));
  }
  for (size_t i = 0; i < 4; ++i) {
    for (size_t j = 0; j < i; ++j) sum.hessian[i][j] = sum.hessian[j][i];
  }
  return sum;
}

absl::StatusOr<double> LogLikelihood(const Model& model, const PurchaseHistory& history) {
  VL_RETURN_IF_ERROR(Validate(model, history));
  if (model.k > 1 && history.repeat_count > 0) {
    const double x = history.repeat_count;
    const double most = x * std::log(history.last_weeks / x);  // Of equal gaps.
    if (!history.log_gap_sum || *history.log_gap_sum > most + 1e-9 * x * (1 + std::fabs(most))) {
      return InvalidField(
          "log_gap_sum",
          history.log_gap_sum ? fmt::format("{}", *history.log_gap_sum) : std::string("none"),
          fmt::format("the sum of ln of the weeks between purchases, at most {}", most));
    }
  }
  const WeightedHistory row{.history = history, .weight = 1};
  return LogLikelihoodDerivatives(model, {&row, 1}).value;
}

}  // namespace valueloop::scoring::regular
