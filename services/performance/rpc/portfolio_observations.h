// Observations that scoring's portfolio metrics stand for.
#ifndef VALUELOOP_PERFORMANCE_RPC_PORTFOLIO_OBSERVATIONS_H_
#define VALUELOOP_PERFORMANCE_RPC_PORTFOLIO_OBSERVATIONS_H_

#include <optional>
#include <vector>

#include "absl/time/civil_time.h"
#include "performance/store/performance_store.h"
#include "valueloop/scoring/v1/portfolio.pb.h"

namespace valueloop::performance {

// Whether performance observes the KPI itself.
bool IsScored(const KpiBinding& binding);
bool HasScoredKpi(const BoundPlan& plan);

// The periods of the binding's fiscal year that ended by `until`.
std::vector<Period> PeriodsUntil(const KpiBinding& binding, absl::CivilDay until);

// The KPI's observation of a period: coverage is covered over all customers,
// class_revenue_share the revenue of the KPI's class over all; times 100 for PERCENT. Empty if
// there is nothing to divide by (missing is not zero), or for another metric.
std::optional<RecordedObservation> ObservationOf(const KpiBinding& binding, const Period& period,
                                                 const scoring::v1::PortfolioMetrics& metrics);

}  // namespace valueloop::performance

#endif  // VALUELOOP_PERFORMANCE_RPC_PORTFOLIO_OBSERVATIONS_H_
