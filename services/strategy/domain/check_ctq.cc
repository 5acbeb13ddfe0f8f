#include <algorithm>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "strategy/domain/compare.h"
#include "strategy/domain/graph.h"
#include "strategy/domain/passes.h"

namespace valueloop::strategy {
namespace {

// A tree's nodes with their children, found once.
struct Shape {
  explicit Shape(const CtqTree& tree) : children(tree.nodes.size()), down(tree.nodes.size()) {
    const Index<CtqNode> index(tree.nodes);
    for (size_t i = 0; i < tree.nodes.size(); ++i) {
      if (tree.nodes[i].parent.empty()) {
        roots.push_back(i);
      } else if (const auto parent = index.Position(tree.nodes[i].parent.id)) {
        children[*parent].push_back(i);
        down.AddEdge(*parent, i);
      }
    }
  }
  std::vector<size_t> roots;
  std::vector<std::vector<size_t>> children;
  Graph down;
};

void CheckShape(const CtqTree& tree, const Shape& shape, Findings& findings) {
  if (shape.roots.size() != 1) {
    const Place place = shape.roots.size() > 1 ? tree.nodes[shape.roots[1]].place : tree.place;
    findings.Add(Code::kCtqRoot, tree, place, "one node without parent",
                 fmt::format("{}", shape.roots.size()));
    return;
  }
  const std::vector<bool> reached = shape.down.ReachableFrom(shape.roots);
  for (size_t i = 0; i < tree.nodes.size(); ++i) {
    if (reached[i]) continue;
    // Nodes whose parent does not exist are DANGLING_REF; what is left runs in a circle.
    if (shape.down.FindCycle().empty()) return;
    findings.Add(Code::kCtqRoot, {tree.id, tree.nodes[i].id}, tree.nodes[i].At("parent"),
                 "a path to the root", "a cycle");
    return;
  }
}

void CheckRoot(const ResolvedPlan& resolved, const CtqTree& tree, const Shape& shape,
               Findings& findings) {
  const Kpi* const kpi = resolved.kpis.Find(tree.kpi);
  if (kpi == nullptr || shape.roots.size() != 1) return;
  const CtqNode& root = tree.nodes[shape.roots[0]];
  const auto check = [&](std::string_view field, double value, std::optional<double> want) {
    if (!want || NearRelative(value, *want, resolved.policy.target_tolerance_rel)) return;
    findings.Add(Code::kCtqRootMismatch, {tree.id, kpi->id}, root.At(field),
                 fmt::format("{}: {}", field, Number(*want)),
                 fmt::format("{}: {}", field, Number(value)));
  };
  check("baseline", root.baseline, kpi->baseline);
  check("target", root.target, kpi->TargetOf(resolved.plan.meta.fiscal_year));
}

// What the children make of the values `value_of` gives.
template <typename ValueOf>
double RollUp(const CtqTree& tree, const std::vector<size_t>& children, Rollup rollup,
              const ValueOf& value_of) {
  double sum = 0;
  double product = 1;
  double weighted = 0;
  double weights = 0;
  double largest = value_of(tree.nodes[children[0]]);
  for (const size_t i : children) {
    const double value = value_of(tree.nodes[i]);
    sum += value;
    product *= value;
    weighted += tree.nodes[i].weight * value;
    weights += tree.nodes[i].weight;
    largest = std::max(largest, value);
  }
  switch (rollup) {
    case Rollup::kSum:
      return sum;
    case Rollup::kProduct:
      return product;
    case Rollup::kWavg:
      return weights > 0 ? weighted / weights : 0;
    case Rollup::kMax:
      break;
  }
  return largest;
}

void CheckRollup(const ResolvedPlan& resolved, const CtqTree& tree, size_t parent,
                 const std::vector<size_t>& children, Findings& findings) {
  const CtqNode& node = tree.nodes[parent];
  const Rollup rollup = node.rollup.value_or(Rollup::kSum);
  const auto check = [&](std::string_view field, double value, double children_value) {
    if (NearRelative(value, children_value, resolved.policy.target_tolerance_rel)) return;
    findings.Add(
        Code::kCtqRollup, node, node.At(field),
        fmt::format("{}: {} of children {}", field, NameOf(rollup), Number(children_value)),
        fmt::format("{}: {}", field, Number(value)));
  };
  check("baseline", node.baseline,
        RollUp(tree, children, rollup, [](const CtqNode& child) { return child.baseline; }));
  check("target", node.target,
        RollUp(tree, children, rollup, [](const CtqNode& child) { return child.target; }));
}

void CheckLeaf(const CtqNode& leaf, Findings& findings) {
  if (leaf.measure.empty() || (!leaf.lsl && !leaf.usl)) {
    findings.Add(Code::kCtqLeafUnmeasurable, leaf, leaf.place, "measure, and lsl or usl",
                 fmt::format("measure: {}, limit: {}", leaf.measure.empty() ? "none" : leaf.measure,
                             leaf.lsl || leaf.usl ? "given" : "none"));
  }
  if (leaf.lsl && leaf.usl && *leaf.lsl > *leaf.usl) {
    findings.Add(Code::kThresholdOrder, leaf, leaf.At("lsl"), "lsl <= usl",
                 fmt::format("lsl {}, usl {}", Number(*leaf.lsl), Number(*leaf.usl)));
  }
  if (leaf.owner.empty()) {
    findings.Add(Code::kCtqLeafNoOwner, leaf, leaf.place, "a person", "owner: none");
  }
}

}  // namespace

// B3: one root that equals its KPI, parents that are made by their children, leaves someone
// measures.
void CheckCtqTrees(const ResolvedPlan& resolved, Findings& findings) {
  for (const CtqTree& tree : resolved.plan.ctq_trees) {
    const Shape shape(tree);
    CheckShape(tree, shape, findings);
    CheckRoot(resolved, tree, shape, findings);
    for (size_t i = 0; i < tree.nodes.size(); ++i) {
      if (shape.children[i].empty()) {
        CheckLeaf(tree.nodes[i], findings);
      } else {
        CheckRollup(resolved, tree, i, shape.children[i], findings);
      }
    }
  }
}

}  // namespace valueloop::strategy
