#include "scoring/domain/event.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include "common/status.h"
#include "common/text_rule.h"
#include "fmt/format.h"
#include "scoring/domain/field_rule.h"

namespace valueloop::scoring {
namespace {

constexpr std::array<std::string_view, kEventKindCount> kEventKindNames = {"PURCHASE",
                                                                           "REFUND",
                                                                           "SUBSCRIPTION_START",
                                                                           "SUBSCRIPTION_CHARGE",
                                                                           "SUBSCRIPTION_STOP",
                                                                           "COST_TO_SERVE",
                                                                           "REFERRAL",
                                                                           "FEEDBACK",
                                                                           "INFORMATION",
                                                                           "KNOWLEDGE",
                                                                           "PARTNER_TRANSACTION",
                                                                           "COMPLAINT",
                                                                           "REMEDY",
                                                                           "CONTACT",
                                                                           "MATCH_RATING",
                                                                           "ATTRIBUTE_CHANGE",
                                                                           "PROMISE",
                                                                           "PROMISE_KEPT"};
constexpr std::array<std::string_view, 2> kReferralTypeNames = {"ONE", "TWO"};
constexpr std::array<std::string_view, 4> kTouchpointPhaseNames = {"UNSPECIFIED", "PRE_SALE",
                                                                   "IN_SALE", "AFTER_SALE"};
static_assert(std::variant_size_v<Payload> == kEventKindCount);

constexpr int64_t kMinTimeMicros = -2'208'988'800'000'000;  // 1900-01-01.
constexpr int64_t kMaxTimeMicros = 7'258'118'400'000'000;   // 2200-01-01.
constexpr size_t kMaxTextBytes = 1024;
constexpr size_t kMaxSourceBytes = 64;

absl::Status CheckMicros(std::string_view field, int64_t micros, int64_t low) {
  if (micros >= low && micros <= kMaxAmountMicros) return absl::OkStatus();
  return InvalidField(field, fmt::format("{}", micros),
                      fmt::format("{}..{}", low, kMaxAmountMicros));
}

absl::Status CheckSignedMicros(std::string_view field, int64_t micros) {
  return CheckMicros(field, micros, -kMaxAmountMicros);
}

absl::Status CheckMargin(std::string_view field, const std::optional<int64_t>& margin) {
  return margin ? CheckSignedMicros(field, *margin) : absl::OkStatus();
}

absl::Status CheckText(std::string_view field, std::string_view text) {
  return ValidateText(field, text, kMaxTextBytes);
}

// Empty is a source of its own.
absl::Status CheckSource(std::string_view source) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-';
  };
  if (source.size() <= kMaxSourceBytes && std::ranges::all_of(source, allowed)) {
    return absl::OkStatus();
  }
  return InvalidField("source", source, "[A-Za-z0-9_.-]{0,64}");
}

template <typename T>
absl::Status CheckListSize(std::string_view field, const std::vector<T>& list) {
  if (list.size() <= kMaxListEntries) return absl::OkStatus();
  return InvalidField(field, fmt::format("{} entries", list.size()),
                      fmt::format("at most {}", kMaxListEntries));
}

absl::Status Check(const Purchase& purchase) {
  VL_RETURN_IF_ERROR(CheckMicros("purchase.amount_micros", purchase.amount_micros, 0));
  VL_RETURN_IF_ERROR(CheckMargin("purchase.margin_micros", purchase.margin_micros));
  VL_RETURN_IF_ERROR(CheckListSize("purchase.items", purchase.items));
  for (const PurchaseItem& item : purchase.items) {
    VL_RETURN_IF_ERROR(ValidateId("purchase.items.product", item.product));
    if (!(item.quantity > 0) || !std::isfinite(item.quantity)) {
      return InvalidField("purchase.items.quantity", fmt::format("{}", item.quantity),
                          "finite, above 0");
    }
  }
  return absl::OkStatus();
}

absl::Status Check(const Refund& refund) {
  VL_RETURN_IF_ERROR(CheckMicros("refund.amount_micros", refund.amount_micros, 1));
  VL_RETURN_IF_ERROR(CheckMargin("refund.margin_micros", refund.margin_micros));
  return refund.purchase_event_id.empty()
             ? absl::OkStatus()
             : ValidateId("refund.purchase_event_id", refund.purchase_event_id);
}

absl::Status Check(const SubscriptionStart& start) {
  VL_RETURN_IF_ERROR(ValidateId("subscription_start.subscription_id", start.subscription_id));
  VL_RETURN_IF_ERROR(CheckMicros("subscription_start.price_micros", start.price_micros, 0));
  return CheckRange("subscription_start.period_months", start.period_months, 1, 120);
}

absl::Status Check(const SubscriptionCharge& charge) {
  VL_RETURN_IF_ERROR(ValidateId("subscription_charge.subscription_id", charge.subscription_id));
  VL_RETURN_IF_ERROR(CheckMicros("subscription_charge.amount_micros", charge.amount_micros, 0));
  return CheckMargin("subscription_charge.margin_micros", charge.margin_micros);
}

absl::Status Check(const SubscriptionStop& stop) {
  VL_RETURN_IF_ERROR(ValidateId("subscription_stop.subscription_id", stop.subscription_id));
  return CheckText("subscription_stop.reason", stop.reason);
}

absl::Status Check(const CostToServe& cost) {
  VL_RETURN_IF_ERROR(CheckSignedMicros("cost_to_serve.amount_micros", cost.amount_micros));
  return CheckText("cost_to_serve.activity", cost.activity);
}

absl::Status Check(const Referral& referral) {
  VL_RETURN_IF_ERROR(ValidateId("referral.referred_customer_id", referral.referred_customer_id));
  return CheckMicros("referral.incentive_micros", referral.incentive_micros, 0);
}

absl::Status CheckOptional(std::string_view field, const std::optional<double>& value, double low,
                           double high) {
  return value ? CheckRange(field, *value, low, high) : absl::OkStatus();
}

absl::Status Check(const ValueCase& value_case) {
  VL_RETURN_IF_ERROR(ValidateId("feedback.value_case.offer", value_case.offer));
  VL_RETURN_IF_ERROR(CheckMicros("feedback.value_case.price_micros", value_case.price_micros, 0));
  VL_RETURN_IF_ERROR(CheckMicros("feedback.value_case.reference_price_micros",
                                 value_case.reference_price_micros, 0));
  VL_RETURN_IF_ERROR(CheckListSize("feedback.value_case.differences", value_case.differences));
  for (const ValueDifference& difference : value_case.differences) {
    VL_RETURN_IF_ERROR(ValidateId("feedback.value_case.differences.driver", difference.driver));
    VL_RETURN_IF_ERROR(CheckSignedMicros("feedback.value_case.differences.amount_micros",
                                         difference.amount_micros));
  }
  return absl::OkStatus();
}

absl::Status CheckPerceptions(const std::string& field, const std::vector<Perception>& list) {
  VL_RETURN_IF_ERROR(CheckListSize(field, list));
  for (const Perception& perception : list) {
    VL_RETURN_IF_ERROR(ValidateId(field + ".dimension", perception.dimension));
    VL_RETURN_IF_ERROR(CheckRange(field + ".score", perception.score, 0, 100));
    VL_RETURN_IF_ERROR(CheckOptional(field + ".rival_score", perception.rival_score, 0, 100));
  }
  return absl::OkStatus();
}

absl::Status Check(const Feedback& feedback) {
  if (feedback.nps) VL_RETURN_IF_ERROR(CheckRange("feedback.nps", *feedback.nps, 0, 10));
  if (feedback.csat) VL_RETURN_IF_ERROR(CheckRange("feedback.csat", *feedback.csat, 1, 5));
  if (feedback.ces) VL_RETURN_IF_ERROR(CheckRange("feedback.ces", *feedback.ces, 1, 7));
  VL_RETURN_IF_ERROR(CheckListSize("feedback.needs", feedback.needs));
  for (const NeedRating& need : feedback.needs) {
    VL_RETURN_IF_ERROR(ValidateId("feedback.needs.need", need.need));
    VL_RETURN_IF_ERROR(CheckRange("feedback.needs.importance", need.importance, 0, 10));
    VL_RETURN_IF_ERROR(CheckRange("feedback.needs.satisfaction", need.satisfaction, 0, 10));
  }
  VL_RETURN_IF_ERROR(CheckPerceptions("feedback.benefits", feedback.benefits));
  VL_RETURN_IF_ERROR(CheckPerceptions("feedback.costs", feedback.costs));
  VL_RETURN_IF_ERROR(CheckText("feedback.touchpoint", feedback.touchpoint));
  VL_RETURN_IF_ERROR(CheckOptional("feedback.expectation", feedback.expectation, 0, 10));
  VL_RETURN_IF_ERROR(CheckOptional("feedback.perception", feedback.perception, 0, 10));
  VL_RETURN_IF_ERROR(CheckOptional("feedback.importance", feedback.importance, 0, 10));
  return feedback.value_case ? Check(*feedback.value_case) : absl::OkStatus();
}

absl::Status Check(const Information& information) {
  VL_RETURN_IF_ERROR(ValidateId("information.kind", information.information_kind));
  return CheckRange("information.quality", information.quality, 0, 1);
}

absl::Status Check(const Knowledge& knowledge) {
  VL_RETURN_IF_ERROR(CheckMicros("knowledge.benefit_micros", knowledge.benefit_micros, 0));
  VL_RETURN_IF_ERROR(CheckRange("knowledge.attribution", knowledge.attribution, 0, 1));
  return CheckText("knowledge.topic", knowledge.topic);
}

absl::Status Check(const PartnerTransaction& transaction) {
  VL_RETURN_IF_ERROR(CheckSignedMicros("partner_transaction.gain_micros", transaction.gain_micros));
  return CheckText("partner_transaction.partner", transaction.partner);
}

absl::Status Check(const Complaint& complaint) {
  return CheckText("complaint.topic", complaint.topic);
}

absl::Status Check(const Remedy& remedy) {
  VL_RETURN_IF_ERROR(CheckSignedMicros("remedy.cost_micros", remedy.cost_micros));
  return remedy.complaint_event_id.empty()
             ? absl::OkStatus()
             : ValidateId("remedy.complaint_event_id", remedy.complaint_event_id);
}

absl::Status Check(const Contact& contact) {
  VL_RETURN_IF_ERROR(CheckText("contact.kind", contact.contact_kind));
  VL_RETURN_IF_ERROR(CheckText("contact.channel", contact.channel));
  VL_RETURN_IF_ERROR(CheckText("contact.person", contact.person));
  VL_RETURN_IF_ERROR(CheckText("contact.role", contact.role));
  VL_RETURN_IF_ERROR(CheckOptional("contact.attitude", contact.attitude, -2, 2));
  VL_RETURN_IF_ERROR(CheckOptional("contact.influence", contact.influence, 0, 1));
  return CheckRange("contact.minutes", contact.minutes, 0, 100000);
}

absl::Status Check(const MatchRating& rating) {
  VL_RETURN_IF_ERROR(ValidateId("match_rating.criterion", rating.criterion));
  VL_RETURN_IF_ERROR(ValidateId("match_rating.rater", rating.rater));
  return CheckRange("match_rating.rating", rating.rating, 0, 100);
}

absl::Status Check(const AttributeChange& change) {
  VL_RETURN_IF_ERROR(ValidateId("attribute_change.name", change.name));
  if (const auto* text = std::get_if<std::string>(&change.value)) {
    return CheckText("attribute_change.value", *text);
  }
  if (const auto* number = std::get_if<double>(&change.value); number && !std::isfinite(*number)) {
    return InvalidField("attribute_change.value", fmt::format("{}", *number), "a finite number");
  }
  return absl::OkStatus();
}

absl::Status CheckTime(std::string_view field, int64_t micros) {
  if (micros >= kMinTimeMicros && micros < kMaxTimeMicros) return absl::OkStatus();
  return InvalidField(field, fmt::format("{}", micros), "a time of the years 1900 to 2199");
}

absl::Status Check(const Promise& promise) {
  VL_RETURN_IF_ERROR(ValidateId("promise.promise_id", promise.promise_id));
  VL_RETURN_IF_ERROR(CheckText("promise.text", promise.text));
  return CheckTime("promise.due_micros", promise.due_micros);
}

absl::Status Check(const PromiseKept& kept) {
  return ValidateId("promise_kept.promise_id", kept.promise_id);
}

}  // namespace

std::string_view EventKindName(EventKind kind) {
  return kEventKindNames[static_cast<size_t>(kind)];
}
std::optional<EventKind> ParseEventKind(std::string_view name) {
  return ParseName<EventKind>(kEventKindNames, name);
}
std::string_view ReferralTypeName(ReferralType type) {
  return kReferralTypeNames[static_cast<size_t>(type)];
}
std::optional<ReferralType> ParseReferralType(std::string_view name) {
  return ParseName<ReferralType>(kReferralTypeNames, name);
}
std::string_view TouchpointPhaseName(TouchpointPhase phase) {
  return kTouchpointPhaseNames[static_cast<size_t>(phase)];
}
std::optional<TouchpointPhase> ParseTouchpointPhase(std::string_view name) {
  return ParseName<TouchpointPhase>(kTouchpointPhaseNames, name);
}

absl::Status ValidateId(std::string_view field, std::string_view id) {
  if (id.empty()) return InvalidField(field, "nothing", "1..256 bytes");
  if (id.find('/') != std::string_view::npos) return InvalidField(field, id, "no '/'");
  return ValidateText(field, id, kMaxIdBytes);
}

absl::Status Validate(const Event& event) {
  VL_RETURN_IF_ERROR(ValidateId("customer_id", event.customer_id));
  VL_RETURN_IF_ERROR(CheckSource(event.source));
  VL_RETURN_IF_ERROR(ValidateId("event_id", event.event_id));
  VL_RETURN_IF_ERROR(CheckTime("occurred_micros", event.occurred_micros));
  return std::visit([](const auto& payload) { return Check(payload); }, event.payload);
}

}  // namespace valueloop::scoring
