#include "scoring/domain/cnbd_stages.h"

#include <algorithm>
#include <cmath>

#include "scoring/domain/purchase_math.h"
#include "scoring/domain/special_functions.h"

namespace valueloop::scoring::regular {
namespace {

constexpr double kNegligible = 1e-18;
constexpr double kRescale = 1e100;
constexpr int64_t kMaxStages = 1'000'000;  // Summed on either side of the most probable count.

// ln of the sum over j < k of (n)_j / j! z^j.
double LogRunning(double n, int32_t k, double z) {
  double term = 1;
  double sum = 0;
  for (int32_t j = 0; j < k; ++j) {
    sum += term;
    term *= (n + j) / (1.0 + j) * z;
  }
  return std::log(sum);
}

}  // namespace

Posterior GivenAlive(const Model& model, double repeat_count, double age_weeks,
                     std::optional<double> silence_weeks) {
  Posterior out{.k = model.k,
                .n = model.r + model.k * repeat_count,
                .scale = model.alpha + age_weeks,
                .a = model.a,
                .b = model.b + repeat_count + model.first_chances};
  out.silence = silence_weeks.value_or(0);
  const double z = out.silence / out.scale;
  double term = std::exp(-LogRunning(out.n, out.k, z));
  for (int32_t j = 0; j < model.k; ++j) {
    out.stage[static_cast<size_t>(j)] = silence_weeks ? term : 1.0 / model.k;
    term *= (out.n + j) / (1.0 + j) * z;
  }
  return out;
}

Posterior PosteriorOf(const Model& model, const PurchaseHistory& history) {
  Posterior out = GivenAlive(model, history.repeat_count, history.age_weeks,
                             history.age_weeks - history.last_weeks);
  const int32_t chances = history.repeat_count + model.first_chances;
  if (chances == 0) return out;
  // Log-odds of having left; in log space the power cannot overflow for heavy buyers.
  const double quiet = std::log1p(out.silence / (model.alpha + history.last_weeks));
  const double log_odds = std::log(model.a / (model.b + chances - 1)) + out.n * quiet -
                          LogRunning(out.n, out.k, out.silence / out.scale);
  out.alive = Sigmoid(-log_odds);
  return out;
}

Stages::Stages(const Posterior& posterior) : q_(posterior), stay_{1}, bought_{0} {}

void Stages::ExtendTo(int64_t chances) {
  while (static_cast<int64_t>(stay_.size()) <= chances) {
    const auto i = static_cast<double>(stay_.size() - 1);
    bought_.push_back(bought_.back() + stay_.back());
    stay_.push_back(stay_.back() * ((q_.b + i) / (q_.a + q_.b + i)));
  }
}

double Stages::Stay(int64_t chances) {
  ExtendTo(chances);
  return stay_[static_cast<size_t>(chances)];
}

// Sums over the count N of stages from its most probable value outwards. With
// p_N = (n)_N / N! z^N, z = weeks / (scale + weeks), the joint probability of N and of being in
// stage j now is in proportion to p_N (n + N)_j (1 - z)^j / (n)_j times that of j.
Stages::Outcome Stages::After(double weeks) {
  if (weeks == 0) return {};
  const double z = weeks / (q_.scale + weeks);
  const double rest = q_.scale / (q_.scale + weeks);
  std::array<double, kMaxRegularity> step{};
  for (int32_t j = 0; j < q_.k; ++j) step[static_cast<size_t>(j)] = rest / (q_.n + j);
  double total = 0;
  double purchases = 0;
  double alive = 0;
  // Adds the count N; returns its part of the total.
  const auto add = [&](int64_t count, double p) {
    const int64_t gaps = count / q_.k;
    const auto first_later = static_cast<int32_t>(q_.k - count % q_.k);
    ExtendTo(gaps + 1);
    double now = 0;
    double later = 0;
    double rising = p;
    for (int32_t j = 0; j < q_.k; ++j) {
      (j < first_later ? now : later) += rising * q_.stage[static_cast<size_t>(j)];
      rising *= (q_.n + static_cast<double>(count + j)) * step[static_cast<size_t>(j)];
    }
    const auto at = static_cast<size_t>(gaps);
    total += now + later;
    const double added = now * bought_[at] + later * bought_[at + 1];
    purchases += added;
    alive += now * stay_[at] + later * stay_[at + 1];
    return std::max((now + later) / total, added > 0 ? added / purchases : 0);
  };
  const double mode = std::max(0.0, std::floor((q_.n - 1) * z / rest));
  const auto centre = static_cast<int64_t>(std::min(mode, static_cast<double>(kMaxStages)));
  double p = 1;
  double scale = 1;
  int64_t count = centre;
  while (true) {
    const double part = add(count, p);
    const double ratio = z * (q_.n + static_cast<double>(count)) / static_cast<double>(count + 1);
    const double falls = 1 - ratio * (1 + q_.k / (q_.n + static_cast<double>(count)));
    if (part < kNegligible * falls || count - centre >= kMaxStages) break;
    p *= ratio;
    ++count;
    if (p > kRescale) {  // Only where the most probable count is out of reach.
      for (double* sum : {&p, &total, &purchases, &alive}) *sum /= kRescale;
      scale /= kRescale;
    }
  }
  p = scale;
  for (count = centre; count > 0 && centre - count < kMaxStages; --count) {
    p *= static_cast<double>(count) / (z * (q_.n + static_cast<double>(count - 1)));
    if (add(count - 1, p) < kNegligible) break;
  }
  return {.purchases = purchases / total, .alive = alive / total};
}

double Stages::Exactly(int64_t count, double weeks) const {
  const double y = weeks / q_.scale;
  double sum = 0;
  for (int32_t j = 0; j < q_.k; ++j) {
    const double stage = q_.stage[static_cast<size_t>(j)];
    if (stage == 0) continue;
    double probability = 0;
    const int64_t first = std::max<int64_t>(count * q_.k - j, 0);
    for (int64_t stages = first; stages < (count + 1) * q_.k - j; ++stages) {
      probability += NegativeBinomialProbability(q_.n + j, static_cast<int>(stages), y);
    }
    sum += stage * probability;
  }
  return sum;
}

double Stages::AtLeast(int64_t count, double weeks) const {
  const double y = weeks / q_.scale;
  double sum = 0;
  for (int32_t j = 0; j < q_.k; ++j) {
    const double stage = q_.stage[static_cast<size_t>(j)];
    if (stage == 0) continue;
    sum += stage * NegativeBinomialTail(q_.n + j, static_cast<int>(count * q_.k - j), y);
  }
  return sum;
}

double Stages::NoneIn(double weeks) const {
  const double now = LogRunning(q_.n, q_.k, q_.silence / q_.scale);
  const double then = LogRunning(q_.n, q_.k, (q_.silence + weeks) / (q_.scale + weeks));
  return std::exp(then - now - q_.n * std::log1p(weeks / q_.scale));
}

}  // namespace valueloop::scoring::regular
