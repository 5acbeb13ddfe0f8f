#include "scoring/domain/fit_regular.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "common/status.h"
#include "fmt/format.h"
#include "scoring/domain/fit_engine.h"

namespace valueloop::scoring {
namespace {

constexpr double kNoDropoutRatio = 1e-4;
constexpr double kHomogeneousShape = 1e4;

SbgParams SbgAt(const std::vector<double>& theta) {
  return {.alpha = std::exp(theta[0]), .beta = std::exp(theta[1])};
}

BgBbParams BgBbAt(const std::vector<double>& theta) {
  return {.alpha = std::exp(theta[0]),
          .beta = std::exp(theta[1]),
          .gamma = std::exp(theta[2]),
          .delta = std::exp(theta[3])};
}

}  // namespace

absl::StatusOr<SbgFit> FitSbg(std::span<const WeightedContract> contracts,
                              const FitOptions& options) {
  std::vector<WeightedContract> rows;
  double total = 0;
  double stops = 0;
  for (size_t i = 0; i < contracts.size(); ++i) {
    const WeightedContract& row = contracts[i];
    VL_RETURN_IF_ERROR(Annotate(Validate(row.history), fmt::format("contracts[{}]", i)));
    if (!std::isfinite(row.weight) || row.weight < 0) {
      return InvalidField(fmt::format("contracts[{}].weight", i), fmt::format("{}", row.weight),
                          "finite, at least 0");
    }
    if (row.weight == 0) continue;
    rows.push_back(row);
    total += row.weight;
    if (row.history.stopped) stops += row.weight;
  }
  if (total < kMinCustomers) {
    return NotEnoughData("contracts", "合同", static_cast<int64_t>(total), kMinCustomers);
  }
  if (stops < 2) return NotEnoughData("stopped contracts", "已终止的合同", std::lround(stops), 2);
  std::sort(rows.begin(), rows.end(), [](const WeightedContract& a, const WeightedContract& b) {
    return a.history.renewals < b.history.renewals;
  });
  const ClimbTask task{.all =
                           [&](const std::vector<double>& theta) {
                             return WideDerivatives(LogLikelihoodDerivatives(SbgAt(theta), rows), 2,
                                                    1 / total);
                           },
                       .starts = {{0, 1}, {1.5, 3}, {-1, -1}}};
  VL_ASSIGN_OR_RETURN(const Optimum optimum, Climb(task, options));
  SbgFit fit{.params = SbgAt(optimum.theta)};
  const auto& [alpha, beta] = fit.params;
  fit.report = ReportOf(optimum, total, static_cast<int64_t>(rows.size()),
                        std::array<double, 2>{alpha, beta});
  if (alpha / (alpha + beta) < kNoDropoutRatio) fit.report.flags.push_back(FitFlag::kNoDropout);
  if (alpha > kHomogeneousShape || (alpha > 1 && beta > kHomogeneousShape)) {
    fit.report.flags.push_back(FitFlag::kHomogeneous);
  }
  return fit;
}

absl::StatusOr<BgBbFit> FitBgBb(std::span<const DiscreteHistory> histories,
                                const FitOptions& options) {
  int64_t customers = 0;
  int64_t repeat_buyers = 0;
  for (size_t i = 0; i < histories.size(); ++i) {
    VL_RETURN_IF_ERROR(Annotate(Validate(histories[i]), fmt::format("histories[{}]", i)));
    customers += histories[i].opportunities > 0;
    repeat_buyers += histories[i].repeat_count > 0;
  }
  if (customers < kMinCustomers) {
    return NotEnoughData("customers with an opportunity to buy again", "有再次购买机会的客户",
                         customers, kMinCustomers);
  }
  if (repeat_buyers < 2) {
    return NotEnoughData("customers with a repeat purchase", "有重复购买的客户", repeat_buyers, 2);
  }
  const std::vector<WeightedDiscreteHistory> rows = CompressDiscrete(histories);
  const auto total = static_cast<double>(histories.size());
  const ClimbTask task{.all =
                           [&](const std::vector<double>& theta) {
                             return WideDerivatives(LogLikelihoodDerivatives(BgBbAt(theta), rows),
                                                    4, 1 / total);
                           },
                       .starts = {{0, 0, 0, 1}, {0.5, 1.5, -1, 1.5}, {-1, 0, -1, 0}}};
  VL_ASSIGN_OR_RETURN(const Optimum optimum, Climb(task, options));
  BgBbFit fit{.params = BgBbAt(optimum.theta)};
  const auto& [alpha, beta, gamma, delta] = fit.params;
  fit.report = ReportOf(optimum, total, static_cast<int64_t>(rows.size()),
                        std::array<double, 4>{alpha, beta, gamma, delta});
  if (gamma / (gamma + delta) < kNoDropoutRatio) fit.report.flags.push_back(FitFlag::kNoDropout);
  if (alpha > kHomogeneousShape || beta > kHomogeneousShape) {
    fit.report.flags.push_back(FitFlag::kHomogeneous);
  }
  return fit;
}

}  // namespace valueloop::scoring
