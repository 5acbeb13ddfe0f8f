// What has been recorded for a plan, as evaluations read it.
#ifndef VALUELOOP_PERFORMANCE_STORE_PLAN_HISTORY_H_
#define VALUELOOP_PERFORMANCE_STORE_PLAN_HISTORY_H_

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "performance/domain/kpi.h"
#include "performance/domain/observation.h"

namespace valueloop::performance {

// How a KPI's series is read. What a setting leaves out stays as it was before.
struct SeriesSetting {
  std::string kpi;
  std::string unit;
  std::optional<double> ratio_scale;
  std::vector<double> phased_targets;
  absl::Time recorded_time;
};

// All revisions of the series that belong to one plan version.
struct PlanHistory {
  std::vector<Observation> observations;  // By kpi and unit (bytes), period, revision.
  std::vector<SeriesSetting> settings;    // By kpi and unit (bytes), in the order of recording.

  // The part about one KPI and unit.
  std::span<const Observation> Of(std::string_view kpi, std::string_view unit) const;
  std::span<const SeriesSetting> SettingsOf(std::string_view kpi, std::string_view unit) const;
};

// The binding with what had been set for it at `known_at`. Phased targets of another number of
// periods than the binding's, from an older version of the plan, do not apply.
KpiBinding Effective(const KpiBinding& binding, std::span<const SeriesSetting> settings,
                     absl::Time known_at);

}  // namespace valueloop::performance

#endif  // VALUELOOP_PERFORMANCE_STORE_PLAN_HISTORY_H_
