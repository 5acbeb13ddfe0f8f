#include "scoring/domain/insight/needs.h"

#include <algorithm>
#include <cmath>

#include "scoring/domain/civil_day.h"

namespace valueloop::scoring {
namespace {

constexpr double kNormalQuantile = 1.96;  // Two-sided 95 %.

}  // namespace

double Opportunity(double importance, double satisfaction) {
  return importance + std::max(importance - satisfaction, 0.0);
}

NeedCollector::NeedCollector(const NeedOptions& options)
    : options_(options), last_day_(DayNumber(options.as_of)) {}

void NeedCollector::Moments::Add(double value) {
  ++count;
  sum += value;
  squares += value * value;
}

double NeedCollector::Moments::VarianceOfMean() const {
  const auto n = static_cast<double>(count);
  return std::max(squares - sum * sum / n, 0.0) / (n - 1) / n;
}

void NeedCollector::Add(std::string_view customer_id, int32_t day, const Feedback& feedback) {
  if (customer_id != customer_id_) Flush();
  customer_id_ = customer_id;
  for (const NeedRating& rating : feedback.needs) {
    const int32_t age = last_day_ - day;
    if (age < 0) continue;
    if (age < options_.drift_days) {
      needs_[rating.need].now.Add(rating.importance);
    } else if (age < 2 * options_.drift_days) {
      needs_[rating.need].before.Add(rating.importance);
    }
    if (age >= options_.max_age_days) continue;
    ++needs_[rating.need].rating_count;
    latest_[rating.need] = rating;
  }
}

void NeedCollector::Flush() {
  if (!latest_.empty()) ++rated_count_;
  for (const auto& [name, rating] : latest_) {
    Need& need = needs_[name];
    need.importance.Add(rating.importance);
    need.satisfaction += rating.satisfaction;
  }
  latest_.clear();
}

void NeedCollector::SetDrift(const Need& need, NeedResult& result) const {
  if (need.before.count == 0 || need.now.count == 0) return;
  const double change = need.now.mean() - need.before.mean();
  result.importance_change = change;
  if (need.before.count > 1 && need.now.count > 1) {
    const double variance = need.before.VarianceOfMean() + need.now.VarianceOfMean();
    if (variance > 0) result.drift_z = change / std::sqrt(variance);
  }
  result.changed = std::abs(change) >= options_.drift_threshold &&
                   std::abs(result.drift_z.value_or(kNormalQuantile)) >= kNormalQuantile;
}

// Over the needs that both periods rated: what was not asked has not become unimportant.
std::optional<double> NeedCollector::OrientationShift() const {
  double before = 0;
  double now = 0;
  const auto in_both = [](const Need& need) { return need.before.count > 0 && need.now.count > 0; };
  for (const auto& [name, need] : needs_) {
    if (!in_both(need)) continue;
    before += need.before.mean();
    now += need.now.mean();
  }
  if (!(before > 0) || !(now > 0)) return std::nullopt;
  double changes = 0;
  for (const auto& [name, need] : needs_) {
    if (in_both(need)) {
      changes += std::abs(need.now.mean() / now - need.before.mean() / before);
    }
  }
  return changes / 2;
}

NeedsResult NeedCollector::Result() {
  Flush();
  NeedsResult result{.rated_customer_count = rated_count_, .orientation_shift = OrientationShift()};
  for (const auto& [name, need] : needs_) {
    if (need.importance.count == 0) continue;  // Rated long ago only.
    NeedResult& row = result.needs.emplace_back();
    row.need = name;
    row.importance = need.importance.mean();
    row.satisfaction = need.satisfaction / static_cast<double>(need.importance.count);
    row.opportunity = Opportunity(row.importance, row.satisfaction);
    row.customer_count = need.importance.count;
    row.rating_count = need.rating_count;
    SetDrift(need, row);
    result.survey_advised = result.survey_advised || row.changed;
  }
  std::ranges::stable_sort(result.needs, std::ranges::greater(), &NeedResult::opportunity);
  return result;
}

}  // namespace valueloop::scoring
