// The rows of observations and of the settings of their series.
#ifndef VALUELOOP_PERFORMANCE_STORE_OBSERVATION_ROWS_H_
#define VALUELOOP_PERFORMANCE_STORE_OBSERVATION_ROWS_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/sql/session.h"
#include "performance/store/bound_plan.h"
#include "performance/store/performance_store.h"
#include "performance/store/plan_history.h"

namespace valueloop::performance {

// An observation to write: its series and the canonical text of its period beside it.
struct ObservationRow {
  RecordedObservation recorded;
  std::string period;
  int64_t series = 0;
};

// The latest revision of a period, whatever its series.
absl::StatusOr<std::optional<ObservationRow>> ReadLatest(sql::Session& session, const PlanKey& key,
                                                         std::string_view kpi,
                                                         std::string_view unit,
                                                         std::string_view period);
absl::Status InsertObservation(sql::Session& session, const PlanKey& key,
                               const ObservationRow& row);

// The observations and settings of the series that `version` binds; of one KPI and unit only, if
// `kpi` is not empty.
absl::StatusOr<PlanHistory> ReadPlanHistory(sql::Session& session, const PlanKey& key,
                                            int64_t version);
absl::StatusOr<PlanHistory> ReadSeries(sql::Session& session, const PlanKey& key,
                                       std::string_view kpi, std::string_view unit, int64_t series);

// See PerformanceStore::ListObservations.
absl::StatusOr<std::vector<ListedObservation>> ReadPage(sql::Session& session, const PlanKey& key,
                                                        std::string_view kpi,
                                                        const ObservationPlace& after, int limit);

absl::Status InsertSetting(sql::Session& session, const PlanKey& key, int64_t series,
                           const SeriesSetting& setting);

}  // namespace valueloop::performance

#endif  // VALUELOOP_PERFORMANCE_STORE_OBSERVATION_ROWS_H_
