#include "scoring/domain/lifecycle.h"

#include <array>
#include <cmath>

#include "common/status.h"
#include "fmt/format.h"
#include "scoring/domain/field_rule.h"

namespace valueloop::scoring {
namespace {

constexpr double kTrendWeeks = kTrendDays / 7.0;
constexpr double kMaxRatio = 100;

absl::StatusOr<std::optional<double>> TrendRatio(const CustomerSummary& summary,
                                                 const CustomerFacts& facts,
                                                 const ModelPart* part) {
  if (part == nullptr || !facts.purchases.history) return std::nullopt;
  if (facts.as_of - *facts.purchases.first_day < kTrendDays) return std::nullopt;
  const std::optional<PurchaseHistory> before = HistoryAsOf(summary, facts.as_of - kTrendDays);
  if (!before) return std::nullopt;  // What was bought until then was given back until today.
  VL_ASSIGN_OR_RETURN(const double now,
                      ExpectedPurchases(part->purchase, *facts.purchases.history, kTrendWeeks));
  VL_ASSIGN_OR_RETURN(const double earlier,
                      ExpectedPurchases(part->purchase, *before, kTrendWeeks));
  const double ratio = now / earlier;
  if (!std::isfinite(ratio)) return std::nullopt;
  return ratio;
}

}  // namespace

std::string_view LifecycleStageName(LifecycleStage stage) {
  constexpr std::array<std::string_view, kLifecycleStageCount> kNames = {
      "UNKNOWN", "NEW", "GROWING", "MATURE", "DECLINING", "LOST"};
  return kNames[static_cast<size_t>(stage)];
}

std::string_view TrendName(Trend trend) {
  constexpr std::array<std::string_view, 4> kNames = {"NOT_ENOUGH_DATA", "IMPROVING", "STABLE",
                                                      "DECLINING"};
  return kNames[static_cast<size_t>(trend)];
}

absl::Status Validate(const LifecycleCuts& cuts) {
  VL_RETURN_IF_ERROR(CheckRange("lifecycle.new_days", cuts.new_days, 1, 3650));
  if (!(cuts.improving_ratio > 1 && cuts.improving_ratio <= kMaxRatio)) {
    return InvalidField("lifecycle.improving_ratio", fmt::format("{}", cuts.improving_ratio),
                        "above 1, at most 100");
  }
  if (!(cuts.declining_ratio >= 0 && cuts.declining_ratio < 1)) {
    return InvalidField("lifecycle.declining_ratio", fmt::format("{}", cuts.declining_ratio),
                        "0 to below 1");
  }
  VL_RETURN_IF_ERROR(
      CheckRange("lifecycle.lost_alive_probability", cuts.lost_alive_probability, 0, 1));
  return CheckRange("lifecycle.min_purchase_count", cuts.min_purchase_count, 1, 100);
}

absl::StatusOr<LifecycleFacts> LifecycleFactsOf(const CustomerSummary& summary,
                                                const CustomerFacts& facts, const ModelPart* part) {
  LifecycleFacts out;
  if (facts.acquired_day) out.tenure_days = static_cast<int32_t>(facts.as_of - *facts.acquired_day);
  out.is_subscribed = !facts.subscriptions.empty();
  out.was_subscribed = facts.total(EventKind::kSubscriptionStart).count > 0 ||
                       facts.total(EventKind::kSubscriptionCharge).count > 0;
  if (facts.purchases.history) out.purchase_count = facts.purchases.history->repeat_count + 1;
  VL_ASSIGN_OR_RETURN(out.trend_ratio, TrendRatio(summary, facts, part));
  return out;
}

Trend TrendOf(const LifecycleCuts& cuts, const LifecycleFacts& facts) {
  if (!facts.trend_ratio || facts.purchase_count < cuts.min_purchase_count) {
    return Trend::kNotEnoughData;
  }
  if (*facts.trend_ratio >= cuts.improving_ratio) return Trend::kImproving;
  if (*facts.trend_ratio <= cuts.declining_ratio) return Trend::kDeclining;
  return Trend::kStable;
}

std::optional<double> TrendRatioOf(const LifecycleCuts& cuts, const LifecycleFacts& facts) {
  if (TrendOf(cuts, facts) == Trend::kNotEnoughData) return std::nullopt;
  return facts.trend_ratio;
}

LifecycleStage StageOf(const LifecycleCuts& cuts, const LifecycleFacts& facts) {
  if (!facts.tenure_days) return LifecycleStage::kUnknown;
  if (*facts.tenure_days < cuts.new_days) return LifecycleStage::kNew;
  if (facts.purchase_count == 0 && !facts.is_subscribed) {
    return facts.was_subscribed ? LifecycleStage::kLost : LifecycleStage::kUnknown;
  }
  const bool has_left =
      facts.alive_probability && *facts.alive_probability < cuts.lost_alive_probability;
  if (has_left && !facts.is_subscribed) return LifecycleStage::kLost;
  switch (TrendOf(cuts, facts)) {
    case Trend::kImproving:
      return LifecycleStage::kGrowing;
    case Trend::kStable:
      return LifecycleStage::kMature;
    case Trend::kDeclining:
      return LifecycleStage::kDeclining;
    case Trend::kNotEnoughData:
      break;
  }
  return facts.is_subscribed ? LifecycleStage::kMature : LifecycleStage::kUnknown;
}

}  // namespace valueloop::scoring
