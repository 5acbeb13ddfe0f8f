#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "fmt/format.h"
#include "strategy/domain/compare.h"
#include "strategy/domain/passes.h"

namespace valueloop::strategy {
namespace {

double SumOf(const std::vector<NamedValue>& weights) {
  double sum = 0;
  for (const NamedValue& weight : weights) sum += weight.value;
  return sum;
}

using NamesByPerson = absl::flat_hash_map<std::string_view, absl::flat_hash_set<std::string_view>>;

NamesByPerson NamesOf(const Plan& plan, const std::vector<NamedValue> Pbc::*part) {
  NamesByPerson names;
  for (const Pbc& pbc : plan.pbcs) {
    for (const NamedValue& item : pbc.*part) names[pbc.person.id].insert(item.name);
  }
  return names;
}

bool Holds(const NamesByPerson& names, const Ref& person, const std::string& name) {
  const auto found = names.find(person.id);
  return found != names.end() && found->second.contains(name);
}

// The units and people that have a part in some direction.
class Links {
 public:
  explicit Links(const ResolvedPlan& resolved) {
    for (const Pbc& pbc : resolved.plan.pbcs) {
      for (const NamedValue& item : pbc.win) {
        if (resolved.KpiLeadsToDirection(item.name)) people_.insert(pbc.person.id);
      }
      for (const NamedValue& item : pbc.execute) {
        if (resolved.TaskLeadsToDirection(item.name)) people_.insert(pbc.person.id);
      }
    }
    for (const Kpi& kpi : resolved.plan.kpis) {
      if (resolved.LeadsToDirection(kpi.csf)) units_.insert(kpi.org.id);
    }
    for (const Responsibility& row : resolved.plan.responsibility) {
      if (!resolved.LeadsToDirection(row.csf)) continue;
      for (const Ref& unit : row.accountable) units_.insert(unit.id);
      for (const Ref& unit : row.supporting) units_.insert(unit.id);
    }
    for (const Allocation& allocation : resolved.plan.allocations) {
      if (!resolved.KpiLeadsToDirection(allocation.kpi.id)) continue;
      for (const AllocationChild& child : allocation.children) units_.insert(child.unit.id);
    }
  }

  bool HasUnit(const std::string& id) const { return units_.contains(id); }
  bool HasPerson(const std::string& id) const { return people_.contains(id); }

 private:
  absl::flat_hash_set<std::string_view> units_;
  absl::flat_hash_set<std::string_view> people_;
};

}  // namespace

// B10: three parts that sum to the whole, each within its bounds.
void CheckPbcWeights(const ResolvedPlan& resolved, Findings& findings) {
  const Policy& policy = resolved.policy;
  for (const Pbc& pbc : resolved.plan.pbcs) {
    const double win = SumOf(pbc.win);
    const double execute = SumOf(pbc.execute);
    const double team = SumOf(pbc.team);
    if (!NearAbsolute(win + execute + team, policy.weight_total, policy.weight_tolerance)) {
      findings.Add(Code::kPbcWeightSum, pbc, pbc.place, Number(policy.weight_total),
                   fmt::format("win {} + execute {} + team {} = {}", Number(win), Number(execute),
                               Number(team), Number(win + execute + team)));
    }
    const auto check = [&](std::string_view part, double sum, const Bounds& bounds) {
      if (bounds.Contain(sum, policy.weight_tolerance)) return;
      findings.Add(Code::kPbcSectionBounds, pbc, pbc.At(part),
                   fmt::format("{} {}..{}", part, Number(bounds.min), Number(bounds.max)),
                   fmt::format("{} {}", part, Number(sum)));
    };
    check("win", win, policy.pbc_win);
    check("execute", execute, policy.pbc_execute);
    check("team", team, policy.pbc_team);
    for (const std::vector<NamedValue>* part : {&pbc.win, &pbc.execute, &pbc.team}) {
      for (const NamedValue& item : *part) {
        if (item.value >= 0) continue;
        findings.Add(Code::kRatingRange, pbc, item.place, ">= 0",
                     fmt::format("{}: {}", item.name, Number(item.value)));
      }
    }
  }
}

void CheckPbcCoverage(const ResolvedPlan& resolved, Findings& findings) {
  const NamesByPerson wins = NamesOf(resolved.plan, &Pbc::win);
  for (const Kpi& kpi : resolved.plan.kpis) {
    if (kpi.id.empty() || resolved.people.Find(kpi.owner) == nullptr ||
        Holds(wins, kpi.owner, kpi.id))
      continue;
    findings.Add(Code::kKpiNotInOwnerPbc, {kpi.id, kpi.owner.id}, kpi.At("owner"),
                 fmt::format("{} in win of {}", kpi.id, kpi.owner.id), "none");
  }
  const NamesByPerson executes = NamesOf(resolved.plan, &Pbc::execute);
  for (const KeyTask& task : resolved.plan.key_tasks) {
    if (task.id.empty() || resolved.people.Find(task.owner) == nullptr ||
        Holds(executes, task.owner, task.id))
      continue;
    findings.Add(Code::kTaskNotInPbc, {task.id, task.owner.id}, task.At("owner"),
                 fmt::format("{} in execute of {}", task.id, task.owner.id), "none");
  }
}

// A94. Silent when no KPI of the plan says whether it is about customer value.
void CheckCustomerValueWeight(const ResolvedPlan& resolved, Findings& findings) {
  bool marked = false;
  for (const Kpi& kpi : resolved.plan.kpis) marked = marked || kpi.customer_value.has_value();
  if (!marked) return;
  for (const Pbc& pbc : resolved.plan.pbcs) {
    double weight = 0;
    for (const NamedValue& item : pbc.win) {
      const Kpi* const kpi = resolved.kpis.Find(item.name);
      if (kpi != nullptr && kpi->customer_value.value_or(false)) weight += item.value;
    }
    if (AtLeast(weight, resolved.policy.customer_value_weight_min)) continue;
    findings.Add(Code::kCustomerValueWeightLow, pbc, pbc.At("win"),
                 ">= " + Number(resolved.policy.customer_value_weight_min), Number(weight));
  }
}

// A82: the share of units and people linked to a direction by a KPI, a task, a target or a duty.
void CheckAlignment(const ResolvedPlan& resolved, Findings& findings) {
  const Plan& plan = resolved.plan;
  const size_t total = plan.org_units.size() + plan.people.size();
  if (total == 0) return;
  const Links links(resolved);
  std::vector<std::string> unlinked;
  for (const OrgUnit& unit : plan.org_units) {
    if (!links.HasUnit(unit.id)) unlinked.push_back(unit.id);
  }
  for (const Person& person : plan.people) {
    if (!links.HasPerson(person.id)) unlinked.push_back(person.id);
  }
  const double share = static_cast<double>(total - unlinked.size()) / static_cast<double>(total);
  if (AtLeast(share, resolved.policy.alignment_min)) return;
  const std::string actual =
      fmt::format("{} of {} = {}", total - unlinked.size(), total, Number(share));
  findings.Add(Code::kAlignmentLow, std::move(unlinked), plan.At("people"),
               ">= " + Number(resolved.policy.alignment_min), actual);
}

}  // namespace valueloop::strategy
