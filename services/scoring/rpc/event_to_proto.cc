#include <variant>

#include "scoring/rpc/event_proto.h"

namespace valueloop::scoring {
namespace {

constexpr int64_t kMillion = 1'000'000;

v1::TouchpointPhase PhaseToProto(TouchpointPhase phase) {
  switch (phase) {
    case TouchpointPhase::kUnspecified:
      return v1::TOUCHPOINT_PHASE_UNSPECIFIED;
    case TouchpointPhase::kPreSale:
      return v1::TOUCHPOINT_PHASE_PRE_SALE;
    case TouchpointPhase::kInSale:
      return v1::TOUCHPOINT_PHASE_IN_SALE;
    case TouchpointPhase::kAfterSale:
      return v1::TOUCHPOINT_PHASE_AFTER_SALE;
  }
  return v1::TOUCHPOINT_PHASE_UNSPECIFIED;
}

// Writes each kind of payload into its place in the contract.
class ToProto {
 public:
  explicit ToProto(v1::Event& event) : event_(event) {}

  void operator()(const Purchase& purchase) const {
    v1::Purchase& proto = *event_.mutable_purchase();
    proto.set_amount_micros(purchase.amount_micros);
    if (purchase.margin_micros) proto.set_margin_micros(*purchase.margin_micros);
    for (const PurchaseItem& item : purchase.items) {
      v1::PurchaseItem& target = *proto.add_items();
      target.set_product(item.product);
      target.set_quantity(item.quantity);
    }
  }
  void operator()(const Refund& refund) const {
    v1::Refund& proto = *event_.mutable_refund();
    proto.set_amount_micros(refund.amount_micros);
    if (refund.margin_micros) proto.set_margin_micros(*refund.margin_micros);
    proto.set_purchase_event_id(refund.purchase_event_id);
  }
  void operator()(const SubscriptionStart& start) const {
    v1::SubscriptionStart& proto = *event_.mutable_subscription_start();
    proto.set_subscription_id(start.subscription_id);
    proto.set_price_micros(start.price_micros);
    proto.set_period_months(start.period_months);
  }
  void operator()(const SubscriptionCharge& charge) const {
    v1::SubscriptionCharge& proto = *event_.mutable_subscription_charge();
    proto.set_subscription_id(charge.subscription_id);
    proto.set_amount_micros(charge.amount_micros);
    if (charge.margin_micros) proto.set_margin_micros(*charge.margin_micros);
  }
  void operator()(const SubscriptionStop& stop) const {
    v1::SubscriptionStop& proto = *event_.mutable_subscription_stop();
    proto.set_subscription_id(stop.subscription_id);
    proto.set_reason(stop.reason);
  }
  void operator()(const CostToServe& cost) const {
    v1::CostToServe& proto = *event_.mutable_cost_to_serve();
    proto.set_amount_micros(cost.amount_micros);
    proto.set_activity(cost.activity);
  }
  void operator()(const Referral& referral) const {
    v1::Referral& proto = *event_.mutable_referral();
    proto.set_referred_customer_id(referral.referred_customer_id);
    proto.set_type(referral.type == ReferralType::kOne ? v1::Referral::TYPE_ONE
                                                       : v1::Referral::TYPE_TWO);
    proto.set_incentive_micros(referral.incentive_micros);
  }
  void operator()(const Feedback& feedback) const {
    v1::Feedback& proto = *event_.mutable_feedback();
    if (feedback.nps) proto.set_nps(*feedback.nps);
    if (feedback.csat) proto.set_csat(*feedback.csat);
    if (feedback.ces) proto.set_ces(*feedback.ces);
    for (const NeedRating& need : feedback.needs) {
      v1::Need& target = *proto.add_needs();
      target.set_need(need.need);
      target.set_importance(need.importance);
      target.set_satisfaction(need.satisfaction);
    }
    for (const Perception& benefit : feedback.benefits) Add(benefit, *proto.add_benefits());
    for (const Perception& cost : feedback.costs) Add(cost, *proto.add_costs());
    proto.set_touchpoint(feedback.touchpoint);
    proto.set_phase(PhaseToProto(feedback.phase));
    if (feedback.expectation) proto.set_expectation(*feedback.expectation);
    if (feedback.perception) proto.set_perception(*feedback.perception);
    if (feedback.importance) proto.set_importance(*feedback.importance);
    if (feedback.value_case) Add(*feedback.value_case, *proto.mutable_value_case());
  }
  void operator()(const Information& information) const {
    v1::Information& proto = *event_.mutable_information();
    proto.set_kind(information.information_kind);
    proto.set_quality(information.quality);
    proto.set_consent(information.consent);
  }
  void operator()(const Knowledge& knowledge) const {
    v1::Knowledge& proto = *event_.mutable_knowledge();
    proto.set_benefit_micros(knowledge.benefit_micros);
    proto.set_attribution(knowledge.attribution);
    proto.set_topic(knowledge.topic);
  }
  void operator()(const PartnerTransaction& transaction) const {
    v1::PartnerTransaction& proto = *event_.mutable_partner_transaction();
    proto.set_gain_micros(transaction.gain_micros);
    proto.set_partner(transaction.partner);
  }
  void operator()(const Complaint& complaint) const {
    event_.mutable_complaint()->set_topic(complaint.topic);
  }
  void operator()(const Remedy& remedy) const {
    v1::Remedy& proto = *event_.mutable_remedy();
    proto.set_complaint_event_id(remedy.complaint_event_id);
    proto.set_cost_micros(remedy.cost_micros);
  }
  void operator()(const Contact& contact) const {
    v1::Contact& proto = *event_.mutable_contact();
    proto.set_kind(contact.contact_kind);
    proto.set_channel(contact.channel);
    proto.set_person(contact.person);
    proto.set_minutes(contact.minutes);
    proto.set_role(contact.role);
    if (contact.attitude) proto.set_attitude(*contact.attitude);
    if (contact.influence) proto.set_influence(*contact.influence);
  }
  void operator()(const MatchRating& rating) const {
    v1::MatchRating& proto = *event_.mutable_match_rating();
    proto.set_criterion(rating.criterion);
    proto.set_rating(rating.rating);
    proto.set_rater(rating.rater);
  }
  void operator()(const AttributeChange& change) const {
    v1::AttributeChange& proto = *event_.mutable_attribute_change();
    proto.set_attribute(change.name);
    if (!std::holds_alternative<std::monostate>(change.value)) {
      AttributeValueToProto(change.value, *proto.mutable_value());
    }
  }
  void operator()(const Promise& promise) const {
    v1::Promise& proto = *event_.mutable_promise();
    proto.set_promise_id(promise.promise_id);
    proto.set_text(promise.text);
    MicrosToProto(promise.due_micros, *proto.mutable_due_time());
  }
  void operator()(const PromiseKept& kept) const {
    event_.mutable_promise_kept()->set_promise_id(kept.promise_id);
  }

 private:
  static void Add(const Perception& perception, v1::Perception& proto) {
    proto.set_dimension(perception.dimension);
    proto.set_score(perception.score);
    if (perception.rival_score) proto.set_rival_score(*perception.rival_score);
  }
  static void Add(const ValueCase& value_case, v1::ValueCase& proto) {
    proto.set_offer(value_case.offer);
    proto.set_price_micros(value_case.price_micros);
    proto.set_reference_price_micros(value_case.reference_price_micros);
    for (const ValueDifference& difference : value_case.differences) {
      v1::ValueDifference& target = *proto.add_differences();
      target.set_driver(difference.driver);
      target.set_amount_micros(difference.amount_micros);
    }
  }

  v1::Event& event_;
};

}  // namespace

void EventToProto(const Event& event, v1::Event& proto) {
  proto.Clear();
  proto.set_customer_id(event.customer_id);
  proto.set_source(event.source);
  proto.set_event_id(event.event_id);
  MicrosToProto(event.occurred_micros, *proto.mutable_occurred_time());
  std::visit(ToProto(proto), event.payload);
}

void AttributeValueToProto(const AttributeValue& value, v1::AttributeValue& proto) {
  proto.Clear();
  if (const auto* text = std::get_if<std::string>(&value)) proto.set_text(*text);
  if (const auto* number = std::get_if<double>(&value)) proto.set_number(*number);
  if (const auto* flag = std::get_if<bool>(&value)) proto.set_flag(*flag);
}

void MicrosToProto(int64_t micros, google::protobuf::Timestamp& time) {
  // Rounded down: nanos count forward from the second, before 1970 too.
  int64_t seconds = micros / kMillion;
  if (micros % kMillion < 0) --seconds;
  time.set_seconds(seconds);
  time.set_nanos(static_cast<int32_t>((micros - seconds * kMillion) * 1'000));
}

}  // namespace valueloop::scoring
