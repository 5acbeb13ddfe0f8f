#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "fmt/format.h"
#include "strategy/domain/closure.h"
#include "strategy/domain/compare.h"
#include "strategy/domain/graph.h"
#include "strategy/domain/passes.h"

namespace valueloop::strategy {
namespace {

// The last day of the given month, 1..12, of the fiscal year.
absl::CivilDay EndOfFiscalMonth(absl::CivilDay fiscal_start, int month) {
  return absl::CivilDay(absl::CivilMonth(fiscal_start) + month) - 1;
}

void CheckCoverage(const Policy& policy, const GapClosure& closure, const Kpi& kpi,
                   Findings& findings) {
  const double coverage = *closure.coverage;
  const Bounds& bounds = policy.coverage;
  const double slack = policy.target_tolerance_rel;
  const Place place = kpi.At("targets");
  const std::string want = fmt::format("{}..{}", Number(bounds.min), Number(bounds.max));
  const std::string got = fmt::format("{} of {} = {}", Number(closure.claimed),
                                      Number(closure.required), Number(coverage));
  const bool reached = AtLeast(coverage, bounds.min * (1 - slack));
  if (!reached) findings.Add(Code::kBenefitShortfall, kpi, place, want, got);
  if (!AtMost(coverage, bounds.max * (1 + slack))) {
    findings.Add(Code::kBenefitDoubleCount, kpi, place, want, got);
  }
  const double at_exit = closure.claimed_at_exit / closure.required;
  if (!reached && closure.has_exit_claim && AtLeast(at_exit, bounds.min * (1 - slack))) {
    findings.Add(Code::kBenefitExitRate, kpi, place, ">= " + Number(bounds.min),
                 fmt::format("{}, at the exit rate {}", Number(coverage), Number(at_exit)));
  }
  const double adjusted = closure.risk_adjusted / closure.required;
  if (!AtLeast(adjusted, bounds.min * (1 - slack))) {
    findings.Add(Code::kRiskAdjustedShortfall, kpi, place, ">= " + Number(bounds.min),
                 fmt::format("{} of {} = {}", Number(closure.risk_adjusted),
                             Number(closure.required), Number(adjusted)));
  }
}

}  // namespace

void CheckBenefits(const ResolvedPlan& resolved, Findings& findings) {
  for (const GapClosure& closure : ComputeGapClosure(resolved.plan)) {
    const Kpi* const kpi = resolved.kpis.Find(closure.kpi);
    if (kpi != nullptr && closure.coverage) {
      CheckCoverage(resolved.policy, closure, *kpi, findings);
    }
  }
  const absl::CivilDay latest =
      EndOfFiscalMonth(resolved.plan.meta.fiscal_start, resolved.policy.benefit_latest_end_month);
  for (const KeyTask& task : resolved.plan.key_tasks) {
    if (!task.end || *task.end <= latest) continue;
    for (const Contribution& contribution : task.contributions) {
      if (contribution.basis != Basis::kAnnual) continue;
      findings.Add(
          Code::kBenefitLate, task, task.At("end"),
          fmt::format("an end in fiscal month <= {}", resolved.policy.benefit_latest_end_month),
          fmt::format("{:04}-{:02}-{:02}", task.end->year(), task.end->month(), task.end->day()));
      break;
    }
  }
}

// Claims at a node and below it against the node's own change; SUM trees only, where the parts of a
// change are comparable with the whole. The root is the KPI itself: coverage judges its claims.
void CheckNodeClaims(const ResolvedPlan& resolved, Findings& findings) {
  using NodeKey = std::pair<std::string_view, std::string_view>;  // KPI and node.
  absl::flat_hash_map<NodeKey, double> claims;
  for (const KeyTask& task : resolved.plan.key_tasks) {
    for (const Contribution& contribution : task.contributions) {
      if (contribution.node.empty()) continue;
      claims[NodeKey(contribution.kpi.id, contribution.node.id)] += contribution.amount;
    }
  }
  if (claims.empty()) return;
  for (const CtqTree& tree : resolved.plan.ctq_trees) {
    const Index<CtqNode> index(tree.nodes);
    Graph up(tree.nodes.size());
    std::vector<double> claimed(tree.nodes.size(), 0);
    for (size_t i = 0; i < tree.nodes.size(); ++i) {
      const auto found = claims.find(NodeKey(tree.kpi.id, tree.nodes[i].id));
      if (found != claims.end()) claimed[i] = found->second;
      const auto parent = index.Position(tree.nodes[i].parent.id);
      if (!parent) continue;
      if (tree.nodes[*parent].rollup.value_or(Rollup::kSum) == Rollup::kSum) up.AddEdge(i, *parent);
    }
    // From the leaves to the root: every node after those that hang below it.
    const std::vector<size_t> roots_first = up.SinksFirst();
    for (auto it = roots_first.rbegin(); it != roots_first.rend(); ++it) {
      for (const size_t parent : up.From(*it)) claimed[parent] += claimed[*it];
    }
    for (size_t i = 0; i < tree.nodes.size(); ++i) {
      const CtqNode& node = tree.nodes[i];
      const double change = node.target - node.baseline;
      // Claims against the change's direction are no claims beyond it.
      const bool beyond = change < 0 ? !AtLeast(claimed[i], change) : !AtMost(claimed[i], change);
      if (node.parent.empty() || claimed[i] == 0 || !beyond ||
          NearRelative(claimed[i], change, resolved.policy.target_tolerance_rel)) {
        continue;
      }
      findings.Add(Code::kNodeOverclaim, node, node.At("target"), Number(change),
                   Number(claimed[i]));
    }
  }
}

}  // namespace valueloop::strategy
