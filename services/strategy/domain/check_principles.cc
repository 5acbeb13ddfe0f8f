// Warnings about the plan as a whole (METHODS E16): is it complete, does it follow the four
// principles, do its parts lead to each other. Those about optional fields are silent in a plan
// that uses none.
#include <algorithm>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "fmt/format.h"
#include "strategy/domain/compare.h"
#include "strategy/domain/insight.h"
#include "strategy/domain/passes.h"

namespace valueloop::strategy {
namespace {

constexpr int kMonthsPerYear = 12;

std::string Join(const std::vector<std::string_view>& names) {
  std::string text;
  for (const std::string_view name : names) text += (text.empty() ? "" : ", ") + std::string(name);
  return text;
}

// What of `parts` is not there, by name.
struct Part {
  bool given;
  std::string_view name;
};
std::vector<std::string_view> MissingOf(std::initializer_list<Part> parts) {
  std::vector<std::string_view> missing;
  for (const Part& part : parts) {
    if (!part.given) missing.push_back(part.name);
  }
  return missing;
}

// The ids that gaps name as what addresses them.
absl::flat_hash_set<std::string_view> Addressers(const Plan& plan) {
  absl::flat_hash_set<std::string_view> ids;
  for (const Gap& gap : plan.gaps) {
    for (const Ref& ref : gap.addressed_by) ids.insert(ref.id);
  }
  return ids;
}

// True if the task, its CSF, one of the CSF's directions or one of their goals addresses a gap.
bool LeadsToGap(const ResolvedPlan& resolved, const KeyTask& task,
                const absl::flat_hash_set<std::string_view>& addressers) {
  if (addressers.contains(task.id) || addressers.contains(task.csf.id)) return true;
  const Csf* const csf = resolved.csfs.Find(task.csf);
  if (csf == nullptr || csf->directions.empty()) return true;  // Another pass has spoken.
  for (const Ref& ref : csf->directions) {
    if (addressers.contains(ref.id)) return true;
    const Direction* const direction = resolved.directions.Find(ref);
    if (direction == nullptr) continue;
    for (const Ref& goal : direction->goals) {
      if (addressers.contains(goal.id)) return true;
    }
  }
  return false;
}

}  // namespace

// A04, A05.
void CheckPrinciples(const ResolvedPlan& resolved, Findings& findings) {
  const Plan& plan = resolved.plan;
  const std::vector<std::string_view> missing =
      MissingOf({{!plan.gaps.empty(), "gaps"},
                 {!plan.intent.goals.empty(), "intent.goals"},
                 {!plan.business_designs.empty(), "business_design"}});
  if (!missing.empty()) {
    findings.Add(Code::kStageGate, plan, plan.place, "gaps, intent.goals, business_design",
                 "without " + Join(missing));
  }
  const Person* const owner = resolved.people.Find(plan.meta.owner);
  const OrgUnit* const unit = owner == nullptr ? nullptr : resolved.units.Find(owner->unit);
  if (unit != nullptr && !unit->parent.empty()) {
    findings.Add(Code::kPrincipleOwner, {plan.id, owner->id}, plan.meta.At("owner"),
                 "a person of the topmost unit", fmt::format("{} of {}", owner->id, unit->id));
  }
  if (plan.gaps.empty()) {
    findings.Add(Code::kPrincipleGap, plan, plan.At("gaps"), "at least one gap", "none");
  }
  if (!plan.review || !plan.review->next) {
    findings.Add(Code::kPrincipleCycle, plan, plan.At("review"), "review: {cadence_months, next}",
                 "none");
  } else if (plan.review->cadence_months < 1 || plan.review->cadence_months > kMonthsPerYear) {
    findings.Add(Code::kPrincipleCycle, plan, plan.At("review"), "cadence_months 1..12",
                 fmt::format("{}", plan.review->cadence_months));
  }
}

// The share of people who have acknowledged the plan; silent where acknowledgements are not kept.
void CheckConsensus(const ResolvedPlan& resolved, Findings& findings) {
  const Plan& plan = resolved.plan;
  if (plan.acknowledgements.empty() || plan.people.empty()) return;
  absl::flat_hash_set<std::string_view> people;
  for (const Acknowledgement& acknowledgement : plan.acknowledgements) {
    if (resolved.people.Find(acknowledgement.person) != nullptr) {
      people.insert(acknowledgement.person.id);
    }
  }
  const double share = static_cast<double>(people.size()) / static_cast<double>(plan.people.size());
  if (AtLeast(share, resolved.policy.consensus_min)) return;
  findings.Add(Code::kConsensusLow, plan, plan.At("acknowledgements"),
               ">= " + Number(resolved.policy.consensus_min),
               fmt::format("{} of {} = {}", people.size(), plan.people.size(), Number(share)));
}

// A21: the six elements of each business design. Insight: the looks at the market.
void CheckCompleteness(const ResolvedPlan& resolved, Findings& findings) {
  const Plan& plan = resolved.plan;
  const Insight& insight = plan.insight;
  const std::vector<std::string_view> unseen =
      MissingOf({{!insight.pest.empty(), "pest"},
                 {!insight.segments.empty(), "span"},
                 {!insight.swot.empty(), "swot"},
                 {!insight.benchmarks.empty(), "benchmarks"}});
  if (!unseen.empty()) {
    findings.Add(Code::kInsightIncomplete, plan,
                 insight.place.line > 0 ? insight.place : plan.place,
                 "pest, span, swot, benchmarks", "without " + Join(unseen));
  }
  for (const BusinessDesign& design : plan.business_designs) {
    const std::vector<std::string_view> empty =
        MissingOf({{!design.segments.empty() || !design.classes.empty(), "customer_selection"},
                   {!design.value_proposition.empty(), "value_proposition"},
                   {!design.value_capture.empty(), "value_capture"},
                   {!design.scope.empty(), "scope"},
                   {!design.control_points.empty(), "control_points"},
                   {!design.risks.empty(), "risks"}});
    if (empty.empty()) continue;
    findings.Add(Code::kDesignIncomplete, design, design.place, "all six elements",
                 "without " + Join(empty));
  }
}

// A105: no milestone beyond what the market can hold.
void CheckCeilings(const ResolvedPlan& resolved, Findings& findings) {
  for (const Goal& goal : resolved.plan.intent.goals) {
    if (!goal.ceiling) continue;
    for (const YearValue& milestone : goal.milestones) {
      const bool within = goal.polarity == Polarity::kLower
                              ? AtLeast(milestone.value, *goal.ceiling)
                              : AtMost(milestone.value, *goal.ceiling);
      if (within) continue;
      findings.Add(Code::kGoalAboveCeiling, goal, milestone.place,
                   "within the ceiling " + Number(*goal.ceiling),
                   fmt::format("{}: {}", milestone.year, Number(milestone.value)));
    }
  }
}

// A100: work that no gap asks for. Silent in a plan without gaps, which is a finding of its own.
void CheckTaskFocus(const ResolvedPlan& resolved, Findings& findings) {
  const absl::flat_hash_set<std::string_view> addressers = Addressers(resolved.plan);
  if (addressers.empty()) return;
  for (const KeyTask& task : resolved.plan.key_tasks) {
    if (task.csf.empty() || LeadsToGap(resolved, task, addressers)) continue;
    findings.Add(Code::kTaskNoGap, task, task.At("csf"),
                 "a gap addressed by its CSF's directions or goals", "none");
  }
}

// A101: what the curve promises needs a CSF and a key task. Silent when no factor names its CSFs.
void CheckPeaksFunded(const ResolvedPlan& resolved, Findings& findings) {
  const std::vector<CurveFactor>& factors = resolved.plan.value_curve.factors;
  if (std::all_of(factors.begin(), factors.end(),
                  [](const CurveFactor& factor) { return factor.csfs.empty(); })) {
    return;
  }
  absl::flat_hash_set<std::string_view> csfs_with_task;
  for (const KeyTask& task : resolved.plan.key_tasks) csfs_with_task.insert(task.csf.id);
  const CurveResult curve = ComputeCurve(resolved.plan);
  const absl::flat_hash_set<std::string_view> peaks(curve.peaks.begin(), curve.peaks.end());
  for (const CurveFactor& factor : factors) {
    if (!peaks.contains(factor.id)) continue;
    if (std::any_of(factor.csfs.begin(), factor.csfs.end(), [&](const Ref& csf) {
          return resolved.csfs.Find(csf) != nullptr && csfs_with_task.contains(csf.id);
        })) {
      continue;
    }
    findings.Add(Code::kPeakUnfunded, factor, factor.At("csfs"), "a CSF with a key task", "none");
  }
}

}  // namespace valueloop::strategy
