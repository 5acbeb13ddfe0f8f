#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "fmt/format.h"
#include "strategy/domain/compare.h"
#include "strategy/domain/graph.h"
#include "strategy/domain/passes.h"

namespace valueloop::strategy {
namespace {

Code CodeOf(AllocationRule rule) {
  switch (rule) {
    case AllocationRule::kSum:
      return Code::kAllocationSum;
    case AllocationRule::kWavg:
      return Code::kAllocationWavg;
    default:
      return Code::kAllocationRule;
  }
}

// Every allocation's children by unit.
class Cells {
 public:
  explicit Cells(const std::vector<Allocation>& allocations) {
    for (const Allocation& allocation : allocations) {
      for (const AllocationChild& child : allocation.children) {
        values_.try_emplace(std::pair(&allocation, std::string_view(child.unit.id)), child.value);
      }
    }
  }
  std::optional<double> Find(const Allocation& allocation, std::string_view unit) const {
    const auto found = values_.find(std::pair(&allocation, unit));
    return found == values_.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  absl::flat_hash_map<std::pair<const Allocation*, std::string_view>, double> values_;
};

// One allocation against the value it splits.
class AllocationCheck {
 public:
  AllocationCheck(const ResolvedPlan& resolved, const Cells& cells, const Allocation& allocation,
                  Findings& findings)
      : resolved_(resolved), cells_(cells), allocation_(allocation), findings_(findings) {}

  // Returns true if the children make the value above, or nobody can say.
  bool Run() {
    if (allocation_.children.empty()) {
      findings_.Add(Code::kRequiredMissing, allocation_, allocation_.place, "children", "none");
      return false;
    }
    const std::optional<double> above = ValueAbove();
    if (!above) return true;
    if (allocation_.rule == AllocationRule::kSame) return CheckSame(*above);
    const std::optional<double> made = Made();
    if (!made) return false;
    if (NearRelative(*made, *above, Tolerance())) return true;
    Report(*above, Number(*made), allocation_.At("children"));
    return false;
  }

 private:
  double Tolerance() const { return resolved_.policy.target_tolerance_rel; }

  void Report(double above, std::string actual, Place place) {
    findings_.Add(CodeOf(allocation_.rule), {allocation_.id, allocation_.kpi.id}, place,
                  fmt::format("{} {}", NameOf(allocation_.rule), Number(above)), std::move(actual));
  }

  // The parent cell's value, or the KPI's target. Nothing where another pass has spoken.
  std::optional<double> ValueAbove() {
    if (allocation_.parent_allocation.empty()) {
      const Kpi* const kpi = resolved_.kpis.Find(allocation_.kpi);
      if (kpi == nullptr) return std::nullopt;
      const std::optional<double> target = kpi->TargetOf(allocation_.year);
      const std::vector<int>& horizon = resolved_.plan.meta.horizon;
      const bool in_horizon =
          std::find(horizon.begin(), horizon.end(), allocation_.year) != horizon.end();
      if (!target && !in_horizon) {  // Inside the horizon CheckTargets speaks.
        findings_.Add(Code::kTargetMissing, *kpi, allocation_.At("year"),
                      fmt::format("a target for {}", allocation_.year), "none");
      }
      return target;
    }
    const Allocation* const parent = resolved_.allocations.Find(allocation_.parent_allocation);
    if (parent == nullptr) return std::nullopt;
    const std::optional<double> cell = cells_.Find(*parent, allocation_.parent_unit.id);
    if (!cell) {
      findings_.Add(Code::kDanglingRef, allocation_, allocation_.parent_unit.place,
                    "a unit among the children of " + parent->id,
                    "parent.unit: " + allocation_.parent_unit.id);
      return std::nullopt;
    }
    if (parent->kpi.id != allocation_.kpi.id || parent->year != allocation_.year) {
      findings_.Add(Code::kFieldInvalid, allocation_, allocation_.At("parent"),
                    "the same kpi and year as " + parent->id,
                    fmt::format("{} {}", allocation_.kpi.id, allocation_.year));
      return std::nullopt;
    }
    return cell;
  }

  bool CheckSame(double above) {
    bool same = true;
    for (const AllocationChild& child : allocation_.children) {
      if (NearRelative(child.value, above, Tolerance())) continue;
      Report(above, fmt::format("{}: {}", child.unit.id, Number(child.value)), child.place);
      same = false;
    }
    return same;
  }

  std::optional<double> Made() {
    const std::vector<AllocationChild>& children = allocation_.children;
    double result = children[0].value;
    switch (allocation_.rule) {
      case AllocationRule::kWavg:
        return WeightedMean();
      case AllocationRule::kSum:
        for (size_t i = 1; i < children.size(); ++i) result += children[i].value;
        break;
      case AllocationRule::kProduct:
        for (size_t i = 1; i < children.size(); ++i) result *= children[i].value;
        break;
      case AllocationRule::kMax:
        for (const AllocationChild& child : children) result = std::max(result, child.value);
        break;
      case AllocationRule::kMin:
        for (const AllocationChild& child : children) result = std::min(result, child.value);
        break;
      case AllocationRule::kSame:
        break;
    }
    return result;
  }

  // The weights are the other allocation's values for the same units, each of which must be there.
  std::optional<double> WeightedMean() {
    const auto refuse = [&](std::string expected, std::string actual) {
      findings_.Add(Code::kAllocationWavg, {allocation_.id, allocation_.kpi.id},
                    allocation_.At("weight_by"), std::move(expected), std::move(actual));
      return std::nullopt;
    };
    if (allocation_.weight_by.empty()) return refuse("an allocation", "weight_by: none");
    const Allocation* const weights = resolved_.allocations.Find(allocation_.weight_by);
    if (weights == nullptr) return std::nullopt;
    if (weights->children.size() != allocation_.children.size()) {
      return refuse(
          "the same units as " + weights->id,
          fmt::format("{} units, not {}", allocation_.children.size(), weights->children.size()));
    }
    double sum = 0;
    double total = 0;
    for (const AllocationChild& child : allocation_.children) {
      const std::optional<double> weight = cells_.Find(*weights, child.unit.id);
      if (!weight) return refuse("the same units as " + weights->id, child.unit.id);
      sum += *weight * child.value;
      total += *weight;
    }
    if (total <= 0) return refuse("weights that sum to more than 0", Number(total));
    return sum / total;
  }

  const ResolvedPlan& resolved_;
  const Cells& cells_;
  const Allocation& allocation_;
  Findings& findings_;
};

// Splits of the cells of SUM allocations, and what the leaves below add up to: level by level a
// small tolerance is legal, but the leaves must make the KPI's own target too.
void CheckLeafLevel(const ResolvedPlan& resolved, const std::vector<bool>& level_is_right,
                    Findings& findings) {
  const std::vector<Allocation>& allocations = resolved.plan.allocations;
  Graph splits(allocations.size());
  absl::flat_hash_map<std::pair<size_t, std::string_view>, size_t> split_of_cell;
  for (size_t i = 0; i < allocations.size(); ++i) {
    const auto parent = resolved.allocations.Position(allocations[i].parent_allocation.id);
    if (!parent || allocations[i].rule != AllocationRule::kSum) continue;
    splits.AddEdge(*parent, i);
    split_of_cell.try_emplace(std::pair(*parent, std::string_view(allocations[i].parent_unit.id)),
                              i);
  }
  if (splits.FindCycle().empty() && split_of_cell.empty()) return;
  std::vector<double> leaves(allocations.size(), 0);
  std::vector<bool> right = level_is_right;
  for (const size_t i : splits.SinksFirst()) {
    for (const AllocationChild& child : allocations[i].children) {
      const auto split = split_of_cell.find(std::pair(i, std::string_view(child.unit.id)));
      leaves[i] += split == split_of_cell.end() ? child.value : leaves[split->second];
      if (split != split_of_cell.end() && !right[split->second]) right[i] = false;
    }
    const Allocation& top = allocations[i];
    const Kpi* const kpi = resolved.kpis.Find(top.kpi);
    if (kpi == nullptr || !top.parent_allocation.empty() || top.rule != AllocationRule::kSum)
      continue;
    const std::optional<double> target = kpi->TargetOf(top.year);
    if (!right[i] || !target ||
        NearRelative(leaves[i], *target, resolved.policy.target_tolerance_rel)) {
      continue;
    }
    findings.Add(Code::kAllocationSum, {top.id, kpi->id}, top.place,
                 fmt::format("leaves: {}", Number(*target)),
                 fmt::format("leaves: {}", Number(leaves[i])));
  }
}

void CheckAllocationCycle(const ResolvedPlan& resolved, Findings& findings) {
  const std::vector<Allocation>& allocations = resolved.plan.allocations;
  Graph graph(allocations.size());
  for (size_t i = 0; i < allocations.size(); ++i) {
    const auto parent = resolved.allocations.Position(allocations[i].parent_allocation.id);
    if (parent) graph.AddEdge(i, *parent);
  }
  const std::vector<size_t> cycle = graph.FindCycle();
  if (cycle.empty()) return;
  findings.Add(Code::kFieldInvalid, allocations[cycle[0]], allocations[cycle[0]].At("parent"),
               "a parent that does not come from this allocation", "parent: a cycle");
}

// The one unit accountable for each subject of the responsibility table.
void CheckRow(const Responsibility& row, absl::flat_hash_map<std::string, std::string>& accountable,
              Findings& findings) {
  if (row.accountable.empty()) {
    findings.Add(Code::kNoAccountable, row, row.place, "O: one unit", "O: none");
    return;
  }
  const std::string kind = !row.csf.empty() ? "csf" : !row.kpi.empty() ? "kpi" : "task";
  std::string units;
  for (const Ref& unit : row.accountable) units += (units.empty() ? "" : ", ") + unit.id;
  const auto [first, inserted] = accountable.try_emplace(kind + " " + row.id, units);
  if (inserted && row.accountable.size() == 1) return;
  findings.Add(Code::kMultipleAccountable, row, row.At("O"), "O: one unit",
               "O: " + (inserted ? units : first->second + ", " + units));
}

}  // namespace

void CheckAllocations(const ResolvedPlan& resolved, Findings& findings) {
  CheckAllocationCycle(resolved, findings);
  const Cells cells(resolved.plan.allocations);
  std::vector<bool> level_is_right;
  for (const Allocation& allocation : resolved.plan.allocations) {
    level_is_right.push_back(AllocationCheck(resolved, cells, allocation, findings).Run());
  }
  CheckLeafLevel(resolved, level_is_right, findings);
}

// B11: each CSF has exactly one accountable unit; KPIs and tasks in the table too (else a KPI's is
// its org and a task's its owner's unit, E17).
void CheckResponsibility(const ResolvedPlan& resolved, Findings& findings) {
  absl::flat_hash_map<std::string, std::string> accountable;
  absl::flat_hash_set<std::string_view> seen;
  for (const Responsibility& row : resolved.plan.responsibility) {
    if (row.id.empty()) continue;
    if (!row.csf.empty()) seen.insert(row.csf.id);
    CheckRow(row, accountable, findings);
  }
  for (const Csf& csf : resolved.plan.csfs) {
    if (seen.contains(csf.id)) continue;
    findings.Add(Code::kNoAccountable, csf, csf.place, "a row of responsibility", "none");
  }
}

// E15: who can control what.
void CheckCentreTypes(const ResolvedPlan& resolved, Findings& findings) {
  for (const Kpi& kpi : resolved.plan.kpis) {
    const OrgUnit* const unit = resolved.units.Find(kpi.org);
    if (unit == nullptr || !unit->centre || kpi.money == Money::kNone) continue;
    const CentreType centre = *unit->centre;
    bool fits = centre == CentreType::kProfit;
    std::string want = "PROFIT";
    if (kpi.money == Money::kRevenue) {
      fits = fits || centre == CentreType::kRevenue;
      want = "REVENUE | PROFIT";
    } else if (kpi.money == Money::kCost) {
      fits = fits || centre == CentreType::kCost || centre == CentreType::kExpense;
      want = "COST | EXPENSE | PROFIT";
    }
    if (fits) continue;
    findings.Add(Code::kCentreTypeMismatch, {kpi.id, unit->id}, kpi.At("org"), want,
                 std::string(NameOf(centre)));
  }
}

}  // namespace valueloop::strategy
