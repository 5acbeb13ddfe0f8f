// What customers say: perceived value, needs, touchpoints.
#include <array>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/status.h"
#include "fmt/format.h"
#include "scoring/domain/civil_day.h"
#include "scoring/domain/facts.h"
#include "scoring/domain/insight/needs.h"
#include "scoring/domain/insight/touchpoints.h"
#include "scoring/domain/period.h"
#include "scoring/rpc/insight_answers.h"
#include "scoring/rpc/insight_page.h"

namespace valueloop::scoring {
namespace {

constexpr std::array kFeedback = {EventKind::kFeedback};
constexpr double kDefaultDrift = 1;
constexpr size_t kSummaryChunk = 500;

// Two views of the same stream: what is known now, and what was known at the baseline.
class PerceivedReader {
 public:
  PerceivedReader(std::span<const DimensionWeight> benefits, std::span<const DimensionWeight> costs,
                  int32_t last_day, int32_t baseline, int max_age_days)
      : benefit_weights_(benefits),
        cost_weights_(costs),
        now_(benefits, costs),
        then_(benefits, costs),
        collector_(benefits, costs),
        last_day_(last_day),
        baseline_(baseline),
        max_age_days_(max_age_days) {}

  void Add(const std::string& customer_id, int32_t day, const Feedback& feedback) {
    if (customer_id != customer_id_) Flush();
    customer_id_ = customer_id;
    if (last_day_ - day < max_age_days_) now_.Add(feedback);
    if (day <= baseline_ && baseline_ - day < max_age_days_) then_.Add(feedback);
  }

  void Flush() {
    if (!now_.empty()) collector_.Add(now_);
    const auto ratio = ValueRatio(WeightedScore(benefit_weights_, then_.benefits()),
                                  WeightedScore(cost_weights_, then_.costs()));
    if (ratio) ratios_then_.emplace_back(customer_id_, *ratio);
    now_.Clear();
    then_.Clear();
  }

  PerceivedValueResult Result() const { return collector_.Result(); }
  // Ratios at the baseline, by customer.
  const std::vector<std::pair<std::string, double>>& ratios_then() const { return ratios_then_; }

 private:
  std::span<const DimensionWeight> benefit_weights_;
  std::span<const DimensionWeight> cost_weights_;
  PerceptionScores now_;
  PerceptionScores then_;
  PerceivedValueCollector collector_;
  const int32_t last_day_;
  const int32_t baseline_;
  const int max_age_days_;
  std::string customer_id_;
  std::vector<std::pair<std::string, double>> ratios_then_;
};

absl::StatusOr<LoyaltyResult> Validate(const InsightSources& sources, const InsightScope& scope,
                                       const std::vector<std::pair<std::string, double>>& ratios,
                                       absl::CivilDay baseline) {
  LoyaltyResult loyalty;
  for (size_t begin = 0; begin < ratios.size(); begin += kSummaryChunk) {
    const size_t end = std::min(begin + kSummaryChunk, ratios.size());
    std::vector<std::string> ids;
    for (size_t i = begin; i < end; ++i) ids.push_back(ratios[i].first);
    VL_ASSIGN_OR_RETURN(const auto records, sources.ledger.GetSummaries(scope.workspace().id, ids));
    for (size_t i = begin; i < end; ++i) {
      const auto& record = records[i - begin];
      if (!record) continue;
      if (!FactsOf(record->summary, baseline).acquired_day) continue;
      loyalty.Add(ratios[i].second, IsKept(record->summary, baseline, scope.as_of()));
    }
  }
  return loyalty;
}

void DimensionsToProto(const std::vector<DimensionResult>& results,
                       google::protobuf::RepeatedPtrField<v1::DimensionScore>& out) {
  for (const DimensionResult& result : results) {
    v1::DimensionScore& row = *out.Add();
    row.set_dimension(result.dimension);
    row.set_weight(result.weight);
    if (result.score) row.set_score(*result.score);
    if (result.contribution) row.set_contribution(*result.contribution);
    row.set_customer_count(result.customer_count);
  }
}

void LoyaltyToProto(const LoyaltyResult& loyalty, absl::CivilDay baseline,
                    v1::LoyaltyValidation& out) {
  out.set_baseline(absl::FormatCivilTime(baseline));
  out.set_above_count(loyalty.above.count);
  out.set_above_kept_count(loyalty.above.kept_count);
  out.set_rest_count(loyalty.rest.count);
  out.set_rest_kept_count(loyalty.rest.kept_count);
  if (const auto ratio = loyalty.above.kept_ratio()) out.set_above_kept_ratio(*ratio);
  if (const auto ratio = loyalty.rest.kept_ratio()) out.set_rest_kept_ratio(*ratio);
  if (const auto lift = loyalty.lift()) out.set_lift(*lift);
}

void PerceivedToProto(const PerceivedValueResult& result, bool is_customer,
                      v1::PerceivedValue& out) {
  out.set_rated_customer_count(result.rated_customer_count);
  DimensionsToProto(result.benefits, *out.mutable_benefits());
  DimensionsToProto(result.costs, *out.mutable_costs());
  if (result.perceived_value) out.set_perceived_value(*result.perceived_value);
  out.set_coverage(result.coverage);
  out.set_dominant_dimension(result.dominant_dimension);
  if (result.value_ratio) out.set_value_ratio(*result.value_ratio);
  if (result.delivered_value) out.set_delivered_value(*result.delivered_value);
  out.set_compared_customer_count(result.compared_customer_count);
  out.set_loyal_expected_count(result.loyal_expected_count);
  if (!result.perceived_value) out.add_missing("feedback.benefits");
  if (!result.delivered_value) out.add_missing("feedback.costs");
  if (is_customer) {
    if (result.value_ratio) out.set_loyalty_expected(*result.value_ratio > 1);
    return;
  }
  for (const DimensionResult& dimension : result.benefits) {
    v1::DimensionCount& count = *out.add_dominant_counts();
    count.set_dimension(dimension.dimension);
    count.set_customer_count(dimension.dominant_count);
  }
}

}  // namespace

absl::StatusOr<std::vector<DimensionWeight>> WeightsFromProto(
    std::string_view field, const google::protobuf::RepeatedPtrField<v1::DimensionWeight>& protos,
    const std::vector<DimensionWeight>& defaults) {
  std::vector<DimensionWeight> weights;
  for (const v1::DimensionWeight& proto : protos) {
    weights.push_back({.dimension = proto.dimension(), .weight = proto.weight()});
  }
  return NormaliseWeights(field, std::move(weights), defaults);
}

absl::Status AnswerPerceivedValue(const InsightSources& sources, const InsightScope& scope,
                                  const v1::GetPerceivedValueRequest& request,
                                  v1::PerceivedValue& response) {
  VL_ASSIGN_OR_RETURN(
      const std::vector<DimensionWeight> benefits,
      WeightsFromProto("benefit_weights", request.benefit_weights(), DefaultBenefitWeights()));
  VL_ASSIGN_OR_RETURN(
      const std::vector<DimensionWeight> costs,
      WeightsFromProto("cost_weights", request.cost_weights(), DefaultCostWeights()));
  VL_ASSIGN_OR_RETURN(const int max_age, ParseDays("max_age_days", request.max_age_days(), 365));
  VL_ASSIGN_OR_RETURN(const int retention,
                      ParseDays("retention_days", request.retention_days(), 180));
  const absl::CivilDay baseline = scope.as_of() - retention;
  PerceivedReader reader(benefits, costs, scope.last_day(), DayNumber(baseline), max_age);
  VL_RETURN_IF_ERROR(scope.ForEachEvent(
      kFeedback, [&](const StoredEvent& stored, const Event& event, int32_t day) {
        reader.Add(stored.customer_id, day, std::get<Feedback>(event.payload));
        return absl::OkStatus();
      }));
  reader.Flush();
  response.set_as_of(scope.as_of_text());
  VL_ASSIGN_OR_RETURN(const int64_t customer_count, scope.CountCustomers());
  response.set_customer_count(customer_count);
  PerceivedToProto(reader.Result(), scope.customer_id().has_value(), response);
  if (scope.customer_id().has_value()) return absl::OkStatus();
  VL_ASSIGN_OR_RETURN(const LoyaltyResult loyalty,
                      Validate(sources, scope, reader.ratios_then(), baseline));
  LoyaltyToProto(loyalty, baseline, *response.mutable_validation());
  return absl::OkStatus();
}

absl::Status AnswerNeeds(const InsightSources&, const InsightScope& scope,
                         const v1::ListNeedOpportunitiesRequest& request,
                         v1::ListNeedOpportunitiesResponse& response) {
  VL_ASSIGN_OR_RETURN(const InsightPage page, ParsePage(request));
  NeedOptions options{.as_of = scope.as_of()};
  VL_ASSIGN_OR_RETURN(options.max_age_days, ParseDays("max_age_days", request.max_age_days(), 365));
  VL_ASSIGN_OR_RETURN(options.drift_days, ParseDays("drift_days", request.drift_days(), 180));
  const double threshold = request.drift_threshold();
  if (!(threshold >= 0 && threshold <= 10)) {
    return InvalidField("drift_threshold", fmt::format("{}", threshold), "0..10");
  }
  options.drift_threshold = threshold == 0 ? kDefaultDrift : threshold;
  NeedCollector collector(options);
  VL_RETURN_IF_ERROR(scope.ForEachEvent(
      kFeedback, [&](const StoredEvent& stored, const Event& event, int32_t day) {
        collector.Add(stored.customer_id, day, std::get<Feedback>(event.payload));
        return absl::OkStatus();
      }));
  const NeedsResult result = collector.Result();
  response.set_as_of(scope.as_of_text());
  VL_ASSIGN_OR_RETURN(const int64_t customer_count, scope.CountCustomers());
  response.set_customer_count(customer_count);
  response.set_rated_customer_count(result.rated_customer_count);
  if (result.orientation_shift) response.set_orientation_shift(*result.orientation_shift);
  response.set_survey_advised(result.survey_advised);
  if (result.needs.empty()) response.add_missing("feedback.needs");
  for (size_t i = page.offset; i < page.End(result.needs.size()); ++i) {
    const NeedResult& need = result.needs[i];
    v1::NeedOpportunity& row = *response.add_needs();
    row.set_rank(static_cast<int32_t>(i + 1));
    row.set_need(need.need);
    row.set_importance(need.importance);
    row.set_satisfaction(need.satisfaction);
    row.set_opportunity(need.opportunity);
    row.set_customer_count(need.customer_count);
    row.set_rating_count(need.rating_count);
    if (need.importance_change) row.set_importance_change(*need.importance_change);
    if (need.drift_z) row.set_drift_z(*need.drift_z);
    row.set_changed(need.changed);
  }
  response.set_next_page_token(page.NextToken(result.needs.size(), scope.as_of_text()));
  return absl::OkStatus();
}

absl::Status AnswerTouchpoints(const InsightSources&, const InsightScope& scope,
                               const v1::ListTouchpointGapsRequest& request,
                               v1::ListTouchpointGapsResponse& response) {
  VL_ASSIGN_OR_RETURN(const InsightPage page, ParsePage(request));
  VL_ASSIGN_OR_RETURN(const int window, ParseDays("window_days", request.window_days(), 365));
  TouchpointCollector collector;
  VL_RETURN_IF_ERROR(scope.ForEachEvent(
      kFeedback, [&](const StoredEvent& stored, const Event& event, int32_t day) {
        if (scope.last_day() - day < window) {
          collector.Add(stored.customer_id, std::get<Feedback>(event.payload));
        }
        return absl::OkStatus();
      }));
  const TouchpointsResult result = collector.Result();
  response.set_as_of(scope.as_of_text());
  VL_ASSIGN_OR_RETURN(const int64_t customer_count, scope.CountCustomers());
  response.set_customer_count(customer_count);
  if (result.touchpoints.empty()) response.add_missing("feedback.touchpoint");
  for (size_t i = page.offset; i < page.End(result.touchpoints.size()); ++i) {
    const TouchpointResult& touchpoint = result.touchpoints[i];
    v1::TouchpointGap& row = *response.add_touchpoints();
    row.set_rank(static_cast<int32_t>(i + 1));
    row.set_touchpoint(touchpoint.touchpoint);
    row.set_phase(static_cast<v1::TouchpointPhase>(touchpoint.phase));  // The same numbers.
    if (touchpoint.expectation) row.set_expectation(*touchpoint.expectation);
    if (touchpoint.perception) row.set_perception(*touchpoint.perception);
    if (touchpoint.gap) row.set_gap(*touchpoint.gap);
    if (touchpoint.importance) row.set_importance(*touchpoint.importance);
    if (touchpoint.priority) row.set_priority(*touchpoint.priority);
    row.set_exceeds(touchpoint.gap.value_or(0) > 0);
    row.set_feedback_count(touchpoint.feedback_count);
    row.set_customer_count(touchpoint.customer_count);
  }
  for (const PhaseResult& phase : result.phases) {
    v1::PhaseSummary& row = *response.add_phases();
    row.set_phase(static_cast<v1::TouchpointPhase>(phase.phase));
    row.set_customer_count(phase.customer_count);
    if (phase.went_on_count) row.set_went_on_count(*phase.went_on_count);
    if (phase.drop_off_ratio) row.set_drop_off_ratio(*phase.drop_off_ratio);
    if (phase.gap) row.set_gap(*phase.gap);
  }
  response.set_next_page_token(page.NextToken(result.touchpoints.size(), scope.as_of_text()));
  return absl::OkStatus();
}

}  // namespace valueloop::scoring
