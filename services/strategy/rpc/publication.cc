#include "strategy/rpc/publication.h"

#include <string>
#include <utility>

#include "common/status.h"
#include "fmt/format.h"
#include "strategy/rpc/measurement.h"

namespace valueloop::strategy {
namespace {

v1::ValueRule ToProto(ValueRule rule) {
  switch (rule) {
    case ValueRule::kPercentile:
      return v1::VALUE_RULE_PERCENTILE;
    case ValueRule::kMoney:
      return v1::VALUE_RULE_MONEY;
    case ValueRule::kCumulative:
      return v1::VALUE_RULE_CUMULATIVE;
  }
  return v1::VALUE_RULE_UNSPECIFIED;
}

void SetSource(const CriterionSource& source, v1::Criterion& criterion) {
  switch (source.form) {
    case CriterionSource::Form::kPredicate:
      criterion.set_predicate(source.predicate);
      return;
    case CriterionSource::Form::kMetric:
      criterion.mutable_metric()->set_metric(source.metric);
      criterion.mutable_metric()->set_at_0(source.at_0);
      criterion.mutable_metric()->set_at_100(source.at_100);
      return;
    case CriterionSource::Form::kRating:
      criterion.mutable_rating()->set_max_age_days(source.max_age_days);
      return;
  }
}

// `to_percent` turns the plan's weights into percent.
void SetMatch(const Match& match, double to_percent, v1::MatchCriteria& criteria) {
  criteria.set_match(std::string(NameOf(match.kind)));
  criteria.set_weight(match.weight * to_percent);
  for (const Criterion& criterion : match.criteria) {
    v1::Criterion& added = *criteria.add_criteria();
    added.set_id(criterion.id);
    added.set_name(criterion.name);
    added.set_weight(criterion.weight * to_percent);
    SetSource(criterion.source, added);
  }
}

void SetTreatment(const ClassTreatment& treatment, v1::ClassTreatment& added) {
  added.set_customer_class(treatment.customer_class);
  added.set_treatment_zh(treatment.treatment_zh);
  added.set_treatment_en(treatment.treatment_en);
  added.set_cadence_days(static_cast<int>(treatment.cadence_days));
  added.set_service_level(static_cast<int>(treatment.service_level));
  added.set_budget_share(treatment.budget_share);
}

// The one business design with match criteria; null if there is none.
absl::StatusOr<const BusinessDesign*> FindGoverningDesign(const Plan& plan) {
  const BusinessDesign* found = nullptr;
  for (const BusinessDesign& design : plan.business_designs) {
    if (design.match_criteria.empty()) continue;
    if (found != nullptr) {
      return WithReason(
          absl::FailedPreconditionError(fmt::format(
              "business_design.match_criteria: got criteria in {} (line {}) and {} (line {}), want "
              "them in one business design: customers are scored by one set",
              Printable(found->id), found->place.line, Printable(design.id), design.place.line)),
          "PLAN_HAS_ERRORS");
    }
    found = &design;
  }
  return found;
}

void SetScoringPolicy(const Plan& plan, const BusinessDesign& design, v1::ScoringPolicy& scoring) {
  const Policy& policy = plan.policy;
  scoring.set_business_design(design.id);
  for (const Match& match : design.match_criteria) {
    SetMatch(match, 100 / policy.weight_total, *scoring.add_matches());
  }
  scoring.set_value_rule(ToProto(policy.classes.value_rule));
  scoring.set_value_cut(policy.classes.value_cut);
  scoring.set_match_cut(policy.classes.match_cut);
  scoring.set_coverage_min(policy.classes.coverage_min);
  scoring.set_hysteresis_band(policy.classes.hysteresis_band);
  for (const ClassTreatment& treatment : policy.class_policy) {
    SetTreatment(treatment, *scoring.add_treatments());
  }
  scoring.set_horizon_months(policy.value.horizon_months);
  scoring.set_discount_annual(policy.value.discount_annual);
  scoring.set_margin_ratio(policy.value.margin_ratio);
  scoring.set_referral_attribution(policy.value.referral_attribution);
  scoring.set_acquisition_cost(policy.value.acquisition_cost);
}

}  // namespace

absl::StatusOr<v1::Publication> MakePublication(const Plan& plan) {
  v1::Publication publication;
  publication.set_plan_id(plan.id);
  publication.set_name_zh(plan.meta.name_zh);
  publication.set_name_en(plan.meta.name_en);
  VL_ASSIGN_OR_RETURN(const BusinessDesign* design, FindGoverningDesign(plan));
  if (design != nullptr) SetScoringPolicy(plan, *design, *publication.mutable_scoring_policy());
  SetMeasurement(plan, *publication.mutable_measurement());
  return publication;
}

}  // namespace valueloop::strategy
