// Predictions of the BG/NBD model (bg_nbd.h). For a customer alive at T the posterior is
// rate ~ Gamma(n = r + x, alpha + T) and leaving probability p ~ Beta(a, b + x), so that with
// y = u / (alpha + T) it is alive at T + u with probability E[(1 + p y)^-n].
#include <algorithm>
#include <cmath>

#include "common/status.h"
#include "fmt/format.h"
#include "scoring/domain/bg_nbd.h"
#include "scoring/domain/special_functions.h"

namespace valueloop::scoring {
namespace {

constexpr int kMaxTerms = 1'000'000;
constexpr double kMaxWeeks = 1e6;

struct Posterior {
  double alive = 1;
  double n = 0;      // r + x.
  double scale = 0;  // alpha + T.
  double a = 0;
  double c = 0;  // a + b + x.

  double AliveAfter(double y) const { return BetaMeanOfPower(n, a, c, y); }
  // The purchase rate at y, per unit of y, given alive at T.
  double RateAfter(double y) const { return n * BetaMeanOfPower(n + 1, a, c, y); }
};

Posterior PosteriorOf(const BgNbdParams& p, const PurchaseHistory& history) {
  const double x = history.repeat_count;
  Posterior out{.n = p.r + x, .scale = p.alpha + history.age_weeks, .a = p.a, .c = p.a + p.b + x};
  if (history.repeat_count == 0) return out;
  // Log-odds of having left; in log space the power cannot overflow for heavy buyers.
  const double silence =
      std::log1p((history.age_weeks - history.last_weeks) / (p.alpha + history.last_weeks));
  out.alive = Sigmoid(-(std::log(p.a / (p.b + x - 1)) + out.n * silence));
  return out;
}

// Integrates f(y) dy over 0 <= y <= y_end in s = ln(1 + y), on panels that are finer near 0, where
// a heavy buyer's chance of still being alive falls steeply.
template <typename Function>
void ForEachPanel(double y_end, double n, double extra, const Function& panel) {
  const double end = std::log1p(y_end);
  int count = 1;
  for (double steep = std::max(n, extra) * end; steep > 12 && count < 8; steep /= 4) ++count;
  double low = 0;
  for (int i = count - 1; i >= 0; --i) {
    const double high = end * std::pow(0.25, i);
    panel(low, high);
    low = high;
  }
}

// Purchases in y <= y_end given alive, by the series of CLV section 7: with C = c - 1,
// A = a + b - 1 - r and l = ln(1 + y),
//   C (1 - e^(-(a-1) l)) / (a - 1) - e^(-(a-1) l) sum_k (A)_k (a)_(k-1) / ((C+1)_(k-1) k!) z^k,
// which has no singularity at a = 1. Where it would cancel, by integrating the rate; where it would
// be too long, as the mean over p of (1 - (1 + p y)^-n) / p.
double PurchasesGivenAlive(const Posterior& q, double y_end) {
  if (y_end <= 0) return 0;
  if (IsLongBetaSeries(q.a)) {
    return LongBetaMean(q.n, q.a, q.c,
                        [&](double p) { return -std::expm1(-q.n * std::log1p(p * y_end)) / p; });
  }
  const double big_a = q.c - 1 - q.n;
  const double l = std::log1p(y_end);
  constexpr double kMaxPower = 500;  // The series sums up to e^((a-1) l), which must not overflow.
  if (big_a < -3 || q.c > 1e4 * q.n || (q.a - 1) * l > kMaxPower) {
    double sum = 0;
    ForEachPanel(y_end, q.n, 0, [&](double low, double high) {
      sum += IntegratePanel(low, high,
                            [&](double s) { return q.RateAfter(std::expm1(s)) * std::exp(s); });
    });
    return sum;
  }
  const double z = y_end / (1 + y_end);
  const double power = -(q.a - 1) * l;
  const double first = q.a == 1 ? l : -std::expm1(power) / (q.a - 1);
  double term = big_a * z;
  double sum = term;
  for (int k = 1; k < kMaxTerms && term != 0; ++k) {
    const double ratio = (big_a + k) * (q.a + k - 1) / ((q.c + k - 1) * (1.0 + k)) * z;
    term *= ratio;
    sum += term;
    if (std::fabs(ratio) < 1 && std::fabs(term) < 1e-17 * std::fabs(sum) * (1 - std::fabs(ratio))) {
      break;
    }
  }
  return std::max(0.0, (q.c - 1) * first - std::exp(power) * sum);
}

absl::Status CheckWeeks(std::string_view field, double weeks) {
  if (weeks >= 0 && weeks <= kMaxWeeks) return absl::OkStatus();
  return InvalidField(field, fmt::format("{}", weeks), "0..1000000");
}

}  // namespace

absl::StatusOr<double> AliveProbability(const BgNbdParams& params, const PurchaseHistory& history) {
  VL_RETURN_IF_ERROR(Validate(params, history));
  return PosteriorOf(params, history).alive;
}

absl::StatusOr<double> AliveProbabilityAfter(const BgNbdParams& params,
                                             const PurchaseHistory& history, double weeks) {
  VL_RETURN_IF_ERROR(Validate(params, history));
  VL_RETURN_IF_ERROR(CheckWeeks("weeks", weeks));
  const Posterior posterior = PosteriorOf(params, history);
  return posterior.alive * posterior.AliveAfter(weeks / posterior.scale);
}

absl::StatusOr<double> ExpectedPurchases(const BgNbdParams& params, const PurchaseHistory& history,
                                         double weeks) {
  VL_RETURN_IF_ERROR(Validate(params, history));
  VL_RETURN_IF_ERROR(CheckWeeks("weeks", weeks));
  const Posterior posterior = PosteriorOf(params, history);
  return posterior.alive * PurchasesGivenAlive(posterior, weeks / posterior.scale);
}

absl::StatusOr<double> ExpectedPurchasesOfNew(const BgNbdParams& params, double weeks) {
  return ExpectedPurchases(params, PurchaseHistory{}, weeks);
}

absl::StatusOr<double> Exposure(const BgNbdParams& params, const PurchaseHistory& history) {
  VL_ASSIGN_OR_RETURN(const double alive, AliveProbability(params, history));
  return alive * history.age_weeks + (1 - alive) * history.last_weeks;
}

absl::StatusOr<DiscountedFuture> DiscountedGivenAlive(const BgNbdParams& params,
                                                      double repeat_count, double age_weeks,
                                                      double horizon_weeks, double delta_weekly) {
  VL_RETURN_IF_ERROR(Validate(params));
  VL_RETURN_IF_ERROR(CheckWeeks("repeat_count", repeat_count));
  VL_RETURN_IF_ERROR(CheckWeeks("age_weeks", age_weeks));
  VL_RETURN_IF_ERROR(CheckWeeks("horizon_weeks", horizon_weeks));
  if (!(delta_weekly >= 0 && delta_weekly <= 1)) {
    return InvalidField("delta_weekly", fmt::format("{}", delta_weekly), "0..1");
  }
  const Posterior posterior{.n = params.r + repeat_count,
                            .scale = params.alpha + age_weeks,
                            .a = params.a,
                            .c = params.a + params.b + repeat_count};
  DiscountedFuture future;
  const GaussRule& rule = Gauss16();
  const auto add = [&](double s, double weight) {
    const double y = std::expm1(s);
    const double factor = weight * (1 + y) * std::exp(-delta_weekly * posterior.scale * y);
    const BetaMeans means = BetaMeansOfPower(posterior.n, posterior.a, posterior.c, y);
    future.purchases += factor * posterior.n * means.of_n_plus_1;
    future.active_weeks += factor * means.of_n;
  };
  ForEachPanel(horizon_weeks / posterior.scale, posterior.n, delta_weekly * posterior.scale,
               [&](double low, double high) {
                 const double middle = (low + high) / 2;
                 const double half = (high - low) / 2;
                 for (size_t i = 0; i < rule.node.size(); ++i) {
                   add(middle - half * rule.node[i], half * rule.weight[i]);
                   add(middle + half * rule.node[i], half * rule.weight[i]);
                 }
               });
  future.active_weeks *= posterior.scale;
  return future;
}

absl::StatusOr<DiscountedFuture> Discounted(const BgNbdParams& params,
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

// A customer leaves only right after a purchase, so without one it stays: E[e^(-rate weeks)].
absl::StatusOr<double> ProbabilityOfAnyPurchase(const BgNbdParams& params,
                                                const PurchaseHistory& history, double weeks) {
  VL_RETURN_IF_ERROR(Validate(params, history));
  VL_RETURN_IF_ERROR(CheckWeeks("weeks", weeks));
  const Posterior posterior = PosteriorOf(params, history);
  return -posterior.alive * std::expm1(-posterior.n * std::log1p(weeks / posterior.scale));
}

absl::StatusOr<double> MedianWeeksToNextPurchase(const BgNbdParams& params,
                                                 const PurchaseHistory& history) {
  VL_RETURN_IF_ERROR(Validate(params, history));
  const double n = params.r + history.repeat_count;
  const double weeks = (params.alpha + history.age_weeks) * std::expm1(std::log(2.0) / n);
  return std::min(weeks, kMaxWeeks);
}

}  // namespace valueloop::scoring
