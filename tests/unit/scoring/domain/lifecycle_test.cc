#include "scoring/domain/lifecycle.h"

#include <limits>
#include <string>

#include "common/status.h"
#include "scoring/domain/score.h"
#include "testing/status_matchers.h"

namespace valueloop::scoring {
namespace {

using ::testing::DoubleNear;
using ::testing::HasSubstr;
using ::testing::Optional;
using testing::StatusIs;

constexpr int64_t kUnit = 1'000'000;
constexpr absl::CivilDay kToday(2026, 6, 30);
constexpr BgNbdParams kCdnow{.r = .243, .alpha = 4.414, .a = .793, .b = 2.426};

void Add(CustomerSummary& summary, absl::CivilDay day, Payload payload) {
  const Event event{
      .customer_id = "c",
      .source = "test",
      .event_id = std::to_string(EventCount(summary)),
      .occurred_micros = absl::ToUnixMicros(absl::FromCivil(day, absl::UTCTimeZone())),
      .payload = std::move(payload)};
  VL_ASSERT_OK(Apply(summary, event, absl::UTCTimeZone()));
}

Score ScoreOf(const CustomerSummary& summary) {
  Model model{.version = 1};
  model.parts.push_back({.purchase = PurchaseParams(kCdnow),
                         .gamma_gamma = {.p = 6.25, .q = 3.74, .v = 15.44},
                         .mean_spend = 35});
  auto score =
      ComputeScore({.as_of = kToday, .model = &model}, {.customer_id = "c", .summary = &summary});
  EXPECT_THAT(score, testing::IsOk());
  return *score;
}

LifecycleStage DefaultStage(const CustomerSummary& summary) {
  return StageOf({}, ScoreOf(summary).lifecycle);
}

TEST(LifecycleTest, EveryStageHasItsCutAndBoundariesAreInclusive) {
  LifecycleFacts facts{
      .tenure_days = 90, .purchase_count = 2, .alive_probability = .2, .trend_ratio = 1.0};
  EXPECT_EQ(StageOf({}, facts), LifecycleStage::kMature);
  facts.trend_ratio = 1.10;
  EXPECT_EQ(StageOf({}, facts), LifecycleStage::kGrowing);
  facts.trend_ratio = .90;
  EXPECT_EQ(StageOf({}, facts), LifecycleStage::kDeclining);
  facts.alive_probability = .1999;
  EXPECT_EQ(StageOf({}, facts), LifecycleStage::kLost);
  facts.tenure_days = 89;
  EXPECT_EQ(StageOf({}, facts), LifecycleStage::kNew);
  facts.tenure_days.reset();
  EXPECT_EQ(StageOf({}, facts), LifecycleStage::kUnknown);
}

TEST(LifecycleTest, OnePurchaseDayIsNotEnoughForATrendUnlessTheCutSaysSo) {
  const LifecycleFacts facts{
      .tenure_days = 400, .purchase_count = 1, .alive_probability = 1, .trend_ratio = .8};
  EXPECT_EQ(TrendOf({}, facts), Trend::kNotEnoughData);
  EXPECT_EQ(TrendRatioOf({}, facts), std::nullopt);
  EXPECT_EQ(StageOf({}, facts), LifecycleStage::kUnknown);
  EXPECT_EQ(StageOf({.min_purchase_count = 1}, facts), LifecycleStage::kDeclining);
  EXPECT_THAT(TrendRatioOf({.min_purchase_count = 1}, facts), Optional(.8));
}

TEST(LifecycleTest, ASubscriptionIsMatureWhileItRunsAndLostWhenItHasEnded) {
  CustomerSummary summary;
  Add(summary, kToday - 200,
      SubscriptionStart{.subscription_id = "s", .price_micros = 10 * kUnit, .period_months = 1});
  EXPECT_EQ(DefaultStage(summary), LifecycleStage::kMature);
  Add(summary, kToday - 3, SubscriptionStop{.subscription_id = "s"});
  EXPECT_EQ(DefaultStage(summary), LifecycleStage::kLost);
}

TEST(LifecycleTest, WhoeverStillHasASubscriptionIsNotLost) {
  LifecycleFacts facts{.tenure_days = 900,
                       .is_subscribed = true,
                       .was_subscribed = true,
                       .purchase_count = 5,
                       .alive_probability = .01,
                       .trend_ratio = .1};
  EXPECT_EQ(StageOf({}, facts), LifecycleStage::kDeclining);
  facts.is_subscribed = false;
  EXPECT_EQ(StageOf({}, facts), LifecycleStage::kLost);
}

// METHODS E12: expected purchases of the next 90 days over the same as of 90 days earlier.
TEST(LifecycleTest, TheTrendIsTheRatioOfTwoForecasts) {
  CustomerSummary summary;
  for (const int days : {300, 250, 190, 60, 20}) {
    Add(summary, kToday - days, Purchase{.amount_micros = 10 * kUnit});
  }
  const double weeks = 90.0 / 7;
  const double now = *ExpectedPurchases(
      kCdnow, {.repeat_count = 4, .last_weeks = 280.0 / 7, .age_weeks = 300.0 / 7}, weeks);
  const double earlier = *ExpectedPurchases(
      kCdnow, {.repeat_count = 2, .last_weeks = 110.0 / 7, .age_weeks = 210.0 / 7}, weeks);
  const Score score = ScoreOf(summary);
  EXPECT_THAT(score.lifecycle.trend_ratio, Optional(DoubleNear(now / earlier, 1e-12)));
  EXPECT_GT(now / earlier, 1.10);
  EXPECT_EQ(DefaultStage(summary), LifecycleStage::kGrowing);
}

TEST(LifecycleTest, SilenceMakesABuyerDeclineAndThenLost) {
  CustomerSummary declining;
  for (int i = 0; i < 6; ++i) {
    Add(declining, kToday - 400 + 55 * i, Purchase{.amount_micros = 10 * kUnit});
  }
  EXPECT_EQ(DefaultStage(declining), LifecycleStage::kDeclining);
  CustomerSummary lost;
  for (int i = 0; i < 20; ++i) {
    Add(lost, kToday - 400 + 7 * i, Purchase{.amount_micros = 10 * kUnit});
  }
  EXPECT_EQ(DefaultStage(lost), LifecycleStage::kLost);
}

TEST(LifecycleTest, NobodyIsKnownWithoutEventsAndNewWithoutAModel) {
  const CustomerSummary nobody;
  EXPECT_EQ(DefaultStage(nobody), LifecycleStage::kUnknown);
  CustomerSummary fresh;
  Add(fresh, kToday - 5, Purchase{.amount_micros = kUnit});
  VL_ASSERT_OK_AND_ASSIGN(const Score score,
                          ComputeScore({.as_of = kToday}, {.customer_id = "c", .summary = &fresh}));
  EXPECT_EQ(StageOf({}, score.lifecycle), LifecycleStage::kNew);
}

TEST(LifecycleTest, CutsOutOfRangeAreRefusedByName) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto refused = [](const char* field) {
    return StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(field));
  };
  VL_EXPECT_OK(Validate(LifecycleCuts{}));
  EXPECT_THAT(Validate(LifecycleCuts{.new_days = 0}), refused("lifecycle.new_days: got 0"));
  EXPECT_THAT(Validate(LifecycleCuts{.improving_ratio = 1}), refused("improving_ratio: got 1"));
  EXPECT_THAT(Validate(LifecycleCuts{.improving_ratio = nan}), refused("improving_ratio"));
  EXPECT_THAT(Validate(LifecycleCuts{.declining_ratio = 1}), refused("declining_ratio"));
  EXPECT_THAT(Validate(LifecycleCuts{.lost_alive_probability = 1.1}), refused("lost_alive"));
  EXPECT_THAT(Validate(LifecycleCuts{.min_purchase_count = 0}), refused("min_purchase_count"));
}

}  // namespace
}  // namespace valueloop::scoring
