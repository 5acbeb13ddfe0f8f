// A strategy plan as its source says it (METHODS D1): plain values, every object with its place.
//
// References are ids that may lead nowhere; resolve.h looks them up. Quantities are in the unit of
// the KPI they belong to. Lists keep the order of the source.
#ifndef VALUELOOP_STRATEGY_DOMAIN_PLAN_H_
#define VALUELOOP_STRATEGY_DOMAIN_PLAN_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "strategy/domain/enums.h"
#include "strategy/domain/place.h"
#include "strategy/domain/plan_design.h"
#include "strategy/domain/plan_object.h"
#include "strategy/domain/policy.h"

namespace valueloop::strategy {

struct Meta : Object {
  std::string name_zh;
  std::string name_en;
  int version = 1;
  std::string state;
  int base_year = 0;
  int fiscal_year = 0;
  absl::CivilDay fiscal_start;
  std::vector<int> horizon;
  Ref owner;
};

struct OrgUnit : Object {
  std::string name;
  Ref parent;
  std::string kind;
  std::optional<CentreType> centre;
  std::optional<double> capacity_pm;  // Person-months in the fiscal year; unset: not limited here.
};

struct Person : Object {
  std::string name;
  Ref unit;
  Ref manager;
};

struct GapCause {
  std::string name;
  double amount = 0;
  Place place;
};

struct Gap : Object {
  GapKind kind = GapKind::kPerformance;
  GapOrigin origin = GapOrigin::kManual;
  std::string name;
  Ref kpi;
  std::string unit;
  Polarity polarity = Polarity::kHigher;
  int year = 0;
  double expected = 0;
  double actual = 0;  // For an opportunity: the target year's result on the present path.
  double amount = 0;
  std::optional<double> today;
  std::vector<NamedValue> plan_factors;  // By KPI.
  std::vector<NamedValue> actual_factors;
  std::vector<GapCause> causes;
  std::vector<Ref> addressed_by;  // Goals, directions, CSFs or key tasks.
  Ref business_design;
};

struct Goal : Object {
  std::string name;
  Ref kpi;
  std::string unit;
  Polarity polarity = Polarity::kHigher;
  double baseline = 0;
  std::vector<YearValue> milestones;  // By year, rising.
  std::optional<double> ceiling;
};

struct Intent : Object {
  std::string mission;
  std::string vision;
  std::vector<Goal> goals;
};

struct DirectionMeasure {
  Ref kpi;
  std::string unit;
  int year = 0;
  double value = 0;
  Place place;
};

struct Direction : Object {
  std::string name;
  std::vector<Ref> goals;
  std::string operational_definition;
  std::optional<DirectionMeasure> measure;
};

struct Csf : Object {
  std::string name;
  std::string perspective;
  std::vector<Ref> directions;
  double weight = 0;
  std::vector<std::string> elements;
};

struct MapLink : Object {
  Ref from;
  Ref to;
  double strength = 0;  // 0..1.
  double lag_months = 0;
};

struct KpiSource {
  std::string service;
  std::string metric;
  std::string customer_class;
};

struct KpiRange {
  double low = 0;
  double high = 0;
  double tolerance = 0;
};

// The targets of a year's periods, in the KPI's unit.
struct Phasing {
  int year = 0;
  std::vector<double> values;
  Place place;
};

struct Kpi : Object {
  std::string name;
  Ref csf;
  std::string element;
  Ipooc ipooc = Ipooc::kOutcome;
  std::string unit;
  Polarity polarity = Polarity::kHigher;
  Aggregation aggregation = Aggregation::kSum;
  Frequency frequency = Frequency::kMonthly;
  std::optional<KpiSource> source;
  Ref owner;
  Ref org;
  double weight = 0;  // Percent of its CSF.
  std::optional<double> baseline;
  std::vector<YearValue> targets;  // By year, rising.
  std::optional<double> floor;
  std::optional<double> stretch;
  std::optional<KpiRange> range;
  std::optional<absl::CivilDay> due;
  int grace_days = 0;             // Unset: the policy's.
  std::vector<double> selection;  // Relevance, measurability, controllability, stimulus.
  std::string formula;
  std::vector<Phasing> phasing;
  std::optional<Constraint> constraint;
  std::optional<bool> customer_value;
  Money money = Money::kNone;

  std::optional<double> TargetOf(int year) const;
};

struct AnnualMeasure : Object {
  std::string name;
  int year = 0;
  Ref csf;
  std::vector<Ref> kpis;
  Ref org;
};

struct CtqNode : Object {
  std::string name;
  Ref parent;
  std::optional<Rollup> rollup;
  double weight = 1;  // For a WAVG parent.
  double baseline = 0;
  double target = 0;
  std::optional<double> lsl;
  std::optional<double> usl;
  std::string measure;
  Ref owner;
};

struct CtqTree : Object {
  Ref kpi;
  std::string unit;
  std::vector<CtqNode> nodes;
};

struct AllocationChild {
  Ref unit;
  double value = 0;
  Place place;
};

struct Allocation : Object {
  Ref kpi;
  int year = 0;
  AllocationRule rule = AllocationRule::kSum;
  Ref weight_by;          // For WAVG: the allocation whose children are the weights.
  Ref parent_allocation;  // A parent cell instead of the KPI's own target.
  Ref parent_unit;
  std::vector<AllocationChild> children;
};

struct Responsibility : Object {
  Ref csf;  // Exactly one of the three.
  Ref kpi;
  Ref task;
  std::vector<Ref> accountable;  // O: one is legal.
  std::vector<Ref> supporting;   // S.

  const Ref& Subject() const { return !csf.empty() ? csf : !kpi.empty() ? kpi : task; }
};

struct Contribution : Object {
  Ref kpi;
  Ref node;
  double amount = 0;  // Signed change of the KPI.
  double confidence = 1;
  Basis basis = Basis::kAnnual;
};

struct TaskMilestone {
  std::string name;
  absl::CivilDay due;
  Place place;
};

struct KeyTask : Object {
  std::string name;
  std::string problem;
  std::string goal;
  std::string scope;
  Ref csf;
  std::string ansoff;
  Ref sponsor;
  Ref owner;
  std::optional<absl::CivilDay> start;
  std::optional<absl::CivilDay> end;  // The last day of work.
  std::optional<double> budget;
  std::vector<NamedValue> effort;  // Person-months by unit.
  std::vector<Ref> depends_on;
  std::vector<Contribution> contributions;
  std::vector<TaskMilestone> milestones;
  std::vector<Risk> risks;
};

struct Pbc : Object {
  Ref person;
  std::vector<NamedValue> win;      // KPIs.
  std::vector<NamedValue> execute;  // Key tasks.
  std::vector<NamedValue> team;
};

struct ReviewRhythm : Object {
  int cadence_months = 0;
  std::optional<absl::CivilDay> next;
};

struct Acknowledgement : Object {
  Ref person;
  absl::CivilDay at;
};

struct Plan : Object {  // `id` is the plan's; At("kpis") is where that section stands.
  std::string schema;
  Meta meta;
  Policy policy;
  Object policy_places;  // At("lead_share") and so on.
  std::vector<OrgUnit> org_units;
  std::optional<double> budget_cap;
  std::vector<Person> people;
  std::vector<Gap> gaps;
  Insight insight;
  Intent intent;
  std::vector<Business> portfolio;
  std::vector<BusinessDesign> business_designs;
  ValueCurve value_curve;
  std::vector<Direction> directions;
  std::vector<Csf> csfs;
  std::vector<MapLink> map_links;
  std::vector<Kpi> kpis;
  std::vector<AnnualMeasure> annual_measures;
  std::vector<CtqTree> ctq_trees;
  std::vector<Allocation> allocations;
  std::vector<Responsibility> responsibility;
  std::vector<KeyTask> key_tasks;
  std::vector<Pbc> pbcs;
  std::optional<ReviewRhythm> review;
  std::vector<Acknowledgement> acknowledgements;
};

}  // namespace valueloop::strategy

#endif  // VALUELOOP_STRATEGY_DOMAIN_PLAN_H_
