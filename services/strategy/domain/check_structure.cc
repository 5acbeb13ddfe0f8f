#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "common/status.h"
#include "fmt/format.h"
#include "strategy/domain/cycle.h"
#include "strategy/domain/graph.h"
#include "strategy/domain/passes.h"

namespace valueloop::strategy {
namespace {

// Reports every object whose id an earlier one of its kind has.
class Uniqueness {
 public:
  explicit Uniqueness(Findings& findings) : findings_(findings) {}

  void See(const std::string& id, Place place) {
    if (id.empty()) return;
    const auto [first, inserted] = lines_.try_emplace(id, place.line);
    if (inserted) return;
    findings_.Add(Code::kDuplicateId, {id}, place, "each id once",
                  fmt::format("{} again, first on line {}", id, first->second));
  }

 private:
  Findings& findings_;
  absl::flat_hash_map<std::string, int> lines_;
};

template <typename T>
void CheckUnique(const std::vector<T>& objects, Findings& findings) {
  Uniqueness uniqueness(findings);
  for (const T& object : objects) uniqueness.See(object.id, object.At("id"));
}

// Reports the references of one object that lead nowhere.
class References {
 public:
  References(std::string subject, Findings& findings)
      : subject_(std::move(subject)), findings_(findings) {}

  template <typename T>
  void Check(std::string_view field, const Ref& ref, const Index<T>& index, std::string_view kind) {
    if (!ref.empty() && index.Find(ref) == nullptr) Dangling(field, ref.id, ref.place, kind);
  }
  template <typename T>
  void Check(std::string_view field, const std::vector<Ref>& refs, const Index<T>& index,
             std::string_view kind) {
    for (const Ref& ref : refs) Check(field, ref, index, kind);
  }
  template <typename T>
  void Check(std::string_view field, const std::vector<NamedValue>& values, const Index<T>& index,
             std::string_view kind) {
    for (const NamedValue& value : values) {
      if (index.Find(value.name) == nullptr) Dangling(field, value.name, value.place, kind);
    }
  }
  void Dangling(std::string_view field, std::string_view id, Place place, std::string_view kind) {
    findings_.Add(Code::kDanglingRef, {subject_}, place, fmt::format("the id of a {}", kind),
                  fmt::format("{}: {}", field, Printable(id)));
  }

 private:
  std::string subject_;
  Findings& findings_;
};

void CheckFrameReferences(const ResolvedPlan& resolved, Findings& findings) {
  const Plan& plan = resolved.plan;
  References("meta", findings).Check("owner", plan.meta.owner, resolved.people, "person");
  for (const OrgUnit& unit : plan.org_units) {
    References(unit.id, findings).Check("parent", unit.parent, resolved.units, "unit");
  }
  for (const Person& person : plan.people) {
    References references(person.id, findings);
    references.Check("unit", person.unit, resolved.units, "unit");
    references.Check("manager", person.manager, resolved.people, "person");
  }
  for (const Gap& gap : plan.gaps) {
    References references(gap.id, findings);
    references.Check("kpi", gap.kpi, resolved.kpis, "KPI");
    references.Check("plan_factors", gap.plan_factors, resolved.kpis, "KPI");
    references.Check("actual_factors", gap.actual_factors, resolved.kpis, "KPI");
    references.Check("business_design", gap.business_design, resolved.designs, "business design");
    for (const Ref& ref : gap.addressed_by) {
      if (resolved.goals.Find(ref) == nullptr && resolved.directions.Find(ref) == nullptr &&
          resolved.csfs.Find(ref) == nullptr && resolved.tasks.Find(ref) == nullptr) {
        references.Dangling("addressed_by", ref.id, ref.place, "goal, direction, CSF or task");
      }
    }
  }
  for (const Goal& goal : plan.intent.goals) {
    References(goal.id, findings).Check("kpi", goal.kpi, resolved.kpis, "KPI");
  }
  for (const BusinessDesign& design : plan.business_designs) {
    References(design.id, findings)
        .Check("segments", design.segments, resolved.segments, "segment");
  }
  for (const CurveFactor& factor : plan.value_curve.factors) {
    References(factor.id, findings).Check("csfs", factor.csfs, resolved.csfs, "CSF");
  }
  for (const Acknowledgement& acknowledgement : plan.acknowledgements) {
    References("acknowledgements", findings)
        .Check("person", acknowledgement.person, resolved.people, "person");
  }
}

void CheckDecodeReferences(const ResolvedPlan& resolved, Findings& findings) {
  const Plan& plan = resolved.plan;
  for (const Direction& direction : plan.directions) {
    References references(direction.id, findings);
    references.Check("goals", direction.goals, resolved.goals, "goal");
    if (direction.measure) {
      references.Check("measure.kpi", direction.measure->kpi, resolved.kpis, "KPI");
    }
  }
  for (const Csf& csf : plan.csfs) {
    References(csf.id, findings)
        .Check("directions", csf.directions, resolved.directions, "direction");
  }
  for (const MapLink& link : plan.map_links) {
    References references(link.id, findings);
    references.Check("from", link.from, resolved.csfs, "CSF");
    references.Check("to", link.to, resolved.csfs, "CSF");
  }
  for (const Kpi& kpi : plan.kpis) {
    References references(kpi.id, findings);
    references.Check("csf", kpi.csf, resolved.csfs, "CSF");
    references.Check("owner", kpi.owner, resolved.people, "person");
    references.Check("org", kpi.org, resolved.units, "unit");
  }
  for (const AnnualMeasure& measure : plan.annual_measures) {
    References references(measure.id, findings);
    references.Check("csf", measure.csf, resolved.csfs, "CSF");
    references.Check("kpis", measure.kpis, resolved.kpis, "KPI");
    references.Check("org", measure.org, resolved.units, "unit");
  }
}

void CheckCascadeReferences(const ResolvedPlan& resolved, Findings& findings) {
  const Plan& plan = resolved.plan;
  for (const CtqTree& tree : plan.ctq_trees) {
    References(tree.id, findings).Check("kpi", tree.kpi, resolved.kpis, "KPI");
    const Index<CtqNode> nodes(tree.nodes);
    for (const CtqNode& node : tree.nodes) {
      References references(node.id, findings);
      references.Check("parent", node.parent, nodes, "node of this tree");
      references.Check("owner", node.owner, resolved.people, "person");
    }
  }
  for (const Allocation& allocation : plan.allocations) {
    References references(allocation.id, findings);
    references.Check("kpi", allocation.kpi, resolved.kpis, "KPI");
    references.Check("weight_by", allocation.weight_by, resolved.allocations, "allocation");
    references.Check("parent.allocation", allocation.parent_allocation, resolved.allocations,
                     "allocation");
    for (const AllocationChild& child : allocation.children) {
      references.Check("children.unit", child.unit, resolved.units, "unit");
    }
  }
  for (const Responsibility& row : plan.responsibility) {
    References references(row.id, findings);
    references.Check("csf", row.csf, resolved.csfs, "CSF");
    references.Check("kpi", row.kpi, resolved.kpis, "KPI");
    references.Check("task", row.task, resolved.tasks, "key task");
    references.Check("O", row.accountable, resolved.units, "unit");
    references.Check("S", row.supporting, resolved.units, "unit");
  }
}

void CheckExecutionReferences(const ResolvedPlan& resolved, Findings& findings) {
  const Plan& plan = resolved.plan;
  absl::flat_hash_set<std::pair<std::string_view, std::string_view>> nodes_of_kpi;
  for (const CtqTree& tree : plan.ctq_trees) {
    for (const CtqNode& node : tree.nodes) nodes_of_kpi.emplace(tree.kpi.id, node.id);
  }
  for (const KeyTask& task : plan.key_tasks) {
    References references(task.id, findings);
    references.Check("csf", task.csf, resolved.csfs, "CSF");
    references.Check("sponsor", task.sponsor, resolved.people, "person");
    references.Check("owner", task.owner, resolved.people, "person");
    references.Check("effort", task.effort, resolved.units, "unit");
    references.Check("depends_on", task.depends_on, resolved.tasks, "key task");
    for (const Contribution& contribution : task.contributions) {
      references.Check("contributions.kpi", contribution.kpi, resolved.kpis, "KPI");
      const Ref& node = contribution.node;
      if (!node.empty() && !nodes_of_kpi.contains({contribution.kpi.id, node.id})) {
        references.Dangling("contributions.node", node.id, node.place,
                            "node in a tree of " + contribution.kpi.id);
      }
    }
  }
  for (const Pbc& pbc : plan.pbcs) {
    References references(pbc.id, findings);
    references.Check("person", pbc.person, resolved.people, "person");
    references.Check("win", pbc.win, resolved.kpis, "KPI");
    references.Check("execute", pbc.execute, resolved.tasks, "key task");
  }
}

// Reports one cycle of the `parent` references among `objects`.
template <typename T, typename ParentOf>
void CheckParents(const std::vector<T>& objects, const Index<T>& index, const ParentOf& parent_of,
                  std::string_view field, Findings& findings) {
  Graph graph(objects.size());
  for (size_t i = 0; i < objects.size(); ++i) {
    if (const auto parent = index.Position(parent_of(objects[i]).id)) graph.AddEdge(i, *parent);
  }
  const std::vector<size_t> cycle = graph.FindCycle();
  if (cycle.empty()) return;
  AddCycle(Code::kOrgCycle, objects, cycle, objects[cycle[0]].At(field), findings);
}

}  // namespace

void CheckIds(const ResolvedPlan& resolved, Findings& findings) {
  const Plan& plan = resolved.plan;
  CheckUnique(plan.org_units, findings);
  CheckUnique(plan.people, findings);
  CheckUnique(plan.gaps, findings);
  CheckUnique(plan.insight.pest, findings);
  CheckUnique(plan.insight.segments, findings);
  CheckUnique(plan.insight.swot, findings);
  CheckUnique(plan.insight.benchmarks, findings);
  CheckUnique(plan.intent.goals, findings);
  CheckUnique(plan.portfolio, findings);
  CheckUnique(plan.business_designs, findings);
  CheckUnique(plan.value_curve.factors, findings);
  CheckUnique(plan.directions, findings);
  CheckUnique(plan.csfs, findings);
  CheckUnique(plan.map_links, findings);
  CheckUnique(plan.kpis, findings);
  CheckUnique(plan.annual_measures, findings);
  CheckUnique(plan.ctq_trees, findings);
  CheckUnique(plan.allocations, findings);
  CheckUnique(plan.key_tasks, findings);
  CheckUnique(plan.pbcs, findings);
  Uniqueness nodes(findings);
  for (const CtqTree& tree : plan.ctq_trees) {
    for (const CtqNode& node : tree.nodes) nodes.See(node.id, node.At("id"));
  }
  for (const BusinessDesign& design : plan.business_designs) {
    Uniqueness matches(findings);
    Uniqueness criteria(findings);
    for (const Match& match : design.match_criteria) {
      matches.See(match.id, match.place);
      for (const Criterion& criterion : match.criteria) criteria.See(criterion.id, criterion.place);
    }
  }
  for (const Allocation& allocation : plan.allocations) {
    Uniqueness children(findings);
    for (const AllocationChild& child : allocation.children)
      children.See(child.unit.id, child.place);
  }
}

void CheckReferences(const ResolvedPlan& resolved, Findings& findings) {
  CheckFrameReferences(resolved, findings);
  CheckDecodeReferences(resolved, findings);
  CheckCascadeReferences(resolved, findings);
  CheckExecutionReferences(resolved, findings);
}

void CheckUnitsOfMeasure(const ResolvedPlan& resolved, Findings& findings) {
  const auto check = [&](const std::string& subject, const Ref& kpi_ref, const std::string& unit,
                         Place place) {
    const Kpi* const kpi = resolved.kpis.Find(kpi_ref);
    if (kpi == nullptr || unit.empty() || unit == kpi->unit) return;
    findings.Add(Code::kUnitMismatch, {subject, kpi->id}, place, kpi->unit, Printable(unit));
  };
  for (const Gap& gap : resolved.plan.gaps) check(gap.id, gap.kpi, gap.unit, gap.At("unit"));
  for (const Goal& goal : resolved.plan.intent.goals) {
    check(goal.id, goal.kpi, goal.unit, goal.At("unit"));
  }
  for (const Direction& direction : resolved.plan.directions) {
    if (!direction.measure) continue;
    check(direction.id, direction.measure->kpi, direction.measure->unit, direction.measure->place);
  }
  for (const CtqTree& tree : resolved.plan.ctq_trees) {
    check(tree.id, tree.kpi, tree.unit, tree.At("unit"));
  }
}

void CheckOrganisation(const ResolvedPlan& resolved, Findings& findings) {
  CheckParents(
      resolved.plan.org_units, resolved.units,
      [](const OrgUnit& unit) -> const Ref& { return unit.parent; }, "parent", findings);
  CheckParents(
      resolved.plan.people, resolved.people,
      [](const Person& person) -> const Ref& { return person.manager; }, "manager", findings);
}

// The years of the plan must be able to hold what the plan says of them.
void CheckCalendar(const ResolvedPlan& resolved, Findings& findings) {
  const Meta& meta = resolved.plan.meta;
  if (meta.horizon.empty() || meta.fiscal_year == 0) return;  // Reported as missing.
  const auto want = [&](bool holds, std::string_view field, std::string expected) {
    if (holds) return;
    findings.Add(Code::kFieldInvalid, meta, meta.At(field), std::move(expected),
                 std::string(field));
  };
  bool in_horizon = false;
  for (const int year : meta.horizon) in_horizon = in_horizon || year == meta.fiscal_year;
  want(in_horizon, "fiscal_year", "one of horizon");
  want(meta.base_year < meta.fiscal_year, "base_year", "a year before fiscal_year");
  want(meta.fiscal_start.day() == 1 && (meta.fiscal_start.year() == meta.fiscal_year ||
                                        meta.fiscal_start.year() == meta.fiscal_year - 1),
       "fiscal_start", "the first of a month in fiscal_year or the year before");
}

}  // namespace valueloop::strategy
