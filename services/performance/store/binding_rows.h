// The rows of bound plan versions, their bindings and the cursors of what is followed.
#ifndef VALUELOOP_PERFORMANCE_STORE_BINDING_ROWS_H_
#define VALUELOOP_PERFORMANCE_STORE_BINDING_ROWS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/sql/session.h"
#include "performance/store/bound_plan.h"
#include "performance/store/performance_store.h"

namespace valueloop::performance {

// 0 if no version of the plan is bound.
absl::StatusOr<int64_t> ReadNewestVersion(sql::Session& session, const PlanKey& key);

absl::StatusOr<std::optional<PlanVersion>> ReadPlanVersion(sql::Session& session,
                                                           const PlanKey& key, int64_t version);
absl::Status InsertPlanVersion(sql::Session& session, const BoundPlan& plan,
                               std::string_view payload, absl::Time bind_time);

// Writes a row per binding, with the series it goes on or, where it breaks with the last version
// that had the KPI and unit, begins.
absl::Status InsertBindings(sql::Session& session, const BoundPlan& plan);

// The series a version's binding belongs to.
absl::StatusOr<int64_t> ReadSeriesOf(sql::Session& session, const BoundPlan& plan,
                                     std::string_view kpi, std::string_view unit);

absl::StatusOr<FollowCursor> ReadCursor(sql::Session& session, std::string_view workspace,
                                        std::string_view service);
absl::Status WriteCursor(sql::Session& session, const FollowCursor& cursor);
absl::Status DeleteCursor(sql::Session& session, std::string_view workspace,
                          std::string_view service);

}  // namespace valueloop::performance

#endif  // VALUELOOP_PERFORMANCE_STORE_BINDING_ROWS_H_
