#include <string>
#include <vector>

#include "fmt/format.h"
#include "strategy/domain/closure.h"
#include "strategy/domain/compare.h"
#include "strategy/domain/cycle.h"
#include "strategy/domain/graph.h"
#include "strategy/domain/passes.h"

namespace valueloop::strategy {
namespace {

std::string Day(absl::CivilDay day) {
  return fmt::format("{:04}-{:02}-{:02}", day.year(), day.month(), day.day());
}

}  // namespace

// A81: duty, power and interest belong together: who answers, with which people and money.
void CheckTaskCharters(const ResolvedPlan& resolved, Findings& findings) {
  for (const KeyTask& task : resolved.plan.key_tasks) {
    if (task.csf.empty()) findings.Add(Code::kTaskNoCsf, task, task.place, "a CSF", "csf: none");
    std::string missing;
    const auto want = [&missing](bool given, std::string_view field) {
      if (!given) missing += fmt::format("{}{}", missing.empty() ? "" : ", ", field);
    };
    want(!task.sponsor.empty(), "sponsor");
    want(!task.owner.empty(), "owner");
    want(!task.effort.empty(), "effort");
    want(task.budget.has_value(), "budget");
    if (!missing.empty()) {
      findings.Add(Code::kTaskCharter, task, task.place, "sponsor, owner, effort, budget",
                   "without " + missing);
    }
    for (const NamedValue& effort : task.effort) {
      if (effort.value >= 0) continue;
      findings.Add(Code::kTaskCharter, task, effort.place, ">= 0",
                   fmt::format("effort {}: {}", effort.name, Number(effort.value)));
    }
    if (task.budget && *task.budget < 0) {
      findings.Add(Code::kTaskCharter, task, task.At("budget"), ">= 0",
                   "budget: " + Number(*task.budget));
    }
  }
}

void CheckTaskDates(const ResolvedPlan& resolved, Findings& findings) {
  for (const KeyTask& task : resolved.plan.key_tasks) {
    if (!task.start || !task.end) {
      findings.Add(Code::kTaskDates, task, task.place, "start and end",
                   fmt::format("start: {}, end: {}", task.start ? Day(*task.start) : "none",
                               task.end ? Day(*task.end) : "none"));
      continue;
    }
    if (*task.start > *task.end) {
      findings.Add(Code::kTaskDates, task, task.At("end"), ">= " + Day(*task.start),
                   Day(*task.end));
      continue;
    }
    for (const TaskMilestone& milestone : task.milestones) {
      if (milestone.due >= *task.start && milestone.due <= *task.end) continue;
      findings.Add(Code::kMilestoneOutOfRange, task, milestone.place,
                   fmt::format("{}..{}", Day(*task.start), Day(*task.end)), Day(milestone.due));
    }
  }
}

void CheckDependencies(const ResolvedPlan& resolved, Findings& findings) {
  const std::vector<KeyTask>& tasks = resolved.plan.key_tasks;
  Graph graph(tasks.size());
  for (size_t i = 0; i < tasks.size(); ++i) {
    for (const Ref& ref : tasks[i].depends_on) {
      const std::optional<size_t> before = resolved.tasks.Position(ref.id);
      if (!before) continue;
      graph.AddEdge(i, *before);
      const std::optional<absl::CivilDay>& end = tasks[*before].end;
      if (*before == i || !end || !tasks[i].start || *tasks[i].start >= *end) continue;
      findings.Add(Code::kDependencyOrder, {tasks[i].id, ref.id}, tasks[i].At("start"),
                   fmt::format("start >= {}, the end of {}", Day(*end), ref.id),
                   "start: " + Day(*tasks[i].start));
    }
  }
  const std::vector<size_t> cycle = graph.FindCycle();
  if (cycle.empty()) return;
  AddCycle(Code::kTaskCycle, tasks, cycle, tasks[cycle[0]].At("depends_on"), findings);
}

void CheckCapacity(const ResolvedPlan& resolved, Findings& findings) {
  for (const CapacityUse& use : ComputeCapacityUse(resolved.plan)) {
    if (!use.capacity_pm || AtMost(use.used_pm, *use.capacity_pm)) continue;
    const OrgUnit* const unit = resolved.units.Find(use.unit);
    findings.Add(Code::kCapacityOvercommit, {use.unit},
                 unit == nullptr ? Place() : unit->At("capacity_pm"),
                 fmt::format("<= {} person-months", Number(*use.capacity_pm)),
                 fmt::format("{} person-months", Number(use.used_pm)));
  }
}

void CheckBudget(const ResolvedPlan& resolved, Findings& findings) {
  if (!resolved.plan.budget_cap) return;
  const double used = ComputeBudgetUse(resolved.plan);
  if (AtMost(used, *resolved.plan.budget_cap)) return;
  findings.Add(Code::kBudgetOverrun, {"budget_cap"}, resolved.plan.At("budget_cap"),
               "<= " + Number(*resolved.plan.budget_cap), Number(used));
}

}  // namespace valueloop::strategy
