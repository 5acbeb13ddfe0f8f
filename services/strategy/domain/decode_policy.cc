#include <optional>
#include <string>
#include <utility>

#include "strategy/domain/decode.h"

namespace valueloop::strategy {
namespace {

// Reads the map `field` of the policy with `read_fields(reader)`.
template <typename ReadFields>
void Block(ObjectReader& policy, std::string_view field, const ReadFields& read_fields) {
  policy.Inner(field, [&](const Node& node) {
    Object places;
    ObjectReader reader(node, "policy." + std::string(field), places, policy.findings());
    read_fields(reader);
    reader.Finish();
  });
}

void DecodeChecks(ObjectReader& reader, Policy& policy) {
  reader.Update("weight_total", policy.weight_total);
  reader.Update("weight_tolerance", policy.weight_tolerance);
  reader.Update("target_tolerance_rel", policy.target_tolerance_rel);
  std::vector<std::string> perspectives = reader.Texts("perspectives");
  if (perspectives.size() > 12) {
    reader.Invalid("perspectives", *reader.Take("perspectives"), "at most 12");
  } else if (!perspectives.empty()) {
    policy.perspectives = std::move(perspectives);
  }
  reader.Update("csf_per_perspective_max", policy.csf_per_perspective_max);
  reader.Update("lead_share", policy.lead_share);
  Block(reader, "kpi_selection", [&](ObjectReader& block) {
    SelectionPolicy& selection = policy.kpi_selection;
    Block(block, "weights", [&](ObjectReader& weights) {
      weights.Update("relevance", selection.relevance);
      weights.Update("measurability", selection.measurability);
      weights.Update("controllability", selection.controllability);
      weights.Update("stimulus", selection.stimulus);
    });
    block.Update("pass", selection.pass);
    block.Update("min_each", selection.min_each);
  });
  reader.Update("kpi_weight", policy.kpi_weight);
  Block(reader, "span", [&](ObjectReader& block) {
    block.Update("attractiveness_cut", policy.attractiveness_cut);
    block.Update("position_cut", policy.position_cut);
  });
  Block(reader, "bcg", [&](ObjectReader& block) {
    block.Update("growth_cut_pct", policy.growth_cut_pct);
    block.Update("relative_share_cut", policy.relative_share_cut);
  });
  Block(reader, "curve", [&](ObjectReader& block) {
    block.Update("divergence_min", policy.curve.divergence_min);
    block.Update("relief_min", policy.curve.relief_min);
    block.Update("scale", policy.curve.scale);
  });
  reader.Update("coverage", policy.coverage);
  reader.Update("benefit_latest_end_month", policy.benefit_latest_end_month);
  Block(reader, "pbc", [&](ObjectReader& block) {
    block.Update("win", policy.pbc_win);
    block.Update("execute", policy.pbc_execute);
    block.Update("team", policy.pbc_team);
  });
  reader.Update("customer_value_weight_min", policy.customer_value_weight_min);
  reader.Update("alignment_min", policy.alignment_min);
  reader.Update("consensus_min", policy.consensus_min);
  reader.Inner("horizon_bands", [&](const Node& node) {
    Object places;
    ObjectReader bands(node, "policy.horizon_bands", places, reader.findings());
    policy.horizon_bands.assign(3, {0, 100});
    bands.Update("H1", policy.horizon_bands[0]);
    bands.Update("H2", policy.horizon_bands[1]);
    bands.Update("H3", policy.horizon_bands[2]);
    bands.Finish();
  });
  reader.Update("pipeline_coverage_min", policy.pipeline_coverage_min);
  reader.Update("stale_periods", policy.stale_periods);
  reader.Update("milestone_grace_days", policy.milestone_grace_days);
}

void DecodeStatus(ObjectReader& reader, Policy& policy) {
  Block(reader, "score_curve", [&](ObjectReader& block) {
    block.Update("below_floor", policy.score_curve.below_floor);
    block.Update("floor", policy.score_curve.floor);
    block.Update("target", policy.score_curve.target);
    block.Update("stretch", policy.score_curve.stretch);
  });
  Block(reader, "rag", [&](ObjectReader& block) {
    block.Update("green", policy.rag.green);
    block.Update("amber", policy.rag.amber);
  });
  Block(reader, "achievement", [&](ObjectReader& block) {
    block.Update("HIGHER", policy.achievement.higher, {"RATIO", "PROGRESS"});
    block.Update("LOWER", policy.achievement.lower,
                 {"TWO_MINUS_RATIO", "INVERSE_RATIO", "PROGRESS"});
    block.Update("RANGE", policy.achievement.range, {"LINEAR_TOLERANCE"});
  });
  Block(reader, "period_thresholds", [&](ObjectReader& block) {
    PeriodThresholds& thresholds = policy.period_thresholds;
    block.Update("SUM", thresholds.sum, {"SCALE_BY_PHASING", "SHIFT"});
    block.Update("AVG", thresholds.avg, {"SHIFT"});
    block.Update("LAST", thresholds.last, {"SHIFT"});
    block.Update("RATIO", thresholds.ratio, {"SHIFT"});
  });
}

void DecodeCustomerPolicy(ObjectReader& reader, Policy& policy) {
  Block(reader, "classes", [&](ObjectReader& block) {
    block.UpdateEnum("value_rule", policy.classes.value_rule);
    block.Update("value_cut", policy.classes.value_cut);
    block.Update("match_cut", policy.classes.match_cut);
    block.Update("coverage_min", policy.classes.coverage_min);
    block.Update("hysteresis_band", policy.classes.hysteresis_band);
  });
  Block(reader, "class_policy", [&](ObjectReader& block) {
    for (const char* name : {"STRATEGIC", "PROFIT", "POTENTIAL", "ORDINARY"}) {
      Block(block, name, [&](ObjectReader& treatment_reader) {
        ClassTreatment treatment{.customer_class = name};
        treatment.treatment_zh = treatment_reader.Text("treatment_zh");
        treatment.treatment_en = treatment_reader.Text("treatment_en");
        treatment_reader.Update("cadence_days", treatment.cadence_days);
        treatment_reader.Update("service_level", treatment.service_level);
        treatment_reader.Update("budget_share", treatment.budget_share);
        policy.class_policy.push_back(std::move(treatment));
      });
    }
  });
  Block(reader, "value", [&](ObjectReader& block) {
    block.Update("horizon_months", policy.value.horizon_months);
    block.Update("discount_annual", policy.value.discount_annual);
    block.Update("margin_ratio", policy.value.margin_ratio);
    block.Update("referral_attribution", policy.value.referral_attribution);
    block.Update("acquisition_cost", policy.value.acquisition_cost);
  });
}

// What no plan can mean: reported here, because every later user relies on it.
void CheckPolicy(const Policy& policy, const Object& places, Findings& findings) {
  const auto want = [&](bool holds, std::string_view field, std::string expected) {
    if (holds) return;
    findings.Add(Code::kFieldInvalid, {"policy"}, places.At(field), std::move(expected),
                 std::string(field));
  };
  const auto share = [](double value) { return value >= 0 && value <= 1; };
  want(policy.weight_total > 0, "weight_total", "> 0");
  want(policy.weight_tolerance >= 0, "weight_tolerance", ">= 0");
  want(share(policy.target_tolerance_rel), "target_tolerance_rel", "0..1");
  want(policy.csf_per_perspective_max >= 1, "csf_per_perspective_max", ">= 1");
  want(policy.benefit_latest_end_month >= 1 && policy.benefit_latest_end_month <= 12,
       "benefit_latest_end_month", "1..12");
  want(policy.coverage.min >= 0, "coverage", "min >= 0");
  want(policy.rag.green >= policy.rag.amber, "rag", "green >= amber");
  const ScoreCurve& curve = policy.score_curve;
  want(curve.below_floor <= curve.floor && curve.floor < curve.target &&
           curve.target <= curve.stretch,
       "score_curve", "below_floor <= floor < target <= stretch");
  const ClassCuts& classes = policy.classes;
  want(classes.value_rule == ValueRule::kMoney ||
           (classes.value_cut >= 0 && classes.value_cut <= 100),
       "classes", "value_cut 0..100");
  want(classes.match_cut >= 0 && classes.match_cut <= 100, "classes", "match_cut 0..100");
  want(share(classes.coverage_min), "classes", "coverage_min 0..1");
  want(classes.hysteresis_band >= 0, "classes", "hysteresis_band >= 0");
  for (const ClassTreatment& treatment : policy.class_policy) {
    want(treatment.cadence_days >= 0 && share(treatment.budget_share), "class_policy",
         "cadence_days >= 0, budget_share 0..1");
  }
  const ValuePolicy& value = policy.value;
  want(value.horizon_months >= 1 && value.horizon_months <= 1200, "value",
       "horizon_months 1..1200");
  want(value.discount_annual >= 0 && value.discount_annual <= 10, "value", "discount_annual 0..10");
  want(value.margin_ratio >= -10 && value.margin_ratio <= 1, "value", "margin_ratio -10..1");
  want(share(value.referral_attribution), "value", "referral_attribution 0..1");
  want(value.acquisition_cost >= 0, "value", "acquisition_cost >= 0");
  want(share(policy.alignment_min), "alignment_min", "0..1");
  want(share(policy.consensus_min), "consensus_min", "0..1");
}

}  // namespace

void DecodePolicy(ObjectReader& root, Plan& plan) {
  root.Inner("policy", [&](const Node& node) {
    ObjectReader reader(node, "policy", plan.policy_places, root.findings());
    DecodeChecks(reader, plan.policy);
    DecodeStatus(reader, plan.policy);
    DecodeCustomerPolicy(reader, plan.policy);
    reader.Finish();
    CheckPolicy(plan.policy, plan.policy_places, root.findings());
  });
}

}  // namespace valueloop::strategy
