#include "strategy/domain/compile.h"

#include <utility>

#include "strategy/domain/decode.h"
#include "strategy/domain/passes.h"
#include "strategy/domain/resolve.h"
#include "strategy/domain/source.h"

namespace valueloop::strategy {
namespace {

using Pass = void (*)(const ResolvedPlan&, Findings&);

// In the order of the method: structure, weights, insight, gaps, map, KPIs, CTQ, cascade,
// responsibility, tasks, commitments. No pass depends on an earlier one.
constexpr Pass kPasses[] = {
    CheckIds,
    CheckReferences,
    CheckUnitsOfMeasure,
    CheckOrganisation,
    CheckCalendar,
    CheckWeightSums,
    CheckKpiWeightBounds,
    CheckRatings,
    CheckSpan,
    CheckPortfolio,
    CheckValueCurve,
    CheckConstraints,
    CheckGaps,
    CheckGoals,
    CheckMatches,
    CheckDirections,
    CheckCsfs,
    CheckMap,
    CheckKpiDefinitions,
    CheckKpiSelection,
    CheckLeadLag,
    CheckTargets,
    CheckPhasing,
    CheckFormulas,
    CheckCtqTrees,
    CheckAllocations,
    CheckResponsibility,
    CheckCentreTypes,
    CheckTaskCharters,
    CheckTaskDates,
    CheckDependencies,
    CheckCapacity,
    CheckBudget,
    CheckBenefits,
    CheckNodeClaims,
    CheckPbcWeights,
    CheckPbcCoverage,
    CheckCustomerValueWeight,
    CheckAlignment,
    CheckPrinciples,
    CheckConsensus,
    CheckCompleteness,
    CheckCeilings,
    CheckTaskFocus,
    CheckPeaksFunded,
};

}  // namespace

Compilation Compile(std::string_view source, std::string_view file_name) {
  Compilation compilation;
  Findings findings;
  if (const std::optional<Node> root = ParseSource(source, findings)) {
    compilation.fingerprint = Fingerprint(*root);
    compilation.plan = DecodePlan(*root, findings);
    const ResolvedPlan resolved(*compilation.plan);
    for (const Pass pass : kPasses) pass(resolved, findings);
  }
  compilation.findings = std::move(findings).Take(file_name);
  for (const Finding& finding : compilation.findings) {
    ++(finding.severity() == Severity::kError ? compilation.error_count
                                              : compilation.warning_count);
  }
  return compilation;
}

}  // namespace valueloop::strategy
