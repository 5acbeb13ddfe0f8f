#include "scoring/rpc/policy_proto.h"

#include <optional>
#include <utility>

#include "common/status.h"
#include "fmt/format.h"
#include "google/protobuf/util/json_util.h"

namespace valueloop::scoring {
namespace {

namespace strategy_v1 = ::valueloop::strategy::v1;

Criterion CriterionFromProto(const strategy_v1::Criterion& in) {
  Criterion criterion{.id = in.id(), .name = in.name(), .weight = in.weight()};
  switch (in.source_case()) {
    case strategy_v1::Criterion::kPredicate:
      criterion.source = PredicateSource{.predicate = in.predicate()};
      break;
    case strategy_v1::Criterion::kMetric:
      criterion.source = MetricSource{.metric = in.metric().metric(),
                                      .at_0 = in.metric().at_0(),
                                      .at_100 = in.metric().at_100()};
      break;
    case strategy_v1::Criterion::kRating:
      if (in.rating().max_age_days() > 0) {
        criterion.rating_max_age_days = in.rating().max_age_days();
      }
      break;
    case strategy_v1::Criterion::SOURCE_NOT_SET:
      break;  // A criterion without a source is a rating (METHODS E5).
  }
  return criterion;
}

absl::StatusOr<ValueRule> ValueRuleFromProto(strategy_v1::ValueRule rule) {
  switch (rule) {
    case strategy_v1::VALUE_RULE_PERCENTILE:
      return ValueRule::kPercentile;
    case strategy_v1::VALUE_RULE_MONEY:
      return ValueRule::kMoney;
    case strategy_v1::VALUE_RULE_CUMULATIVE:
      return ValueRule::kCumulative;
    default:
      return InvalidField("value_rule", std::to_string(rule), "PERCENTILE, MONEY or CUMULATIVE");
  }
}

}  // namespace

absl::StatusOr<ScoringPolicy> PolicyFromProto(const strategy_v1::ScoringPolicy& in) {
  ScoringPolicy policy{.horizon_months = static_cast<double>(in.horizon_months()),
                       .discount_annual = in.discount_annual(),
                       .margin_ratio = in.margin_ratio(),
                       .referral_attribution = in.referral_attribution(),
                       .acquisition_cost = in.acquisition_cost(),
                       .value_cut = in.value_cut(),
                       .match_cut = in.match_cut(),
                       .coverage_min = in.coverage_min(),
                       .hysteresis_band = in.hysteresis_band()};
  VL_ASSIGN_OR_RETURN(policy.value_rule, ValueRuleFromProto(in.value_rule()));
  for (const strategy_v1::MatchCriteria& match : in.matches()) {
    const std::optional<MatchKind> kind = ParseMatchKind(match.match());
    if (!kind.has_value()) {
      return InvalidField("matches.match", match.match(), "POSITION, CAPABILITY or VALUES");
    }
    MatchPolicy& out = policy.matches.emplace_back();
    out.kind = *kind;
    out.weight = match.weight();
    for (const strategy_v1::Criterion& criterion : match.criteria()) {
      out.criteria.push_back(CriterionFromProto(criterion));
    }
  }
  for (const strategy_v1::ClassTreatment& treatment : in.treatments()) {
    const std::optional<CustomerClass> customer_class =
        ParseCustomerClass(treatment.customer_class());
    if (!customer_class.has_value()) {
      return InvalidField("treatments.customer_class", treatment.customer_class(),
                          "STRATEGIC, PROFIT, POTENTIAL or ORDINARY");
    }
    policy.treatments[static_cast<size_t>(*customer_class)] = {
        .text_zh = treatment.treatment_zh(),
        .text_en = treatment.treatment_en(),
        .cadence_days = treatment.cadence_days(),
        .service_level = treatment.service_level(),
        .budget_share = treatment.budget_share()};
  }
  return policy;
}

std::string EncodePolicy(const strategy_v1::ScoringPolicy& policy) {
  std::string text;
  // Printing fails for invalid UTF-8 only, which parsing has refused.
  (void)google::protobuf::util::MessageToJsonString(policy, &text);
  return text;
}

absl::StatusOr<ScoringPolicy> DecodePolicy(const StoredPolicy& stored) {
  strategy_v1::ScoringPolicy parsed;
  if (!google::protobuf::util::JsonStringToMessage(stored.payload, &parsed).ok()) {
    return absl::DataLossError(
        fmt::format("policy {}: its stored text is damaged", stored.version));
  }
  VL_ASSIGN_OR_RETURN(ScoringPolicy policy, PolicyFromProto(parsed));
  policy.version = stored.version;
  policy.plan = stored.plan_version;
  return policy;
}

}  // namespace valueloop::scoring
