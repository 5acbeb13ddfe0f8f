#include "scoring/rpc/score_proto.h"

#include <cmath>
#include <optional>
#include <string>

#include "absl/time/civil_time.h"
#include "fmt/format.h"
#include "google/protobuf/util/time_util.h"
#include "scoring/domain/reasons.h"
#include "scoring/rpc/lifecycle_proto.h"

namespace valueloop::scoring {
namespace {

using google::protobuf::util::TimeUtil;

// Later than this nobody plans for; the day is left empty.
constexpr double kMaxWeeksAhead = 52.1775 * 100;

std::string DayText(absl::CivilDay day) { return std::string(absl::FormatCivilTime(day)); }

void AddComponent(v1::ValueKind kind, const Value& realised, const std::optional<Value>& expected,
                  bool imputed, v1::Score& out) {
  v1::ValueComponent& component = *out.add_components();
  component.set_kind(kind);
  component.set_realised(realised.total());
  if (expected.has_value()) component.set_expected(expected->total());
  component.set_imputed(imputed);
}

void AddComponents(const Score& score, v1::Score& out) {
  const auto add = [&](v1::ValueKind kind, Value FiveValues::*part, bool imputed) {
    std::optional<Value> expected;
    if (score.expected.has_value()) expected = (*score.expected).*part;
    AddComponent(kind, score.realised.*part, expected, imputed, out);
  };
  add(v1::VALUE_KIND_PURCHASE, &FiveValues::purchase, false);
  add(v1::VALUE_KIND_WORD_OF_MOUTH, &FiveValues::word_of_mouth, false);
  add(v1::VALUE_KIND_INFORMATION, &FiveValues::information, true);
  add(v1::VALUE_KIND_KNOWLEDGE, &FiveValues::knowledge, true);
  add(v1::VALUE_KIND_TRANSACTION, &FiveValues::transaction, false);
}

std::string SourceOf(RatedBy rated_by) {
  switch (rated_by) {
    case RatedBy::kPerson:
      return "RATING";
    case RatedBy::kPredicate:
      return "PREDICATE";
    case RatedBy::kMetric:
      return "METRIC";
    case RatedBy::kNothing:
      return "";
  }
  return "";
}

v1::MatchKind ToProto(MatchKind kind) {
  switch (kind) {
    case MatchKind::kPosition:
      return v1::MATCH_KIND_POSITION;
    case MatchKind::kCapability:
      return v1::MATCH_KIND_CAPABILITY;
    case MatchKind::kValues:
      return v1::MATCH_KIND_VALUES;
  }
  return v1::MATCH_KIND_UNSPECIFIED;
}

void AddMatches(const MatchResult& match, const ScoringPolicy& policy, v1::Score& out) {
  for (const MatchPolicy& kind : policy.matches) {
    v1::Match& added = *out.add_matches();
    added.set_kind(ToProto(kind.kind));
    const std::optional<double>& score = match.by_kind[static_cast<size_t>(kind.kind)];
    if (score.has_value()) added.set_score(*score);
    double all_weight = 0;
    double rated_weight = 0;
    for (const Criterion& criterion : kind.criteria) {
      v1::CriterionRating& rating = *added.add_criteria();
      rating.set_criterion(criterion.id);
      rating.set_weight(criterion.weight);
      all_weight += criterion.weight;
      for (const CriterionResult& result : match.criteria) {
        if (result.kind != kind.kind || result.criterion != criterion.id) continue;
        rating.set_source(SourceOf(result.rated_by));
        if (result.rating.has_value()) {
          rating.set_rating(*result.rating);
          rated_weight += criterion.weight;
        }
      }
    }
    added.set_coverage(all_weight > 0 ? rated_weight / all_weight : 0);
  }
}

void AddReason(const Reason& reason, v1::Reason& out) {
  out.set_code(std::string(ReasonCodeName(reason.code)));
  out.set_contribution(reason.contribution);
  out.set_displayed(reason.displayed);
  out.set_actual(reason.actual);
  out.set_typical(reason.typical);
  out.set_subject(reason.subject);
  for (const std::string& person : reason.people) out.add_people(person);
}

std::optional<Reason> ReasonFromProto(const v1::Reason& in) {
  for (const ReasonText& text : ReasonCatalogue()) {
    if (text.name != in.code()) continue;
    return Reason{.code = text.code,
                  .contribution = in.contribution(),
                  .displayed = in.displayed(),
                  .actual = in.actual(),
                  .typical = in.typical(),
                  .subject = in.subject(),
                  .people = {in.people().begin(), in.people().end()}};
  }
  return std::nullopt;
}

}  // namespace

v1::CustomerClass ToProto(CustomerClass customer_class) {
  switch (customer_class) {
    case CustomerClass::kStrategic:
      return v1::CUSTOMER_CLASS_STRATEGIC;
    case CustomerClass::kProfit:
      return v1::CUSTOMER_CLASS_PROFIT;
    case CustomerClass::kPotential:
      return v1::CUSTOMER_CLASS_POTENTIAL;
    case CustomerClass::kOrdinary:
      return v1::CUSTOMER_CLASS_ORDINARY;
    case CustomerClass::kUnknown:
      return v1::CUSTOMER_CLASS_UNKNOWN;
  }
  return v1::CUSTOMER_CLASS_UNSPECIFIED;
}

v1::ScoreState ToProto(ScoreState state) {
  switch (state) {
    case ScoreState::kOk:
      return v1::SCORE_STATE_OK;
    case ScoreState::kNotEnoughData:
      return v1::SCORE_STATE_NOT_ENOUGH_DATA;
    case ScoreState::kStale:
      return v1::SCORE_STATE_STALE;
  }
  return v1::SCORE_STATE_UNSPECIFIED;
}

void ToProto(const Score& score, const ScoringPolicy& policy, std::string_view workspace,
             std::string_view customer_id, absl::Time compute_time, v1::Score& out) {
  out.set_name(fmt::format("workspaces/{}/customers/{}/score", workspace, customer_id));
  out.set_state(ToProto(score.state));
  for (const std::string& missing : score.missing) out.add_missing(missing);
  out.set_customer_class(ToProto(score.classification.customer_class));
  out.set_realised_value(score.realised.total());
  if (score.expected.has_value()) out.set_expected_value(score.expected->total());
  const auto set = [&](const std::optional<double>& value, void (v1::Score::*setter)(double)) {
    if (value.has_value()) (out.*setter)(*value);
  };
  set(score.classification.value_score, &v1::Score::set_value_score);
  set(score.match.score, &v1::Score::set_match_score);
  out.set_match_coverage(score.match.coverage);
  set(score.alive_probability, &v1::Score::set_alive_probability);
  set(score.expected_purchases, &v1::Score::set_expected_purchase_count);
  set(score.expected_spend, &v1::Score::set_expected_spend);
  set(score.probability_any_purchase, &v1::Score::set_probability_any_purchase);
  const std::optional<double>& weeks = score.median_weeks_to_next_purchase;
  if (weeks.has_value() && *weeks < kMaxWeeksAhead) {
    out.set_expected_next_purchase_day(
        DayText(score.provenance.as_of + static_cast<int>(std::lround(*weeks * 7))));
  }
  set(score.value_at_stake, &v1::Score::set_value_at_stake);
  set(score.classification.value_distance, &v1::Score::set_value_cut_distance);
  set(score.classification.match_distance, &v1::Score::set_match_cut_distance);
  if (score.treatment.has_value()) {
    v1::Treatment& treatment = *out.mutable_treatment();
    treatment.set_treatment_zh(score.treatment->text_zh);
    treatment.set_treatment_en(score.treatment->text_en);
    treatment.set_cadence_days(score.treatment->cadence_days);
    treatment.set_service_level(score.treatment->service_level);
  }
  if (score.repeat_purchase_count.has_value()) {
    out.set_repeat_purchase_count(*score.repeat_purchase_count);
  }
  out.set_lifecycle_stage(ToProto(StageOf({}, score.lifecycle)));
  set(TrendRatioOf({}, score.lifecycle), &v1::Score::set_trend_ratio);
  out.set_trend(ToProto(TrendOf({}, score.lifecycle)));
  RfmValues rfm{.purchase_count = score.lifecycle.purchase_count,
                .purchase_amount = score.purchase_amount};
  if (score.last_purchase_day.has_value()) {
    rfm.recency_days = static_cast<int32_t>(score.provenance.as_of - *score.last_purchase_day);
  }
  ToProto(rfm, {}, *out.mutable_rfm());
  AddComponents(score, out);
  AddMatches(score.match, policy, out);
  for (const Reason& reason : score.value_reasons) AddReason(reason, *out.add_value_reasons());
  for (const Reason& reason : score.match_reasons) AddReason(reason, *out.add_match_reasons());
  if (score.expected_purchase_interval.has_value()) {
    IntervalToProto(*score.expected_purchase_interval, *out.mutable_expected_purchase_interval());
  }
  if (score.expected_value_interval.has_value()) {
    IntervalToProto(*score.expected_value_interval, *out.mutable_expected_value_interval());
  }
  v1::Provenance& provenance = *out.mutable_provenance();
  provenance.set_ledger_revision(score.provenance.ledger_revision);
  provenance.set_model_version(score.provenance.model_version);
  provenance.set_policy_version(score.provenance.policy_version);
  provenance.set_reference_version(score.provenance.reference_version);
  provenance.set_as_of(DayText(score.provenance.as_of));
  *provenance.mutable_compute_time() =
      TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(compute_time));
}

void IntervalToProto(const Interval& interval, v1::Interval& out) {
  out.set_low_95(interval.low_95);
  out.set_low_80(interval.low_80);
  out.set_high_80(interval.high_80);
  out.set_high_95(interval.high_95);
  if (interval.mean_low.has_value()) out.set_mean_low(*interval.mean_low);
  if (interval.mean_high.has_value()) out.set_mean_high(*interval.mean_high);
}

void KeepBasicView(v1::Score& score) {
  score.clear_components();
  score.clear_matches();
  score.clear_value_reasons();
  score.clear_match_reasons();
  score.clear_provenance();
  score.clear_lifecycle_stage();
  score.clear_trend_ratio();
  score.clear_trend();
  score.clear_rfm();
  score.clear_expected_purchase_interval();
  score.clear_expected_value_interval();
}

void RenderReasons(std::string_view language_code, v1::Score& score) {
  for (auto* reasons : {score.mutable_value_reasons(), score.mutable_match_reasons()}) {
    for (v1::Reason& reason : *reasons) {
      const std::optional<Reason> known = ReasonFromProto(reason);
      if (known.has_value()) reason.set_text(RenderReason(*known, language_code));
    }
  }
}

void ToProto(v1::ListReasonCodesResponse& out) {
  for (const ReasonText& text : ReasonCatalogue()) {
    v1::ReasonCode& code = *out.add_reason_codes();
    code.set_code(std::string(text.name));
    code.set_text_zh(std::string(text.text_zh));
    code.set_text_en(std::string(text.text_en));
  }
}

}  // namespace valueloop::scoring
