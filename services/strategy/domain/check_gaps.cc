#include <array>
#include <string>

#include "common/predicate.h"
#include "common/status.h"
#include "fmt/format.h"
#include "strategy/domain/compare.h"
#include "strategy/domain/passes.h"

namespace valueloop::strategy {
namespace {

// How much better `b` is than `a`; negative if it is worse.
double Improvement(Polarity polarity, double a, double b) {
  return polarity == Polarity::kLower ? a - b : b - a;
}

}  // namespace

// A07-A09. The gap is favourable work not done: expected - actual where more is better, actual -
// expected where less is.
void CheckGaps(const ResolvedPlan& resolved, Findings& findings) {
  const double tolerance = resolved.policy.target_tolerance_rel;
  for (const Gap& gap : resolved.plan.gaps) {
    const double amount = Improvement(gap.polarity, gap.actual, gap.expected);
    if (!NearRelative(gap.amount, amount, tolerance)) {
      findings.Add(Code::kGapArithmetic, gap, gap.At("amount"), Number(amount), Number(gap.amount));
    }
    double causes = 0;
    for (const GapCause& cause : gap.causes) causes += cause.amount;
    if (!NearRelative(causes, gap.amount, tolerance)) {
      findings.Add(Code::kGapCauseSum, gap, gap.At("causes"), Number(gap.amount), Number(causes));
    }
    if (gap.addressed_by.empty()) {
      findings.Add(Code::kGapUnaddressed, gap, gap.At("addressed_by"),
                   "a goal, direction, CSF or task", "addressed_by: none");
    }
    if (gap.kind == GapKind::kOpportunity && gap.business_design.empty()) {
      findings.Add(Code::kGapNeedsDesign, gap, gap.place, "a business design",
                   "business_design: none");
    }
  }
}

// A17. The path from the baseline over the milestones never goes back, and it is the KPI's path.
void CheckGoals(const ResolvedPlan& resolved, Findings& findings) {
  for (const Goal& goal : resolved.plan.intent.goals) {
    double previous = goal.baseline;
    for (const YearValue& milestone : goal.milestones) {
      if (!AtLeast(Improvement(goal.polarity, previous, milestone.value), 0)) {
        findings.Add(
            Code::kGoalTrajectory, goal, milestone.place,
            fmt::format("{} {}", goal.polarity == Polarity::kLower ? "<=" : ">=", Number(previous)),
            fmt::format("{}: {}", milestone.year, Number(milestone.value)));
      }
      previous = milestone.value;
    }
    const Kpi* const kpi = resolved.kpis.Find(goal.kpi);
    if (kpi == nullptr) continue;
    for (const YearValue& milestone : goal.milestones) {
      const std::optional<double> target = kpi->TargetOf(milestone.year);
      if (target && NearRelative(*target, milestone.value, resolved.policy.target_tolerance_rel)) {
        continue;
      }
      findings.Add(
          Code::kGoalTargetMismatch, {goal.id, kpi->id}, milestone.place,
          fmt::format("{} {}: {}", kpi->id, milestone.year, target ? Number(*target) : "no target"),
          fmt::format("{}: {}", milestone.year, Number(milestone.value)));
    }
  }
}

namespace {

void CheckCriteria(const BusinessDesign& design, Findings& findings) {
  static constexpr std::array kKinds = {MatchKind::kPosition, MatchKind::kCapability,
                                        MatchKind::kValues};
  for (const MatchKind kind : kKinds) {
    bool found = false;
    for (const Match& match : design.match_criteria) {
      found = found || (match.kind == kind && !match.criteria.empty());
    }
    if (found) continue;
    findings.Add(Code::kMatchIncomplete, design, design.At("match_criteria"),
                 fmt::format("criteria for {}", NameOf(kind)), "none");
  }
  for (const Match& match : design.match_criteria) {
    for (const Criterion& criterion : match.criteria) {
      if (criterion.source.predicate.empty()) continue;
      const absl::Status parsed = Predicate::Parse(criterion.source.predicate).status();
      if (parsed.ok()) continue;
      findings.Add(Code::kPredicateInvalid, criterion, criterion.At("source"), "a predicate",
                   MessageOf(parsed));
    }
  }
}

}  // namespace

// Customers are scored by one set of criteria, so exactly one design carries them (A22).
void CheckMatches(const ResolvedPlan& resolved, Findings& findings) {
  const BusinessDesign* first = nullptr;
  for (const BusinessDesign& design : resolved.plan.business_designs) {
    if (design.match_criteria.empty()) continue;
    if (first != nullptr) {
      findings.Add(Code::kMatchAmbiguous, design, design.At("match_criteria"),
                   "criteria in one business design",
                   fmt::format("{} and {}", first->id, design.id));
      continue;
    }
    first = &design;
  }
  if (first == nullptr && !resolved.plan.business_designs.empty()) {
    first = &resolved.plan.business_designs.front();
  }
  if (first != nullptr) CheckCriteria(*first, findings);
}

}  // namespace valueloop::strategy
