#include "performance/store/bound_plan.h"

#include <algorithm>

#include "fmt/format.h"

namespace valueloop::performance {

BoundPlan::BoundPlan(PlanKey key, int64_t version, int fiscal_year, FiscalCalendar calendar,
                     Policy policy)
    : key_(std::move(key)),
      version_(version),
      fiscal_year_(fiscal_year),
      calendar_(calendar),
      policy_(policy) {}

void BoundPlan::Add(KpiBinding binding) {
  const bool is_new =
      places_.emplace(std::make_pair(binding.kpi, binding.unit), bindings_.size()).second;
  if (is_new) bindings_.push_back(std::move(binding));
}

const KpiBinding* BoundPlan::Find(std::string_view kpi, std::string_view unit) const {
  const auto place = places_.find({std::string(kpi), std::string(unit)});
  return place == places_.end() ? nullptr : &bindings_[place->second];
}

bool BoundPlan::HasOrgUnit(std::string_view id) const {
  return std::find(org_units_.begin(), org_units_.end(), id) != org_units_.end();
}

std::string BoundPlan::VersionName() const {
  return fmt::format("workspaces/{}/plans/{}/versions/{}", key_.workspace, key_.plan, version_);
}

}  // namespace valueloop::performance
