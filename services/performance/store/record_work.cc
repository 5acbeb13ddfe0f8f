#include "performance/store/record_work.h"

#include <optional>

#include "common/sql/request_ids.h"
#include "common/status.h"
#include "fmt/format.h"
#include "performance/store/binding_rows.h"
#include "performance/store/gap_rows.h"
#include "performance/store/observation_rows.h"

namespace valueloop::performance {

absl::StatusOr<RecordResult> RecordWork::Run() {
  std::optional<sql::RequestKey> request;
  if (command_.request) {
    request = sql::RequestKey{.workspace = plan_.key().workspace,
                              .id = command_.request->id,
                              .method = command_.request->method,
                              .body = command_.request->body};
    VL_ASSIGN_OR_RETURN(std::optional<std::string> before, sql::FindRequest(session_, *request));
    if (before) return RecordResult{.earlier_response = std::move(before)};
  }
  VL_ASSIGN_OR_RETURN(const int64_t newest, ReadNewestVersion(session_, plan_.key()));
  if (newest != plan_.version()) {
    return WithReason(
        absl::FailedPreconditionError(fmt::format(
            "parent: got version {}, want {}, which has superseded it", plan_.version(), newest)),
        "STALE_BINDING");
  }
  for (const SeriesSetting& setting : command_.settings) VL_RETURN_IF_ERROR(KeepSetting(setting));
  for (const RecordedObservation& recorded : command_.observations) {
    VL_RETURN_IF_ERROR(KeepObservation(recorded));
  }
  // Once per series and call, not per row: at the ends of the periods before the last one other
  // decisions might have been due, which nobody could have acted upon.
  for (const SeriesKey& key : touched_) VL_RETURN_IF_ERROR(DecideGapOf(key));
  if (request) {
    VL_RETURN_IF_ERROR(
        sql::SaveRequest(session_, *request, command_.request->write_response(counts_)));
  }
  return RecordResult{.counts = counts_};
}

absl::StatusOr<int64_t> RecordWork::SeriesOf(const SeriesKey& key) {
  const auto known = series_.find(key);
  if (known != series_.end()) return known->second;
  VL_ASSIGN_OR_RETURN(const int64_t series, ReadSeriesOf(session_, plan_, key.first, key.second));
  series_.emplace(key, series);
  return series;
}

absl::Status RecordWork::KeepSetting(SeriesSetting setting) {
  const SeriesKey key(setting.kpi, setting.unit);
  VL_ASSIGN_OR_RETURN(const int64_t series, SeriesOf(key));
  VL_ASSIGN_OR_RETURN(const PlanHistory history,
                      ReadSeries(session_, plan_.key(), setting.kpi, setting.unit, series));
  const KpiBinding& binding = *plan_.Find(setting.kpi, setting.unit);
  const KpiBinding before = Effective(binding, history.settings, absl::InfiniteFuture());
  setting.recorded_time = now_;
  if (Effective(before, {&setting, 1}, absl::InfiniteFuture()) == before) return absl::OkStatus();
  touched_.insert(key);
  return InsertSetting(session_, plan_.key(), series, setting);
}

absl::Status RecordWork::KeepObservation(const RecordedObservation& recorded) {
  const Observation& observation = recorded.observation;
  const SeriesKey key(observation.kpi, observation.unit);
  ObservationRow row{.recorded = recorded, .period = plan_.calendar().Format(observation.period)};
  VL_ASSIGN_OR_RETURN(row.series, SeriesOf(key));
  VL_ASSIGN_OR_RETURN(
      const std::optional<ObservationRow> latest,
      ReadLatest(session_, plan_.key(), observation.kpi, observation.unit, row.period));
  if (latest && latest->series == row.series &&
      SameContent(latest->recorded.observation, observation)) {
    ++counts_.duplicate_count;
    return absl::OkStatus();
  }
  row.recorded.observation.revision = latest ? latest->recorded.observation.revision + 1 : 1;
  row.recorded.observation.recorded_time = now_;
  ++counts_.accepted_count;
  touched_.insert(key);
  return InsertObservation(session_, plan_.key(), row);
}

absl::Status RecordWork::DecideGapOf(const SeriesKey& key) {
  const auto& [kpi, unit] = key;
  VL_ASSIGN_OR_RETURN(const int64_t series, SeriesOf(key));
  VL_ASSIGN_OR_RETURN(const PlanHistory history,
                      ReadSeries(session_, plan_.key(), kpi, unit, series));
  const KpiBinding binding =
      Effective(*plan_.Find(kpi, unit), history.settings, absl::InfiniteFuture());
  VL_ASSIGN_OR_RETURN(const GapState state, ReadGapState(session_, plan_.key(), kpi, unit));
  const EvaluationTime time{.as_of = plan_.calendar().YearEnd(plan_.fiscal_year())};
  absl::StatusOr<GapDecision> decision =
      DecideGap(binding, plan_.policy(), history.observations, time, state);
  if (!decision.ok()) return Annotate(decision.status(), fmt::format("kpi {}", kpi));
  if (decision->action == GapAction::kNone) return absl::OkStatus();
  VL_RETURN_IF_ERROR(WriteGapState(session_, plan_.key(), kpi, unit, Apply(state, *decision)));
  return outbox_
      .Enqueue(session_, plan_.key().workspace, kGapTopic,
               command_.write_gap_message(binding, *decision))
      .status();
}

}  // namespace valueloop::performance
