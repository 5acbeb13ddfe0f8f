#include "scoring/domain/insight/touchpoints.h"

#include <algorithm>
#include <limits>
#include <tuple>

namespace valueloop::scoring {
namespace {

constexpr std::array<TouchpointPhase, 3> kPhases = {
    TouchpointPhase::kPreSale, TouchpointPhase::kInSale, TouchpointPhase::kAfterSale};

constexpr double kNone = std::numeric_limits<double>::infinity();

bool IsBefore(const TouchpointResult& left, const TouchpointResult& right) {
  const auto key = [](const TouchpointResult& row) {
    return std::tuple(-row.priority.value_or(-kNone), row.gap.value_or(kNone),
                      std::string_view(row.touchpoint), row.phase);
  };
  return key(left) < key(right);
}

}  // namespace

std::optional<double> TouchpointPriority(std::optional<double> importance,
                                         std::optional<double> gap) {
  if (!importance || !gap) return std::nullopt;
  return *importance * std::max(-*gap, 0.0);
}

void TouchpointCollector::Mean::Add(double value) {
  sum += value;
  ++count;
}

std::optional<double> TouchpointCollector::Mean::value() const {
  if (count == 0) return std::nullopt;
  return sum / static_cast<double>(count);
}

void TouchpointCollector::Flush() {
  bool later = false;
  for (size_t i = kPhases.size(); i-- > 0;) {
    if (!seen_[i]) continue;
    ++customer_counts_[i];
    if (later) ++went_on_counts_[i];
    later = true;
  }
  seen_ = {};
}

void TouchpointCollector::Add(std::string_view customer_id, const Feedback& feedback) {
  if (customer_id != customer_id_) Flush();
  customer_id_ = customer_id;
  const bool has_score = feedback.expectation || feedback.perception || feedback.importance;
  if (feedback.touchpoint.empty() && !has_score &&
      feedback.phase == TouchpointPhase::kUnspecified) {
    return;
  }
  Touchpoint& touchpoint = touchpoints_[{feedback.touchpoint, feedback.phase}];
  ++touchpoint.feedback_count;
  if (touchpoint.customer_count == 0 || touchpoint.last_customer_id != customer_id) {
    ++touchpoint.customer_count;
    touchpoint.last_customer_id = customer_id;
  }
  const bool has_gap = feedback.expectation && feedback.perception;
  if (has_gap) {
    touchpoint.expectation.Add(*feedback.expectation);
    touchpoint.perception.Add(*feedback.perception);
  }
  if (feedback.importance) touchpoint.importance.Add(*feedback.importance);
  const auto phase = std::ranges::find(kPhases, feedback.phase);
  if (phase == kPhases.end()) return;
  const auto place = static_cast<size_t>(phase - kPhases.begin());
  seen_[place] = true;
  if (has_gap) gaps_[place].Add(*feedback.perception - *feedback.expectation);
}

TouchpointsResult TouchpointCollector::Result() {
  Flush();
  TouchpointsResult result;
  for (const auto& [key, touchpoint] : touchpoints_) {
    TouchpointResult& row = result.touchpoints.emplace_back();
    row.touchpoint = key.first;
    row.phase = key.second;
    row.expectation = touchpoint.expectation.value();
    row.perception = touchpoint.perception.value();
    if (row.expectation && row.perception) row.gap = *row.perception - *row.expectation;
    row.importance = touchpoint.importance.value();
    row.priority = TouchpointPriority(row.importance, row.gap);
    row.feedback_count = touchpoint.feedback_count;
    row.customer_count = touchpoint.customer_count;
  }
  std::ranges::sort(result.touchpoints, IsBefore);
  for (size_t i = 0; i < kPhases.size(); ++i) {
    PhaseResult& phase = result.phases[i];
    phase.phase = kPhases[i];
    phase.customer_count = customer_counts_[i];
    phase.gap = gaps_[i].value();
    if (i + 1 == kPhases.size()) continue;
    phase.went_on_count = went_on_counts_[i];
    if (phase.customer_count > 0) {
      phase.drop_off_ratio =
          1 - static_cast<double>(went_on_counts_[i]) / static_cast<double>(phase.customer_count);
    }
  }
  return result;
}

}  // namespace valueloop::scoring
