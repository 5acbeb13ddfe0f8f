#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "common/status.h"
#include "fmt/format.h"
#include "strategy/domain/compare.h"
#include "strategy/domain/cycle.h"
#include "strategy/domain/formula.h"
#include "strategy/domain/graph.h"
#include "strategy/domain/passes.h"

namespace valueloop::strategy {
namespace {

constexpr double kMonthsPerYear = 12;

struct KpiFormula {
  size_t position;  // In plan.kpis.
  Formula formula;
};

// Parses all formulas; reports those that cannot be read and operands that are no KPIs.
std::vector<KpiFormula> ParseFormulas(const ResolvedPlan& resolved, Findings& findings) {
  std::vector<KpiFormula> formulas;
  for (size_t i = 0; i < resolved.plan.kpis.size(); ++i) {
    const Kpi& kpi = resolved.plan.kpis[i];
    if (kpi.formula.empty()) continue;
    absl::StatusOr<Formula> formula = Formula::Parse(kpi.formula);
    if (!formula.ok()) {
      findings.Add(Code::kFormulaInvalid, kpi, kpi.At("formula"),
                   "numbers, KPI ids, MONTHS, + - * / ( )", MessageOf(formula.status()));
      continue;
    }
    for (const std::string& operand : formula->operands()) {
      if (resolved.kpis.Find(operand) != nullptr) continue;
      findings.Add(Code::kDanglingRef, kpi, kpi.At("formula"), "the id of a KPI",
                   "formula: " + operand);
    }
    formulas.push_back({i, *std::move(formula)});
  }
  return formulas;
}

void CheckCycle(const ResolvedPlan& resolved, const std::vector<KpiFormula>& formulas,
                Findings& findings) {
  Graph graph(resolved.plan.kpis.size());
  for (const KpiFormula& entry : formulas) {
    for (const std::string& operand : entry.formula.operands()) {
      if (const auto position = resolved.kpis.Position(operand)) {
        graph.AddEdge(entry.position, *position);
      }
    }
  }
  const std::vector<size_t> cycle = graph.FindCycle();
  if (cycle.empty()) return;
  AddCycle(Code::kFormulaCycle, resolved.plan.kpis, cycle,
           resolved.plan.kpis[cycle[0]].At("formula"), findings);
}

// Tests one identity; silent if an operand has no value there.
void CheckIdentity(const ResolvedPlan& resolved, const Formula& formula,
                   const Formula::Lookup& lookup, const Finding& where, double value,
                   Findings& findings) {
  const absl::StatusOr<double> computed = formula.Evaluate(lookup, kMonthsPerYear);
  if (computed.status().code() == absl::StatusCode::kNotFound) return;
  if (computed.ok() && NearRelative(*computed, value, resolved.policy.target_tolerance_rel)) return;
  findings.Add(
      Code::kFormulaInconsistent, where.subjects, where.place,
      fmt::format("{}: {}", where.actual, computed.ok() ? Number(*computed) : "not finite"),
      fmt::format("{}: {}", where.actual, Number(value)));
}

void CheckBaselineAndTargets(const ResolvedPlan& resolved, const Kpi& kpi, const Formula& formula,
                             Findings& findings) {
  if (kpi.baseline) {
    CheckIdentity(
        resolved, formula,
        [&](std::string_view operand) -> std::optional<double> {
          const Kpi* const factor = resolved.kpis.Find(operand);
          return factor == nullptr ? std::nullopt : factor->baseline;
        },
        {.code = {}, .subjects = {kpi.id}, .place = kpi.At("baseline"), .actual = "baseline"},
        *kpi.baseline, findings);
  }
  for (const YearValue& target : kpi.targets) {
    CheckIdentity(
        resolved, formula,
        [&](std::string_view operand) -> std::optional<double> {
          const Kpi* const factor = resolved.kpis.Find(operand);
          return factor == nullptr ? std::nullopt : factor->TargetOf(target.year);
        },
        {.code = {},
         .subjects = {kpi.id},
         .place = target.place,
         .actual = fmt::format("{}", target.year)},
        target.value, findings);
  }
}

// For each allocation, a number for the chain of cells it hangs below: 0 for a split of the KPI
// itself. Two allocations with one number split the same part of the company, whatever KPI they are
// about.
std::vector<int> PathsOf(const ResolvedPlan& resolved) {
  const std::vector<Allocation>& allocations = resolved.plan.allocations;
  std::vector<std::optional<size_t>> parents(allocations.size());
  Graph up(allocations.size());
  for (size_t i = 0; i < allocations.size(); ++i) {
    parents[i] = resolved.allocations.Position(allocations[i].parent_allocation.id);
    if (parents[i]) up.AddEdge(i, *parents[i]);
  }
  std::vector<int> paths(allocations.size(), 0);
  absl::flat_hash_map<std::pair<int, std::string_view>, int> numbers;
  for (const size_t i : up.SinksFirst()) {
    if (!parents[i]) continue;
    const auto cell =
        std::pair(paths[*parents[i]], std::string_view(allocations[i].parent_unit.id));
    paths[i] = numbers.try_emplace(cell, static_cast<int>(numbers.size()) + 1).first->second;
  }
  return paths;
}

// The units' targets by KPI, year, path and unit.
using CellKey = std::tuple<std::string_view, int, int, std::string_view>;
using Cells = absl::flat_hash_map<CellKey, double>;

Cells CellsOf(const Plan& plan, const std::vector<int>& paths) {
  Cells cells;
  for (size_t i = 0; i < plan.allocations.size(); ++i) {
    const Allocation& allocation = plan.allocations[i];
    for (const AllocationChild& child : allocation.children) {
      cells.try_emplace(CellKey(allocation.kpi.id, allocation.year, paths[i], child.unit.id),
                        child.value);
    }
  }
  return cells;
}

}  // namespace

// E1: identities hold for the baseline, every year, and each unit whose operands are all allocated.
void CheckFormulas(const ResolvedPlan& resolved, Findings& findings) {
  const std::vector<KpiFormula> formulas = ParseFormulas(resolved, findings);
  if (formulas.empty()) return;
  CheckCycle(resolved, formulas, findings);
  absl::flat_hash_map<std::string_view, const Formula*> formula_of;
  for (const KpiFormula& entry : formulas) {
    const Kpi& kpi = resolved.plan.kpis[entry.position];
    formula_of.try_emplace(kpi.id, &entry.formula);
    CheckBaselineAndTargets(resolved, kpi, entry.formula, findings);
  }
  const std::vector<int> paths = PathsOf(resolved);
  const Cells cells = CellsOf(resolved.plan, paths);
  for (size_t i = 0; i < resolved.plan.allocations.size(); ++i) {
    const Allocation& allocation = resolved.plan.allocations[i];
    const auto formula = formula_of.find(allocation.kpi.id);
    if (formula == formula_of.end()) continue;
    for (const AllocationChild& child : allocation.children) {
      CheckIdentity(
          resolved, *formula->second,
          [&](std::string_view operand) -> std::optional<double> {
            const auto cell =
                cells.find(CellKey(operand, allocation.year, paths[i], child.unit.id));
            return cell == cells.end() ? std::nullopt : std::optional(cell->second);
          },
          {.code = {},
           .subjects = {allocation.kpi.id, child.unit.id},
           .place = child.place,
           .actual = fmt::format("{} {}", allocation.year, child.unit.id)},
          child.value, findings);
    }
  }
}

}  // namespace valueloop::strategy
