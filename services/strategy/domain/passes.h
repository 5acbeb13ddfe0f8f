// The passes of the compiler. Each is a pure function over the resolved plan that adds what it
// finds; none depends on another having run, and each tolerates references that lead nowhere.
#ifndef VALUELOOP_STRATEGY_DOMAIN_PASSES_H_
#define VALUELOOP_STRATEGY_DOMAIN_PASSES_H_

#include "strategy/domain/findings.h"
#include "strategy/domain/resolve.h"

namespace valueloop::strategy {

// Structure: ids, references, units of measure, organisation.
void CheckIds(const ResolvedPlan& resolved, Findings& findings);
void CheckReferences(const ResolvedPlan& resolved, Findings& findings);
void CheckUnitsOfMeasure(const ResolvedPlan& resolved, Findings& findings);
void CheckOrganisation(const ResolvedPlan& resolved, Findings& findings);
void CheckCalendar(const ResolvedPlan& resolved, Findings& findings);

// Weights and ratings.
void CheckWeightSums(const ResolvedPlan& resolved, Findings& findings);
void CheckKpiWeightBounds(const ResolvedPlan& resolved, Findings& findings);
void CheckRatings(const ResolvedPlan& resolved, Findings& findings);

// Insight and innovation.
void CheckSpan(const ResolvedPlan& resolved, Findings& findings);
void CheckPortfolio(const ResolvedPlan& resolved, Findings& findings);
void CheckValueCurve(const ResolvedPlan& resolved, Findings& findings);
void CheckConstraints(const ResolvedPlan& resolved, Findings& findings);

// Gaps, goals, match.
void CheckGaps(const ResolvedPlan& resolved, Findings& findings);
void CheckGoals(const ResolvedPlan& resolved, Findings& findings);
void CheckMatches(const ResolvedPlan& resolved, Findings& findings);

// Directions, critical success factors, strategy map.
void CheckDirections(const ResolvedPlan& resolved, Findings& findings);
void CheckCsfs(const ResolvedPlan& resolved, Findings& findings);
void CheckMap(const ResolvedPlan& resolved, Findings& findings);

// KPIs and formulas.
void CheckKpiDefinitions(const ResolvedPlan& resolved, Findings& findings);
void CheckKpiSelection(const ResolvedPlan& resolved, Findings& findings);
void CheckLeadLag(const ResolvedPlan& resolved, Findings& findings);
void CheckTargets(const ResolvedPlan& resolved, Findings& findings);
void CheckPhasing(const ResolvedPlan& resolved, Findings& findings);
void CheckFormulas(const ResolvedPlan& resolved, Findings& findings);

// CTQ trees, cascade, responsibility.
void CheckCtqTrees(const ResolvedPlan& resolved, Findings& findings);
void CheckAllocations(const ResolvedPlan& resolved, Findings& findings);
void CheckResponsibility(const ResolvedPlan& resolved, Findings& findings);
void CheckCentreTypes(const ResolvedPlan& resolved, Findings& findings);

// Key tasks: charter, dates, capacity, budget, benefits.
void CheckTaskCharters(const ResolvedPlan& resolved, Findings& findings);
void CheckTaskDates(const ResolvedPlan& resolved, Findings& findings);
void CheckDependencies(const ResolvedPlan& resolved, Findings& findings);
void CheckCapacity(const ResolvedPlan& resolved, Findings& findings);
void CheckBudget(const ResolvedPlan& resolved, Findings& findings);
void CheckBenefits(const ResolvedPlan& resolved, Findings& findings);
void CheckNodeClaims(const ResolvedPlan& resolved, Findings& findings);

// Personal commitments and alignment.
void CheckPbcWeights(const ResolvedPlan& resolved, Findings& findings);
void CheckPbcCoverage(const ResolvedPlan& resolved, Findings& findings);
void CheckCustomerValueWeight(const ResolvedPlan& resolved, Findings& findings);
void CheckAlignment(const ResolvedPlan& resolved, Findings& findings);

// The plan as a whole.
void CheckPrinciples(const ResolvedPlan& resolved, Findings& findings);
void CheckConsensus(const ResolvedPlan& resolved, Findings& findings);
void CheckCompleteness(const ResolvedPlan& resolved, Findings& findings);
void CheckCeilings(const ResolvedPlan& resolved, Findings& findings);
void CheckTaskFocus(const ResolvedPlan& resolved, Findings& findings);
void CheckPeaksFunded(const ResolvedPlan& resolved, Findings& findings);

}  // namespace valueloop::strategy

#endif  // VALUELOOP_STRATEGY_DOMAIN_PASSES_H_
