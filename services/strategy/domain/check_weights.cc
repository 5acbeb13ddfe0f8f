#include <string>
#include <string_view>
#include <vector>

#include "fmt/format.h"
#include "strategy/domain/compare.h"
#include "strategy/domain/passes.h"

namespace valueloop::strategy {
namespace {

// A set of weights and the finding it becomes if it does not sum to its total.
class WeightSet {
 public:
  void Add(std::string_view name, double weight) {
    sum_ += weight;
    if (++count_ <= kShown)
      parts_ += fmt::format("{}{} {}", count_ > 1 ? ", " : "", name, Number(weight));
  }

  // `subject` names whose weights they are; an empty set says nothing.
  void Check(std::string subject, Place place, double total, const Policy& policy,
             Findings& findings) const {
    if (count_ == 0 || NearAbsolute(sum_, total, policy.weight_tolerance)) return;
    findings.Add(Code::kWeightSum, {std::move(subject)}, place, Number(total),
                 fmt::format("{} ({}{})", Number(sum_), parts_, count_ > kShown ? ", ..." : ""));
  }

 private:
  static constexpr int kShown = 12;
  double sum_ = 0;
  int count_ = 0;
  std::string parts_;
};

WeightSet SetOf(const std::vector<NamedValue>& values) {
  WeightSet set;
  for (const NamedValue& value : values) set.Add(value.name, value.value);
  return set;
}

void CheckDesignWeights(const ResolvedPlan& resolved, Findings& findings) {
  const Policy& policy = resolved.policy;
  const double total = policy.weight_total;
  for (const BusinessDesign& design : resolved.plan.business_designs) {
    WeightSet matches;
    for (const Match& match : design.match_criteria) {
      matches.Add(match.id, match.weight);
      WeightSet criteria;
      for (const Criterion& criterion : match.criteria)
        criteria.Add(criterion.id, criterion.weight);
      criteria.Check(match.id, match.At("criteria"), total, policy, findings);
    }
    matches.Check(design.id, design.At("match_criteria"), total, policy, findings);
    SetOf(design.value_elements)
        .Check(design.id, design.At("value_elements"), total, policy, findings);
    SetOf(design.value_capture)
        .Check(design.id, design.At("value_capture"), total, policy, findings);
  }
}

void CheckInsightWeights(const ResolvedPlan& resolved, Findings& findings) {
  const Policy& policy = resolved.policy;
  const Insight& insight = resolved.plan.insight;
  SetOf(insight.attractiveness_weights)
      .Check("attractiveness_weights", insight.attractiveness_weights_place, policy.weight_total,
             policy, findings);
  SetOf(insight.position_weights)
      .Check("position_weights", insight.position_weights_place, policy.weight_total, policy,
             findings);
  WeightSet internal;
  WeightSet external;
  for (const SwotItem& item : insight.swot) {
    (item.kind == "S" || item.kind == "W" ? internal : external).Add(item.id, item.weight);
  }
  internal.Check("swot.SW", insight.At("swot"), 1, policy, findings);
  external.Check("swot.OT", insight.At("swot"), 1, policy, findings);
  WeightSet shares;
  for (const Business& business : resolved.plan.portfolio) {
    shares.Add(business.id, business.investment_share);
  }
  if (!resolved.plan.portfolio.empty()) {
    shares.Check("portfolio", resolved.plan.portfolio[0].place, 100, policy, findings);
  }
  WeightSet importance;
  for (const CurveFactor& factor : resolved.plan.value_curve.factors) {
    importance.Add(factor.id, factor.importance);
  }
  importance.Check("value_curve", resolved.plan.value_curve.At("factors"), policy.weight_total,
                   policy, findings);
}

// Reports ratings outside [low, high].
class Ratings {
 public:
  explicit Ratings(Findings& findings) : findings_(findings) {}

  void Check(const std::string& subject, std::string_view field, double value, double low,
             double high, Place place) {
    if (Within(value, low, high)) return;
    findings_.Add(Code::kRatingRange, {subject}, place,
                  fmt::format("{}..{}", Number(low), Number(high)),
                  fmt::format("{}: {}", field, Number(value)));
  }
  void Check(const std::string& subject, const std::vector<NamedValue>& values, double low,
             double high) {
    for (const NamedValue& value : values) {
      Check(subject, value.name, value.value, low, high, value.place);
    }
  }
  // A weight or share may be anything but negative.
  void CheckWeight(const std::string& subject, double value, Place place) {
    if (value >= 0) return;
    findings_.Add(Code::kRatingRange, {subject}, place, ">= 0", "weight: " + Number(value));
  }
  void Check(const std::string& subject, const std::vector<Risk>& risks) {
    for (const Risk& risk : risks) {
      Check(subject, "probability", risk.probability, 0, 1, risk.place);
      Check(subject, "impact", risk.impact, 1, 5, risk.place);
    }
  }

 private:
  Findings& findings_;
};

void CheckInsightRatings(const Plan& plan, Ratings& ratings) {
  for (const PestItem& item : plan.insight.pest) {
    ratings.Check(item.id, "probability", item.probability, 0, 1, item.At("probability"));
    ratings.Check(item.id, "impact", item.impact, 1, 5, item.At("impact"));
    ratings.Check(item.id, "sign", item.sign, -1, 1, item.At("sign"));
  }
  for (const Segment& segment : plan.insight.segments) {
    ratings.Check(segment.id, segment.attractiveness, 1, 5);
    ratings.Check(segment.id, segment.position, 1, 5);
  }
  for (const SwotItem& item : plan.insight.swot) {
    const double low = item.kind == "S" ? 3 : 1;
    const double high = item.kind == "W" ? 2 : 4;
    ratings.Check(item.id, "rating", item.rating, low, high, item.At("rating"));
    ratings.CheckWeight(item.id, item.weight, item.At("weight"));
  }
  const Bounds scale = plan.policy.curve.scale;
  for (const CurveFactor& factor : plan.value_curve.factors) {
    ratings.CheckWeight(factor.id, factor.importance, factor.At("importance"));
    ratings.Check(factor.id, "now", factor.now, scale.min, scale.max, factor.At("now"));
    ratings.Check(factor.id, "target", factor.target, scale.min, scale.max, factor.At("target"));
    ratings.Check(factor.id, factor.rivals, scale.min, scale.max);
    if (factor.surveyed) {
      ratings.Check(factor.id, "surveyed", *factor.surveyed, scale.min, scale.max,
                    factor.At("surveyed"));
    }
  }
}

}  // namespace

void CheckWeightSums(const ResolvedPlan& resolved, Findings& findings) {
  const Plan& plan = resolved.plan;
  const Policy& policy = resolved.policy;
  WeightSet csfs;
  for (const Csf& csf : plan.csfs) csfs.Add(csf.id, csf.weight);
  csfs.Check("csfs", plan.At("csfs"), policy.weight_total, policy, findings);
  for (size_t i = 0; i < plan.csfs.size(); ++i) {
    const std::vector<const Kpi*>& kpis = resolved.kpis_of_csf[i];
    if (kpis.empty()) continue;
    WeightSet weights;
    for (const Kpi* kpi : kpis) weights.Add(kpi->id, kpi->weight);
    weights.Check(plan.csfs[i].id, kpis[0]->At("weight"), policy.weight_total, policy, findings);
  }
  const SelectionPolicy& selection = policy.kpi_selection;
  WeightSet criteria;
  criteria.Add("relevance", selection.relevance);
  criteria.Add("measurability", selection.measurability);
  criteria.Add("controllability", selection.controllability);
  criteria.Add("stimulus", selection.stimulus);
  criteria.Check("kpi_selection", plan.policy_places.At("kpi_selection"), policy.weight_total,
                 policy, findings);
  CheckDesignWeights(resolved, findings);
  CheckInsightWeights(resolved, findings);
}

void CheckKpiWeightBounds(const ResolvedPlan& resolved, Findings& findings) {
  const Bounds& bounds = resolved.policy.kpi_weight;
  for (size_t i = 0; i < resolved.plan.csfs.size(); ++i) {
    for (const Kpi* kpi : resolved.kpis_of_csf[i]) {
      const double share =
          resolved.plan.csfs[i].weight * kpi->weight / resolved.policy.weight_total;
      if (Within(share, bounds.min, bounds.max)) continue;
      findings.Add(Code::kKpiWeightBounds, *kpi, kpi->At("weight"),
                   fmt::format("{}..{} %", Number(bounds.min), Number(bounds.max)),
                   Number(share) + " %");
    }
  }
}

void CheckRatings(const ResolvedPlan& resolved, Findings& findings) {
  const Plan& plan = resolved.plan;
  Ratings ratings(findings);
  CheckInsightRatings(plan, ratings);
  for (const BusinessDesign& design : plan.business_designs) {
    ratings.Check(design.id, design.control_points, 1, 10);
    ratings.Check(design.id, design.risks);
    for (const Match& match : design.match_criteria) {
      ratings.CheckWeight(match.id, match.weight, match.At("weight"));
      for (const Criterion& criterion : match.criteria) {
        ratings.CheckWeight(criterion.id, criterion.weight, criterion.At("weight"));
      }
    }
  }
  for (const Csf& csf : plan.csfs) ratings.CheckWeight(csf.id, csf.weight, csf.At("weight"));
  for (const MapLink& link : plan.map_links) {
    ratings.Check(link.id, "strength", link.strength, 0, 1, link.At("strength"));
    if (link.lag_months < 0)
      ratings.Check(link.id, "lag_months", link.lag_months, 0, 120, link.At("lag_months"));
  }
  for (const Kpi& kpi : plan.kpis) {
    ratings.CheckWeight(kpi.id, kpi.weight, kpi.At("weight"));
    for (const double rating : kpi.selection) {
      ratings.Check(kpi.id, "selection", rating, 1, 5, kpi.At("selection"));
    }
  }
  for (const KeyTask& task : plan.key_tasks) {
    ratings.Check(task.id, task.risks);
    for (const Contribution& contribution : task.contributions) {
      ratings.Check(task.id, "confidence", contribution.confidence, 0, 1,
                    contribution.At("confidence"));
    }
  }
}

}  // namespace valueloop::strategy
