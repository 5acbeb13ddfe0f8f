#include "scoring/domain/bg_bb.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>
#include <utility>

#include "common/status.h"
#include "fmt/format.h"
#include "scoring/domain/beta_geometric.h"
#include "scoring/domain/bg_bb_ends.h"
#include "scoring/domain/civil_day.h"

namespace valueloop::scoring {
namespace {

constexpr double kWeeksPerYear = 52.1775;
constexpr std::array<std::string_view, 4> kPeriodNames = {"WEEK", "MONTH", "QUARTER", "YEAR"};

// Periods since an arbitrary one.
int64_t PeriodOf(absl::CivilDay day, Period period) {
  switch (period) {
    case Period::kWeek: {
      const int64_t since_monday = int64_t{DayNumber(day)} + 3;  // 1970-01-01 was a Thursday.
      return since_monday >= 0 ? since_monday / 7 : -((6 - since_monday) / 7);
    }
    case Period::kMonth:
      return day.year() * 12 + day.month() - 1;
    case Period::kQuarter:
      return day.year() * 4 + (day.month() - 1) / 3;
    case Period::kYear:
      return day.year();
  }
  return 0;
}

// ln (first + second)_k moves with ln first by `by_first`, and so on.
struct SumMoves {
  double by_first = 0, by_second = 0;
  double first_first = 0, first_second = 0, second_second = 0;

  SumMoves(double first, double second, const LogRising& of_sum, size_t k) {
    const double u = first / (first + second);
    const double v = second / (first + second);
    const double bend = of_sum.second[k] - of_sum.first[k];
    by_first = u * of_sum.first[k];
    by_second = v * of_sum.first[k];
    first_first = by_first + u * u * bend;
    first_second = u * v * bend;
    second_second = by_second + v * v * bend;
  }
};

enum Parameter : size_t { kAlpha, kBeta, kGamma, kDelta };

class DerivativeTables {
 public:
  DerivativeTables(const BgBbParams& p, int32_t opportunities)
      : p_(p),
        alpha_(p.alpha, opportunities),
        beta_(p.beta, opportunities),
        buying_(p.alpha + p.beta, opportunities),
        delta_(p.delta, opportunities),
        leaving_(p.gamma + p.delta, opportunities + 1) {}

  // Adds the derivatives of one row.
  void Add(const WeightedDiscreteHistory& row, Derivatives& sum) const {
    const auto& [x, last, n] = row.history;
    Vector4 mean{};
    Matrix4 moments{};
    Matrix4 bends{};
    const Ends ends(p_, row.history);
    ends.ForEach([&](int32_t stayed, bool alive, double probability) {
      const auto k = static_cast<size_t>(stayed);
      const auto bought = static_cast<size_t>(x);
      const SumMoves buying(p_.alpha, p_.beta, buying_, k);
      const SumMoves leaving(p_.gamma, p_.delta, leaving_, alive ? k : k + 1);
      const Vector4 move = {
          alpha_.first[bought] - buying.by_first, beta_.first[k - bought] - buying.by_second,
          (alive ? 0 : 1) - leaving.by_first, delta_.first[k] - leaving.by_second};
      for (size_t i = 0; i < 4; ++i) {
        mean[i] += probability * move[i];
        for (size_t j = i; j < 4; ++j) moments[i][j] += probability * move[i] * move[j];
      }
      bends[kAlpha][kAlpha] += probability * (alpha_.second[bought] - buying.first_first);
      bends[kAlpha][kBeta] -= probability * buying.first_second;
      bends[kBeta][kBeta] += probability * (beta_.second[k - bought] - buying.second_second);
      bends[kGamma][kGamma] -= probability * leaving.first_first;
      bends[kGamma][kDelta] -= probability * leaving.first_second;
      bends[kDelta][kDelta] += probability * (delta_.second[k] - leaving.second_second);
    });
    sum.value += row.weight * ends.log_likelihood();
    for (size_t i = 0; i < 4; ++i) {
      sum.gradient[i] += row.weight * mean[i];
      for (size_t j = i; j < 4; ++j) {
        sum.hessian[i][j] += row.weight * (bends[i][j] + moments[i][j] - mean[i] * mean[j]);
      }
    }
  }

 private:
  const BgBbParams& p_;
  const LogRising alpha_;
  const LogRising beta_;
  const LogRising buying_;
  const LogRising delta_;
  const LogRising leaving_;
};

}  // namespace

std::string_view PeriodName(Period period) { return kPeriodNames[static_cast<size_t>(period)]; }

double WeeksOf(Period period) {
  constexpr std::array<double, 4> kWeeks = {1, kWeeksPerYear / 12, kWeeksPerYear / 4,
                                            kWeeksPerYear};
  return kWeeks[static_cast<size_t>(period)];
}

std::optional<DiscreteHistory> DiscreteHistoryOf(const CustomerSummary& summary,
                                                 absl::CivilDay as_of, Period period) {
  const int64_t running = PeriodOf(as_of + 1, period);
  std::optional<int64_t> first;
  DiscreteHistory history;
  for (const int32_t day : PurchaseDaysAsOf(summary, as_of)) {
    const int64_t at = PeriodOf(DayFromNumber(day), period);
    if (at >= running) break;
    if (!first) first = at;
    const auto opportunity = static_cast<int32_t>(at - *first);
    if (opportunity == history.last) continue;
    history.last = opportunity;
    ++history.repeat_count;
  }
  if (!first) return std::nullopt;
  history.opportunities = static_cast<int32_t>(running - 1 - *first);
  return history;
}

absl::Status Validate(const BgBbParams& params) {
  for (const auto& [field, value] :
       {std::pair{"alpha", params.alpha}, std::pair{"beta", params.beta},
        std::pair{"gamma", params.gamma}, std::pair{"delta", params.delta}}) {
    if (!(std::isfinite(value) && value > 0)) {
      return InvalidField(field, fmt::format("{}", value), "finite, above 0");
    }
  }
  return absl::OkStatus();
}

absl::Status Validate(const DiscreteHistory& history) {
  if (history.opportunities < 0 || history.opportunities > kMaxOpportunities) {
    return InvalidField("opportunities", fmt::format("{}", history.opportunities),
                        fmt::format("0..{}", kMaxOpportunities));
  }
  if (history.last < 0 || history.last > history.opportunities) {
    return InvalidField("last", fmt::format("{}", history.last),
                        fmt::format("0..{} (opportunities)", history.opportunities));
  }
  const int32_t least = history.last > 0 ? 1 : 0;
  if (history.repeat_count < least || history.repeat_count > history.last) {
    return InvalidField("repeat_count", fmt::format("{}", history.repeat_count),
                        fmt::format("{}..{} (last)", least, history.last));
  }
  return absl::OkStatus();
}

std::vector<WeightedDiscreteHistory> CompressDiscrete(std::span<const DiscreteHistory> histories) {
  const auto key = [](const DiscreteHistory& h) {
    return std::tuple(h.opportunities, h.repeat_count, h.last);
  };
  std::vector<DiscreteHistory> sorted(histories.begin(), histories.end());
  std::sort(sorted.begin(), sorted.end(),
            [&](const DiscreteHistory& a, const DiscreteHistory& b) { return key(a) < key(b); });
  std::vector<WeightedDiscreteHistory> rows;
  for (const DiscreteHistory& history : sorted) {
    if (rows.empty() || rows.back().history != history) {
      rows.push_back({.history = history, .weight = 0});
    }
    rows.back().weight += 1;
  }
  return rows;
}

Derivatives LogLikelihoodDerivatives(const BgBbParams& params,
                                     std::span<const WeightedDiscreteHistory> rows) {
  int32_t opportunities = 0;
  for (const WeightedDiscreteHistory& row : rows) {
    opportunities = std::max(opportunities, row.history.opportunities);
  }
  const DerivativeTables tables(params, opportunities);
  Derivatives sum;
  for (const WeightedDiscreteHistory& row : rows) tables.Add(row, sum);
  for (size_t i = 0; i < 4; ++i) {
    for (size_t j = 0; j < i; ++j) sum.hessian[i][j] = sum.hessian[j][i];
  }
  return sum;
}

absl::StatusOr<double> LogLikelihood(const BgBbParams& params, const DiscreteHistory& history) {
  VL_RETURN_IF_ERROR(Validate(params));
  VL_RETURN_IF_ERROR(Validate(history));
  return Ends(params, history).log_likelihood();
}

}  // namespace valueloop::scoring
