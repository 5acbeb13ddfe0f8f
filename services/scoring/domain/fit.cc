#include "scoring/domain/fit.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>

#include "common/status.h"
#include "fmt/format.h"

namespace valueloop::scoring {
namespace {

constexpr size_t kTrialRows = 4096;  // The starts compete on a part of the rows.
constexpr double kRescaledAge = 20;  // The oldest customer's age while fitting.
constexpr int64_t kMinCustomers = 10;
constexpr double kNoDropoutRatio = 1e-4;
constexpr double kMaxConditionNumber = 1e12;
constexpr double kNearBound = kLogBound - 1e-6;

absl::Status NotEnough(std::string_view what, int64_t got, int64_t want) {
  return WithReason(absl::FailedPreconditionError(fmt::format(
                        "{}: got {}, want at least {} to fit a model", what, got, want)),
                    "NOT_ENOUGH_DATA");
}

// Sums the scaled derivatives: optimisation is about the mean, so that tolerances do not depend on
// n.
Derivatives Scaled(Derivatives sum, double factor) {
  sum.value *= factor;
  for (size_t i = 0; i < kMaxParameters; ++i) {
    sum.gradient[i] *= factor;
    for (double& h : sum.hessian[i]) h *= factor;
  }
  return sum;
}

template <typename Row>
std::vector<Row> TrialRows(const std::vector<Row>& rows) {
  if (rows.size() <= 2 * kTrialRows) return rows;
  const size_t step = rows.size() / kTrialRows;
  std::vector<Row> trial;
  for (size_t i = 0; i < rows.size(); i += step) trial.push_back(rows[i]);
  return trial;
}

double WeightOf(const WeightedHistory& row) { return row.weight; }
double WeightOf(const SpendHistory&) { return 1; }
double WeightOf(const CountRow&) { return 1; }

template <typename Row>
double TotalWeight(const std::vector<Row>& rows) {
  double sum = 0;
  for (const Row& row : rows) sum += WeightOf(row);
  return sum;
}

// Maximises the mean log-likelihood of `rows`: every start on a part of the rows, then the best of
// them on all. `Params FromLog(theta)` maps log-parameters to the model's.
template <typename Row, typename FromLog>
absl::StatusOr<Optimum> Climb(const std::vector<Row>& rows, size_t dimension,
                              std::span<const Vector4> starts, const FromLog& from_log,
                              const FitOptions& options) {
  FitProgress progress;
  const int expected = 12 * (static_cast<int>(starts.size()) + 1);
  const OnEvaluation on_evaluation = [&](double best_value) {
    ++progress.evaluation_count;
    progress.mean_log_likelihood = best_value;
    progress.done_ratio = 1 - std::exp(-3.0 * progress.evaluation_count / expected);
    return !options.on_progress || options.on_progress(progress);
  };
  const auto objective_over = [&](const std::vector<Row>& some) {
    return [&some, &from_log, factor = 1 / TotalWeight(some)](const Vector4& theta) {
      return Scaled(LogLikelihoodDerivatives(from_log(theta), std::span<const Row>(some)), factor);
    };
  };
  const std::vector<Row> trial = TrialRows(rows);
  Optimum best;
  bool found = false;
  int evaluations = 0;
  for (const Vector4& start : starts) {
    VL_ASSIGN_OR_RETURN(Optimum optimum,
                        Maximize(objective_over(trial), dimension, start, on_evaluation));
    evaluations += optimum.evaluations;
    const bool better =
        std::isfinite(optimum.at.value) && (!found || optimum.at.value > best.at.value);
    if (better) best = optimum;
    found = found || better;
  }
  if (trial.size() < rows.size()) {
    VL_ASSIGN_OR_RETURN(best, Maximize(objective_over(rows), dimension,
                                       found ? best.theta : starts[0], on_evaluation));
    evaluations += best.evaluations;
  }
  best.evaluations = evaluations;
  if (options.on_progress) {
    progress.done_ratio = 1;
    options.on_progress(progress);
  }
  return best;
}

// Fills what does not depend on the model. `params` in the units of the data; log-covariances do
// not depend on units.
template <typename Row>
FitReport ReportOf(const Optimum& optimum, const std::vector<Row>& rows, size_t dimension,
                   const Vector4& params) {
  FitReport report;
  const double weight = TotalWeight(rows);
  report.log_likelihood = optimum.at.value * weight;
  report.customer_count = std::llround(weight);
  report.row_count = static_cast<int64_t>(rows.size());
  report.evaluation_count = optimum.evaluations;
  if (!optimum.converged) report.flags.push_back(FitFlag::kNotConverged);
  const bool at_bound =
      std::any_of(optimum.theta.begin(), optimum.theta.begin() + static_cast<long>(dimension),
                  [](double t) { return std::fabs(t) >= kNearBound; });
  if (at_bound) report.flags.push_back(FitFlag::kAtBound);
  Matrix4 information{};
  for (size_t i = 0; i < dimension; ++i) {
    for (size_t j = 0; j < dimension; ++j) information[i][j] = -weight * optimum.at.hessian[i][j];
  }
  const EigenSystem eigen = EigenOf(information, dimension);
  const double condition = eigen.values[dimension - 1] / eigen.values[0];
  if (!(eigen.values[0] > 0 && condition <= kMaxConditionNumber)) {
    report.flags.push_back(FitFlag::kFlat);
    return report;
  }
  report.condition_number = condition;
  if (at_bound) return report;
  for (size_t i = 0; i < dimension; ++i) {
    for (size_t j = 0; j < dimension; ++j) {
      double covariance = 0;
      for (size_t k = 0; k < dimension; ++k) {
        covariance += eigen.vectors[i][k] * eigen.vectors[j][k] / eigen.values[k];
      }
      report.log_covariance.push_back(covariance);
      if (i == j) report.standard_errors.push_back(params[i] * std::sqrt(covariance));
    }
  }
  return report;
}

bool HaveEqualTimes(const PurchaseHistory& a, const PurchaseHistory& b) {
  return a.repeat_count == b.repeat_count && a.last_weeks == b.last_weeks &&
         a.age_weeks == b.age_weeks;
}

uint64_t HashOf(const PurchaseHistory& history) {
  uint64_t hash = static_cast<uint64_t>(history.repeat_count) * 0x9e3779b97f4a7c15;
  for (const double weeks : {history.last_weeks, history.age_weeks}) {
    uint64_t bits = 0;
    static_assert(sizeof(bits) == sizeof(weeks));
    std::copy_n(reinterpret_cast<const char*>(&weeks), sizeof(bits),
                reinterpret_cast<char*>(&bits));
    hash = (hash ^ bits ^ (hash >> 29)) * 0xbf58476d1ce4e5b9;
  }
  return hash ^ (hash >> 32);
}

}  // namespace

std::string_view FitFlagName(FitFlag flag) {
  constexpr std::array<std::string_view, 6> kNames = {
      "NOT_CONVERGED", "AT_BOUND", "FLAT", "NO_DROPOUT", "INFINITE_MEAN", "HOMOGENEOUS"};
  return kNames[static_cast<size_t>(flag)];
}

std::string_view FitFlagText(FitFlag flag) {
  constexpr std::array<std::string_view, 6> kTexts = {
      "the slope of the likelihood did not vanish",
      "a parameter ended on the bound of its search range",
      "the likelihood is flat in some direction: no standard errors",
      "the data show no leaving customers",
      "q is at most 1: the mean spend of a new customer is not finite",
      "the customers' rates do not differ"};
  return kTexts[static_cast<size_t>(flag)];
}

std::vector<WeightedHistory> Compress(std::span<const PurchaseHistory> histories) {
  // Open addressing: sorting only the distinct rows is several times faster than sorting all.
  size_t slots = 16;
  while (slots < 2 * histories.size()) slots *= 2;
  std::vector<uint32_t> slot(slots, 0);  // Index of a row, plus 1.
  std::vector<WeightedHistory> rows;
  for (const PurchaseHistory& history : histories) {
    size_t at = HashOf(history) & (slots - 1);
    while (slot[at] != 0 && !HaveEqualTimes(rows[slot[at] - 1].history, history)) {
      at = (at + 1) & (slots - 1);
    }
    if (slot[at] == 0) {
      rows.push_back({.history = history, .weight = 0});
      rows.back().history.log_gap_sum.reset();
      slot[at] = static_cast<uint32_t>(rows.size());
    }
    rows[slot[at] - 1].weight += 1;
  }
  std::sort(rows.begin(), rows.end(), [](const WeightedHistory& a, const WeightedHistory& b) {
    const auto key = [](const PurchaseHistory& h) {
      return std::tuple(h.repeat_count, h.last_weeks, h.age_weeks);
    };
    return key(a.history) < key(b.history);
  });
  return rows;
}

absl::StatusOr<BgNbdFit> FitBgNbd(std::span<const PurchaseHistory> histories,
                                  const FitOptions& options) {
  int64_t repeat_buyers = 0;
  double max_age = 0;
  for (size_t i = 0; i < histories.size(); ++i) {
    VL_RETURN_IF_ERROR(Annotate(Validate(histories[i]), fmt::format("histories[{}]", i)));
    repeat_buyers += histories[i].repeat_count > 0;
    max_age = std::max(max_age, histories[i].age_weeks);
  }
  const auto customers = static_cast<int64_t>(histories.size());
  if (customers < kMinCustomers) return NotEnough("customers", customers, kMinCustomers);
  if (repeat_buyers < 2) return NotEnough("customers with a repeat purchase", repeat_buyers, 2);
  const double time_scale = kRescaledAge / max_age;
  std::vector<WeightedHistory> rows = Compress(histories);
  double purchases = 0;
  for (WeightedHistory& row : rows) {
    purchases += row.weight * row.history.repeat_count;
    row.history.last_weeks *= time_scale;
    row.history.age_weeks *= time_scale;
  }
  const auto from_log = [](const Vector4& t) {
    return BgNbdParams{std::exp(t[0]), std::exp(t[1]), std::exp(t[2]), std::exp(t[3])};
  };
  constexpr std::array<Vector4, 3> kStarts = {{{-1, 1, 0, 1}, {0, 0, -2, 0}, {0.5, 2, -1, 2.5}}};
  VL_ASSIGN_OR_RETURN(const Optimum optimum, Climb(rows, 4, kStarts, from_log, options));
  BgNbdFit fit{.params = from_log(optimum.theta)};
  fit.params.alpha /= time_scale;
  const auto& [r, alpha, a, b] = fit.params;
  fit.report = ReportOf(optimum, rows, 4, {r, alpha, a, b});
  // A density of x purchase times: stretching time by s divides it by s^x.
  fit.report.log_likelihood += purchases * std::log(time_scale);
  if (a / (a + b) < kNoDropoutRatio) fit.report.flags.push_back(FitFlag::kNoDropout);
  return fit;
}

absl::StatusOr<PurchaseFit> FitPurchaseModel(Family family,
                                             std::span<const PurchaseHistory> histories,
                                             const FitOptions& options) {
  const auto erased = [](auto fit) -> absl::StatusOr<PurchaseFit> {
    if (!fit.ok()) return fit.status();
    return PurchaseFit{.params = PurchaseParams(fit->params), .report = std::move(fit->report)};
  };
  switch (family) {
    case Family::kBgNbd:
      return erased(FitBgNbd(histories, options));
  }
  return absl::InternalError("family: got one without a fit");
}

absl::StatusOr<GammaGammaFit> FitGammaGamma(std::span<const SpendHistory> spends,
                                            const FitOptions& options) {
  std::vector<SpendHistory> rows;
  double sum = 0;
  for (size_t i = 0; i < spends.size(); ++i) {
    VL_RETURN_IF_ERROR(Annotate(Validate(spends[i]), fmt::format("spends[{}]", i)));
    if (spends[i].count == 0) continue;
    rows.push_back(spends[i]);
    sum += spends[i].mean;
  }
  const auto customers = static_cast<int64_t>(rows.size());
  if (customers < kMinCustomers) {
    return NotEnough("customers with a repeat spend", customers, kMinCustomers);
  }
  std::sort(rows.begin(), rows.end(), [](const SpendHistory& a, const SpendHistory& b) {
    return std::pair(a.count, a.mean) < std::pair(b.count, b.mean);
  });
  const bool differ = std::any_of(rows.begin(), rows.end(), [&](const SpendHistory& row) {
    return row.mean != rows.front().mean;
  });
  if (!differ) return NotEnough("unlike mean spends", 1, 2);
  const double money_scale = 10 * static_cast<double>(customers) / sum;
  for (SpendHistory& row : rows) row.mean *= money_scale;
  const auto from_log = [](const Vector4& t) {
    return GammaGammaParams{std::exp(t[0]), std::exp(t[1]), std::exp(t[2])};
  };
  constexpr std::array<Vector4, 3> kStarts = {{{1.5, 1, 1.5, 0}, {0, 0.7, 2, 0}, {2.5, 1.5, 1, 0}}};
  VL_ASSIGN_OR_RETURN(const Optimum optimum, Climb(rows, 3, kStarts, from_log, options));
  GammaGammaFit fit{.params = from_log(optimum.theta)};
  fit.params.v /= money_scale;
  fit.report = ReportOf(optimum, rows, 3, {fit.params.p, fit.params.q, fit.params.v, 0});
  fit.report.log_likelihood += static_cast<double>(customers) * std::log(money_scale);
  if (fit.params.q <= 1) fit.report.flags.push_back(FitFlag::kInfiniteMean);
  return fit;
}

absl::StatusOr<NegativeBinomialFit> FitNegativeBinomial(std::span<const CountRow> counts,
                                                        const FitOptions& options) {
  std::vector<CountRow> rows;
  int64_t events = 0;
  double max_weeks = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    const CountRow& row = counts[i];
    if (row.count < 0 || !(row.exposure_weeks >= 0) || !std::isfinite(row.exposure_weeks)) {
      return InvalidField(fmt::format("counts[{}]", i),
                          fmt::format("{} in {} weeks", row.count, row.exposure_weeks),
                          "a count of at least 0 in finite weeks of at least 0");
    }
    if (row.exposure_weeks == 0) continue;
    rows.push_back(row);
    events += row.count;
    max_weeks = std::max(max_weeks, row.exposure_weeks);
  }
  const auto customers = static_cast<int64_t>(rows.size());
  if (customers < kMinCustomers) {
    return NotEnough("customers with exposure", customers, kMinCustomers);
  }
  if (events < 2) return NotEnough("events", events, 2);
  const double time_scale = kRescaledAge / max_weeks;
  for (CountRow& row : rows) row.exposure_weeks *= time_scale;
  const auto from_log = [](const Vector4& t) {
    return NegativeBinomialParams{std::exp(t[0]), std::exp(t[1])};
  };
  constexpr std::array<Vector4, 3> kStarts = {{{-1, 3, 0, 0}, {0, 1, 0, 0}, {1, 5, 0, 0}}};
  VL_ASSIGN_OR_RETURN(const Optimum optimum, Climb(rows, 2, kStarts, from_log, options));
  NegativeBinomialFit fit{.params = from_log(optimum.theta)};
  fit.params.h /= time_scale;
  fit.report = ReportOf(optimum, rows, 2, {fit.params.g, fit.params.h, 0, 0});
  fit.report.log_likelihood += static_cast<double>(events) * std::log(time_scale);
  const bool homogeneous = std::max(optimum.theta[0], optimum.theta[1]) >= kNearBound;
  if (homogeneous) fit.report.flags.push_back(FitFlag::kHomogeneous);
  return fit;
}

}  // namespace valueloop::scoring
