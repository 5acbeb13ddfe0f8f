// A published plan version as performance measures it.
#ifndef VALUELOOP_PERFORMANCE_STORE_BOUND_PLAN_H_
#define VALUELOOP_PERFORMANCE_STORE_BOUND_PLAN_H_

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "performance/domain/calendar.h"
#include "performance/domain/kpi.h"
#include "performance/domain/policy.h"

namespace valueloop::performance {

struct PlanKey {
  std::string workspace;
  std::string plan;

  friend auto operator<=>(const PlanKey&, const PlanKey&) = default;
};

// Immutable once it is built. Every binding is valid (ValidateBinding), as is the policy.
class BoundPlan {
 public:
  BoundPlan(PlanKey key, int64_t version, int fiscal_year, FiscalCalendar calendar, Policy policy);

  // A KPI and unit that is there already is left as it is.
  void Add(KpiBinding binding);
  void AddOrgUnit(std::string_view id) { org_units_.emplace_back(id); }

  const PlanKey& key() const { return key_; }
  int64_t version() const { return version_; }
  int fiscal_year() const { return fiscal_year_; }
  const FiscalCalendar& calendar() const { return calendar_; }
  const Policy& policy() const { return policy_; }

  // The KPIs in the plan's order; the cells of units are among them.
  const std::vector<KpiBinding>& bindings() const { return bindings_; }
  // Null if the plan does not measure that KPI for that unit (empty: as a whole).
  const KpiBinding* Find(std::string_view kpi, std::string_view unit) const;
  bool HasOrgUnit(std::string_view id) const;

  // workspaces/{workspace}/plans/{plan}/versions/{version}
  std::string VersionName() const;

 private:
  PlanKey key_;
  int64_t version_;
  int fiscal_year_;
  FiscalCalendar calendar_;
  Policy policy_;
  std::vector<KpiBinding> bindings_;
  std::map<std::pair<std::string, std::string>, size_t> places_;
  std::vector<std::string> org_units_;
};

}  // namespace valueloop::performance

#endif  // VALUELOOP_PERFORMANCE_STORE_BOUND_PLAN_H_
