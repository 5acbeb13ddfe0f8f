#include "strategy/domain/resolve.h"

#include <algorithm>

namespace valueloop::strategy {

ResolvedPlan::ResolvedPlan(const Plan& source)
    : plan(source),
      policy(source.policy),
      units(source.org_units),
      people(source.people),
      segments(source.insight.segments),
      goals(source.intent.goals),
      designs(source.business_designs),
      directions(source.directions),
      csfs(source.csfs),
      kpis(source.kpis),
      trees(source.ctq_trees),
      allocations(source.allocations),
      tasks(source.key_tasks),
      kpis_of_csf(source.csfs.size()) {
  for (const Kpi& kpi : source.kpis) {
    if (const std::optional<size_t> csf = csfs.Position(kpi.csf.id)) {
      kpis_of_csf[*csf].push_back(&kpi);
    }
  }
}

bool ResolvedPlan::LeadsToDirection(const Ref& csf) const {
  const Csf* const found = csfs.Find(csf);
  return found != nullptr &&
         std::any_of(found->directions.begin(), found->directions.end(),
                     [this](const Ref& ref) { return directions.Find(ref) != nullptr; });
}

bool ResolvedPlan::KpiLeadsToDirection(std::string_view kpi) const {
  const Kpi* const found = kpis.Find(kpi);
  return found != nullptr && LeadsToDirection(found->csf);
}

bool ResolvedPlan::TaskLeadsToDirection(std::string_view task) const {
  const KeyTask* const found = tasks.Find(task);
  return found != nullptr && LeadsToDirection(found->csf);
}

}  // namespace valueloop::strategy
