#include "strategy/domain/closure.h"

#include <algorithm>
#include <map>
#include <string_view>

#include "absl/container/flat_hash_map.h"

namespace valueloop::strategy {
namespace {

// What a contribution adds to the KPI's value of the year.
double AnnualEffect(const Plan& plan, const KeyTask& task, const Contribution& contribution,
                    const Kpi& kpi) {
  if (contribution.basis == Basis::kAnnual || kpi.aggregation == Aggregation::kLast) {
    return contribution.amount;
  }
  if (!task.start || !task.end) return contribution.amount;
  return contribution.amount * MeanRamp(*task.start, *task.end, plan.meta.fiscal_start);
}

}  // namespace

double MeanRamp(absl::CivilDay start, absl::CivilDay end, absl::CivilDay fiscal_start) {
  const absl::CivilDay next(fiscal_start.year() + 1, fiscal_start.month(), fiscal_start.day());
  const auto year = static_cast<double>(next - fiscal_start);
  const auto from = static_cast<double>(start - fiscal_start);
  const double to = std::max(from, static_cast<double>(end - fiscal_start));
  // The ramp's integral from the beginning of time to day t.
  const auto integral = [from, to](double t) {
    if (t <= from) return 0.0;
    if (t >= to) return (to - from) / 2 + (t - to);
    return (t - from) * (t - from) / (2 * (to - from));
  };
  return (integral(year) - integral(0)) / year;
}

std::vector<GapClosure> ComputeGapClosure(const Plan& plan) {
  absl::flat_hash_map<std::string_view, const Kpi*> kpis;
  for (const Kpi& kpi : plan.kpis) kpis.try_emplace(kpi.id, &kpi);
  std::vector<GapClosure> closures;
  absl::flat_hash_map<std::string_view, size_t> positions;
  for (const KeyTask& task : plan.key_tasks) {
    for (const Contribution& contribution : task.contributions) {
      const auto found = kpis.find(contribution.kpi.id);
      if (found == kpis.end() || !found->second->baseline) continue;
      const Kpi& kpi = *found->second;
      const std::optional<double> target = kpi.TargetOf(plan.meta.fiscal_year);
      if (!target) continue;
      const auto [position, inserted] = positions.try_emplace(kpi.id, closures.size());
      if (inserted) {
        closures.push_back({.kpi = kpi.id, .required = *target - *kpi.baseline});
      }
      GapClosure& closure = closures[position->second];
      const double effect = AnnualEffect(plan, task, contribution, kpi);
      closure.claimed += effect;
      closure.risk_adjusted += effect * contribution.confidence;
      closure.projected = *kpi.baseline + closure.risk_adjusted;
      closure.claimed_at_exit += contribution.amount;
      closure.has_exit_claim = closure.has_exit_claim || contribution.basis == Basis::kExit;
    }
  }
  for (GapClosure& closure : closures) {
    if (closure.required != 0) closure.coverage = closure.claimed / closure.required;
  }
  return closures;
}

std::vector<CapacityUse> ComputeCapacityUse(const Plan& plan) {
  std::map<std::string, CapacityUse> uses;
  for (const KeyTask& task : plan.key_tasks) {
    for (const NamedValue& effort : task.effort) {
      CapacityUse& use = uses[effort.name];
      use.unit = effort.name;
      use.used_pm += effort.value;
    }
  }
  for (const OrgUnit& unit : plan.org_units) {
    const auto use = uses.find(unit.id);
    if (use != uses.end() && !use->second.capacity_pm) use->second.capacity_pm = unit.capacity_pm;
  }
  std::vector<CapacityUse> list;
  for (auto& [unit, use] : uses) list.push_back(std::move(use));
  return list;
}

double ComputeBudgetUse(const Plan& plan) {
  double sum = 0;
  for (const KeyTask& task : plan.key_tasks) sum += task.budget.value_or(0);
  return sum;
}

}  // namespace valueloop::strategy
