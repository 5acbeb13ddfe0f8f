// The rows that remember gaps.
#ifndef VALUELOOP_PERFORMANCE_STORE_GAP_ROWS_H_
#define VALUELOOP_PERFORMANCE_STORE_GAP_ROWS_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/sql/session.h"
#include "performance/domain/gap_trigger.h"
#include "performance/store/bound_plan.h"

namespace valueloop::performance {

// The default state for a KPI that never had a gap.
absl::StatusOr<GapState> ReadGapState(sql::Session& session, const PlanKey& key,
                                      std::string_view kpi, std::string_view unit);
absl::Status WriteGapState(sql::Session& session, const PlanKey& key, std::string_view kpi,
                           std::string_view unit, const GapState& state);

// Empty if strategy's name for the gap is not known.
absl::StatusOr<std::string> ReadGapName(sql::Session& session, const PlanKey& key,
                                        std::string_view kpi, std::string_view unit,
                                        int64_t opening_number);
absl::Status WriteGapName(sql::Session& session, const PlanKey& key, std::string_view kpi,
                          std::string_view unit, int64_t opening_number, std::string_view name);

}  // namespace valueloop::performance

#endif  // VALUELOOP_PERFORMANCE_STORE_GAP_ROWS_H_
