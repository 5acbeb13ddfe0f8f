#include "scoring/domain/insight/perceived_value.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "common/status.h"
#include "fmt/format.h"

namespace valueloop::scoring {
namespace {

constexpr size_t kMaxDimensions = 100;

std::optional<size_t> PlaceOf(std::span<const DimensionWeight> weights,
                              std::string_view dimension) {
  for (size_t i = 0; i < weights.size(); ++i) {
    if (weights[i].dimension == dimension) return i;
  }
  return std::nullopt;
}

double RatedWeight(std::span<const DimensionWeight> weights,
                   std::span<const std::optional<double>> scores) {
  double sum = 0;
  for (size_t i = 0; i < weights.size(); ++i) {
    if (scores[i]) sum += weights[i].weight;
  }
  return sum;
}

}  // namespace

const std::vector<DimensionWeight>& DefaultBenefitWeights() {
  static const auto& kWeights = *new std::vector<DimensionWeight>{
      {"FUNCTIONAL", .25}, {"EMOTIONAL", .25}, {"SOCIAL", .25}, {"ECONOMIC", .25}};
  return kWeights;
}

const std::vector<DimensionWeight>& DefaultCostWeights() {
  static const auto& kWeights = *new std::vector<DimensionWeight>{
      {"MONEY", .25}, {"TIME", .25}, {"PSYCHOLOGICAL", .25}, {"OPPORTUNITY", .25}};
  return kWeights;
}

absl::StatusOr<std::vector<DimensionWeight>> NormaliseWeights(
    std::string_view field, std::vector<DimensionWeight> weights,
    const std::vector<DimensionWeight>& defaults) {
  if (weights.empty()) return defaults;
  if (weights.size() > kMaxDimensions) {
    return InvalidField(field, fmt::format("{} entries", weights.size()),
                        fmt::format("at most {}", kMaxDimensions));
  }
  std::set<std::string_view> seen;
  double sum = 0;
  for (const DimensionWeight& weight : weights) {
    VL_RETURN_IF_ERROR(ValidateId(fmt::format("{}.dimension", field), weight.dimension));
    if (!seen.insert(weight.dimension).second) {
      return InvalidField(fmt::format("{}.dimension", field), weight.dimension,
                          "every dimension once");
    }
    if (!(weight.weight > 0) || !std::isfinite(weight.weight)) {
      return InvalidField(fmt::format("{}.weight", field), fmt::format("{}", weight.weight),
                          "finite, above 0");
    }
    sum += weight.weight;
  }
  if (!std::isfinite(sum)) {
    return InvalidField(fmt::format("{}.weight", field), "an infinite sum", "a finite one");
  }
  for (DimensionWeight& weight : weights) weight.weight /= sum;
  return weights;
}

void PerceptionScores::Clear() {
  benefits_.assign(benefit_weights_.size(), std::nullopt);
  rivals_.assign(benefit_weights_.size(), std::nullopt);
  costs_.assign(cost_weights_.size(), std::nullopt);
}

void PerceptionScores::Add(const Feedback& feedback) {
  for (const Perception& benefit : feedback.benefits) {
    const auto place = PlaceOf(benefit_weights_, benefit.dimension);
    if (!place) continue;
    benefits_[*place] = benefit.score;
    if (benefit.rival_score) rivals_[*place] = benefit.rival_score;
  }
  for (const Perception& cost : feedback.costs) {
    const auto place = PlaceOf(cost_weights_, cost.dimension);
    if (place) costs_[*place] = cost.score;
  }
}

bool PerceptionScores::empty() const {
  const auto is_set = [](const auto& score) { return score.has_value(); };
  return std::ranges::none_of(benefits_, is_set) && std::ranges::none_of(costs_, is_set);
}

std::optional<double> WeightedScore(std::span<const DimensionWeight> weights,
                                    std::span<const std::optional<double>> scores) {
  const double rated = RatedWeight(weights, scores);
  if (!(rated > 0)) return std::nullopt;
  double sum = 0;
  for (size_t i = 0; i < weights.size(); ++i) {
    if (scores[i]) sum += weights[i].weight * *scores[i];
  }
  return sum / rated;
}

std::optional<size_t> DominantDimension(std::span<const DimensionWeight> weights,
                                        std::span<const std::optional<double>> scores) {
  std::optional<size_t> best;
  const auto contribution = [&](size_t i) { return weights[i].weight * *scores[i]; };
  for (size_t i = 0; i < weights.size(); ++i) {
    if (scores[i] && (!best || contribution(i) > contribution(*best))) best = i;
  }
  return best;
}

std::optional<double> ValueRatio(std::optional<double> benefit, std::optional<double> cost) {
  if (!benefit || !cost || !(*cost > 0)) return std::nullopt;
  const double ratio = *benefit / *cost;
  return std::isfinite(ratio) ? std::optional<double>(ratio) : std::nullopt;
}

void PerceivedValueCollector::Add(const PerceptionScores& scores) {
  const auto add = [](std::span<const std::optional<double>> from, std::vector<Sum>& to) {
    for (size_t i = 0; i < from.size(); ++i) {
      if (!from[i]) continue;
      to[i].score += *from[i];
      ++to[i].count;
    }
  };
  add(scores.benefits(), benefits_);
  add(scores.costs(), costs_);
  const auto benefit = WeightedScore(benefit_weights_, scores.benefits());
  const auto cost = WeightedScore(cost_weights_, scores.costs());
  if (benefit) {
    ++rated_count_;
    ++benefits_[*DominantDimension(benefit_weights_, scores.benefits())].dominant_count;
  }
  if (!benefit || !cost) return;
  ++compared_count_;
  benefit_sum_ += *benefit;
  cost_sum_ += *cost;
  if (const auto ratio = ValueRatio(benefit, cost); ratio && *ratio > 1) ++loyal_count_;
}

std::vector<DimensionResult> PerceivedValueCollector::Results(
    std::span<const DimensionWeight> weights, std::span<const Sum> sums) {
  double rated = 0;
  for (size_t i = 0; i < weights.size(); ++i) {
    if (sums[i].count > 0) rated += weights[i].weight;
  }
  std::vector<DimensionResult> results;
  for (size_t i = 0; i < weights.size(); ++i) {
    DimensionResult& result = results.emplace_back();
    result.dimension = weights[i].dimension;
    result.weight = weights[i].weight;
    result.customer_count = sums[i].count;
    result.dominant_count = sums[i].dominant_count;
    if (sums[i].count == 0) continue;
    result.score = sums[i].score / static_cast<double>(sums[i].count);
    result.contribution = weights[i].weight / rated * *result.score;
  }
  return results;
}

PerceivedValueResult PerceivedValueCollector::Result() const {
  PerceivedValueResult result;
  result.rated_customer_count = rated_count_;
  result.benefits = Results(benefit_weights_, benefits_);
  result.costs = Results(cost_weights_, costs_);
  const DimensionResult* dominant = nullptr;
  for (const DimensionResult& dimension : result.benefits) {
    if (!dimension.contribution) continue;
    result.perceived_value = result.perceived_value.value_or(0) + *dimension.contribution;
    result.coverage += dimension.weight;
    if (dominant == nullptr || *dimension.contribution > *dominant->contribution) {
      dominant = &dimension;
    }
  }
  if (dominant != nullptr) result.dominant_dimension = dominant->dimension;
  result.compared_customer_count = compared_count_;
  result.loyal_expected_count = loyal_count_;
  if (compared_count_ > 0) {
    result.value_ratio = ValueRatio(benefit_sum_, cost_sum_);
    result.delivered_value = (benefit_sum_ - cost_sum_) / static_cast<double>(compared_count_);
  }
  return result;
}

void LoyaltyResult::Add(double value_ratio, bool kept) {
  LoyaltyGroup& group = value_ratio > 1 ? above : rest;
  ++group.count;
  if (kept) ++group.kept_count;
}

std::optional<double> LoyaltyResult::lift() const {
  if (above.count == 0 || rest.count == 0) return std::nullopt;
  return *above.kept_ratio() - *rest.kept_ratio();
}

}  // namespace valueloop::scoring
