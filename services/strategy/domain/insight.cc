#include "strategy/domain/insight.h"

#include <cmath>
#include <map>

#include "strategy/domain/compare.h"

namespace valueloop::strategy {
namespace {

// The mean of the ratings under the criteria's weights; criteria without a rating do not count.
double WeightedRating(const std::vector<NamedValue>& weights,
                      const std::vector<NamedValue>& ratings) {
  double sum = 0;
  double total = 0;
  for (const NamedValue& weight : weights) {
    for (const NamedValue& rating : ratings) {
      if (rating.name != weight.name) continue;
      sum += weight.value * rating.value;
      total += weight.value;
    }
  }
  return total > 0 ? sum / total : 0;
}

// 0 for high, 1 for medium, 2 for low.
size_t IeBand(double score) {
  if (AtLeast(score, 3.0)) return 0;
  return AtLeast(score, 2.0) ? 1 : 2;
}

// Mean distance of our levels from each rival's, as a share of the scale.
std::vector<NamedValue> DivergenceOf(const ValueCurve& curve, const Bounds& scale,
                                     double CurveFactor::*level) {
  struct Distance {
    double sum = 0;
    int count = 0;
  };
  std::map<std::string, Distance> distances;
  for (const CurveFactor& factor : curve.factors) {
    for (const NamedValue& rival : factor.rivals) {
      Distance& distance = distances[rival.name];
      distance.sum += std::abs(factor.*level - rival.value);
      ++distance.count;
    }
  }
  const double width = scale.max - scale.min;
  std::vector<NamedValue> divergence;
  for (const auto& [rival, distance] : distances) {
    const double mean = distance.sum / distance.count;
    divergence.push_back({.name = rival, .value = width > 0 ? mean / width : 0, .place = {}});
  }
  return divergence;
}

bool IsPeak(const CurveFactor& factor) {
  if (factor.rivals.empty() || !AtLeast(factor.target, 4)) return false;
  double sum = 0;
  for (const NamedValue& rival : factor.rivals) sum += rival.value;
  return AtLeast(factor.target, sum / static_cast<double>(factor.rivals.size()) + 1);
}

}  // namespace

std::vector<SpanResult> ComputeSpan(const Plan& plan) {
  std::vector<SpanResult> results;
  for (const Segment& segment : plan.insight.segments) {
    SpanResult result{.segment = segment.id};
    result.attractiveness =
        WeightedRating(plan.insight.attractiveness_weights, segment.attractiveness);
    result.position = WeightedRating(plan.insight.position_weights, segment.position);
    const bool attractive = AtLeast(result.attractiveness, plan.policy.attractiveness_cut);
    const bool strong = AtLeast(result.position, plan.policy.position_cut);
    if (attractive) {
      result.quadrant = strong ? "GROW_INVEST" : "ACQUIRE_SKILL";
    } else {
      result.quadrant = strong ? "HARVEST" : "AVOID_EXIT";
    }
    results.push_back(std::move(result));
  }
  return results;
}

std::vector<BcgResult> ComputeBcg(const Plan& plan) {
  std::vector<BcgResult> results;
  for (const Business& business : plan.portfolio) {
    BcgResult result{.business = business.id};
    if (business.largest_rival_pct > 0) {
      result.relative_share = business.share_pct / business.largest_rival_pct;
    }
    const bool leads =
        !result.relative_share || AtLeast(*result.relative_share, plan.policy.relative_share_cut);
    if (AtLeast(business.market_growth_pct, plan.policy.growth_cut_pct)) {
      result.bcg = leads ? "STAR" : "QUESTION_MARK";
    } else {
      result.bcg = leads ? "CASH_COW" : "DOG";
    }
    results.push_back(std::move(result));
  }
  return results;
}

SwotResult ComputeSwot(const Plan& plan) {
  static constexpr std::string_view kCells[3][3] = {
      {"I", "II", "III"}, {"IV", "V", "VI"}, {"VII", "VIII", "IX"}};
  SwotResult result;
  bool internal = false;
  bool external = false;
  for (const SwotItem& item : plan.insight.swot) {
    const bool inside = item.kind == "S" || item.kind == "W";
    (inside ? result.ife : result.efe) += item.weight * item.rating;
    (inside ? internal : external) = true;
  }
  if (internal && external) result.ie_cell = kCells[IeBand(result.efe)][IeBand(result.ife)];
  return result;
}

CurveResult ComputeCurve(const Plan& plan) {
  const ValueCurve& curve = plan.value_curve;
  CurveResult result;
  if (curve.factors.empty()) return result;
  const auto count = static_cast<double>(curve.factors.size());
  double mean = 0;
  for (const CurveFactor& factor : curve.factors) mean += factor.target / count;
  double variance = 0;
  for (const CurveFactor& factor : curve.factors) {
    variance += (factor.target - mean) * (factor.target - mean) / count;
    if (!IsPeak(factor)) continue;
    result.peaks.push_back(factor.id);
    result.peak_importance += factor.importance;
  }
  result.relief = std::sqrt(variance);
  result.divergence = DivergenceOf(curve, plan.policy.curve.scale, &CurveFactor::target);
  result.divergence_now = DivergenceOf(curve, plan.policy.curve.scale, &CurveFactor::now);
  return result;
}

}  // namespace valueloop::strategy
