#include "scoring/domain/fit.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "common/status.h"
#include "fmt/format.h"
#include "scoring/domain/fit_engine.h"
#include "scoring/domain/fit_regular.h"
#include "scoring/domain/special_functions.h"

namespace valueloop::scoring {
namespace {

constexpr double kNoDropoutRatio = 1e-4;
constexpr double kHomogeneousShape = 1e4;  // The rates' sd is 1 % of their mean.
constexpr double kRescaledAge = 20;        // The longest exposure while fitting.

// The mean of a sum of log-likelihoods over rows of weight 1.
template <typename Row, typename FromLog>
Objective MeanOver(std::span<const Row> rows, size_t dimension, const FromLog& from_log) {
  return [rows, dimension, from_log](const std::vector<double>& theta) {
    return WideDerivatives(LogLikelihoodDerivatives(from_log(theta), rows), dimension,
                           1 / static_cast<double>(rows.size()));
  };
}

template <typename Row, typename FromLog>
absl::StatusOr<Optimum> ClimbRows(const std::vector<Row>& rows,
                                  std::vector<std::vector<double>> starts, const FromLog& from_log,
                                  const FitOptions& options) {
  const size_t dimension = starts[0].size();
  const std::vector<Row> trial = TrialRows(std::span<const Row>(rows));
  ClimbTask task{.all = MeanOver(std::span<const Row>(rows), dimension, from_log),
                 .starts = std::move(starts)};
  if (trial.size() < rows.size()) {
    task.trial = MeanOver(std::span<const Row>(trial), dimension, from_log);
  }
  return Climb(task, options);
}

// A family of four parameters, the struct Params, but for what only it knows.
template <typename Params>
FamilyFit FamilyOf() {
  return {.parameter_count = 4,
          .derivatives = [](const Vector4& t, std::span<const WeightedHistory> rows) {
            return LogLikelihoodDerivatives(
                Params{std::exp(t[0]), std::exp(t[1]), std::exp(t[2]), std::exp(t[3])}, rows);
          }};
}

// BG/NBD and MBG/NBD.
template <typename Params>
FamilyFit LeavingFamily() {
  FamilyFit family = FamilyOf<Params>();
  family.in_weeks = {false, true, false, false};
  family.rate_direction = {0, -1, 0, 0};
  family.dropout_direction = {0, 0, 1, 1};
  family.starts = {{-1, 1, 0, 1}, {0, 0, -2, 0}, {0.5, 2, -1, 2.5}};
  return family;
}

FamilyFit ParetoFamily() {
  FamilyFit family = FamilyOf<ParetoNbdParams>();
  family.in_weeks = {false, true, false, true};
  family.rate_direction = {0, -1, 0, 0};
  family.dropout_direction = {0, 0, 0, -1};
  family.starts = {{-0.5, 1.5, -0.5, 1.5}, {0, 1, -2, 2.5}, {0.5, 2, 0, 3}};
  return family;
}

// Whether next to nobody leaves, at log-parameters in rescaled time.
template <typename Params>
bool HasNoDropout(std::span<const double> t) {
  return Sigmoid(t[2] - t[3]) < kNoDropoutRatio;  // a / (a + b).
}

// The chance to leave within the oldest customer's age.
template <>
bool HasNoDropout<ParetoNbdParams>(std::span<const double> t) {
  return -std::expm1(-std::exp(t[2]) * std::log1p(kRescaledAge / std::exp(t[3]))) < kNoDropoutRatio;
}

template <typename Fit, typename Params>
absl::StatusOr<Fit> FitFamily(const FamilyFit& family, std::span<const PurchaseHistory> histories,
                              const FitOptions& options) {
  std::vector<double> start;
  if (options.start && options.start->As<Params>() != nullptr) {
    start = ParameterValues(*options.start);
  }
  VL_ASSIGN_OR_RETURN(HistoryFit found, FitHistories(family, histories, start, options));
  const std::vector<double>& p = found.params;
  Fit fit{.params = static_cast<decltype(Fit::params)>(Params{p[0], p[1], p[2], p[3]}),
          .report = std::move(found.report),
          .covariates = std::move(found.covariates)};
  if (HasNoDropout<Params>(found.rescaled_theta)) fit.report.flags.push_back(FitFlag::kNoDropout);
  if (p[0] > kHomogeneousShape) fit.report.flags.push_back(FitFlag::kHomogeneous);
  return fit;
}

template <typename Params>
absl::StatusOr<PurchaseFit> FitRegular(int32_t first_chances,
                                       std::span<const PurchaseHistory> histories,
                                       const FitOptions& options) {
  std::optional<regular::Model> start;
  if (options.start && options.start->As<Params>() != nullptr) {
    start = ModelOf(*options.start->As<Params>());
  }
  VL_ASSIGN_OR_RETURN(CnbdFit fit, FitCnbd(first_chances, histories, start, options));
  const regular::Model& m = fit.model;
  return PurchaseFit{
      .params = PurchaseParams(Params{.r = m.r, .alpha = m.alpha, .a = m.a, .b = m.b, .k = m.k}),
      .report = std::move(fit.report)};
}

}  // namespace

CovariateDirections DirectionsOf(Family family) {
  const auto of = [](const FamilyFit& fit) {
    return CovariateDirections{.rate = fit.rate_direction, .dropout = fit.dropout_direction};
  };
  switch (family) {
    case Family::kBgNbd:
      return of(LeavingFamily<BgNbdParams>());
    case Family::kMbgNbd:
      return of(LeavingFamily<MbgNbdParams>());
    case Family::kParetoNbd:
      return of(ParetoFamily());
    default:
      return {};
  }
}

absl::StatusOr<BgNbdFit> FitBgNbd(std::span<const PurchaseHistory> histories,
                                  const FitOptions& options) {
  return FitFamily<BgNbdFit, BgNbdParams>(LeavingFamily<BgNbdParams>(), histories, options);
}

absl::StatusOr<PurchaseFit> FitPurchaseModel(Family family,
                                             std::span<const PurchaseHistory> histories,
                                             const FitOptions& options) {
  switch (family) {
    case Family::kBgNbd:
      return FitFamily<PurchaseFit, BgNbdParams>(LeavingFamily<BgNbdParams>(), histories, options);
    case Family::kMbgNbd:
      return FitFamily<PurchaseFit, MbgNbdParams>(LeavingFamily<MbgNbdParams>(), histories,
                                                  options);
    case Family::kParetoNbd:
      return FitFamily<PurchaseFit, ParetoNbdParams>(ParetoFamily(), histories, options);
    case Family::kBgCnbd:
      return FitRegular<BgCnbdParams>(0, histories, options);
    case Family::kMbgCnbd:
      return FitRegular<MbgCnbdParams>(1, histories, options);
  }
  return absl::InternalError("family: got one without a fit");
}

absl::StatusOr<GammaGammaFit> FitGammaGamma(std::span<const SpendHistory> spends,
                                            const FitOptions& options) {
  std::vector<SpendHistory> rows;
  double sum = 0;
  for (size_t i = 0; i < spends.size(); ++i) {
    if (const absl::Status status = Validate(spends[i]); !status.ok()) {
      return Annotate(status, fmt::format("spends[{}]", i));
    }
    if (spends[i].count == 0) continue;
    rows.push_back(spends[i]);
    sum += spends[i].mean;
  }
  const auto customers = static_cast<int64_t>(rows.size());
  if (customers < kMinCustomers) {
    return NotEnoughData("customers with a repeat spend", "有重复消费的客户", customers,
                         kMinCustomers);
  }
  std::sort(rows.begin(), rows.end(), [](const SpendHistory& a, const SpendHistory& b) {
    return std::pair(a.count, a.mean) < std::pair(b.count, b.mean);
  });
  const bool differ = std::any_of(rows.begin(), rows.end(), [&](const SpendHistory& row) {
    return row.mean != rows.front().mean;
  });
  if (!differ) return NotEnoughData("unlike mean spends", "不同的平均消费", 1, 2);
  const double money_scale = 10 * static_cast<double>(customers) / sum;
  for (SpendHistory& row : rows) row.mean *= money_scale;
  const auto from_log = [](const std::vector<double>& t) {
    return GammaGammaParams{std::exp(t[0]), std::exp(t[1]), std::exp(t[2])};
  };
  VL_ASSIGN_OR_RETURN(
      const Optimum optimum,
      ClimbRows(rows, {{1.5, 1, 1.5}, {0, 0.7, 2}, {2.5, 1.5, 1}}, from_log, options));
  GammaGammaFit fit{.params = from_log(optimum.theta)};
  fit.params.v /= money_scale;
  const auto& [p, q, v] = fit.params;
  const double params[] = {p, q, v};
  fit.report = ReportOf(optimum, static_cast<double>(customers), customers, params);
  fit.report.log_likelihood += static_cast<double>(customers) * std::log(money_scale);
  if (q <= 1) fit.report.flags.push_back(FitFlag::kInfiniteMean);
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
    return NotEnoughData("customers with exposure", "有观察时间的客户", customers, kMinCustomers);
  }
  if (events < 2) return NotEnoughData("events", "事件", events, 2);
  const double time_scale = kRescaledAge / max_weeks;
  double weeks = 0;
  for (CountRow& row : rows) {
    row.exposure_weeks *= time_scale;
    weeks += row.exposure_weeks;
  }
  const auto from_log = [](const std::vector<double>& t) {
    return NegativeBinomialParams{std::exp(t[0]), std::exp(t[1])};
  };
  // Each with the mean rate of the data: a part of the rows may hold no event at all.
  const double log_gap = std::log(weeks / static_cast<double>(events));
  VL_ASSIGN_OR_RETURN(
      const Optimum optimum,
      ClimbRows(rows, {{0, log_gap}, {-1.5, log_gap - 1.5}, {1, log_gap + 1}}, from_log, options));
  NegativeBinomialFit fit{.params = from_log(optimum.theta)};
  fit.params.h /= time_scale;
  const double params[] = {fit.params.g, fit.params.h};
  fit.report = ReportOf(optimum, static_cast<double>(customers), customers, params);
  fit.report.log_likelihood += static_cast<double>(events) * std::log(time_scale);
  if (fit.params.g > kHomogeneousShape) fit.report.flags.push_back(FitFlag::kHomogeneous);
  return fit;
}

}  // namespace valueloop::scoring
