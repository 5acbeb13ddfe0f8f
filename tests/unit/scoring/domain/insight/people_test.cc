// Buying centres, calls, profiles and holdings.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scoring/domain/civil_day.h"
#include "scoring/domain/insight/buying_centre.h"
#include "scoring/domain/insight/calls.h"
#include "scoring/domain/insight/data_quality.h"
#include "scoring/domain/insight/holdings.h"
#include "testing/status_matchers.h"

namespace valueloop::scoring {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(BuyingCentreTest, CoversTheInfluenceMetLatelyAndWeighsAttitudes) {
  BuyingCentreCollector collector;
  collector.Add(
      10,
      {.contact_kind = "VISIT", .person = "old", .role = "BUYER", .attitude = -2, .influence = .2});
  collector.Add(95, {.contact_kind = "VISIT",
                     .person = "cio",
                     .role = "DECIDER",
                     .attitude = 1,
                     .influence = .5});
  collector.Add(96, {.contact_kind = "NOTE", .person = "ceo", .role = "DECIDER", .influence = .3});
  collector.Add(97, {.contact_kind = "CALL", .person = "clerk"});
  const BuyingCentreResult result = collector.Result(100, 90, DefaultRoles());
  EXPECT_NEAR(result.coverage.value(), .5, 1e-12);
  EXPECT_NEAR(result.support.value(), .5 * 1 + .2 * -2, 1e-12);
  EXPECT_NEAR(result.mean_attitude.value(), .1 / .7, 1e-12);
  EXPECT_THAT(result.missing_contacts, ElementsAre("ceo", "old"));
  EXPECT_THAT(result.missing_roles, ElementsAre("INFLUENCER", "USER", "GATEKEEPER"));
  EXPECT_THAT(result.unmet_roles, ElementsAre("BUYER"));
  ASSERT_EQ(result.people.size(), 4u);
  EXPECT_EQ(result.people[0].person, "cio");
  EXPECT_EQ(result.people[3].person, "clerk") << "nobody said how much influence";
  EXPECT_FALSE(result.people[1].last_met_day.has_value()) << "only noted";
}

TEST(BuyingCentreTest, TheEndOfThePeriodIsSharp) {
  BuyingCentreCollector collector;
  collector.Add(11, {.contact_kind = "CALL", .person = "a", .influence = 1});
  EXPECT_EQ(collector.Result(100, 90, {}).coverage, 1);  // Day 11..100 are 90 days.
  EXPECT_EQ(collector.Result(101, 90, {}).coverage, 0);
}

TEST(BuyingCentreTest, TheLatestWordCountsAndSilenceTakesNothingBack) {
  BuyingCentreCollector collector;
  collector.Add(
      1, {.contact_kind = "CALL", .person = "a", .role = "USER", .attitude = -1, .influence = .2});
  collector.Add(2, {.contact_kind = "CALL", .person = "a", .attitude = 2});
  const BuyingCentreResult result = collector.Result(2, 90, {});
  EXPECT_EQ(result.people[0].role, "USER");
  EXPECT_EQ(result.people[0].attitude, 2);
  EXPECT_EQ(result.people[0].influence, .2);
  EXPECT_EQ(result.people[0].contact_count, 2);
}

TEST(BuyingCentreTest, UnknownInfluenceIsNotNoInfluence) {
  BuyingCentreCollector collector;
  collector.Add(1, {.contact_kind = "CALL", .person = "a", .attitude = 2});
  collector.Add(1, {.contact_kind = "CALL", .influence = 1});  // Names nobody.
  const BuyingCentreResult result = collector.Result(2, 90, {});
  EXPECT_FALSE(result.coverage.has_value());
  EXPECT_FALSE(result.support.has_value());
  EXPECT_FALSE(result.mean_attitude.has_value());
  EXPECT_EQ(result.people.size(), 1u);
}

TEST(CallTest, IsDueOneCadenceAfterTheLastContact) {
  Call call{.last_contact_day = 60, .cadence_days = 30, .expected_value = 200};
  SetDue(call, 0, 100);
  EXPECT_EQ(call.due_day, 90);
  EXPECT_EQ(call.overdue_days, 10);
  EXPECT_EQ(call.priority, 2000);
  SetDue(call, 0, 90);
  EXPECT_EQ(call.priority, 0);
  SetDue(call, 0, 80);
  EXPECT_EQ(call.overdue_days, -10);
  EXPECT_FALSE(call.priority.has_value()) << "not due yet";
}

TEST(CallTest, WithoutAContactTheCadenceCountsFromTheFirstEvent) {
  Call call{.cadence_days = 30, .expected_value = -5};
  SetDue(call, 20, 100);
  EXPECT_EQ(call.overdue_days, 50);
  EXPECT_FALSE(call.priority.has_value()) << "a customer that costs more than it brings";
}

TEST(CallTest, ComeByPriorityThenByHowLongTheyWait) {
  const Call rich{.customer_id = "z", .overdue_days = 1, .priority = 100};
  const Call poor{.customer_id = "a", .overdue_days = 50, .priority = 50};
  const Call unknown{.customer_id = "b", .overdue_days = 60};
  const Call ahead{.customer_id = "a", .overdue_days = -3};
  EXPECT_TRUE(IsBefore(rich, poor));
  EXPECT_TRUE(IsBefore(poor, unknown));
  EXPECT_TRUE(IsBefore(unknown, ahead));
  EXPECT_FALSE(IsBefore(poor, poor));
}

class DataQualityTest : public ::testing::Test {
 protected:
  CustomerSummary Summary(int day, const std::vector<std::pair<std::string, AttributeValue>>& set,
                          bool buys = false) {
    CustomerSummary summary;
    const auto add = [&](const Payload& payload) {
      const absl::CivilDay civil = DayFromNumber(day);
      VL_EXPECT_OK(
          Apply(summary,
                {.customer_id = "c",
                 .event_id = std::to_string(++count_),
                 .occurred_micros = absl::ToUnixMicros(absl::FromCivil(civil, absl::UTCTimeZone())),
                 .payload = payload},
                absl::UTCTimeZone()));
    };
    for (const auto& [name, value] : set) add(AttributeChange{.name = name, .value = value});
    if (buys) add(Purchase{.amount_micros = 1});
    return summary;
  }
  int count_ = 0;
  DataQualityCollector collector_{{.as_of = DayFromNumber(1000),
                                   .max_age_days = 100,
                                   .required_attributes = {"owner", "segment"},
                                   .identity_attributes = {"email"}}};
};

TEST_F(DataQualityTest, CountsElementsAttributesAgesAndDuplicates) {
  collector_.Add(Summary(1000, {{"owner", "li"}, {"email", "a@x"}}, true),
                 {.has_needs = true, .has_perception = true, .has_class = true});
  collector_.Add(Summary(960, {{"owner", ""}, {"email", "a@x"}}, true), {});
  collector_.Add(Summary(900, {{"email", "b@x"}}), {});
  const DataQualityResult result = collector_.Result();
  EXPECT_EQ(result.customer_count, 3);
  EXPECT_THAT(result.element_counts, ElementsAre(1, 1, 2, 1));
  EXPECT_NEAR(result.profile_completeness.value(), 5.0 / 12, 1e-15);
  EXPECT_EQ(result.complete_profile_count, 1);
  EXPECT_THAT(result.filled_counts, ElementsAre(1, 0)) << "an empty text fills nothing";
  EXPECT_NEAR(result.attribute_completeness.value(), 1.0 / 6, 1e-15);
  EXPECT_NEAR(result.fresh_ratio.value(), 2.0 / 3, 1e-15);
  EXPECT_EQ(result.median_age_days, 40);
  EXPECT_NEAR(result.duplicate_ratio.value(), 2.0 / 3, 1e-15);
}

TEST_F(DataQualityTest, NobodyHasNoQuality) {
  const DataQualityResult result = collector_.Result();
  EXPECT_EQ(result.customer_count, 0);
  EXPECT_FALSE(result.profile_completeness || result.attribute_completeness || result.fresh_ratio ||
               result.median_age_days || result.duplicate_ratio);
}

Holdings Sample() {
  HoldingsCollector collector;
  for (int i = 0; i < 4; ++i) collector.Add({"mobile", "tv"});
  for (int i = 0; i < 4; ++i) collector.Add({"mobile"});
  collector.Add({"tv", "fibre"});
  collector.Add({"fibre"});
  collector.Add({});
  return collector.Result();
}

TEST(HoldingsTest, LiftIsHowMuchMoreOftenTwoGoTogetherThanByChance) {
  const Holdings holdings = Sample();
  EXPECT_EQ(holdings.holder_count, 10);
  EXPECT_EQ(holdings.multi_holder_count, 5);
  EXPECT_NEAR(holdings.cross_sell_ratio().value(), .5, 1e-15);
  EXPECT_NEAR(holdings.mean_product_count.value(), 1.5, 1e-15);
  ASSERT_EQ(holdings.products.size(), 3u);
  EXPECT_EQ(holdings.products[0].product, "mobile");
  const std::vector<PairResult> pairs = holdings.Pairs(1);
  ASSERT_EQ(pairs.size(), 2u);
  // Both are as often together as by chance: the pair of more customers comes first.
  EXPECT_EQ(pairs[0].first, "mobile");
  EXPECT_EQ(pairs[0].second, "tv");
  EXPECT_NEAR(pairs[0].lift, .4 / (.8 * .5), 1e-12);
  EXPECT_NEAR(pairs[0].second_given_first, .5, 1e-12);
  EXPECT_NEAR(pairs[0].first_given_second, .8, 1e-12);
  EXPECT_NEAR(pairs[1].lift, .1 / (.2 * .5), 1e-12);
  EXPECT_NEAR(pairs[1].first_given_second, .2, 1e-12);
  EXPECT_EQ(holdings.Pairs(2).size(), 1u) << "support is too small";
}

TEST(HoldingsTest, TheNextOfferIsWhatGoesWithWhatTheyHold) {
  HoldingsCollector collector;
  for (int i = 0; i < 6; ++i) collector.Add({"mobile", "roaming"});
  for (int i = 0; i < 6; ++i) collector.Add({"fibre", "tv"});
  collector.Add({"fibre", "roaming"});
  for (int i = 0; i < 7; ++i) collector.Add({"other"});
  const Holdings holdings = collector.Result();
  const std::vector<OfferToMake> offers = holdings.NextOffers({"mobile"}, 5, 10);
  ASSERT_EQ(offers.size(), 1u);
  EXPECT_EQ(offers[0].product, "roaming");
  EXPECT_EQ(offers[0].because_of, "mobile");
  EXPECT_NEAR(offers[0].probability, 1, 1e-12);
  EXPECT_NEAR(offers[0].lift, 20.0 / 7, 1e-12);
  EXPECT_EQ(offers[0].support_count, 6);
  EXPECT_THAT(holdings.NextOffers({}, 5, 10), IsEmpty());
  EXPECT_THAT(holdings.NextOffers({"other"}, 1, 10), IsEmpty());
  EXPECT_THAT(holdings.NextOffers({"fibre"}, 0, 0), IsEmpty());
}

TEST(HoldingsTest, PairsOnlyTheMostHeldProductsOfManyMore) {
  HoldingsCollector collector;
  for (int i = 0; i < 600; ++i) collector.Add({"base", "p" + std::to_string(i)});
  const Holdings holdings = collector.Result();
  EXPECT_EQ(holdings.product_count, 601);
  EXPECT_EQ(holdings.products.size(), kMaxPairedProducts);
  EXPECT_EQ(holdings.Pairs(1).size(), kMaxPairedProducts - 1);
}

TEST(HoldingsTest, NoProductsNoMatrix) {
  const Holdings holdings = HoldingsCollector().Result();
  EXPECT_FALSE(holdings.cross_sell_ratio().has_value());
  EXPECT_THAT(holdings.Pairs(1), IsEmpty());
}

}  // namespace
}  // namespace valueloop::scoring
