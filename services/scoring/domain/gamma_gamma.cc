#include "scoring/domain/gamma_gamma.h"

#include <cmath>

#include "common/status.h"
#include "fmt/format.h"
#include "scoring/domain/special_functions.h"

namespace valueloop::scoring {
namespace {

enum Parameter : size_t { kP, kQ, kV };

absl::Status CheckPositive(std::string_view field, double value) {
  if (std::isfinite(value) && value > 0) return absl::OkStatus();
  return InvalidField(field, fmt::format("{}", value), "finite, above 0");
}

}  // namespace

absl::Status Validate(const GammaGammaParams& params) {
  VL_RETURN_IF_ERROR(CheckPositive("p", params.p));
  VL_RETURN_IF_ERROR(CheckPositive("q", params.q));
  return CheckPositive("v", params.v);
}

// ln L = lG(px+q) - lG(px) - lG(q) + q ln v + (px-1) ln m + px ln x - (px+q) ln(xm+v). Everything
// but ln m and ln(xm+v) depends on x only and is computed once per distinct x.
Derivatives LogLikelihoodDerivatives(const GammaGammaParams& params,
                                     std::span<const SpendHistory> rows) {
  const auto [p, q, v] = params;
  Derivatives sum;
  Vector4 g{};  // In p, q, v; turned into log-parameters at the end.
  Matrix4 h{};
  const double log_v = std::log(v);
  const double log_gamma_q = LogGamma(q);
  const double digamma_q = Digamma(q);
  const double trigamma_q = Trigamma(q);
  for (size_t begin = 0, end = 0; begin < rows.size(); begin = end) {
    const double x = rows[begin].count;
    const double px = p * x;
    const double log_x = std::log(x);
    double log_m = 0;      // Sums over the customers with this x.
    double log_total = 0;  // ln(x m + v).
    double inverse = 0;    // 1 / (x m + v).
    double inverse2 = 0;
    for (; end < rows.size() && rows[end].count == rows[begin].count; ++end) {
      const double total = x * rows[end].mean + v;
      log_m += std::log(rows[end].mean);
      log_total += std::log(total);
      inverse += 1 / total;
      inverse2 += 1 / (total * total);
    }
    const auto n = static_cast<double>(end - begin);
    const double digamma_pxq = Digamma(px + q);
    const double trigamma_pxq = Trigamma(px + q);
    sum.value += n * (LogGamma(px + q) - LogGamma(px) - log_gamma_q + q * log_v + px * log_x) +
                 (px - 1) * log_m - (px + q) * log_total;
    g[kP] += x * (n * (digamma_pxq - Digamma(px) + log_x) + log_m - log_total);
    g[kQ] += n * (digamma_pxq - digamma_q + log_v) - log_total;
    g[kV] += n * q / v - (px + q) * inverse;
    h[kP][kP] += n * x * x * (trigamma_pxq - Trigamma(px));
    h[kP][kQ] += n * x * trigamma_pxq;
    h[kP][kV] -= x * inverse;
    h[kQ][kQ] += n * (trigamma_pxq - trigamma_q);
    h[kQ][kV] += n / v - inverse;
    h[kV][kV] += -n * q / (v * v) + (px + q) * inverse2;
  }
  const Vector4 scale = {p, q, v, 0};
  for (size_t i = 0; i < 3; ++i) {
    sum.gradient[i] = scale[i] * g[i];
    for (size_t j = i; j < 3; ++j) {
      sum.hessian[i][j] = scale[i] * scale[j] * h[i][j] + (i == j ? sum.gradient[i] : 0.0);
      sum.hessian[j][i] = sum.hessian[i][j];
    }
  }
  return sum;
}

absl::StatusOr<double> LogLikelihood(const GammaGammaParams& params, const SpendHistory& spend) {
  VL_RETURN_IF_ERROR(Validate(params));
  VL_RETURN_IF_ERROR(Validate(spend));
  if (spend.count == 0) return InvalidField("spend.count", "0", "at least 1");
  return LogLikelihoodDerivatives(params, {&spend, 1}).value;
}

absl::StatusOr<double> ExpectedSpend(const GammaGammaParams& params, const SpendHistory& spend) {
  VL_RETURN_IF_ERROR(Validate(params));
  VL_RETURN_IF_ERROR(Validate(spend));
  const double x = spend.count;
  const double freedom = params.p * x + params.q - 1;
  if (!(freedom > 0)) {
    return absl::FailedPreconditionError(
        fmt::format("spend: got p x + q = {}, want above 1: its mean is not finite", freedom + 1));
  }
  return params.p * (params.v + x * spend.mean) / freedom;
}

absl::StatusOr<double> PopulationMeanSpend(const GammaGammaParams& params) {
  return ExpectedSpend(params, SpendHistory{});
}

}  // namespace valueloop::scoring
