// Needs, touchpoints and promises: what customers told us and what we told them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "scoring/domain/civil_day.h"
#include "scoring/domain/insight/needs.h"
#include "scoring/domain/insight/promises.h"
#include "scoring/domain/insight/touchpoints.h"

namespace valueloop::scoring {
namespace {

constexpr absl::CivilDay kToday(2026, 6, 30);

Feedback Need(const std::string& need, double importance, double satisfaction) {
  return {.needs = {{.need = need, .importance = importance, .satisfaction = satisfaction}}};
}

TEST(OpportunityTest, CountsAShortfallTwiceAndASurplusNot) {
  EXPECT_EQ(Opportunity(9, 3), 15);
  EXPECT_EQ(Opportunity(9, 9), 9);
  EXPECT_EQ(Opportunity(4, 10), 4);
}

TEST(NeedsTest, RankByOpportunityOfTheCustomersLatestRatings) {
  NeedCollector collector({.as_of = kToday});
  const int32_t today = DayNumber(kToday);
  collector.Add("a", today - 30, Need("coverage", 2, 2));
  collector.Add("a", today, Need("coverage", 8, 4));
  collector.Add("a", today, Need("price", 9, 9));
  collector.Add("b", today, Need("coverage", 10, 4));
  const NeedsResult result = collector.Result();
  ASSERT_EQ(result.needs.size(), 2u);
  EXPECT_EQ(result.rated_customer_count, 2);
  EXPECT_EQ(result.needs[0].need, "coverage");
  EXPECT_NEAR(result.needs[0].importance, 9, 1e-12);
  EXPECT_NEAR(result.needs[0].satisfaction, 4, 1e-12);
  EXPECT_NEAR(result.needs[0].opportunity, 14, 1e-12);
  EXPECT_EQ(result.needs[0].customer_count, 2);
  EXPECT_EQ(result.needs[0].rating_count, 3);
  EXPECT_EQ(result.needs[1].need, "price");
  EXPECT_FALSE(result.needs[0].importance_change.has_value()) << "no earlier period";
  EXPECT_FALSE(result.orientation_shift.has_value());
}

TEST(NeedsTest, RatingsThatAreTooOldDoNotCount) {
  NeedCollector collector({.as_of = kToday, .max_age_days = 10});
  collector.Add("a", DayNumber(kToday) - 10, Need("coverage", 8, 4));
  const NeedsResult result = collector.Result();
  EXPECT_TRUE(result.needs.empty());
  EXPECT_EQ(result.rated_customer_count, 0);
}

TEST(NeedsTest, TellAChangeFromNoiseByItsStandardError) {
  NeedCollector collector({.as_of = kToday, .max_age_days = 365, .drift_days = 100});
  const int32_t now = DayNumber(kToday);
  const int32_t before = now - 150;
  const double old_speed[] = {3, 4, 5};
  const double new_speed[] = {7, 8, 9};
  const double old_price[] = {1, 5, 9};
  const double new_price[] = {3, 7, 10};
  for (int i = 0; i < 3; ++i) {
    const std::string customer = "c" + std::to_string(i);
    collector.Add(customer, before, Need("speed", old_speed[i], 5));
    collector.Add(customer, before, Need("price", old_price[i], 5));
    collector.Add(customer, now, Need("speed", new_speed[i], 5));
    collector.Add(customer, now, Need("price", new_price[i], 5));
  }
  const NeedsResult result = collector.Result();
  const NeedResult& speed = result.needs[0].need == "speed" ? result.needs[0] : result.needs[1];
  const NeedResult& price = result.needs[0].need == "speed" ? result.needs[1] : result.needs[0];
  EXPECT_NEAR(speed.importance_change.value(), 4, 1e-12);
  EXPECT_NEAR(speed.drift_z.value(), 4 / std::sqrt(2.0 / 3), 1e-12);  // Variances 1 and 1, n 3.
  EXPECT_TRUE(speed.changed);
  EXPECT_NEAR(price.importance_change.value(), 5.0 / 3, 1e-12);
  EXPECT_LT(price.drift_z.value(), 1.96);
  EXPECT_FALSE(price.changed);
  EXPECT_TRUE(result.survey_advised);
  // Shares of importance: speed 4 of 9 before, 8 of 14 2/3 now.
  EXPECT_NEAR(result.orientation_shift.value(), 8 / (8 + 20.0 / 3) - 4.0 / 9, 1e-12);
}

TEST(NeedsTest, OneCustomersChangeIsMeasuredByTheThresholdAlone) {
  NeedCollector collector({.as_of = kToday, .drift_days = 100, .drift_threshold = 2});
  collector.Add("a", DayNumber(kToday) - 150, Need("speed", 3, 5));
  collector.Add("a", DayNumber(kToday), Need("speed", 5, 5));
  const NeedsResult result = collector.Result();
  ASSERT_EQ(result.needs.size(), 1u);
  EXPECT_TRUE(result.needs[0].changed);
  EXPECT_FALSE(result.needs[0].drift_z.has_value());
}

Feedback At(const std::string& touchpoint, TouchpointPhase phase, double expectation,
            double perception, double importance) {
  return {.touchpoint = touchpoint,
          .phase = phase,
          .expectation = expectation,
          .perception = perception,
          .importance = importance};
}

TEST(TouchpointsTest, ComeByImportanceTimesTheirNegativeGap) {
  TouchpointCollector collector;
  collector.Add("a", At("hotline", TouchpointPhase::kAfterSale, 8, 5, 9));
  collector.Add("a", At("shop", TouchpointPhase::kInSale, 6, 9, 10));
  collector.Add("b", At("hotline", TouchpointPhase::kAfterSale, 6, 5, 7));
  collector.Add("b", At("website", TouchpointPhase::kPreSale, 9, 8, 6));
  const TouchpointsResult result = collector.Result();
  ASSERT_EQ(result.touchpoints.size(), 3u);
  EXPECT_EQ(result.touchpoints[0].touchpoint, "hotline");
  EXPECT_NEAR(result.touchpoints[0].gap.value(), -2, 1e-12);
  EXPECT_NEAR(result.touchpoints[0].importance.value(), 8, 1e-12);
  EXPECT_NEAR(result.touchpoints[0].priority.value(), 16, 1e-12);
  EXPECT_EQ(result.touchpoints[0].customer_count, 2);
  EXPECT_EQ(result.touchpoints[1].touchpoint, "website");
  EXPECT_NEAR(result.touchpoints[1].priority.value(), 6, 1e-12);
  EXPECT_NEAR(result.touchpoints[2].gap.value(), 3, 1e-12);
  EXPECT_EQ(result.touchpoints[2].priority.value(), 0) << "expectations were exceeded";
}

TEST(TouchpointsTest, CountWhoWentOnToALaterPhase) {
  TouchpointCollector collector;
  for (const char* customer : {"a", "b", "c"}) {
    collector.Add(customer, {.touchpoint = "website", .phase = TouchpointPhase::kPreSale});
    if (*customer != 'c') {
      collector.Add(customer, {.touchpoint = "shop", .phase = TouchpointPhase::kInSale});
    }
  }
  collector.Add("d", {.touchpoint = "hotline", .phase = TouchpointPhase::kAfterSale});
  const TouchpointsResult result = collector.Result();
  EXPECT_EQ(result.phases[0].customer_count, 3);
  EXPECT_EQ(result.phases[0].went_on_count, 2);
  EXPECT_NEAR(result.phases[0].drop_off_ratio.value(), 1.0 / 3, 1e-12);
  EXPECT_EQ(result.phases[1].went_on_count, 0);
  EXPECT_EQ(result.phases[2].customer_count, 1);
  EXPECT_FALSE(result.phases[2].went_on_count.has_value());
  EXPECT_FALSE(result.touchpoints[0].gap.has_value()) << "seen, not scored";
  EXPECT_FALSE(result.touchpoints[0].priority.has_value());
}

TEST(TouchpointsTest, FeedbackOfNoTouchpointIsOfNone) {
  TouchpointCollector collector;
  collector.Add("a", Need("coverage", 1, 1));
  const TouchpointsResult result = collector.Result();
  EXPECT_TRUE(result.touchpoints.empty());
  EXPECT_EQ(result.phases[0].customer_count, 0);
  EXPECT_FALSE(result.phases[0].drop_off_ratio.has_value());
}

TEST(TouchpointsTest, HalfAScoreMakesNoGap) {
  TouchpointCollector collector;
  collector.Add("a", {.touchpoint = "shop", .expectation = 9, .importance = 9});
  collector.Add("b", {.touchpoint = "shop", .perception = 1});
  const TouchpointsResult result = collector.Result();
  ASSERT_EQ(result.touchpoints.size(), 1u);
  EXPECT_FALSE(result.touchpoints[0].gap.has_value());
  EXPECT_FALSE(result.touchpoints[0].expectation.has_value());
  EXPECT_EQ(result.touchpoints[0].importance, 9);
  EXPECT_EQ(result.touchpoints[0].feedback_count, 2);
}

class PromisesTest : public ::testing::Test {
 protected:
  void Give(const std::string& id, int day, int due, const std::string& customer = "a") {
    collector_.AddPromise(customer, day * 10, due, {.promise_id = id, .text = id + " please"});
  }
  void Keep(const std::string& id, int day, const std::string& customer = "a") {
    collector_.AddKept(customer, day * 10 + 5, day, {.promise_id = id});
  }
  PromiseCollector collector_{100};
};

TEST_F(PromisesTest, AreKeptOnTheirDayOrBefore) {
  Give("on-time", 1, 50);
  Keep("on-time", 50);
  Give("late", 1, 50);
  Keep("late", 51);
  Give("overdue", 1, 90);
  Give("due-today", 1, 100);
  Give("open", 1, 101);
  Give("early", 1, 5000);
  Keep("early", 60);
  const PromisesResult result = collector_.Result();
  EXPECT_EQ(result.promise_count, 6);
  EXPECT_EQ(result.due_count, 4);
  EXPECT_EQ(result.kept_on_time_count, 1);
  EXPECT_EQ(result.kept_late_count, 1);
  EXPECT_EQ(result.overdue_count, 2);
  EXPECT_EQ(result.open_count, 1);
  EXPECT_EQ(result.kept_early_count, 1);
  EXPECT_NEAR(result.kept_ratio().value(), .25, 1e-15);
  ASSERT_EQ(result.late.size(), 2u);
  EXPECT_EQ(result.late[0].promise_id, "overdue");
  EXPECT_EQ(result.late[0].overdue_days, 10);
  EXPECT_EQ(result.late[1].overdue_days, 0);
}

TEST_F(PromisesTest, MoveUntilTheyAreKept) {
  Give("p", 1, 20);
  Give("p", 10, 40);
  Keep("p", 30);
  Give("p", 35, 25);  // Too late: it is kept.
  const PromisesResult result = collector_.Result();
  EXPECT_EQ(result.promise_count, 1);
  EXPECT_EQ(result.kept_on_time_count, 1);
}

TEST_F(PromisesTest, AKeepingWithoutItsPromiseIsCountedApart) {
  Keep("never-given", 5);
  Keep("p", 1);
  Give("p", 10, 20);
  Give("p", 10, 20, "b");
  const PromisesResult result = collector_.Result();
  EXPECT_EQ(result.unmatched_keeping_count, 2);
  EXPECT_EQ(result.promise_count, 2);
  EXPECT_EQ(result.overdue_count, 2);
}

TEST_F(PromisesTest, NoneDueIsNoRatio) {
  Give("open", 1, 200);
  EXPECT_FALSE(collector_.Result().kept_ratio().has_value());
}

TEST(TrustIndexTest, IsTheKeptRatioIfBothSidesGain) {
  EXPECT_EQ(TrustIndex(.8, true), .8);
  EXPECT_EQ(TrustIndex(.8, false), std::nullopt);
  EXPECT_EQ(TrustIndex(.8, std::nullopt), std::nullopt);
  EXPECT_EQ(TrustIndex(std::nullopt, true), std::nullopt);
}

}  // namespace
}  // namespace valueloop::scoring
