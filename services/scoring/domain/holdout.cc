#include "scoring/domain/holdout.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "common/status.h"
#include "fmt/format.h"
#include "scoring/domain/civil_day.h"

namespace valueloop::scoring {
namespace {

constexpr int kDaysPerWeek = 7;
// A count that the model holds impossible costs this much, not infinity: ln of the least double.
constexpr double kLeastLog = -700;
// No quantile is searched beyond what is expected by this factor and this many.
constexpr double kFarFactor = 20;
constexpr int kFarCount = 200;
constexpr size_t kRowsPerShare = 512;

size_t CountRowOf(int32_t count) {
  return static_cast<size_t>(std::min<int32_t>(count, kCountRows - 1));
}

// All that a prediction looks at.
auto KeyOf(const HoldoutRow& row) {
  return std::tuple(row.group, row.history.repeat_count, row.history.last_weeks,
                    row.history.age_weeks);
}

// The distribution of one history's count in the holdout.
struct CountDistribution {
  std::vector<double> probability;  // Of 0, 1, ...
  std::vector<double> cumulative;

  double below(int32_t count) const {
    return count == 0 ? 0 : cumulative[static_cast<size_t>(count) - 1];
  }
  // The least count with at least `share` below or at it; the last one known if none has.
  int32_t Quantile(double share) const {
    const auto found = std::lower_bound(cumulative.begin(), cumulative.end(), share);
    const auto at = static_cast<int32_t>(found - cumulative.begin());
    return std::min(at, static_cast<int32_t>(cumulative.size()) - 1);
  }
};

// Up to `max_count`, and so far that the widest interval and the counts table are within.
absl::StatusOr<CountDistribution> DistributionOf(const PurchaseParams& params,
                                                 const PurchaseHistory& history, double weeks,
                                                 double expected, int32_t max_count) {
  const double widest = 0.5 + kNominalCoverages.back() / 2;
  const int32_t wanted = std::max(max_count, kCountRows - 1);
  const int32_t far = std::max(wanted, static_cast<int32_t>(kFarFactor * expected) + kFarCount);
  CountDistribution distribution;
  double sum = 0;
  for (int32_t count = 0; count <= wanted || (sum < widest && count <= far); ++count) {
    VL_ASSIGN_OR_RETURN(const double probability,
                        PurchaseProbability(params, history, count, weeks));
    sum = std::min(1.0, sum + probability);
    distribution.probability.push_back(probability);
    distribution.cumulative.push_back(sum);
  }
  return distribution;
}

// The part of [low, high] that is within [from, to], as a share of it.
double Overlap(double low, double high, double from, double to) {
  if (high <= low) return low >= from && low <= to ? 1 : 0;
  return std::max(0.0, std::min(high, to) - std::max(low, from)) / (high - low);
}

// Adds up row after row; sums are over customers until Finish makes means of them.
class Evaluator {
 public:
  explicit Evaluator(const HoldoutData& data) : data_(data) {
    for (size_t i = 0; i < kNominalCoverages.size(); ++i) {
      result_.intervals[i].nominal = kNominalCoverages[i];
    }
    const int days = data.window.days();
    int64_t actual = 0;
    int32_t day = 0;
    for (int32_t next = kDaysPerWeek; day < days; next += kDaysPerWeek) {
      for (; day < std::min<int32_t>(next, days); ++day) {
        actual += data.actual_by_day[static_cast<size_t>(day)];
      }
      result_.tracking.push_back({.day_count = day, .actual_count = actual});
    }
    result_.log_probability.reserve(data.rows.size());
  }

  // Rows of one key, by count.
  absl::Status AddAlike(const PurchaseParams& params, std::span<const HoldoutRow> rows) {
    const PurchaseHistory& history = rows.front().history;
    double customers = 0;
    for (const HoldoutRow& row : rows) customers += row.customers;
    double expected = 0;
    for (TrackingPoint& point : result_.tracking) {
      const double weeks = point.day_count / static_cast<double>(kDaysPerWeek);
      VL_ASSIGN_OR_RETURN(expected, ExpectedPurchases(params, history, weeks));
      point.expected_count += customers * expected;
    }
    VL_ASSIGN_OR_RETURN(
        const CountDistribution distribution,
        DistributionOf(params, history, data_.window.weeks(), expected, rows.back().count));
    FrequencyRow& frequency = result_.frequencies[CountRowOf(history.repeat_count)];
    frequency.expected_mean += customers * expected;
    for (int32_t count = 0; count + 1 < kCountRows; ++count) {
      const auto at = static_cast<size_t>(count);
      result_.counts[at].expected_customers += customers * distribution.probability[at];
    }
    result_.counts.back().expected_customers +=
        customers * std::max(0.0, 1 - distribution.cumulative[kCountRows - 2]);
    for (const HoldoutRow& row : rows) AddRow(row, expected, distribution, frequency);
    return absl::OkStatus();
  }

  HoldoutEvaluation Finish() && {
    const auto n = static_cast<double>(data_.customer_count);
    result_.expected_count = result_.tracking.back().expected_count;
    result_.mean_absolute_error /= n;
    result_.bias /= n;
    result_.root_mean_square_error = std::sqrt(result_.root_mean_square_error / n);
    for (FrequencyRow& row : result_.frequencies) {
      if (row.customer_count == 0) continue;
      row.actual_mean /= static_cast<double>(row.customer_count);
      row.expected_mean /= static_cast<double>(row.customer_count);
    }
    for (IntervalCoverage& interval : result_.intervals) {
      interval.covered /= n;
      interval.model /= n;
      interval.calibrated /= n;
    }
    return std::move(result_);
  }

 private:
  void AddRow(const HoldoutRow& row, double expected, const CountDistribution& distribution,
              FrequencyRow& frequency) {
    const double customers = row.customers;
    const double error = expected - row.count;
    const double probability = distribution.probability[static_cast<size_t>(row.count)];
    const double log_probability = std::max(kLeastLog, std::log(std::max(probability, 0.0)));
    result_.log_probability.push_back(log_probability);
    result_.log_likelihood += customers * log_probability;
    result_.actual_count += static_cast<int64_t>(row.customers) * row.count;
    result_.mean_absolute_error += customers * std::fabs(error);
    result_.bias += customers * error;
    result_.root_mean_square_error += customers * error * error;
    frequency.customer_count += row.customers;
    frequency.actual_mean += customers * row.count;
    result_.counts[CountRowOf(row.count)].actual_customers += row.customers;
    const double below = distribution.below(row.count);
    const double up_to = distribution.cumulative[static_cast<size_t>(row.count)];
    for (IntervalCoverage& interval : result_.intervals) {
      const double tail = (1 - interval.nominal) / 2;
      const int32_t low = distribution.Quantile(tail);
      const int32_t high = distribution.Quantile(1 - tail);
      interval.covered += row.count >= low && row.count <= high ? customers : 0;
      interval.model += customers * (distribution.cumulative[static_cast<size_t>(high)] -
                                     distribution.below(low));
      interval.calibrated += customers * Overlap(below, up_to, tail, 1 - tail);
    }
  }

  const HoldoutData& data_;
  HoldoutEvaluation result_;
};

}  // namespace

std::optional<HoldoutWindow> DefaultHoldout(absl::CivilDay first_day, absl::CivilDay last_day) {
  const auto days = static_cast<int>((last_day - first_day + 1) / 3);
  if (days < kMinHoldoutDays) return std::nullopt;
  return HoldoutWindow{.calibration_last_day = last_day - days, .last_day = last_day};
}

absl::StatusOr<HoldoutWindow> HoldoutOfDays(absl::CivilDay first_day, absl::CivilDay last_day,
                                            int days) {
  const int64_t there = last_day - first_day + 1;
  if (days < 1 || days >= there) {
    return InvalidField("holdout_days", fmt::format("{}", days),
                        fmt::format("at least 1 and less than the {} days of the data, {} to {}",
                                    there, std::string(absl::FormatCivilTime(first_day)),
                                    std::string(absl::FormatCivilTime(last_day))));
  }
  return HoldoutWindow{.calibration_last_day = last_day - days, .last_day = last_day};
}

std::vector<PurchaseHistory> HoldoutData::Histories() const {
  std::vector<PurchaseHistory> histories;
  histories.reserve(static_cast<size_t>(customer_count));
  for (const HoldoutRow& row : rows) {
    histories.insert(histories.end(), static_cast<size_t>(row.customers), row.history);
  }
  return histories;
}

HoldoutCollector::HoldoutCollector(HoldoutWindow window) : data_{.window = window} {
  data_.actual_by_day.assign(static_cast<size_t>(std::max(0, window.days())), 0);
}

void HoldoutCollector::Add(const CustomerSummary& summary, int32_t group) {
  const PurchaseFacts before = PurchasesAsOf(summary, data_.window.calibration_last_day);
  const int32_t start = DayNumber(data_.window.calibration_last_day);
  int32_t count = 0;
  for (const int32_t day : PurchaseDaysAsOf(summary, data_.window.last_day)) {
    if (day <= start) continue;
    ++count;
    if (before.history) ++data_.actual_by_day[static_cast<size_t>(day - start - 1)];
  }
  if (!before.history) {
    data_.late_customer_count += count > 0;
    return;
  }
  ++data_.customer_count;
  data_.first_day = std::min(data_.first_day.value_or(*before.first_day), *before.first_day);
  data_.rows.push_back({.group = group, .history = *before.history, .count = count});
}

HoldoutData HoldoutCollector::Finish() && {
  std::vector<HoldoutRow>& rows = data_.rows;
  std::sort(rows.begin(), rows.end(), [](const HoldoutRow& left, const HoldoutRow& right) {
    return std::pair(KeyOf(left), left.count) < std::pair(KeyOf(right), right.count);
  });
  size_t kept = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    const bool is_same = kept > 0 && rows[kept - 1].group == rows[i].group &&
                         rows[kept - 1].history == rows[i].history &&
                         rows[kept - 1].count == rows[i].count;
    if (is_same) {
      ++rows[kept - 1].customers;
    } else {
      rows[kept++] = rows[i];
    }
  }
  rows.resize(kept);
  rows.shrink_to_fit();
  return std::move(data_);
}

absl::StatusOr<HoldoutEvaluation> EvaluateHoldout(const HoldoutData& data,
                                                  std::span<const PurchaseParams> params,
                                                  OnShare on_share) {
  if (data.rows.empty() || data.window.days() < 1) {
    return WithReason(
        absl::FailedPreconditionError(fmt::format(
            "holdout: got {} customers with a purchase by {} and {} days after it, want at least "
            "1 of each",
            data.customer_count,
            std::string(absl::FormatCivilTime(data.window.calibration_last_day)),
            data.window.days())),
        "NOT_ENOUGH_DATA");
  }
  Evaluator evaluator(data);
  const std::span<const HoldoutRow> rows = data.rows;
  size_t reported = 0;
  for (size_t begin = 0; begin < rows.size();) {
    size_t end = begin + 1;
    while (end < rows.size() && KeyOf(rows[end]) == KeyOf(rows[begin])) ++end;
    VL_RETURN_IF_ERROR(evaluator.AddAlike(params[static_cast<size_t>(rows[begin].group)],
                                          rows.subspan(begin, end - begin)));
    begin = end;
    if (begin - reported >= kRowsPerShare) {
      reported = begin;
      if (!on_share(static_cast<double>(begin) / static_cast<double>(rows.size()))) {
        return absl::CancelledError("evaluation: got stopped");
      }
    }
  }
  return std::move(evaluator).Finish();
}

}  // namespace valueloop::scoring
