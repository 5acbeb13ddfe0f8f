#include "scoring/domain/event.h"

#include <limits>
#include <string>

#include "testing/status_matchers.h"

namespace valueloop::scoring {
namespace {

using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;

Event Of(Payload payload) {
  return {.customer_id = "c-1",
          .source = "crm",
          .event_id = "e-1",
          .occurred_micros = 1'750'000'000'000'000,
          .payload = std::move(payload)};
}

void ExpectInvalid(const Event& event, const std::string& message) {
  EXPECT_THAT(Validate(event), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(message)));
}

TEST(EventTest, AcceptsAnEventOfEveryKind) {
  for (const Payload& payload :
       {Payload(Purchase{.amount_micros = 5}), Payload(Refund{.amount_micros = 5}),
        Payload(SubscriptionStart{.subscription_id = "s"}),
        Payload(SubscriptionCharge{.subscription_id = "s"}),
        Payload(SubscriptionStop{.subscription_id = "s"}), Payload(CostToServe{}),
        Payload(Referral{.referred_customer_id = "c-2"}), Payload(Feedback{.nps = 9}),
        Payload(Information{.information_kind = "birthday"}), Payload(Knowledge{}),
        Payload(PartnerTransaction{}), Payload(Complaint{}), Payload(Remedy{}), Payload(Contact{}),
        Payload(MatchRating{.criterion = "m_need", .rating = 70, .rater = "li"}),
        Payload(AttributeChange{.name = "segment", .value = std::string("SG1")})}) {
    EXPECT_THAT(Validate(Of(payload)), IsOk()) << payload.index();
  }
}

TEST(EventTest, KindNamesReadBack) {
  for (int i = 0; i < kEventKindCount; ++i) {
    const auto kind = static_cast<EventKind>(i);
    EXPECT_EQ(ParseEventKind(EventKindName(kind)), kind);
  }
  EXPECT_EQ(EventKindName(Of(PartnerTransaction{}).kind()), "PARTNER_TRANSACTION");
  EXPECT_EQ(ParseEventKind("purchase"), std::nullopt);
}

TEST(EventTest, NamesTheAmountThatIsOutOfRange) {
  ExpectInvalid(Of(Purchase{.amount_micros = -1}), "purchase.amount_micros: got -1, want 0..");
  ExpectInvalid(Of(Purchase{.amount_micros = kMaxAmountMicros + 1}), "purchase.amount_micros");
  ExpectInvalid(Of(Refund{.amount_micros = 0}), "refund.amount_micros: got 0, want 1..");
  ExpectInvalid(Of(Referral{.referred_customer_id = "x", .incentive_micros = -3}),
                "referral.incentive_micros");
}

TEST(EventTest, RefusesNumbersThatAreNotFiniteOrOutOfScale) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  ExpectInvalid(Of(Information{.information_kind = "k", .quality = nan}), "information.quality");
  ExpectInvalid(Of(Knowledge{.attribution = 1.01}), "knowledge.attribution: got 1.01, want 0..1");
  ExpectInvalid(Of(MatchRating{.criterion = "c", .rating = 100.5, .rater = "r"}), "100.5");
  ExpectInvalid(Of(AttributeChange{.name = "n", .value = nan}), "attribute_change.value");
  ExpectInvalid(Of(Feedback{.nps = 11}), "feedback.nps: got 11, want 0..10");
  ExpectInvalid(Of(Feedback{.benefits = {{.dimension = "FUNCTIONAL", .score = -1}}}),
                "feedback.benefits.score");
}

TEST(EventTest, RefusesIdsOutOfRule) {
  Event event = Of(Purchase{});
  event.customer_id = "";
  ExpectInvalid(event, "customer_id: got nothing");
  event.customer_id = "a/b";
  ExpectInvalid(event, "want no '/'");
  event.customer_id = std::string(257, 'a');
  ExpectInvalid(event, "got 257 bytes, want at most 256 bytes");
  event.customer_id = std::string("a\0b", 3);
  ExpectInvalid(event, "control");
  event.customer_id = "a\xC2\x85";  // U+0085, a C1 control.
  ExpectInvalid(event, "control");
  event.customer_id = "客户-1";
  EXPECT_THAT(Validate(event), IsOk());
}

TEST(EventTest, RefusesBytesThatAreNotUtf8) {
  for (const char* bad : {"\x80", "\xC0\xAF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                          "\xF5\x80\x80\x80", "\xE5\xAE", "abc\xFF"}) {
    Event event = Of(Purchase{});
    event.event_id = bad;
    ExpectInvalid(event, "valid UTF-8");
  }
}

TEST(EventTest, RefusesATimeOutsideTheCenturiesItCanMean) {
  Event event = Of(Purchase{});
  event.occurred_micros = std::numeric_limits<int64_t>::max();
  ExpectInvalid(event, "occurred_micros");
}

}  // namespace
}  // namespace valueloop::scoring
