#include "performance/store/plan_history.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "performance/domain/calendar.h"

namespace valueloop::performance {
namespace {

template <typename Row>
std::span<const Row> RowsOf(const std::vector<Row>& rows, std::string_view kpi,
                            std::string_view unit) {
  using Key = std::pair<std::string_view, std::string_view>;
  const Key wanted(kpi, unit);
  const auto first =
      std::lower_bound(rows.begin(), rows.end(), wanted,
                       [](const Row& row, const Key& key) { return Key(row.kpi, row.unit) < key; });
  const auto last = std::upper_bound(first, rows.end(), wanted, [](const Key& key, const Row& row) {
    return key < Key(row.kpi, row.unit);
  });
  return {first, last};
}

}  // namespace

std::span<const Observation> PlanHistory::Of(std::string_view kpi, std::string_view unit) const {
  return RowsOf(observations, kpi, unit);
}

std::span<const SeriesSetting> PlanHistory::SettingsOf(std::string_view kpi,
                                                       std::string_view unit) const {
  return RowsOf(settings, kpi, unit);
}

KpiBinding Effective(const KpiBinding& binding, std::span<const SeriesSetting> settings,
                     absl::Time known_at) {
  KpiBinding effective = binding;
  const auto period_count = static_cast<size_t>(PeriodsPerYear(binding.frequency));
  for (const SeriesSetting& setting : settings) {
    if (setting.recorded_time > known_at) continue;
    if (setting.ratio_scale) effective.scale = *setting.ratio_scale;
    if (setting.phased_targets.size() == period_count) {
      effective.period_targets = setting.phased_targets;
    }
  }
  return effective;
}

}  // namespace valueloop::performance
