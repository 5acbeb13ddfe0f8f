#include <optional>
#include <string>
#include <utility>

#include "common/ids.h"
#include "common/status.h"
#include "fmt/format.h"
#include "google/protobuf/message.h"
#include "google/protobuf/unknown_field_set.h"
#include "scoring/rpc/event_proto.h"

namespace valueloop::scoring {
namespace {

constexpr int64_t kMillion = 1'000'000;
constexpr int64_t kMinTimeSeconds = -2'208'988'800;  // 1900-01-01.
constexpr int64_t kMaxTimeSeconds = 7'258'118'400;   // 2200-01-01.
constexpr size_t kMaxNeedBytes = 128;

// Fields that this version of the contract does not have: dropping them would lose what the caller
// meant.
absl::Status RefuseUnknownFields(std::string_view field, const google::protobuf::Message& message) {
  const auto& unknown = message.GetReflection()->GetUnknownFields(message);
  if (unknown.empty()) return absl::OkStatus();
  return InvalidField(field, fmt::format("the unknown field {}", unknown.field(0).number()),
                      "fields of this version of the contract only");
}

double WithoutNegativeZero(double value) { return value + 0.0; }

std::optional<double> Optional(bool has_value, double value) {
  return has_value ? std::optional<double>(WithoutNegativeZero(value)) : std::nullopt;
}

std::optional<int64_t> Margin(bool has_margin, int64_t margin_micros) {
  return has_margin ? std::optional<int64_t>(margin_micros) : std::nullopt;
}

absl::StatusOr<Payload> Convert(const v1::Purchase& proto) {
  VL_RETURN_IF_ERROR(RefuseUnknownFields("purchase", proto));
  Purchase purchase{.amount_micros = proto.amount_micros(),
                    .margin_micros = Margin(proto.has_margin_micros(), proto.margin_micros())};
  for (const v1::PurchaseItem& item : proto.items()) {
    VL_RETURN_IF_ERROR(RefuseUnknownFields("purchase.items", item));
    purchase.items.push_back({.product = item.product(), .quantity = item.quantity()});
  }
  return purchase;
}

absl::StatusOr<Payload> Convert(const v1::Refund& proto) {
  VL_RETURN_IF_ERROR(RefuseUnknownFields("refund", proto));
  return Refund{.amount_micros = proto.amount_micros(),
                .purchase_event_id = proto.purchase_event_id(),
                .margin_micros = Margin(proto.has_margin_micros(), proto.margin_micros())};
}

absl::StatusOr<Payload> Convert(const v1::SubscriptionStart& proto) {
  VL_RETURN_IF_ERROR(RefuseUnknownFields("subscription_start", proto));
  return SubscriptionStart{.subscription_id = proto.subscription_id(),
                           .price_micros = proto.price_micros(),
                           .period_months = proto.period_months()};
}

absl::StatusOr<Payload> Convert(const v1::SubscriptionCharge& proto) {
  VL_RETURN_IF_ERROR(RefuseUnknownFields("subscription_charge", proto));
  return SubscriptionCharge{
      .subscription_id = proto.subscription_id(),
      .amount_micros = proto.amount_micros(),
      .margin_micros = Margin(proto.has_margin_micros(), proto.margin_micros())};
}

absl::StatusOr<Payload> Convert(const v1::SubscriptionStop& proto) {
  VL_RETURN_IF_ERROR(RefuseUnknownFields("subscription_stop", proto));
  return SubscriptionStop{.subscription_id = proto.subscription_id(), .reason = proto.reason()};
}

absl::StatusOr<Payload> Convert(const v1::CostToServe& proto) {
  VL_RETURN_IF_ERROR(RefuseUnknownFields("cost_to_serve", proto));
  return CostToServe{.amount_micros = proto.amount_micros(), .activity = proto.activity()};
}

absl::StatusOr<Payload> Convert(const v1::Referral& proto) {
  VL_RETURN_IF_ERROR(RefuseUnknownFields("referral", proto));
  if (proto.type() != v1::Referral::TYPE_ONE && proto.type() != v1::Referral::TYPE_TWO) {
    return InvalidField("referral.type", fmt::format("{}", static_cast<int>(proto.type())),
                        "TYPE_ONE (1) or TYPE_TWO (2)");
  }
  return Referral{
      .referred_customer_id = proto.referred_customer_id(),
      .type = proto.type() == v1::Referral::TYPE_ONE ? ReferralType::kOne : ReferralType::kTwo,
      .incentive_micros = proto.incentive_micros()};
}

absl::StatusOr<TouchpointPhase> ConvertPhase(v1::TouchpointPhase phase) {
  switch (phase) {
    case v1::TOUCHPOINT_PHASE_UNSPECIFIED:
      return TouchpointPhase::kUnspecified;
    case v1::TOUCHPOINT_PHASE_PRE_SALE:
      return TouchpointPhase::kPreSale;
    case v1::TOUCHPOINT_PHASE_IN_SALE:
      return TouchpointPhase::kInSale;
    case v1::TOUCHPOINT_PHASE_AFTER_SALE:
      return TouchpointPhase::kAfterSale;
    default:
      return InvalidField("feedback.phase", fmt::format("{}", static_cast<int>(phase)), "0..3");
  }
}

template <typename Perceptions>
absl::StatusOr<std::vector<Perception>> ConvertPerceptions(std::string_view field,
                                                           const Perceptions& protos) {
  std::vector<Perception> perceptions;
  for (const v1::Perception& proto : protos) {
    VL_RETURN_IF_ERROR(RefuseUnknownFields(field, proto));
    perceptions.push_back({.dimension = proto.dimension(),
                           .score = WithoutNegativeZero(proto.score()),
                           .rival_score = Optional(proto.has_rival_score(), proto.rival_score())});
  }
  return perceptions;
}

absl::StatusOr<ValueCase> Convert(const v1::ValueCase& proto) {
  VL_RETURN_IF_ERROR(RefuseUnknownFields("feedback.value_case", proto));
  ValueCase value_case{.offer = proto.offer(),
                       .price_micros = proto.price_micros(),
                       .reference_price_micros = proto.reference_price_micros()};
  for (const v1::ValueDifference& difference : proto.differences()) {
    VL_RETURN_IF_ERROR(RefuseUnknownFields("feedback.value_case.differences", difference));
    value_case.differences.push_back(
        {.driver = difference.driver(), .amount_micros = difference.amount_micros()});
  }
  return value_case;
}

absl::StatusOr<Payload> Convert(const v1::Feedback& proto) {
  VL_RETURN_IF_ERROR(RefuseUnknownFields("feedback", proto));
  Feedback feedback{.touchpoint = proto.touchpoint()};
  if (proto.has_nps()) feedback.nps = proto.nps();
  if (proto.has_csat()) feedback.csat = proto.csat();
  if (proto.has_ces()) feedback.ces = proto.ces();
  for (const v1::Need& need : proto.needs()) {
    VL_RETURN_IF_ERROR(RefuseUnknownFields("feedback.needs", need));
    if (need.need().size() > kMaxNeedBytes) {
      return InvalidField("feedback.needs.need", fmt::format("{} bytes", need.need().size()),
                          fmt::format("1..{} bytes", kMaxNeedBytes));
    }
    feedback.needs.push_back({.need = need.need(),
                              .importance = WithoutNegativeZero(need.importance()),
                              .satisfaction = WithoutNegativeZero(need.satisfaction())});
  }
  VL_ASSIGN_OR_RETURN(feedback.benefits, ConvertPerceptions("feedback.benefits", proto.benefits()));
  VL_ASSIGN_OR_RETURN(feedback.costs, ConvertPerceptions("feedback.costs", proto.costs()));
  VL_ASSIGN_OR_RETURN(feedback.phase, ConvertPhase(proto.phase()));
  feedback.expectation = Optional(proto.has_expectation(), proto.expectation());
  feedback.perception = Optional(proto.has_perception(), proto.perception());
  feedback.importance = Optional(proto.has_importance(), proto.importance());
  if (proto.has_value_case()) {
    VL_ASSIGN_OR_RETURN(feedback.value_case, Convert(proto.value_case()));
  }
  return feedback;
}

absl::StatusOr<Payload> Convert(const v1::Information& proto) {
  VL_RETURN_IF_ERROR(RefuseUnknownFields("information", proto));
  return Information{.information_kind = proto.kind(),
                     .quality = WithoutNegativeZero(proto.quality()),
                     .consent = proto.consent()};
}

absl::StatusOr<Payload> Convert(const v1::Knowledge& proto) {
  VL_RETURN_IF_ERROR(RefuseUnknownFields("knowledge", proto));
  return Knowledge{.benefit_micros = proto.benefit_micros(),
                   .attribution = WithoutNegativeZero(proto.attribution()),
                   .topic = proto.topic()};
}

absl::StatusOr<Payload> Convert(const v1::PartnerTransaction& proto) {
  VL_RETURN_IF_ERROR(RefuseUnknownFields("partner_transaction", proto));
  return PartnerTransaction{.gain_micros = proto.gain_micros(), .partner = proto.partner()};
}

absl::StatusOr<Payload> Convert(const v1::Complaint& proto) {
  VL_RETURN_IF_ERROR(RefuseUnknownFields("complaint", proto));
  return Complaint{.topic = proto.topic()};
}

absl::StatusOr<Payload> Convert(const v1::Remedy& proto) {
  VL_RETURN_IF_ERROR(RefuseUnknownFields("remedy", proto));
  return Remedy{.cost_micros = proto.cost_micros(),
                .complaint_event_id = proto.complaint_event_id()};
}

absl::StatusOr<Payload> Convert(const v1::Contact& proto) {
  VL_RETURN_IF_ERROR(RefuseUnknownFields("contact", proto));
  return Contact{.contact_kind = proto.kind(),
                 .channel = proto.channel(),
                 .person = proto.person(),
                 .minutes = WithoutNegativeZero(proto.minutes()),
                 .role = proto.role(),
                 .attitude = Optional(proto.has_attitude(), proto.attitude()),
                 .influence = Optional(proto.has_influence(), proto.influence())};
}

absl::StatusOr<Payload> Convert(const v1::Promise& proto) {
  VL_RETURN_IF_ERROR(RefuseUnknownFields("promise", proto));
  if (!proto.has_due_time()) return InvalidField("promise.due_time", "nothing", "a time");
  Promise promise{.promise_id = proto.promise_id(), .text = proto.text()};
  VL_ASSIGN_OR_RETURN(promise.due_micros, MicrosFromProto("promise.due_time", proto.due_time()));
  return promise;
}

absl::StatusOr<Payload> Convert(const v1::PromiseKept& proto) {
  VL_RETURN_IF_ERROR(RefuseUnknownFields("promise_kept", proto));
  return PromiseKept{.promise_id = proto.promise_id()};
}

absl::StatusOr<Payload> Convert(const v1::MatchRating& proto) {
  VL_RETURN_IF_ERROR(RefuseUnknownFields("match_rating", proto));
  return MatchRating{.criterion = proto.criterion(),
                     .rating = WithoutNegativeZero(proto.rating()),
                     .rater = proto.rater()};
}

absl::StatusOr<Payload> Convert(const v1::AttributeChange& proto) {
  VL_RETURN_IF_ERROR(RefuseUnknownFields("attribute_change", proto));
  VL_RETURN_IF_ERROR(RefuseUnknownFields("attribute_change.value", proto.value()));
  VL_RETURN_IF_ERROR(ValidateAttributeName("attribute_change.attribute", proto.attribute()));
  return AttributeChange{.name = proto.attribute(),
                         .value = AttributeValueFromProto(proto.value())};
}

absl::StatusOr<Payload> ConvertPayload(const v1::Event& proto) {
  switch (proto.payload_case()) {
    case v1::Event::kPurchase:
      return Convert(proto.purchase());
    case v1::Event::kRefund:
      return Convert(proto.refund());
    case v1::Event::kSubscriptionStart:
      return Convert(proto.subscription_start());
    case v1::Event::kSubscriptionCharge:
      return Convert(proto.subscription_charge());
    case v1::Event::kSubscriptionStop:
      return Convert(proto.subscription_stop());
    case v1::Event::kCostToServe:
      return Convert(proto.cost_to_serve());
    case v1::Event::kReferral:
      return Convert(proto.referral());
    case v1::Event::kFeedback:
      return Convert(proto.feedback());
    case v1::Event::kInformation:
      return Convert(proto.information());
    case v1::Event::kKnowledge:
      return Convert(proto.knowledge());
    case v1::Event::kPartnerTransaction:
      return Convert(proto.partner_transaction());
    case v1::Event::kComplaint:
      return Convert(proto.complaint());
    case v1::Event::kRemedy:
      return Convert(proto.remedy());
    case v1::Event::kContact:
      return Convert(proto.contact());
    case v1::Event::kMatchRating:
      return Convert(proto.match_rating());
    case v1::Event::kAttributeChange:
      return Convert(proto.attribute_change());
    case v1::Event::kPromise:
      return Convert(proto.promise());
    case v1::Event::kPromiseKept:
      return Convert(proto.promise_kept());
    case v1::Event::PAYLOAD_NOT_SET:
      break;
  }
  return InvalidField("payload", "nothing", "one kind of event, such as purchase");
}

}  // namespace

absl::StatusOr<Event> EventFromProto(const v1::Event& proto) {
  VL_RETURN_IF_ERROR(RefuseUnknownFields("event", proto));
  Event event{
      .customer_id = proto.customer_id(), .source = proto.source(), .event_id = proto.event_id()};
  if (!proto.has_occurred_time()) return InvalidField("occurred_time", "nothing", "a time");
  VL_ASSIGN_OR_RETURN(event.occurred_micros,
                      MicrosFromProto("occurred_time", proto.occurred_time()));
  VL_ASSIGN_OR_RETURN(event.payload, ConvertPayload(proto));
  VL_RETURN_IF_ERROR(Validate(event));
  const auto* referral = std::get_if<Referral>(&event.payload);
  if (referral != nullptr && referral->referred_customer_id == event.customer_id) {
    return InvalidField("referral.referred_customer_id", referral->referred_customer_id,
                        "another customer than the referrer");
  }
  return event;
}

AttributeValue AttributeValueFromProto(const v1::AttributeValue& proto) {
  switch (proto.value_case()) {
    case v1::AttributeValue::kText:
      return proto.text();
    case v1::AttributeValue::kNumber:
      return WithoutNegativeZero(proto.number());
    case v1::AttributeValue::kFlag:
      return proto.flag();
    case v1::AttributeValue::VALUE_NOT_SET:
      break;
  }
  return std::monostate();
}

absl::Status ValidateAttributeName(std::string_view field, std::string_view name) {
  return ValidateKpiId(field, name);  // The rule of names that formulas use is one for both.
}

absl::StatusOr<int64_t> MicrosFromProto(std::string_view field,
                                        const google::protobuf::Timestamp& time) {
  if (time.nanos() < 0 || time.nanos() > 999'999'999) {
    return InvalidField(field, fmt::format("{} nanos", time.nanos()), "nanos of 0..999999999");
  }
  if (time.seconds() < kMinTimeSeconds || time.seconds() >= kMaxTimeSeconds) {
    return InvalidField(field, fmt::format("{} seconds since 1970", time.seconds()),
                        "a time of the years 1900 to 2199");
  }
  return time.seconds() * kMillion + time.nanos() / 1'000;
}

}  // namespace valueloop::scoring
