#include "scoring/domain/simulate.h"

#include <limits>

#include "scoring/domain/civil_day.h"
#include "unit/scoring/simulate/case_under_test.h"

namespace valueloop::scoring {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Optional;
using testing::StatusIs;
constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

class SimulateTest : public ::testing::Test {
 protected:
  absl::Status Simulate(const WhatIf& what_if) {
    customer_ = Buyer();
    return ApplyWhatIf(what_if, absl::UTCTimeZone(), customer_);
  }

  const Model model_ = FittedModel();
  const CompiledPolicy policy_ = Compiled(RatedPolicy(100));
  const ScoreContext context_{.as_of = kToday, .model = &model_, .policy = &policy_};
  CustomerCase customer_;
};

TEST_F(SimulateTest, AHypotheticalEventScoresAsARealOneDoes) {
  const Event purchase = MakeEvent(kToday, "7", Purchase{.amount_micros = 50 * kUnit});
  std::vector<Event> events = BuyerEvents();
  events.push_back(purchase);
  VL_ASSERT_OK(Simulate({.events = {purchase}}));
  EXPECT_EQ(customer_.summary, CaseOf(events).summary);
  const Score real = ScoreOf(context_, CaseOf(events));
  const Score hypothetical = ScoreOf(context_, customer_);
  EXPECT_EQ(hypothetical.expected->total(), real.expected->total());
  EXPECT_EQ(hypothetical.repeat_purchase_count, 3);
}

TEST_F(SimulateTest, AReferralCreditsWhomItNames) {
  const Referral referral{.referred_customer_id = "friend", .type = ReferralType::kOne};
  const std::vector<Event> events = {MakeEvent(kToday - 60, "7", referral)};
  EXPECT_THAT(ReferredIn(events), ElementsAre("friend"));
  // The friend is known and has bought for 100 at the policy's margin of 40 %; phi is 30 %.
  customer_ = Buyer();
  customer_.referred.push_back(
      {.customer_id = "friend",
       .summary = *Summarize(
           std::vector<Event>{MakeEvent(kToday - 10, "1", Purchase{.amount_micros = 100 * kUnit})},
           absl::UTCTimeZone())});
  const double before = ScoreOf(context_, customer_).realised.word_of_mouth.cash;
  VL_ASSERT_OK(ApplyWhatIf({.events = events}, absl::UTCTimeZone(), customer_));
  EXPECT_NEAR(ScoreOf(context_, customer_).realised.word_of_mouth.cash - before, 12, 1e-9);
  // An unknown one brings nothing to date, but is there.
  VL_ASSERT_OK(Simulate({.events = events}));
  ASSERT_EQ(customer_.referred.size(), 1u);
  EXPECT_FALSE(customer_.referred[0].summary.has_value());
  EXPECT_EQ(ScoreOf(context_, customer_).realised.word_of_mouth.cash, 0);
}

TEST_F(SimulateTest, PercentagesScaleWhatHappenedToDate) {
  VL_ASSERT_OK(Simulate({.spend_change_percent = 10}));
  EXPECT_THAT(ScoreOf(context_, customer_).purchase_amount, DoubleNear(66, 1e-9));
  // Margins: 10 and 20 at 40 %, and 9 recorded, 10 % more of each: (12 + 9) x 1.1, less cost 3.
  EXPECT_THAT(ScoreOf(context_, customer_).realised.purchase.cash, DoubleNear(23.1 - 3, 1e-9));
  VL_ASSERT_OK(Simulate({.service_cost_change_percent = -100}));
  EXPECT_THAT(ScoreOf(context_, customer_).realised.purchase.cash, DoubleNear(21, 1e-9));
  VL_ASSERT_OK(Simulate({.spend_change_percent = -100}));
  EXPECT_EQ(ScoreOf(context_, customer_).purchase_amount, 0);
}

TEST_F(SimulateTest, WhatIsInvalidIsNamed) {
  EXPECT_THAT(Simulate({.spend_change_percent = 1001}),
              StatusIs(kInvalid, HasSubstr("spend_change_percent")));
  EXPECT_THAT(Simulate({.spend_change_percent = std::numeric_limits<double>::quiet_NaN()}),
              StatusIs(kInvalid, HasSubstr("spend_change_percent")));
  EXPECT_THAT(Simulate({.service_cost_change_percent = -101}),
              StatusIs(kInvalid, HasSubstr("service_cost_change_percent")));
  EXPECT_THAT(Simulate({.events = {MakeEvent(kToday, "7", Purchase{.amount_micros = -1})}}),
              StatusIs(kInvalid, HasSubstr("what_if.events[0]: purchase.amount_micros")));
  EXPECT_THAT(Simulate({.events = std::vector<Event>(10'000, BuyerEvents()[0])}),
              StatusIs(kInvalid, HasSubstr("10000 of them")));
}

TEST_F(SimulateTest, NoPercentageLetsMoneyOverflow) {
  std::vector<Event> events;
  for (int i = 0; i < 4000; ++i) {
    events.push_back(
        MakeEvent(kToday - 1, std::to_string(i), Purchase{.amount_micros = kMaxAmountMicros}));
  }
  customer_ = CaseOf(events);
  EXPECT_THAT(ApplyWhatIf({.spend_change_percent = 1000}, absl::UTCTimeZone(), customer_),
              StatusIs(kInvalid, HasSubstr("spend_change_percent")));
}

TEST_F(SimulateTest, CuttingLeavesWhatWasThereBefore) {
  const std::vector<Event> events = BuyerEvents();
  for (int days = 0; days < 300; days += 7) {
    const absl::CivilDay day = kToday - days;
    std::vector<Event> earlier;
    for (const Event& event : events) {
      if (DayOf(event.occurred_micros, absl::UTCTimeZone()) < day) earlier.push_back(event);
    }
    CustomerSummary cut = CutBefore(Buyer(), day).summary;
    cut.volume_micros = CaseOf(earlier).summary.volume_micros;  // A bound only.
    EXPECT_EQ(cut, CaseOf(earlier).summary) << days;
  }
}

TEST_F(SimulateTest, CuttingReachesTheNeighbours) {
  const Referral referral{.referred_customer_id = "friend", .type = ReferralType::kOne};
  VL_ASSERT_OK(Simulate({.events = {MakeEvent(kToday - 9, "7", referral)}}));
  customer_.claims.push_back({.referrer_id = "other", .day = DayNumber(kToday - 5)});
  EXPECT_THAT(CutBefore(customer_, kToday - 9).referred, IsEmpty());
  EXPECT_EQ(CutBefore(customer_, kToday - 8).referred.size(), 1u);
  EXPECT_THAT(CutBefore(customer_, kToday - 5).claims, IsEmpty());
  EXPECT_EQ(CutBefore(customer_, kToday - 4).claims.size(), 1u);
}

TEST_F(SimulateTest, DaysWithEventsAreThoseTheScoreDependsOn) {
  const Referral referral{.referred_customer_id = "friend", .type = ReferralType::kOne};
  VL_ASSERT_OK(Simulate({.events = {MakeEvent(kToday - 9, "7", referral)}}));
  customer_.referred[0].summary =
      *Summarize(std::vector<Event>{MakeEvent(kToday - 4, "1", Purchase{.amount_micros = kUnit})},
                 absl::UTCTimeZone());
  customer_.claims.push_back({.referrer_id = "other", .day = DayNumber(kToday - 2)});
  EXPECT_THAT(DaysWithEvents(customer_, kToday - 30, kToday - 2),
              ElementsAre(kToday - 20, kToday - 9, kToday - 4, kToday - 2));
  EXPECT_THAT(DaysWithEvents(customer_, kToday, kToday), IsEmpty());
}

}  // namespace
}  // namespace valueloop::scoring
