// Predictions of the models of leaving.h. For a customer alive at T the posterior is
// rate ~ Gamma(n = r + x, alpha + T) and leaving probability p ~ Beta(a, b + m) after m chances, so
// that with y = u / (alpha + T) it is alive at T + u with probability E[(1 + p y)^-n].
#include <algorithm>
#include <cmath>

#include "common/status.h"
#include "scoring/domain/leaving.h"
#include "scoring/domain/purchase_math.h"

namespace valueloop::scoring::leaving {
namespace {

constexpr int kMaxTerms = 1'000'000;

struct Posterior {
  double alive = 1;
  double n = 0;      // r + x.
  double scale = 0;  // alpha + T.
  double a = 0;
  double c = 0;  // a + b + m.

  double AliveAfter(double y) const { return BetaMeanOfPower(n, a, c, y); }
  // The purchase rate at y, per unit of y, given alive at T.
  double RateAfter(double y) const { return n * BetaMeanOfPower(n + 1, a, c, y); }
};

Posterior GivenAlive(const Params& p, double repeat_count, double age_weeks) {
  const double chances = repeat_count + p.first_chances;
  return {
      .n = p.r + repeat_count, .scale = p.alpha + age_weeks, .a = p.a, .c = p.a + p.b + chances};
}

Posterior PosteriorOf(const Params& p, const PurchaseHistory& history) {
  Posterior out = GivenAlive(p, history.repeat_count, history.age_weeks);
  const int32_t chances = history.repeat_count + p.first_chances;
  if (chances == 0) return out;
  // Log-odds of having left; in log space the power cannot overflow for heavy buyers.
  const double silence =
      std::log1p((history.age_weeks - history.last_weeks) / (p.alpha + history.last_weeks));
  out.alive = Sigmoid(-(std::log(p.a / (p.b + chances - 1)) + out.n * silence));
  return out;
}

// Purchases in y <= y_end given alive, by the series of CLV section 7: with C = c - 1,
// A = a + b + m - 1 - n and l = ln(1 + y),
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
    return IntegrateInLog(y_end, 1 / (1 + q.n), [&](double y) { return q.RateAfter(y); });
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

// Over 0 <= y <= y_end, given alive. The loss of value e^(-delta u) ends the integral where it is
// below rounding.
DiscountedFuture DiscountedTo(const Posterior& q, double y_end, double delta_weekly) {
  constexpr double kNothing = 40;  // e^-40 is 4e-18.
  const double loss = delta_weekly * q.scale;
  if (loss > 0) y_end = std::min(y_end, kNothing / loss);
  const double knee = 1 / (1 + q.n + loss);
  const GaussRule& rule = Gauss16();
  DiscountedFuture future;
  const auto add = [&](double s, double weight) {
    const double y = knee * std::expm1(s);
    const double factor = weight * std::exp(s - loss * y);
    const BetaMeans means = BetaMeansOfPower(q.n, q.a, q.c, y);
    future.purchases += factor * q.n * means.of_n_plus_1;
    future.active_weeks += factor * means.of_n;
  };
  ForEachLogPanel(y_end, knee, [&](double low, double high) {
    const double middle = (low + high) / 2;
    const double half = (high - low) / 2;
    for (size_t i = 0; i < rule.node.size(); ++i) {
      add(middle - half * rule.node[i], half * rule.weight[i]);
      add(middle + half * rule.node[i], half * rule.weight[i]);
    }
  });
  future.purchases *= knee;
  future.active_weeks *= knee * q.scale;
  return future;
}

// The mean of 1 / (1 + p y) over p ~ Beta(a, c - a), that is 2F1(1, a; c; -y), by Gauss's continued
// fraction, whose partial numerators are all positive: it converges for every y >= 0, in about
// 9 sqrt(y) steps. Summed by Steed's method.
double BetaMeanOfInverse(double a, double c, double y) {
  double denominator = 1;
  double change = 1;
  double sum = 1;
  for (int k = 1; k < kMaxTerms; ++k) {
    const double m = k / 2;
    double numerator = a / c;
    if (k % 2 == 0) {
      numerator = m * (c - a + m - 1) / ((c + 2 * m - 2) * (c + 2 * m - 1));
    } else if (k > 1) {
      numerator = (a + m) * (c - 1 + m) / ((c + 2 * m - 1) * (c + 2 * m));
    }
    denominator = 1 / (1 + numerator * y * denominator);
    change *= denominator - 1;
    sum += change;
    if (std::fabs(change) < 1e-16 * sum) break;
  }
  return sum;
}

// All purchases to come, discounted, given alive. A rate of g / scale with the chance p of leaving
// makes g / (loss + g p) of them, where `loss` is the discount per unit of y; so this is the mean
// of (g / loss) / (1 + p g / loss) over g ~ Gamma(n, 1) and p. By the trapezoidal rule in v = ln g,
// which converges exponentially for a density that is smooth and falls off on both sides.
double ResidualGivenAlive(const Posterior& q, double delta_weekly) {
  const double loss = delta_weekly * q.scale;
  // |Gamma(n + 2 pi i / step)| / Gamma(n), the error's size, is below 1e-14 for every n.
  const double step = 0.7 / std::sqrt(q.n + 6);
  const double log_gamma = LogGamma(q.n);
  const auto at = [&](double v) {
    const double g = std::exp(v);
    return std::exp(q.n * v - g - log_gamma) * (g / loss) * BetaMeanOfInverse(q.a, q.c, g / loss);
  };
  const double middle = std::log(q.n + 1);
  double sum = at(middle);
  for (const double sign : {-1.0, 1.0}) {
    for (int i = 1; i < kMaxTerms; ++i) {
      const double value = at(middle + sign * i * step);
      sum += value;
      if (value < 1e-16 * sum) break;
    }
  }
  return sum * step;
}

// E[(1 - p)^count] and E[p (1 - p)^(count - 1)] over p ~ Beta(a, c - a).
struct StayMeans {
  double stays = 1;
  double leaves_last = 0;
};
StayMeans StayMeansOf(const Posterior& q, int count) {
  double log_stay = 0;  // Of count - 1 chances.
  for (int i = 0; i + 1 < count; ++i) log_stay += std::log1p(-q.a / (q.c + i));
  if (count == 0) return {};
  const double last = q.c + count - 1;
  const double stays = std::exp(log_stay);
  return {.stays = stays * ((last - q.a) / last), .leaves_last = stays * (q.a / last)};
}

absl::Status CheckGivenAlive(const Params& params, double repeat_count, double age_weeks,
                             double weeks) {
  VL_RETURN_IF_ERROR(Validate(params));
  VL_RETURN_IF_ERROR(CheckWeeks("repeat_count", repeat_count));
  VL_RETURN_IF_ERROR(CheckWeeks("age_weeks", age_weeks));
  return CheckWeeks("weeks", weeks);
}

}  // namespace

absl::StatusOr<double> AliveProbability(const Params& params, const PurchaseHistory& history) {
  VL_RETURN_IF_ERROR(Validate(params, history));
  return PosteriorOf(params, history).alive;
}

absl::StatusOr<double> AliveProbabilityAfter(const Params& params, const PurchaseHistory& history,
                                             double weeks) {
  VL_RETURN_IF_ERROR(Validate(params, history));
  VL_RETURN_IF_ERROR(CheckWeeks("weeks", weeks));
  const Posterior posterior = PosteriorOf(params, history);
  return posterior.alive * posterior.AliveAfter(weeks / posterior.scale);
}

absl::StatusOr<double> ExpectedPurchases(const Params& params, const PurchaseHistory& history,
                                         double weeks) {
  VL_RETURN_IF_ERROR(Validate(params, history));
  VL_RETURN_IF_ERROR(CheckWeeks("weeks", weeks));
  const Posterior posterior = PosteriorOf(params, history);
  return posterior.alive * PurchasesGivenAlive(posterior, weeks / posterior.scale);
}

absl::StatusOr<double> ExpectedPurchasesGivenAlive(const Params& params, double repeat_count,
                                                   double age_weeks, double weeks) {
  VL_RETURN_IF_ERROR(CheckGivenAlive(params, repeat_count, age_weeks, weeks));
  const Posterior posterior = GivenAlive(params, repeat_count, age_weeks);
  return PurchasesGivenAlive(posterior, weeks / posterior.scale);
}

absl::StatusOr<double> Exposure(const Params& params, const PurchaseHistory& history) {
  VL_ASSIGN_OR_RETURN(const double alive, AliveProbability(params, history));
  return alive * history.age_weeks + (1 - alive) * history.last_weeks;
}

absl::StatusOr<DiscountedFuture> DiscountedGivenAlive(const Params& params, double repeat_count,
                                                      double age_weeks, double horizon_weeks,
                                                      double delta_weekly) {
  VL_RETURN_IF_ERROR(Validate(params));
  VL_RETURN_IF_ERROR(CheckWeeks("repeat_count", repeat_count));
  VL_RETURN_IF_ERROR(CheckWeeks("age_weeks", age_weeks));
  VL_RETURN_IF_ERROR(CheckWeeks("horizon_weeks", horizon_weeks));
  VL_RETURN_IF_ERROR(CheckDelta(delta_weekly, false));
  const Posterior posterior = GivenAlive(params, repeat_count, age_weeks);
  return DiscountedTo(posterior, horizon_weeks / posterior.scale, delta_weekly);
}

absl::StatusOr<DiscountedFuture> Discounted(const Params& params, const PurchaseHistory& history,
                                            double horizon_weeks, double delta_weekly) {
  VL_ASSIGN_OR_RETURN(const double alive, AliveProbability(params, history));
  VL_ASSIGN_OR_RETURN(DiscountedFuture future,
                      DiscountedGivenAlive(params, history.repeat_count, history.age_weeks,
                                           horizon_weeks, delta_weekly));
  future.purchases *= alive;
  future.active_weeks *= alive;
  return future;
}

absl::StatusOr<double> DiscountedResidual(const Params& params, const PurchaseHistory& history,
                                          double delta_weekly) {
  VL_RETURN_IF_ERROR(Validate(params, history));
  VL_RETURN_IF_ERROR(CheckDelta(delta_weekly, true));
  const Posterior posterior = PosteriorOf(params, history);
  return posterior.alive * ResidualGivenAlive(posterior, delta_weekly);
}

// `count` purchases and still alive, or gone right after the last of them, at least `count` of
// which its rate would have made.
absl::StatusOr<double> PurchaseProbability(const Params& params, const PurchaseHistory& history,
                                           int count, double weeks) {
  VL_RETURN_IF_ERROR(Validate(params, history));
  VL_RETURN_IF_ERROR(CheckCount(count));
  VL_RETURN_IF_ERROR(CheckWeeks("weeks", weeks));
  const Posterior q = PosteriorOf(params, history);
  const double y = weeks / q.scale;
  const StayMeans means = StayMeansOf(q, count);
  double given_alive = means.stays * NegativeBinomialProbability(q.n, count, y);
  if (count == 0) return q.alive * given_alive + (1 - q.alive);
  given_alive += means.leaves_last * NegativeBinomialTail(q.n, count, y);
  return q.alive * given_alive;
}

// A customer leaves only right after a purchase, so without one it stays: E[e^(-rate weeks)].
absl::StatusOr<double> ProbabilityOfAnyPurchase(const Params& params,
                                                const PurchaseHistory& history, double weeks) {
  VL_RETURN_IF_ERROR(Validate(params, history));
  VL_RETURN_IF_ERROR(CheckWeeks("weeks", weeks));
  const Posterior posterior = PosteriorOf(params, history);
  return -posterior.alive * std::expm1(-posterior.n * std::log1p(weeks / posterior.scale));
}

absl::StatusOr<double> ProbabilityOfAnyPurchaseGivenAlive(const Params& params, double repeat_count,
                                                          double age_weeks, double weeks) {
  VL_RETURN_IF_ERROR(CheckGivenAlive(params, repeat_count, age_weeks, weeks));
  const Posterior posterior = GivenAlive(params, repeat_count, age_weeks);
  return -std::expm1(-posterior.n * std::log1p(weeks / posterior.scale));
}

// Whether or not it could leave before, a customer alive at T will buy once more.
absl::StatusOr<double> MedianWeeksToNextPurchase(const Params& params,
                                                 const PurchaseHistory& history) {
  VL_RETURN_IF_ERROR(Validate(params, history));
  const double n = params.r + history.repeat_count;
  const double weeks = (params.alpha + history.age_weeks) * std::expm1(std::log(2.0) / n);
  return std::min(weeks, kMaxWeeks);
}

}  // namespace valueloop::scoring::leaving
