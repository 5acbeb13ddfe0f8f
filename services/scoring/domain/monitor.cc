#include "scoring/domain/monitor.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <utility>

#include "common/status.h"
#include "fmt/format.h"
#include "scoring/domain/civil_day.h"

namespace valueloop::scoring {
namespace {

constexpr double kDaysPerWeek = 7;
constexpr double kWatchIndex = 0.1;
constexpr double kActIndex = 0.25;
constexpr int kDeciles = 10;
constexpr std::array<double, 5> kFrequencyEdges = {1, 2, 3, 4, 7};

constexpr double kMinPurchases = 10;
constexpr double kTolerance = 0.1;
constexpr double kStandardErrors = 3;
constexpr double kCoverageTolerance = 0.05;

// The inner edges of the bins.
std::vector<double> EdgesOf(ModelInput input, const std::vector<double>& sorted) {
  if (input == ModelInput::kFrequency) return {kFrequencyEdges.begin(), kFrequencyEdges.end()};
  std::vector<double> edges;
  double previous = 0;
  for (int i = 1; i < kDeciles; ++i) {
    const double edge = sorted[sorted.size() * static_cast<size_t>(i) / kDeciles];
    if (i > 1 && edge == previous) {
      // A value that many customers share is a bin of its own, so that a move off it shows.
      const double after = std::nextafter(edge, std::numeric_limits<double>::infinity());
      if (edges.back() != after) edges.push_back(after);
    } else {
      edges.push_back(edge);
    }
    previous = edge;
  }
  return edges;
}

std::vector<double> CountsOf(const std::vector<double>& sorted, const std::vector<double>& edges) {
  std::vector<double> counts;
  auto begin = sorted.begin();
  for (const double edge : edges) {
    const auto end = std::lower_bound(begin, sorted.end(), edge);
    counts.push_back(static_cast<double>(end - begin));
    begin = end;
  }
  counts.push_back(static_cast<double>(sorted.end() - begin));
  return counts;
}

DriftLevel LevelOf(double index) {
  if (index < kWatchIndex) return DriftLevel::kStable;
  return index <= kActIndex ? DriftLevel::kWatch : DriftLevel::kAct;
}

void AddInputs(const PurchaseFacts& facts,
               std::array<std::vector<double>, kModelInputCount>& inputs) {
  const PurchaseHistory& history = *facts.history;
  const auto of = [&](ModelInput input) -> std::vector<double>& {
    return inputs[static_cast<size_t>(input)];
  };
  of(ModelInput::kFrequency).push_back(history.repeat_count);
  of(ModelInput::kRecency).push_back(history.age_weeks - history.last_weeks);
  of(ModelInput::kAge).push_back(history.age_weeks);
  if (facts.spend.count > 0) of(ModelInput::kSpend).push_back(facts.spend.mean);
}

// Expected repeat purchases of customers who came after the start.
struct NewSums {
  std::vector<TrackingPoint> tracking;
  double error_squares = 0;  // Of (expected - actual) at the end, over customers.
};

absl::StatusOr<NewSums> SumNew(const MonitorData& data, std::span<const PurchaseParams> params) {
  NewSums sums;
  const int days = data.known.window.days();
  int64_t actual = 0;
  int32_t day = 0;
  for (int32_t next = 7; day < days; next += 7) {
    for (; day < std::min<int32_t>(next, days); ++day) {
      actual += data.new_by_day[static_cast<size_t>(day)];
    }
    sums.tracking.push_back({.day_count = day, .actual_count = actual});
  }
  // Customers of one group and day are alike but for what they bought.
  struct Cohort {
    double customers = 0;
    double counts = 0;
    double squares = 0;
  };
  std::map<std::pair<int32_t, int32_t>, Cohort> cohorts;
  for (const MonitorData::NewCustomer& customer : data.new_customers) {
    Cohort& cohort = cohorts[{customer.group, customer.day}];
    const double count = customer.repeat_count;
    cohort.customers += 1;
    cohort.counts += count;
    cohort.squares += count * count;
  }
  for (const auto& [key, cohort] : cohorts) {
    double expected = 0;
    for (TrackingPoint& point : sums.tracking) {
      if (point.day_count <= key.second) continue;
      VL_ASSIGN_OR_RETURN(expected,
                          ExpectedPurchasesOfNew(params[static_cast<size_t>(key.first)],
                                                 (point.day_count - key.second) / kDaysPerWeek));
      point.expected_count += cohort.customers * expected;
    }
    sums.error_squares +=
        cohort.squares - 2 * expected * cohort.counts + cohort.customers * expected * expected;
  }
  return sums;
}

std::string Percent(double share) { return fmt::format("{:.1f} %", 100 * share); }

void JudgeCounts(const ModelMonitor& monitor, double error_squares,
                 std::vector<AdviceReason>& reasons) {
  const auto actual = static_cast<double>(monitor.actual_count);
  const double expected = monitor.expected_count;
  const double difference = actual - expected;
  const double standard_error = std::sqrt(std::max(error_squares, expected));
  const double ratio = expected > 0 ? difference / expected : 1;
  if (std::fabs(ratio) <= kTolerance || std::fabs(difference) <= kStandardErrors * standard_error) {
    reasons.push_back(
        {.code = AdviceCode::kAsExpected,
         .words = {.zh = fmt::format("实际购买 {} 次，预期 {:.1f} 次：在允许范围内",
                                     monitor.actual_count, expected),
                   .en = fmt::format("{} purchases came and {:.1f} were expected: within tolerance",
                                     monitor.actual_count, expected)}});
    return;
  }
  const bool more = difference > 0;
  reasons.push_back(
      {.code = more ? AdviceCode::kMoreThanExpected : AdviceCode::kLessThanExpected,
       .for_refit = true,
       .words = {
           .zh = fmt::format("实际购买 {} 次，预期 {:.1f} 次：{} {}，超过 3 个标准误（{:.1f}）",
                             monitor.actual_count, expected, more ? "多" : "少",
                             Percent(std::fabs(ratio)), standard_error),
           .en = fmt::format("{} purchases came and {:.1f} were expected: {} {}, beyond three "
                             "standard errors ({:.1f} each)",
                             monitor.actual_count, expected, Percent(std::fabs(ratio)),
                             more ? "more" : "less", standard_error)}});
}

void JudgeIntervals(const HoldoutEvaluation& known, double customers,
                    std::vector<AdviceReason>& reasons) {
  for (const IntervalCoverage& interval : known.intervals) {
    const double chance = std::sqrt(interval.nominal * (1 - interval.nominal) / customers);
    const double miss = interval.calibrated - interval.nominal;
    if (std::fabs(miss) <= std::max(kCoverageTolerance, kStandardErrors * chance)) continue;
    reasons.push_back(
        {.code = AdviceCode::kIntervalsMiss,
         .for_refit = true,
         .words = {.zh = fmt::format("{} 区间的校准覆盖率为 {}", Percent(interval.nominal),
                                     Percent(interval.calibrated)),
                   .en = fmt::format("the {} interval covers {}, calibrated for whole counts",
                                     Percent(interval.nominal), Percent(interval.calibrated))}});
  }
}

void JudgeDrift(const InputDrift& drift, std::vector<AdviceReason>& reasons) {
  if (drift.level != DriftLevel::kWatch && drift.level != DriftLevel::kAct) return;
  constexpr std::array<std::string_view, kModelInputCount> kZh = {"购买频次", "距上次购买时间",
                                                                  "客户年龄", "消费金额"};
  constexpr std::array<std::string_view, kModelInputCount> kEn = {
      "repeat purchases", "time since the last purchase", "age of the customers", "spend"};
  const auto at = static_cast<size_t>(drift.input);
  const bool acts = drift.level == DriftLevel::kAct && drift.input != ModelInput::kAge;
  reasons.push_back(
      {.code = AdviceCode::kInputDrift,
       .for_refit = acts,
       .words = {.zh = fmt::format("{}的分布已变化：PSI {:.3f}（{}）", kZh[at],
                                   drift.stability_index, acts ? "需要行动" : "继续观察"),
                 .en = fmt::format("the distribution of {} has moved: PSI {:.3f} ({})", kEn[at],
                                   drift.stability_index, acts ? "act" : "watch")}});
}

}  // namespace

std::string_view ModelInputName(ModelInput input) {
  constexpr std::array<std::string_view, kModelInputCount> kNames = {"FREQUENCY", "RECENCY", "AGE",
                                                                     "SPEND"};
  return kNames[static_cast<size_t>(input)];
}

std::string_view DriftLevelName(DriftLevel level) {
  constexpr std::array<std::string_view, 4> kNames = {"UNKNOWN", "STABLE", "WATCH", "ACT"};
  return kNames[static_cast<size_t>(level)];
}

std::string_view AdviceCodeName(AdviceCode code) {
  constexpr std::array<std::string_view, 6> kNames = {"TOO_EARLY",          "AS_EXPECTED",
                                                      "MORE_THAN_EXPECTED", "LESS_THAN_EXPECTED",
                                                      "INTERVALS_MISS",     "INPUT_DRIFT"};
  return kNames[static_cast<size_t>(code)];
}

InputDrift DriftOf(ModelInput input, std::vector<double> reference, std::vector<double> current) {
  InputDrift drift{.input = input,
                   .reference_count = static_cast<int64_t>(reference.size()),
                   .current_count = static_cast<int64_t>(current.size())};
  if (reference.empty() || current.empty()) return drift;
  std::sort(reference.begin(), reference.end());
  std::sort(current.begin(), current.end());
  const std::vector<double> edges = EdgesOf(input, reference);
  const std::vector<double> before = CountsOf(reference, edges);
  const std::vector<double> now = CountsOf(current, edges);
  const auto reference_total = static_cast<double>(reference.size());
  const auto current_total = static_cast<double>(current.size());
  const double added = 0.5 * static_cast<double>(before.size());
  for (size_t i = 0; i < before.size(); ++i) {
    drift.bins.push_back({.low = i == 0 ? reference.front() : edges[i - 1],
                          .high = i == edges.size() ? reference.back() : edges[i],
                          .reference_share = before[i] / reference_total,
                          .current_share = now[i] / current_total});
    const double p = (before[i] + 0.5) / (reference_total + added);
    const double q = (now[i] + 0.5) / (current_total + added);
    drift.stability_index += (q - p) * std::log(q / p);
  }
  if (std::min(drift.reference_count, drift.current_count) >= kMinDriftCustomers) {
    drift.level = LevelOf(drift.stability_index);
  }
  return drift;
}

MonitorCollector::MonitorCollector(HoldoutWindow window, DataDays data)
    : window_(window), fit_days_(data), known_(window) {
  data_.new_by_day.assign(static_cast<size_t>(std::max(0, window.days())), 0);
}

void MonitorCollector::Add(const CustomerSummary& summary, int32_t group) {
  known_.Add(summary, group);
  const PurchaseFacts now = PurchasesAsOf(summary, window_.last_day);
  const PurchaseFacts fitted = PurchasesAsOf(summary, fit_days_.last);
  if (fitted.history) AddInputs(fitted, data_.reference);
  if (!now.history) return;
  if (*now.first_day > window_.last_day - (fit_days_.last - fit_days_.first + 1)) {
    AddInputs(now, data_.current);
  }
  if (*now.first_day <= window_.calibration_last_day) return;
  // A customer known at the start whose days before it were refunded since stays a known one.
  if (PurchasesAsOf(summary, window_.calibration_last_day).history) return;
  const int32_t start = DayNumber(window_.calibration_last_day);
  const int32_t first = DayNumber(*now.first_day);
  for (const int32_t day : PurchaseDaysAsOf(summary, window_.last_day)) {
    if (day > first) ++data_.new_by_day[static_cast<size_t>(day - start - 1)];
  }
  data_.new_customers.push_back(
      {.group = group, .day = first - start, .repeat_count = now.history->repeat_count});
}

MonitorData MonitorCollector::Finish() && {
  data_.known = std::move(known_).Finish();
  return std::move(data_);
}

absl::StatusOr<ModelMonitor> Monitor(const MonitorData& data,
                                     std::span<const PurchaseParams> params, OnShare on_share) {
  ModelMonitor monitor;
  double error_squares = 0;
  const auto customers = static_cast<double>(data.known.customer_count);
  if (!data.known.rows.empty() && data.known.window.days() > 0) {
    VL_ASSIGN_OR_RETURN(monitor.known, EvaluateHoldout(data.known, params, on_share));
    monitor.actual_count = monitor.known->actual_count;
    monitor.expected_count = monitor.known->expected_count;
    error_squares =
        monitor.known->root_mean_square_error * monitor.known->root_mean_square_error * customers;
  }
  VL_ASSIGN_OR_RETURN(NewSums sums, SumNew(data, params));
  error_squares += sums.error_squares;
  monitor.new_customers = std::move(sums.tracking);
  if (!monitor.new_customers.empty()) {
    monitor.actual_count += monitor.new_customers.back().actual_count;
    monitor.expected_count += monitor.new_customers.back().expected_count;
  }
  if (std::max(static_cast<double>(monitor.actual_count), monitor.expected_count) < kMinPurchases) {
    monitor.reasons.push_back(
        {.code = AdviceCode::kTooEarly,
         .words = {
             .zh = fmt::format("实际购买 {} 次，预期 {:.1f} 次：不足 {} 次，尚早",
                               monitor.actual_count, monitor.expected_count, kMinPurchases),
             .en = fmt::format("{} purchases came and {:.1f} were expected: too early to tell "
                               "below {}",
                               monitor.actual_count, monitor.expected_count, kMinPurchases)}});
  } else {
    JudgeCounts(monitor, error_squares, monitor.reasons);
    if (monitor.known) JudgeIntervals(*monitor.known, customers, monitor.reasons);
  }
  for (int i = 0; i < kModelInputCount; ++i) {
    const auto at = static_cast<size_t>(i);
    monitor.drifts[at] = DriftOf(static_cast<ModelInput>(i), data.reference[at], data.current[at]);
    JudgeDrift(monitor.drifts[at], monitor.reasons);
  }
  monitor.refit = std::any_of(monitor.reasons.begin(), monitor.reasons.end(),
                              [](const AdviceReason& reason) { return reason.for_refit; });
  return monitor;
}

}  // namespace valueloop::scoring
