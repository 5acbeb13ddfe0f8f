// Predictions of the Pareto/NBD model (pareto_nbd.h). For a customer alive at T the posterior is
// purchase rate ~ Gamma(n = r + x, A = alpha + T) and leaving rate ~ Gamma(s, B = beta + T),
// independent: it is alive at T + u with probability (1 + u/B)^-s and buys at the rate n / A.
#include <algorithm>
#include <cmath>
#include <limits>

#include "common/status.h"
#include "scoring/domain/dropout_time.h"
#include "scoring/domain/pareto_nbd.h"
#include "scoring/domain/purchase_math.h"

namespace valueloop::scoring {
namespace {

struct Posterior {
  double alive = 1;
  double n = 0;
  double rate_scale = 0;  // A.
  double s = 0;
  double leaving_scale = 0;  // B.
  double last_if_gone = 0;   // The mean time of leaving, given that it left before T.
};

Posterior GivenAlive(const ParetoNbdParams& p, double repeat_count, double age_weeks) {
  return {.n = p.r + repeat_count,
          .rate_scale = p.alpha + age_weeks,
          .s = p.s,
          .leaving_scale = p.beta + age_weeks};
}

Posterior PosteriorOf(const ParetoNbdParams& p, const PurchaseHistory& history) {
  Posterior out = GivenAlive(p, history.repeat_count, history.age_weeks);
  const double last = history.last_weeks;
  const double silence = history.age_weeks - last;
  out.last_if_gone = last;
  double mass = 0;
  double elapsed = 0;
  const TimeDensity density{.alpha = p.alpha,
                            .rate_power = out.n,
                            .beta = p.beta,
                            .dropout_power = p.s + 1,
                            .from = last};
  ForEachDropoutTime(density, silence, [&](const TimeNode& node) {
    mass += node.weight;
    elapsed += node.weight * node.elapsed;
  });
  const double odds_mass = mass * p.s / (p.beta + last);
  if (!(odds_mass > 0)) return out;  // No time to leave in.
  out.last_if_gone += elapsed / mass;
  // Log-odds of having left; in log space the powers cannot overflow for heavy buyers.
  out.alive = Sigmoid(-(std::log(odds_mass) + out.n * std::log1p(silence / (p.alpha + last)) +
                        p.s * std::log1p(silence / (p.beta + last))));
  return out;
}

// The integral of (1 + u/B)^-s over u <= weeks: B (1 - (1 + weeks/B)^-(s-1)) / (s - 1), with the
// limit B ln(1 + weeks/B) at s = 1.
double ActiveWeeks(const Posterior& q, double weeks) {
  const double l = std::log1p(weeks / q.leaving_scale);
  const double power = -(q.s - 1) * l;
  const double mean = power == 0 ? 1 : std::expm1(power) / power;
  return q.leaving_scale * l * mean;
}

// The same times e^(-delta u): B times the integral of (1 + v)^-s e^(-z v), z = delta B, which to
// infinity is e^z z^(s-1) Gamma(1 - s, z) = z^(s-1) U(s, s, z). The factors of that closed form
// overflow and its series cancel near whole s; the integrand is positive and smooth in ln(1 + v).
double DiscountedActiveWeeks(const Posterior& q, double weeks, double delta_weekly) {
  constexpr double kNothing = 40;  // e^-40 is 4e-18.
  const double z = delta_weekly * q.leaving_scale;
  double end = weeks / q.leaving_scale;
  if (z > 0) end = std::min(end, kNothing / z);
  return q.leaving_scale * IntegrateInLog(end, 1 / (1 + q.s + z), [&](double v) {
           return std::exp(-q.s * std::log1p(v) - z * v);
         });
}

// The probability of a purchase within `weeks`, given alive: the integral of the rate of first
// purchases, n A^n B^s (A + u)^-(n+1) (B + u)^-s.
double AnyPurchaseGivenAlive(const Posterior& q, double weeks) {
  const TimeDensity density{.alpha = q.rate_scale,
                            .rate_power = q.n + 1,
                            .beta = q.leaving_scale,
                            .dropout_power = q.s,
                            .from = 0};
  double sum = 0;
  ForEachDropoutTime(density, weeks, [&](const TimeNode& node) { sum += node.weight; });
  return std::min(1.0, sum * q.n / q.rate_scale);
}

// ln of u^k (1 + u/A)^-(n+k) (1 + u/B)^-(s+1) du / dv at v = ln u, which is concave in v; up to the
// powers of A, the probability of k purchases until u times the rate of leaving then.
struct GoneAfterPurchases {
  const Posterior& q;
  double k = 0;

  double At(double v) const {
    const double u = std::exp(v);
    return (k + 1) * v - (q.n + k) * std::log1p(u / q.rate_scale) -
           (q.s + 1) * std::log1p(u / q.leaving_scale);
  }
  double SlopeAt(double v) const {
    const double u = std::exp(v);
    return k + 1 - (q.n + k) * u / (q.rate_scale + u) - (q.s + 1) * u / (q.leaving_scale + u);
  }
  // Where it is highest, for v <= end.
  double Peak(double end) const {
    if (SlopeAt(end) >= 0) return end;
    double low = end - 1;
    while (SlopeAt(low) < 0) low -= end - low;
    double high = end;
    for (int i = 0; i < 60 && high - low > 1e-6; ++i) {
      const double middle = (low + high) / 2;
      (SlopeAt(middle) >= 0 ? low : high) = middle;
    }
    return low;
  }
};

// The integral of e^(f(v) - f(peak)) from the peak to `end` on either side of it, in panels over
// which a concave f first falls by about 10.
double IntegrateFromPeak(const GoneAfterPurchases& f, double peak, double end) {
  constexpr double kNothing = 42;
  constexpr double kMaxWidth = 2;
  const double top = f.At(peak);
  const double sign = end < peak ? -1 : 1;
  double width = std::min(kMaxWidth, std::fabs(end - peak));
  while (top - f.At(peak + sign * width) > 12) width *= 0.7;
  double sum = 0;
  double done = 0;
  const double length = std::fabs(end - peak);
  while (width > 0 && done < length && top - f.At(peak + sign * done) < kNothing) {
    const double next = std::min(done + width, length);
    sum +=
        IntegratePanel(done, next, [&](double v) { return std::exp(f.At(peak + sign * v) - top); });
    done = next;
  }
  return sum;
}

// The probability that a customer alive at T makes `count` purchases and then leaves, all within
// `weeks`: the integral of its density over the time of leaving.
double GoneAfter(const Posterior& q, int count, double weeks) {
  if (weeks == 0) return 0;
  if (count == 0) {
    const TimeDensity density{.alpha = q.rate_scale,
                              .rate_power = q.n,
                              .beta = q.leaving_scale,
                              .dropout_power = q.s + 1,
                              .from = 0};
    double sum = 0;
    ForEachDropoutTime(density, weeks, [&](const TimeNode& node) { sum += node.weight; });
    return sum * q.s / q.leaving_scale;
  }
  const GoneAfterPurchases f{.q = q, .k = static_cast<double>(count)};
  const double end = std::log(weeks);
  const double peak = f.Peak(end);
  const double mass = IntegrateFromPeak(f, peak, -std::numeric_limits<double>::infinity()) +
                      IntegrateFromPeak(f, peak, end);
  // The negative binomial at u, without (1 + u/A)^-(n+k) and u^k, is (n)_k / k! A^-k.
  const double u = std::exp(peak);
  const double log_rest = f.At(peak) + (q.n + count) * std::log1p(u / q.rate_scale) - count * peak;
  return NegativeBinomialProbability(q.n, count, u / q.rate_scale) * std::exp(log_rest) * mass *
         q.s / q.leaving_scale;
}

absl::Status CheckGivenAlive(const ParetoNbdParams& params, double repeat_count, double age_weeks,
                             double weeks) {
  VL_RETURN_IF_ERROR(Validate(params));
  VL_RETURN_IF_ERROR(CheckWeeks("repeat_count", repeat_count));
  VL_RETURN_IF_ERROR(CheckWeeks("age_weeks", age_weeks));
  return CheckWeeks("weeks", weeks);
}

}  // namespace

absl::StatusOr<double> AliveProbability(const ParetoNbdParams& params,
                                        const PurchaseHistory& history) {
  VL_RETURN_IF_ERROR(Validate(params, history));
  return PosteriorOf(params, history).alive;
}

absl::StatusOr<double> AliveProbabilityAfter(const ParetoNbdParams& params,
                                             const PurchaseHistory& history, double weeks) {
  VL_RETURN_IF_ERROR(Validate(params, history));
  VL_RETURN_IF_ERROR(CheckWeeks("weeks", weeks));
  const Posterior q = PosteriorOf(params, history);
  return q.alive * std::exp(-q.s * std::log1p(weeks / q.leaving_scale));
}

absl::StatusOr<double> ExpectedPurchases(const ParetoNbdParams& params,
                                         const PurchaseHistory& history, double weeks) {
  VL_RETURN_IF_ERROR(Validate(params, history));
  VL_RETURN_IF_ERROR(CheckWeeks("weeks", weeks));
  const Posterior q = PosteriorOf(params, history);
  return q.alive * (q.n / q.rate_scale * ActiveWeeks(q, weeks));
}

absl::StatusOr<double> ExpectedPurchasesGivenAlive(const ParetoNbdParams& params,
                                                   double repeat_count, double age_weeks,
                                                   double weeks) {
  VL_RETURN_IF_ERROR(CheckGivenAlive(params, repeat_count, age_weeks, weeks));
  const Posterior q = GivenAlive(params, repeat_count, age_weeks);
  return q.n / q.rate_scale * ActiveWeeks(q, weeks);
}

absl::StatusOr<double> ExpectedPurchasesOfNew(const ParetoNbdParams& params, double weeks) {
  return ExpectedPurchases(params, PurchaseHistory{}, weeks);
}

absl::StatusOr<double> Exposure(const ParetoNbdParams& params, const PurchaseHistory& history) {
  VL_RETURN_IF_ERROR(Validate(params, history));
  const Posterior q = PosteriorOf(params, history);
  return q.alive * history.age_weeks + (1 - q.alive) * q.last_if_gone;
}

absl::StatusOr<DiscountedFuture> DiscountedGivenAlive(const ParetoNbdParams& params,
                                                      double repeat_count, double age_weeks,
                                                      double horizon_weeks, double delta_weekly) {
  VL_RETURN_IF_ERROR(Validate(params));
  VL_RETURN_IF_ERROR(CheckWeeks("repeat_count", repeat_count));
  VL_RETURN_IF_ERROR(CheckWeeks("age_weeks", age_weeks));
  VL_RETURN_IF_ERROR(CheckWeeks("horizon_weeks", horizon_weeks));
  VL_RETURN_IF_ERROR(CheckDelta(delta_weekly, false));
  const Posterior q = GivenAlive(params, repeat_count, age_weeks);
  DiscountedFuture future;
  future.active_weeks = DiscountedActiveWeeks(q, horizon_weeks, delta_weekly);
  future.purchases = future.active_weeks * (q.n / q.rate_scale);
  return future;
}

absl::StatusOr<DiscountedFuture> Discounted(const ParetoNbdParams& params,
                                            const PurchaseHistory& history, double horizon_weeks,
                                            double delta_weekly) {
  VL_ASSIGN_OR_RETURN(const double alive, AliveProbability(params, history));
  VL_ASSIGN_OR_RETURN(DiscountedFuture future,
                      DiscountedGivenAlive(params, history.repeat_count, history.age_weeks,
                                           horizon_weeks, delta_weekly));
  future.purchases *= alive;
  future.active_weeks *= alive;
  return future;
}

absl::StatusOr<double> DiscountedResidual(const ParetoNbdParams& params,
                                          const PurchaseHistory& history, double delta_weekly) {
  VL_RETURN_IF_ERROR(Validate(params, history));
  VL_RETURN_IF_ERROR(CheckDelta(delta_weekly, true));
  const Posterior q = PosteriorOf(params, history);
  constexpr double kForever = std::numeric_limits<double>::max();
  return q.alive * (q.n / q.rate_scale) * DiscountedActiveWeeks(q, kForever, delta_weekly);
}

// `count` purchases and still alive, or gone after them.
absl::StatusOr<double> PurchaseProbability(const ParetoNbdParams& params,
                                           const PurchaseHistory& history, int count,
                                           double weeks) {
  VL_RETURN_IF_ERROR(Validate(params, history));
  VL_RETURN_IF_ERROR(CheckCount(count));
  VL_RETURN_IF_ERROR(CheckWeeks("weeks", weeks));
  const Posterior q = PosteriorOf(params, history);
  const double stays = std::exp(-q.s * std::log1p(weeks / q.leaving_scale));
  const double given_alive = NegativeBinomialProbability(q.n, count, weeks / q.rate_scale) * stays +
                             GoneAfter(q, count, weeks);
  return q.alive * given_alive + (count == 0 ? 1 - q.alive : 0);
}

absl::StatusOr<double> ProbabilityOfAnyPurchase(const ParetoNbdParams& params,
                                                const PurchaseHistory& history, double weeks) {
  VL_RETURN_IF_ERROR(Validate(params, history));
  VL_RETURN_IF_ERROR(CheckWeeks("weeks", weeks));
  const Posterior q = PosteriorOf(params, history);
  return q.alive * AnyPurchaseGivenAlive(q, weeks);
}

absl::StatusOr<double> ProbabilityOfAnyPurchaseGivenAlive(const ParetoNbdParams& params,
                                                          double repeat_count, double age_weeks,
                                                          double weeks) {
  VL_RETURN_IF_ERROR(CheckGivenAlive(params, repeat_count, age_weeks, weeks));
  return AnyPurchaseGivenAlive(GivenAlive(params, repeat_count, age_weeks), weeks);
}

absl::StatusOr<double> MedianWeeksToNextPurchase(const ParetoNbdParams& params,
                                                 const PurchaseHistory& history) {
  VL_RETURN_IF_ERROR(Validate(params, history));
  const Posterior q = GivenAlive(params, history.repeat_count, history.age_weeks);
  if (AnyPurchaseGivenAlive(q, kMaxWeeks) <= 0.5) return kMaxWeeks;
  // The median if nobody left is too early; from there Newton climbs to it without passing it, as
  // the probability is concave.
  double weeks = q.rate_scale * std::expm1(std::log(2.0) / q.n);
  for (int i = 0; i < 100; ++i) {
    const double density = q.n / q.rate_scale *
                           std::exp(-(q.n + 1) * std::log1p(weeks / q.rate_scale) -
                                    q.s * std::log1p(weeks / q.leaving_scale));
    const double step = (0.5 - AnyPurchaseGivenAlive(q, weeks)) / density;
    if (!(step > 1e-12 * weeks && weeks < kMaxWeeks)) break;
    weeks += step;
  }
  return std::min(weeks, kMaxWeeks);
}

}  // namespace valueloop::scoring
