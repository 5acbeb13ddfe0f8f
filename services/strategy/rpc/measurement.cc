#include "strategy/rpc/measurement.h"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "absl/time/civil_time.h"

namespace valueloop::strategy {
namespace {

v1::Polarity ToProto(Polarity polarity) {
  switch (polarity) {
    case Polarity::kHigher:
      return v1::POLARITY_HIGHER;
    case Polarity::kLower:
      return v1::POLARITY_LOWER;
    case Polarity::kRange:
      return v1::POLARITY_RANGE;
    case Polarity::kMilestone:
      return v1::POLARITY_MILESTONE;
  }
  return v1::POLARITY_UNSPECIFIED;
}

v1::Aggregation ToProto(Aggregation aggregation) {
  switch (aggregation) {
    case Aggregation::kSum:
      return v1::AGGREGATION_SUM;
    case Aggregation::kAvg:
      return v1::AGGREGATION_AVG;
    case Aggregation::kLast:
      return v1::AGGREGATION_LAST;
    case Aggregation::kRatio:
      return v1::AGGREGATION_RATIO;
  }
  return v1::AGGREGATION_UNSPECIFIED;
}

v1::Frequency ToProto(Frequency frequency) {
  switch (frequency) {
    case Frequency::kMonthly:
      return v1::FREQUENCY_MONTHLY;
    case Frequency::kQuarterly:
      return v1::FREQUENCY_QUARTERLY;
    case Frequency::kHalfYearly:
      return v1::FREQUENCY_HALF_YEARLY;
    case Frequency::kYearly:
      return v1::FREQUENCY_ANNUAL;
  }
  return v1::FREQUENCY_UNSPECIFIED;
}

void SetPolicy(const Policy& policy, v1::EvaluationPolicy& evaluation) {
  evaluation.set_score_below_floor(policy.score_curve.below_floor);
  evaluation.set_score_floor(policy.score_curve.floor);
  evaluation.set_score_target(policy.score_curve.target);
  evaluation.set_score_stretch(policy.score_curve.stretch);
  evaluation.set_rag_green(policy.rag.green);
  evaluation.set_rag_amber(policy.rag.amber);
  evaluation.set_achievement_higher(policy.achievement.higher);
  evaluation.set_achievement_lower(policy.achievement.lower);
  evaluation.set_achievement_range(policy.achievement.range);
  evaluation.set_threshold_sum(policy.period_thresholds.sum);
  evaluation.set_threshold_avg(policy.period_thresholds.avg);
  evaluation.set_threshold_last(policy.period_thresholds.last);
  evaluation.set_threshold_ratio(policy.period_thresholds.ratio);
  evaluation.set_stale_periods(policy.stale_periods);
}

void SetThresholds(const Kpi& kpi, v1::KpiDefinition& definition) {
  if (kpi.baseline) definition.set_baseline(*kpi.baseline);
  for (const YearValue& target : kpi.targets) {
    v1::YearTarget& added = *definition.add_targets();
    added.set_year(target.year);
    added.set_target(target.value);
  }
  if (kpi.floor) definition.set_floor(*kpi.floor);
  if (kpi.stretch) definition.set_stretch(*kpi.stretch);
  if (kpi.range) {
    definition.mutable_range()->set_low(kpi.range->low);
    definition.mutable_range()->set_high(kpi.range->high);
    definition.mutable_range()->set_tolerance(kpi.range->tolerance);
  }
  if (kpi.due) definition.set_due_day(absl::FormatCivilTime(*kpi.due));
}

void SetKpi(const Kpi& kpi, const Csf* csf, const Plan& plan, v1::KpiDefinition& definition) {
  definition.set_kpi(kpi.id);
  definition.set_name(kpi.name);
  definition.set_csf(kpi.csf.id);
  definition.set_ipooc(std::string(NameOf(kpi.ipooc)));
  definition.set_unit(kpi.unit);
  definition.set_polarity(ToProto(kpi.polarity));
  definition.set_aggregation(ToProto(kpi.aggregation));
  definition.set_frequency(ToProto(kpi.frequency));
  if (kpi.source) {
    definition.mutable_source()->set_service(kpi.source->service);
    definition.mutable_source()->set_metric(kpi.source->metric);
    definition.mutable_source()->set_customer_class(kpi.source->customer_class);
  }
  definition.set_owner(kpi.owner.id);
  definition.set_org_unit(kpi.org.id);
  if (csf != nullptr) {
    definition.set_perspective(csf->perspective);
    const double total = plan.policy.weight_total;
    definition.set_global_weight(csf->weight * kpi.weight * 100 / (total * total));
  }
  SetThresholds(kpi, definition);
  definition.set_grace_days(kpi.grace_days > 0 ? kpi.grace_days : plan.policy.milestone_grace_days);
  definition.set_formula(kpi.formula);
  for (const Phasing& phasing : kpi.phasing) {
    if (phasing.year != plan.meta.fiscal_year) continue;
    for (const double target : phasing.values) definition.add_phased_targets(target);
  }
}

// The KPI whose cell an allocation splits: its own, or that of the allocation above, at any depth.
// Empty if the chain ends nowhere.
std::string_view KpiOf(const Allocation& allocation,
                       const std::map<std::string_view, const Allocation*>& by_id) {
  const Allocation* current = &allocation;
  for (size_t depth = 0; depth <= by_id.size(); ++depth) {
    if (!current->kpi.empty()) return current->kpi.id;
    const auto above = by_id.find(current->parent_allocation.id);
    if (above == by_id.end()) break;
    current = above->second;
  }
  return {};
}

void SetUnitTargets(const Plan& plan, v1::MeasurementPlan& measurement) {
  std::map<std::string_view, const Allocation*> by_id;
  for (const Allocation& allocation : plan.allocations) by_id.emplace(allocation.id, &allocation);
  // Two splits of one KPI, by line and by region, may meet in a unit: the first one counts.
  std::set<std::pair<std::string_view, std::string_view>> seen;
  for (const Allocation& allocation : plan.allocations) {
    if (allocation.year != plan.meta.fiscal_year) continue;
    const std::string_view kpi = KpiOf(allocation, by_id);
    if (kpi.empty()) continue;
    for (const AllocationChild& child : allocation.children) {
      if (!seen.emplace(kpi, child.unit.id).second) continue;
      v1::UnitTarget& target = *measurement.add_unit_targets();
      target.set_kpi(std::string(kpi));
      target.set_org_unit(child.unit.id);
      target.set_year(allocation.year);
      target.set_target(child.value);
    }
  }
}

}  // namespace

void SetMeasurement(const Plan& plan, v1::MeasurementPlan& measurement) {
  measurement.set_base_year(plan.meta.base_year);
  measurement.set_fiscal_year(plan.meta.fiscal_year);
  measurement.set_fiscal_start(absl::FormatCivilTime(plan.meta.fiscal_start));
  SetPolicy(plan.policy, *measurement.mutable_policy());
  std::map<std::string_view, const Csf*> csfs;
  for (const Csf& csf : plan.csfs) csfs.emplace(csf.id, &csf);
  for (const Kpi& kpi : plan.kpis) {
    const auto csf = csfs.find(kpi.csf.id);
    SetKpi(kpi, csf == csfs.end() ? nullptr : csf->second, plan, *measurement.add_kpis());
  }
  for (const OrgUnit& unit : plan.org_units) {
    v1::OrgUnit& added = *measurement.add_org_units();
    added.set_id(unit.id);
    added.set_name(unit.name);
    added.set_parent(unit.parent.id);
  }
  for (const Person& person : plan.people) {
    v1::Person& added = *measurement.add_people();
    added.set_id(person.id);
    added.set_name(person.name);
    added.set_org_unit(person.unit.id);
  }
  SetUnitTargets(plan, measurement);
}

}  // namespace valueloop::strategy
