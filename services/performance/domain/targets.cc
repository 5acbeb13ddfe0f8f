#include "performance/domain/targets.h"

namespace valueloop::performance {
namespace {

// To-date path of a complete series of period targets.
std::vector<double> Accumulate(Aggregation aggregation, const std::vector<double>& periods) {
  std::vector<double> path;
  path.reserve(periods.size());
  double sum = 0;
  for (const double target : periods) {
    sum += target;
    switch (aggregation) {
      case Aggregation::kSum:
        path.push_back(sum);
        break;
      case Aggregation::kAvg:
      case Aggregation::kRatio:
        path.push_back(sum / static_cast<double>(path.size() + 1));
        break;
      case Aggregation::kLast:
        path.push_back(target);
        break;
    }
  }
  return path;
}

// Runs linearly from `start` (before period 1) through `points`, which are in ascending order.
std::vector<double> Interpolate(double start, const std::map<int, double>& points) {
  std::vector<double> path;
  int from_index = 0;
  double from = start;
  for (const auto& [to_index, to] : points) {
    const double length = to_index - from_index;
    for (int index = from_index + 1; index < to_index; ++index) {
      path.push_back(from + (to - from) * (index - from_index) / length);
    }
    path.push_back(to);  // Exact, not computed.
    from_index = to_index;
    from = to;
  }
  return path;
}

}  // namespace

TargetSeries::TargetSeries(const KpiBinding& binding, const std::map<int, double>& targets_to_date)
    : aggregation_(binding.aggregation), year_target_(binding.year_target) {
  std::map<int, double> points = targets_to_date;
  points.insert(binding.targets_to_date.begin(), binding.targets_to_date.end());
  if (!binding.period_targets.empty()) {
    path_ = Accumulate(aggregation_, binding.period_targets);
    if (!year_target_) year_target_ = path_.back();
    for (const auto& [index, target] : points) path_[static_cast<size_t>(index - 1)] = target;
    return;
  }
  if (year_target_) points.emplace(PeriodsPerYear(binding.frequency), *year_target_);
  if (points.empty()) return;
  const double level = binding.baseline.value_or(points.begin()->second);
  path_ = Interpolate(aggregation_ == Aggregation::kSum ? 0 : level, points);
}

std::optional<double> TargetSeries::ToDate(int index) const {
  if (index < 1 || static_cast<size_t>(index) > path_.size()) return std::nullopt;
  return path_[static_cast<size_t>(index - 1)];
}

std::optional<double> TargetSeries::OfPeriod(int index) const {
  const std::optional<double> to_date = ToDate(index);
  if (!to_date || index == 1) return to_date;
  const double before = *ToDate(index - 1);
  switch (aggregation_) {
    case Aggregation::kSum:
      return *to_date - before;
    case Aggregation::kAvg:
    case Aggregation::kRatio:
      return index * *to_date - (index - 1) * before;
    case Aggregation::kLast:
      break;
  }
  return to_date;
}

std::optional<double> TargetSeries::Over(std::span<const int> periods) const {
  if (periods.empty()) return std::nullopt;
  const bool complete = static_cast<size_t>(periods.back()) == periods.size();
  if (complete || aggregation_ == Aggregation::kLast) return ToDate(periods.back());
  double sum = 0;
  for (const int index : periods) {
    const std::optional<double> target = OfPeriod(index);
    if (!target) return std::nullopt;
    sum += *target;
  }
  return aggregation_ == Aggregation::kSum ? sum : sum / static_cast<double>(periods.size());
}

}  // namespace valueloop::performance
