#include "scoring/rpc/event_proto.h"

#include <functional>
#include <limits>
#include <string>

#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"
#include "unit/scoring/rpc/sample_events.h"

namespace valueloop::scoring {
namespace {

using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;

// An event without a payload, with `text` merged over it.
v1::Event Parse(const std::string& text) {
  v1::Event proto;
  proto.set_customer_id("c");
  proto.set_source("crm");
  proto.set_event_id("e");
  proto.mutable_occurred_time()->set_seconds(1'700'000'000);
  EXPECT_TRUE(google::protobuf::TextFormat::MergeFromString(text, &proto)) << text;
  return proto;
}

Payload PayloadOf(const std::string& text) {
  const absl::StatusOr<Event> event = EventFromProto(Parse(text));
  EXPECT_THAT(event, IsOk()) << text;
  return event.ok() ? event->payload : Payload(Complaint{.topic = "conversion failed"});
}

TEST(EventProtoTest, EveryKindSurvivesTheWayThereAndBack) {
  const std::vector<Event> events = SampleEvents();
  ASSERT_EQ(events.size(), static_cast<size_t>(kEventKindCount));
  for (const Event& event : events) {
    v1::Event proto;
    EventToProto(event, proto);
    const absl::StatusOr<Event> back = EventFromProto(proto);
    ASSERT_THAT(back, IsOk()) << proto.ShortDebugString();
    EXPECT_EQ(*back, event) << proto.ShortDebugString();
  }
}

TEST(EventProtoTest, SampleEventsLeaveNoFieldOfTheContractUnset) {
  const std::function<void(const google::protobuf::Message&)> check =
      [&check](const google::protobuf::Message& message) {
        const auto* reflection = message.GetReflection();
        const auto* descriptor = message.GetDescriptor();
        for (int i = 0; i < descriptor->field_count(); ++i) {
          const auto* field = descriptor->field(i);
          if (field->real_containing_oneof() != nullptr || field->name() == "currency") continue;
          const bool set = field->is_repeated() ? reflection->FieldSize(message, field) > 0
                                                : reflection->HasField(message, field);
          // Values that are zero by intent in the sample.
          if (field->full_name() == "valueloop.scoring.v1.Need.satisfaction") continue;
          if (field->full_name() == "google.protobuf.Timestamp.nanos") continue;
          EXPECT_TRUE(set) << field->full_name();
          if (field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE || !set) {
            continue;
          }
          check(field->is_repeated() ? reflection->GetRepeatedMessage(message, field, 0)
                                     : reflection->GetMessage(message, field));
        }
      };
  for (const Event& event : SampleEvents()) {
    v1::Event proto;
    EventToProto(event, proto);
    check(proto);
    const auto* payload = proto.GetReflection()->GetOneofFieldDescriptor(
        proto, v1::Event::descriptor()->oneof_decl(0));
    ASSERT_NE(payload, nullptr);
    check(proto.GetReflection()->GetMessage(proto, payload));
  }
}

TEST(EventProtoTest, ReadsEveryFieldIntoItsPlace) {
  EXPECT_EQ(
      PayloadOf(R"(purchase { amount_micros: 5 margin_micros: 2
                         items { product: "p" quantity: 1.5 } })"),
      Payload(Purchase{
          .amount_micros = 5, .margin_micros = 2, .items = {{.product = "p", .quantity = 1.5}}}));
  EXPECT_EQ(PayloadOf(R"(refund { amount_micros: 5 margin_micros: 2 purchase_event_id: "e0" })"),
            Payload(Refund{.amount_micros = 5, .purchase_event_id = "e0", .margin_micros = 2}));
  EXPECT_EQ(
      PayloadOf(R"(subscription_start { subscription_id: "s" price_micros: 7 period_months: 3 })"),
      Payload(SubscriptionStart{.subscription_id = "s", .price_micros = 7, .period_months = 3}));
  EXPECT_EQ(PayloadOf(R"(subscription_charge { subscription_id: "s" amount_micros: 7 })"),
            Payload(SubscriptionCharge{.subscription_id = "s", .amount_micros = 7}));
  EXPECT_EQ(PayloadOf(R"(subscription_stop { subscription_id: "s" reason: "r" })"),
            Payload(SubscriptionStop{.subscription_id = "s", .reason = "r"}));
  EXPECT_EQ(PayloadOf(R"(cost_to_serve { amount_micros: -7 activity: "a" })"),
            Payload(CostToServe{.amount_micros = -7, .activity = "a"}));
  EXPECT_EQ(
      PayloadOf(R"(referral { referred_customer_id: "d" type: TYPE_ONE incentive_micros: 1 })"),
      Payload(Referral{
          .referred_customer_id = "d", .type = ReferralType::kOne, .incentive_micros = 1}));
  EXPECT_EQ(PayloadOf(R"(feedback { nps: 9 needs { need: "n" importance: 8 satisfaction: 7 }
                         benefits { dimension: "B" score: 6 } costs { dimension: "C" score: 5 }
                         touchpoint: "t" phase: TOUCHPOINT_PHASE_IN_SALE })"),
            Payload(Feedback{.nps = 9,
                             .needs = {{.need = "n", .importance = 8, .satisfaction = 7}},
                             .benefits = {{.dimension = "B", .score = 6}},
                             .costs = {{.dimension = "C", .score = 5}},
                             .touchpoint = "t",
                             .phase = TouchpointPhase::kInSale}));
  EXPECT_EQ(PayloadOf(R"(information { kind: "k" quality: 0.5 consent: true })"),
            Payload(Information{.information_kind = "k", .quality = 0.5, .consent = true}));
  EXPECT_EQ(PayloadOf(R"(knowledge { benefit_micros: 4 attribution: 0.5 topic: "t" })"),
            Payload(Knowledge{.benefit_micros = 4, .attribution = 0.5, .topic = "t"}));
  EXPECT_EQ(PayloadOf(R"(partner_transaction { gain_micros: -4 partner: "p" })"),
            Payload(PartnerTransaction{.gain_micros = -4, .partner = "p"}));
  EXPECT_EQ(PayloadOf(R"(complaint { topic: "t" })"), Payload(Complaint{.topic = "t"}));
  EXPECT_EQ(PayloadOf(R"(remedy { complaint_event_id: "e0" cost_micros: 4 })"),
            Payload(Remedy{.cost_micros = 4, .complaint_event_id = "e0"}));
  EXPECT_EQ(PayloadOf(R"(contact { kind: "k" channel: "c" person: "p" minutes: 2 role: "r" })"),
            Payload(Contact{
                .contact_kind = "k", .channel = "c", .person = "p", .minutes = 2, .role = "r"}));
  EXPECT_EQ(PayloadOf(R"(match_rating { criterion: "c" rating: 50 rater: "r" })"),
            Payload(MatchRating{.criterion = "c", .rating = 50, .rater = "r"}));
  EXPECT_EQ(PayloadOf(R"(attribute_change { attribute: "a" value { number: -0.0 } })"),
            Payload(AttributeChange{.name = "a", .value = 0.0}));
  EXPECT_EQ(PayloadOf(R"(attribute_change { attribute: "a" value { flag: false } })"),
            Payload(AttributeChange{.name = "a", .value = false}));
  EXPECT_EQ(PayloadOf(R"(attribute_change { attribute: "a" })"),
            Payload(AttributeChange{.name = "a", .value = std::monostate()}));
}

TEST(EventProtoTest, AMarginOfZeroIsNotAMissingMargin) {
  EXPECT_EQ(std::get<Purchase>(PayloadOf("purchase { amount_micros: 5 margin_micros: 0 }")),
            (Purchase{.amount_micros = 5, .margin_micros = 0}));
  EXPECT_EQ(std::get<Purchase>(PayloadOf("purchase { amount_micros: 5 }")),
            (Purchase{.amount_micros = 5}));
}

TEST(EventProtoTest, NamesTheFieldOfEveryMistake) {
  const std::vector<std::pair<std::string, std::string>> mistakes = {
      {"", "payload: got nothing"},
      {"purchase { amount_micros: -5 }", "purchase.amount_micros: got -5"},
      {"purchase { items { product: \"p\" quantity: nan } }", "purchase.items.quantity: got nan"},
      {"purchase { items { product: \"a/b\" quantity: 1 } }", "purchase.items.product: got a/b"},
      {"refund { }", "refund.amount_micros: got 0"},
      {"subscription_start { subscription_id: \"s\" }", "subscription_start.period_months: got 0"},
      {"referral { referred_customer_id: \"d\" }", "referral.type: got 0"},
      {"referral { referred_customer_id: \"c\" type: TYPE_ONE }",
       "referral.referred_customer_id: got c, want another customer"},
      {"feedback { nps: 11 }", "feedback.nps: got 11"},
      {"feedback { phase: 9 }", "feedback.phase: got 9"},
      {"information { kind: \"k\" quality: 1.5 }", "information.quality: got 1.5"},
      {"match_rating { criterion: \"c\" rater: \"r\" rating: inf }",
       "match_rating.rating: got inf"},
      {"attribute_change { attribute: \"1a\" }", "attribute_change.attribute: got 1a"},
      {"attribute_change { attribute: \"a\" value { number: nan } }",
       "attribute_change.value: got nan"},
      {"source: \"a b\" complaint { }", "source: got a b, want [A-Za-z0-9_.-]{0,64}"},
      {"customer_id: \"a/b\" complaint { }", "customer_id: got a/b"},
      {"event_id: \"\" complaint { }", "event_id: got nothing"},
      {"occurred_time { seconds: 9999999999999 } complaint { }",
       "occurred_time: got 9999999999999"},
      {"occurred_time { nanos: -1 } complaint { }", "occurred_time: got -1 nanos"},
  };
  for (const auto& [text, message] : mistakes) {
    EXPECT_THAT(EventFromProto(Parse(text)),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(message)))
        << text;
  }
}

TEST(EventProtoTest, RequiresATime) {
  v1::Event proto = Parse("complaint { }");
  proto.clear_occurred_time();
  EXPECT_THAT(EventFromProto(proto), StatusIs(absl::StatusCode::kInvalidArgument,
                                              HasSubstr("occurred_time: got nothing")));
}

TEST(EventProtoTest, RefusesUnknownFieldsAndKinds) {
  v1::Event unknown_kind;
  ASSERT_TRUE(unknown_kind.ParseFromString(Parse("").SerializeAsString() + "\xf2\x01\x01x"));
  EXPECT_THAT(EventFromProto(unknown_kind), StatusIs(absl::StatusCode::kInvalidArgument,
                                                     HasSubstr("event: got the unknown field 30")));
  v1::Event unknown_field = Parse("");
  ASSERT_TRUE(unknown_field.mutable_purchase()->ParseFromString("\x78\x01"));
  EXPECT_THAT(EventFromProto(unknown_field),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("purchase: got the unknown field 15")));
}

TEST(EventProtoTest, KeepsTimesInWholeMicrosBefore1970Too) {
  google::protobuf::Timestamp time;
  time.set_seconds(-1);
  time.set_nanos(999'999'999);
  const absl::StatusOr<int64_t> micros = MicrosFromProto("t", time);
  ASSERT_THAT(micros, IsOk());
  EXPECT_EQ(*micros, -1);
  MicrosToProto(*micros, time);
  EXPECT_EQ(time.seconds(), -1);
  EXPECT_EQ(time.nanos(), 999'999'000);
}

}  // namespace
}  // namespace valueloop::scoring
