#include "performance/store/observation_rows.h"

#include <charconv>
#include <string>
#include <utility>

#include "common/status.h"
#include "fmt/format.h"
#include "performance/domain/calendar.h"

namespace valueloop::performance {
namespace {

using Real = std::optional<double>;

// Reads the columns the queries below select into rows.
class ObservationReader {
 public:
  explicit ObservationReader(std::vector<ObservationRow>& rows) : rows_(rows) {}

  absl::Status operator()(std::string_view kpi, std::string_view unit, std::string_view period,
                          int64_t revision, std::string_view frequency, int64_t fiscal_year,
                          int64_t period_index, int64_t series, Real value, Real numerator,
                          Real denominator, Real target_to_date, std::string_view source,
                          std::string_view scoring_versions, int64_t record_time) {
    ObservationRow row{.period = std::string(period), .series = series};
    Observation& observation = row.recorded.observation;
    VL_ASSIGN_OR_RETURN(observation.period.frequency, ParseFrequency(frequency));
    observation.kpi = kpi;
    observation.unit = unit;
    observation.period.fiscal_year = static_cast<int>(fiscal_year);
    observation.period.index = static_cast<int>(period_index);
    observation.value = value;
    observation.numerator = numerator;
    observation.denominator = denominator;
    observation.target_to_date = target_to_date;
    observation.source = source;
    observation.recorded_time = absl::FromUnixMicros(record_time);
    observation.revision = revision;
    row.recorded.scoring_versions = scoring_versions;
    rows_.push_back(std::move(row));
    return absl::OkStatus();
  }

 private:
  std::vector<ObservationRow>& rows_;
};

class SettingReader {
 public:
  explicit SettingReader(std::vector<SeriesSetting>& settings) : settings_(settings) {}

  absl::Status operator()(std::string_view kpi, std::string_view unit, Real ratio_scale,
                          std::string_view phased_targets, int64_t record_time) {
    SeriesSetting setting{.kpi = std::string(kpi),
                          .unit = std::string(unit),
                          .ratio_scale = ratio_scale,
                          .recorded_time = absl::FromUnixMicros(record_time)};
    const char* at = phased_targets.data();
    const char* const end = at + phased_targets.size();
    while (at < end) {
      double target = 0;
      const auto [next, error] = std::from_chars(at, end, target);
      if (error != std::errc()) {
        return absl::DataLossError(
            fmt::format("series_settings.phased_targets: got {}, want "
                        "numbers",
                        Printable(phased_targets)));
      }
      setting.phased_targets.push_back(target);
      at = next == end ? end : next + 1;
    }
    settings_.push_back(std::move(setting));
    return absl::OkStatus();
  }

 private:
  std::vector<SeriesSetting>& settings_;
};

std::vector<Observation> Strip(std::vector<ObservationRow> rows) {
  std::vector<Observation> observations;
  observations.reserve(rows.size());
  for (ObservationRow& row : rows) observations.push_back(std::move(row.recorded.observation));
  return observations;
}

}  // namespace

absl::StatusOr<std::optional<ObservationRow>> ReadLatest(sql::Session& session, const PlanKey& key,
                                                         std::string_view kpi,
                                                         std::string_view unit,
                                                         std::string_view period) {
  std::vector<ObservationRow> rows;
  VL_RETURN_IF_ERROR(session.Query(
      "SELECT kpi, unit, period, revision, frequency, fiscal_year, period_index, series, value, "
      "numerator, denominator, target_to_date, source, scoring_versions, record_time "
      "FROM observations WHERE workspace = :workspace AND plan = :plan AND kpi = :kpi "
      "AND unit = :unit AND period = :period ORDER BY revision DESC LIMIT 1",
      {key.workspace, key.plan, kpi, unit, period}, ObservationReader(rows)));
  if (rows.empty()) return std::nullopt;
  return std::move(rows.front());
}

absl::Status InsertObservation(sql::Session& session, const PlanKey& key,
                               const ObservationRow& row) {
  const Observation& observation = row.recorded.observation;
  return session
      .Execute(
          "INSERT INTO observations (workspace, plan, kpi, unit, period, revision, frequency, "
          "fiscal_year, period_index, series, value, numerator, denominator, target_to_date, "
          "source, scoring_versions, record_time) VALUES (:workspace, :plan, :kpi, :unit, "
          ":period, :revision, :frequency, :fiscal_year, :period_index, :series, :value, "
          ":numerator, :denominator, :target_to_date, :source, :scoring_versions, :record_time)",
          {key.workspace, key.plan, observation.kpi, observation.unit, row.period,
           observation.revision, FrequencyName(observation.period.frequency),
           observation.period.fiscal_year, observation.period.index, row.series, observation.value,
           observation.numerator, observation.denominator, observation.target_to_date,
           observation.source, row.recorded.scoring_versions,
           absl::ToUnixMicros(observation.recorded_time)})
      .status();
}

absl::StatusOr<PlanHistory> ReadPlanHistory(sql::Session& session, const PlanKey& key,
                                            int64_t version) {
  PlanHistory history;
  std::vector<ObservationRow> rows;
  VL_RETURN_IF_ERROR(session.Query(
      "SELECT o.kpi, o.unit, o.period, o.revision, o.frequency, o.fiscal_year, o.period_index, "
      "o.series, o.value, o.numerator, o.denominator, o.target_to_date, o.source, "
      "o.scoring_versions, o.record_time FROM observations o JOIN bindings b "
      "ON b.workspace = o.workspace AND b.plan = o.plan AND b.kpi = o.kpi AND b.unit = o.unit "
      "AND b.series = o.series WHERE o.workspace = :workspace AND o.plan = :plan "
      "AND b.version = :version ORDER BY o.kpi, o.unit, o.period, o.revision",
      {key.workspace, key.plan, version}, ObservationReader(rows)));
  history.observations = Strip(std::move(rows));
  VL_RETURN_IF_ERROR(session.Query(
      "SELECT s.kpi, s.unit, s.ratio_scale, s.phased_targets, s.record_time "
      "FROM series_settings s JOIN bindings b ON b.workspace = s.workspace AND b.plan = s.plan "
      "AND b.kpi = s.kpi AND b.unit = s.unit AND b.series = s.series "
      "WHERE s.workspace = :workspace AND s.plan = :plan AND b.version = :version "
      "ORDER BY s.kpi, s.unit, s.revision",
      {key.workspace, key.plan, version}, SettingReader(history.settings)));
  return history;
}

absl::StatusOr<PlanHistory> ReadSeries(sql::Session& session, const PlanKey& key,
                                       std::string_view kpi, std::string_view unit,
                                       int64_t series) {
  PlanHistory history;
  std::vector<ObservationRow> rows;
  VL_RETURN_IF_ERROR(session.Query(
      "SELECT kpi, unit, period, revision, frequency, fiscal_year, period_index, series, value, "
      "numerator, denominator, target_to_date, source, scoring_versions, record_time "
      "FROM observations WHERE workspace = :workspace AND plan = :plan AND kpi = :kpi "
      "AND unit = :unit AND series = :series ORDER BY period, revision",
      {key.workspace, key.plan, kpi, unit, series}, ObservationReader(rows)));
  history.observations = Strip(std::move(rows));
  VL_RETURN_IF_ERROR(session.Query(
      "SELECT kpi, unit, ratio_scale, phased_targets, record_time FROM series_settings "
      "WHERE workspace = :workspace AND plan = :plan AND kpi = :kpi AND unit = :unit "
      "AND series = :series ORDER BY revision",
      {key.workspace, key.plan, kpi, unit, series}, SettingReader(history.settings)));
  return history;
}

absl::StatusOr<std::vector<ListedObservation>> ReadPage(sql::Session& session, const PlanKey& key,
                                                        std::string_view kpi,
                                                        const ObservationPlace& after, int limit) {
  std::vector<ObservationRow> rows;
  VL_RETURN_IF_ERROR(session.Query(
      "SELECT kpi, unit, period, revision, frequency, fiscal_year, period_index, series, value, "
      "numerator, denominator, target_to_date, source, scoring_versions, record_time "
      "FROM observations WHERE workspace = :workspace AND plan = :plan "
      "AND (:any = '' OR kpi = :kpi) "
      "AND (kpi, unit, period, revision) > (:after_kpi, :after_unit, :after_period, "
      ":after_revision) ORDER BY kpi, unit, period, revision LIMIT :limit",
      {key.workspace, key.plan, kpi, kpi, after.kpi, after.unit, after.period, after.revision,
       limit},
      ObservationReader(rows)));
  std::vector<ListedObservation> page;
  page.reserve(rows.size());
  for (ObservationRow& row : rows) {
    page.push_back({.recorded = std::move(row.recorded), .period = std::move(row.period)});
  }
  return page;
}

absl::Status InsertSetting(sql::Session& session, const PlanKey& key, int64_t series,
                           const SeriesSetting& setting) {
  VL_ASSIGN_OR_RETURN(
      const std::optional<int64_t> count,
      session.QueryValue<int64_t>(
          "SELECT COUNT(*) FROM series_settings WHERE workspace = :workspace AND plan = :plan "
          "AND kpi = :kpi AND unit = :unit",
          {key.workspace, key.plan, setting.kpi, setting.unit}));
  return session
      .Execute(
          "INSERT INTO series_settings (workspace, plan, kpi, unit, revision, series, ratio_scale, "
          "phased_targets, record_time) VALUES (:workspace, :plan, :kpi, :unit, :revision, "
          ":series, :ratio_scale, :phased_targets, :record_time)",
          {key.workspace, key.plan, setting.kpi, setting.unit, count.value_or(0) + 1, series,
           setting.ratio_scale, fmt::format("{}", fmt::join(setting.phased_targets, " ")),
           absl::ToUnixMicros(setting.recorded_time)})
      .status();
}

}  // namespace valueloop::performance
