#include "performance/rpc/evaluation_messages.h"

namespace valueloop::performance {
namespace {

v1::Rag ToProto(Rag rag) {
  switch (rag) {
    case Rag::kGreen:
      return v1::RAG_GREEN;
    case Rag::kAmber:
      return v1::RAG_AMBER;
    case Rag::kRed:
      return v1::RAG_RED;
    case Rag::kGrey:
      return v1::RAG_GREY;
  }
  return v1::RAG_UNSPECIFIED;
}

void SetMethods(const Evaluation& evaluation, v1::Evaluation& message) {
  if (evaluation.achievement_method != AchievementMethod::kNone) {
    message.add_methods(std::string(AchievementMethodName(evaluation.achievement_method)));
  }
  if (evaluation.floor_to_date || evaluation.stretch_to_date) {
    message.add_methods(std::string(ThresholdMethodName(evaluation.threshold_method)));
  }
  if (evaluation.forecast_method != ForecastMethod::kNone) {
    message.add_methods(std::string(ForecastMethodName(evaluation.forecast_method)));
  }
}

}  // namespace

std::string FormatDay(absl::CivilDay day) { return absl::FormatCivilTime(day); }

void SetEvaluation(const AssessedKpi& kpi, v1::Evaluation& message) {
  const auto& [binding, evaluation] = kpi;
  message.set_kpi(binding.kpi);
  message.set_kpi_name(binding.name_zh);
  message.set_org_unit(binding.org);
  message.set_owner(binding.owner);
  message.set_global_weight(binding.weight);
  message.set_unit(binding.measure);
  message.set_as_of(FormatDay(evaluation.as_of));
  message.set_rag(ToProto(evaluation.rag));
  message.set_freshness(evaluation.freshness == Freshness::kNoData
                            ? "NONE"
                            : std::string(FreshnessName(evaluation.freshness)));
  message.set_period_count(evaluation.periods_with_data);
  message.set_missing_period_count(evaluation.periods_missing);
  if (evaluation.actual_to_date) message.set_actual_to_date(*evaluation.actual_to_date);
  if (evaluation.target_to_date) message.set_target_to_date(*evaluation.target_to_date);
  if (evaluation.gap) message.set_gap(*evaluation.gap);
  if (evaluation.achievement) message.set_achievement_percent(100 * *evaluation.achievement);
  if (evaluation.score) message.set_score(*evaluation.score);
  if (evaluation.floor_to_date) message.set_floor_to_date(*evaluation.floor_to_date);
  if (evaluation.stretch_to_date) message.set_stretch_to_date(*evaluation.stretch_to_date);
  if (evaluation.forecast_phased) message.set_forecast_phased(*evaluation.forecast_phased);
  if (evaluation.forecast_plan_rest) message.set_forecast_plan_rest(*evaluation.forecast_plan_rest);
  if (evaluation.required_rest) message.set_required_rest(*evaluation.required_rest);
  if (evaluation.year_target) message.set_year_target(*evaluation.year_target);
  if (binding.floor) message.set_year_floor(*binding.floor);
  SetMethods(evaluation, message);
}

void SetScorecard(const Scorecard& scorecard, const Assessment& assessment,
                  v1::Scorecard& message) {
  message.set_org_unit(scorecard.unit);
  message.set_as_of(FormatDay(assessment.as_of));
  if (scorecard.score) message.set_score(*scorecard.score);
  message.set_rag(ToProto(scorecard.rag));
  message.set_weight_with_data(scorecard.weight_with_data);
  message.set_weight_total(scorecard.weight_total);
  for (const AssessedKpi& kpi : assessment.kpis) SetEvaluation(kpi, *message.add_evaluations());
}

void SetBinding(const KpiBinding& binding, int observed_period_count, v1::KpiBinding& message) {
  message.set_kpi(binding.kpi);
  message.set_kpi_name(binding.name_zh);
  message.set_org_unit(binding.org);
  message.set_owner(binding.owner);
  message.set_global_weight(binding.weight);
  message.set_frequency(std::string(FrequencyName(binding.frequency)));
  message.set_aggregation(std::string(AggregationName(binding.aggregation)));
  message.set_polarity(std::string(PolarityName(binding.polarity)));
  message.set_source_service(binding.source.service);
  if (binding.year_target) message.set_target(*binding.year_target);
  message.set_observed_period_count(observed_period_count);
}

}  // namespace valueloop::performance
