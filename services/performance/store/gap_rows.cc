#include "performance/store/gap_rows.h"

#include <optional>

#include "common/status.h"
#include "performance/domain/calendar.h"

namespace valueloop::performance {
namespace {

using Real = std::optional<double>;

absl::Status DeleteGapState(sql::Session& session, const PlanKey& key, std::string_view kpi,
                            std::string_view unit) {
  return session
      .Execute(
          "DELETE FROM gap_states WHERE workspace = :workspace AND plan = :plan "
          "AND kpi = :kpi AND unit = :unit",
          {key.workspace, key.plan, kpi, unit})
      .status();
}

}  // namespace

absl::StatusOr<GapState> ReadGapState(sql::Session& session, const PlanKey& key,
                                      std::string_view kpi, std::string_view unit) {
  GapState state;
  const auto on_row = [&state](bool is_open, int64_t opening_count, std::string_view frequency,
                               int64_t fiscal_year, int64_t period_index, std::string_view reason,
                               Real actual_to_date, Real target_to_date, Real gap, Real score,
                               Real previous_score, Real forecast, Real year_target,
                               Real floor) -> absl::Status {
    state.open = is_open;
    state.opening_count = static_cast<int>(opening_count);
    if (frequency.empty()) return absl::OkStatus();
    GapEvidence evidence;
    VL_ASSIGN_OR_RETURN(evidence.period.frequency, ParseFrequency(frequency));
    VL_ASSIGN_OR_RETURN(evidence.reason, ParseGapReason(reason));
    evidence.period.fiscal_year = static_cast<int>(fiscal_year);
    evidence.period.index = static_cast<int>(period_index);
    evidence.actual_to_date = actual_to_date;
    evidence.target_to_date = target_to_date;
    evidence.gap = gap;
    evidence.score = score;
    evidence.previous_score = previous_score;
    evidence.forecast = forecast;
    evidence.year_target = year_target;
    evidence.floor = floor;
    state.last_evidence = evidence;
    return absl::OkStatus();
  };
  VL_RETURN_IF_ERROR(
      session
          .QueryOne("SELECT is_open, opening_count, frequency, fiscal_year, period_index, reason, "
                    "actual_to_date, target_to_date, gap, score, previous_score, forecast, "
                    "year_target, floor FROM gap_states WHERE workspace = :workspace "
                    "AND plan = :plan AND kpi = :kpi AND unit = :unit",
                    {key.workspace, key.plan, kpi, unit}, on_row)
          .status());
  return state;
}

absl::Status WriteGapState(sql::Session& session, const PlanKey& key, std::string_view kpi,
                           std::string_view unit, const GapState& state) {
  VL_RETURN_IF_ERROR(DeleteGapState(session, key, kpi, unit));
  const GapEvidence evidence = state.last_evidence.value_or(GapEvidence());
  const bool reported = state.last_evidence.has_value();
  return session
      .Execute(
          "INSERT INTO gap_states (workspace, plan, kpi, unit, is_open, opening_count, "
          "frequency, fiscal_year, period_index, reason, actual_to_date, target_to_date, gap, "
          "score, previous_score, forecast, year_target, floor) VALUES (:workspace, :plan, "
          ":kpi, :unit, :is_open, :opening_count, :frequency, :fiscal_year, :period_index, "
          ":reason, :actual_to_date, :target_to_date, :gap, :score, :previous_score, "
          ":forecast, :year_target, :floor)",
          {key.workspace, key.plan, kpi, unit, state.open, state.opening_count,
           reported ? FrequencyName(evidence.period.frequency) : std::string_view(),
           evidence.period.fiscal_year, evidence.period.index,
           reported ? GapReasonName(evidence.reason) : std::string_view(), evidence.actual_to_date,
           evidence.target_to_date, evidence.gap, evidence.score, evidence.previous_score,
           evidence.forecast, evidence.year_target, evidence.floor})
      .status();
}

absl::StatusOr<std::string> ReadGapName(sql::Session& session, const PlanKey& key,
                                        std::string_view kpi, std::string_view unit,
                                        int64_t opening_number) {
  VL_ASSIGN_OR_RETURN(
      const std::optional<std::string> name,
      session.QueryValue<std::string>(
          "SELECT name FROM gap_names WHERE workspace = :workspace AND plan = :plan "
          "AND kpi = :kpi AND unit = :unit AND opening_number = :opening_number",
          {key.workspace, key.plan, kpi, unit, opening_number}));
  return name.value_or("");
}

absl::Status WriteGapName(sql::Session& session, const PlanKey& key, std::string_view kpi,
                          std::string_view unit, int64_t opening_number, std::string_view name) {
  return session
      .Execute(
          "INSERT INTO gap_names (workspace, plan, kpi, unit, opening_number, name) VALUES "
          "(:workspace, :plan, :kpi, :unit, :opening_number, :name) ON CONFLICT (workspace, "
          "plan, kpi, unit, opening_number) DO UPDATE SET name = excluded.name",
          {key.workspace, key.plan, kpi, unit, opening_number, name})
      .status();
}

}  // namespace valueloop::performance
