// How far the key tasks close the gaps of the fiscal year, and what they use up.
#ifndef VALUELOOP_STRATEGY_DOMAIN_CLOSURE_H_
#define VALUELOOP_STRATEGY_DOMAIN_CLOSURE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "strategy/domain/plan.h"

namespace valueloop::strategy {

// One KPI that tasks claim to change, in the KPI's unit. Annual effects (METHODS E2): what a claim
// adds to the year's value under the KPI's own aggregation.
struct GapClosure {
  std::string kpi;
  double required = 0;  // Target of the fiscal year - baseline; signed.
  double claimed = 0;
  std::optional<double> coverage;  // claimed / required; unset if nothing is required.
  double risk_adjusted = 0;        // Sum of effect * confidence.
  double projected = 0;            // Baseline + risk_adjusted.
  double claimed_at_exit = 0;      // As if every claim counted fully from the first day.
  bool has_exit_claim = false;
};

struct CapacityUse {
  std::string unit;
  double used_pm = 0;  // Person-months.
  std::optional<double> capacity_pm;
};

// The KPIs with claims, a baseline and a target for the fiscal year, in the order of their first
// claim.
std::vector<GapClosure> ComputeGapClosure(const Plan& plan);

// The units tasks ask for effort, by id.
std::vector<CapacityUse> ComputeCapacityUse(const Plan& plan);

// The sum of the tasks' budgets.
double ComputeBudgetUse(const Plan& plan);

// The mean over the fiscal year that starts on `fiscal_start` of a ramp that is 0 before `start`, 1
// after `end` and linear between; 0..1. A task that ends before it starts counts from its start.
double MeanRamp(absl::CivilDay start, absl::CivilDay end, absl::CivilDay fiscal_start);

}  // namespace valueloop::strategy

#endif  // VALUELOOP_STRATEGY_DOMAIN_CLOSURE_H_
