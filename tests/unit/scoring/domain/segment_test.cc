#include "scoring/domain/segment.h"

#include <map>
#include <string>
#include <vector>

#include "common/status.h"
#include "fmt/format.h"
#include "scoring/domain/segment_tally.h"
#include "scoring/domain/targets.h"
#include "testing/status_matchers.h"

namespace valueloop::scoring {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Optional;
using testing::StatusIs;

constexpr PredicateOutcome kFalse = PredicateOutcome::kFalse;
constexpr PredicateOutcome kTrue = PredicateOutcome::kTrue;
constexpr PredicateOutcome kUnrated = PredicateOutcome::kUnrated;

Segment Named(const std::string& id, const std::string& predicate) {
  return {.id = id, .name_en = id, .predicate = predicate};
}

struct Person {
  CustomerProfile profile;
  RfmRanks ranks;
  std::map<std::string, AttributeValue, std::less<>> attributes;

  std::vector<PredicateOutcome> In(const CompiledSegmentation& segmentation) const {
    std::vector<PredicateOutcome> outcomes(segmentation.size());
    segmentation.Evaluate({.profile = &profile,
                           .ranks = ranks,
                           .attributes =
                               [this](std::string_view name) {
                                 const auto found = attributes.find(name);
                                 return found == attributes.end() ? nullptr : &found->second;
                               }},
                          outcomes);
    return outcomes;
  }

  PredicateOutcome Is(const std::string& predicate) const {
    const auto compiled = CompiledSegmentation::Compile({.segments = {Named("one", predicate)}});
    EXPECT_THAT(compiled, testing::IsOk()) << predicate;
    return In(*compiled)[0];
  }
};

Person Buyer() {
  Person person{.ranks = {5, 4, 3}};
  person.profile.customer_class = CustomerClass::kStrategic;
  person.profile.Set(ProfileNumber::kExpectedValue, 120.0);
  person.profile.Set(ProfileNumber::kRealisedValue, -3.0);
  person.profile.Set(ProfileNumber::kTenureMonths, 14.0);
  person.profile.lifecycle = {
      .tenure_days = 400, .purchase_count = 5, .alive_probability = .9, .trend_ratio = 1.2};
  person.attributes["region"] = std::string("华东");
  return person;
}

TEST(SegmentTest, PredicatesReadScoresRanksStagesAndAttributes) {
  const Person buyer = Buyer();
  EXPECT_EQ(buyer.Is("class = STRATEGIC and expected_value >= 120"), kTrue);
  EXPECT_EQ(buyer.Is("class in [PROFIT, UNKNOWN]"), kFalse);
  EXPECT_EQ(buyer.Is("realised_value < 0"), kTrue);
  EXPECT_EQ(buyer.Is("rfm = 543 and recency_rank = 5 and frequency_rank < 5"), kTrue);
  EXPECT_EQ(buyer.Is("lifecycle_stage = GROWING and trend = IMPROVING and trend_ratio > 1.1"),
            kTrue);
  EXPECT_EQ(buyer.Is("region = 华东 and tenure_months > 12"), kTrue);
}

TEST(SegmentTest, WhatIsMissingIsUnknownAndNotFalse) {
  Person buyer = Buyer();
  EXPECT_EQ(buyer.Is("value_score >= 50"), kUnrated);
  EXPECT_EQ(buyer.Is("not value_score >= 50"), kUnrated);
  EXPECT_EQ(buyer.Is("value_score >= 50 or class = STRATEGIC"), kTrue);
  EXPECT_EQ(buyer.Is("city = Suzhou"), kUnrated);
  EXPECT_EQ(buyer.Is("class = 1"), kUnrated);  // Of another type.
  buyer.ranks = {};
  EXPECT_EQ(buyer.Is("rfm = 543"), kUnrated);
}

TEST(SegmentTest, AttributesComeBeforeMetricsAndScoresBeforeAttributes) {
  Person buyer = Buyer();
  buyer.attributes["tenure_months"] = 200.0;
  buyer.attributes["class"] = std::string("GOLD");
  EXPECT_EQ(buyer.Is("tenure_months = 200"), kTrue);
  EXPECT_EQ(buyer.Is("class = GOLD"), kFalse);
}

TEST(SegmentTest, StagesFollowTheCutsOfTheSegmentation) {
  const auto compiled = CompiledSegmentation::Compile(
      {.segments = {Named("new", "lifecycle_stage = NEW")}, .lifecycle = {.new_days = 500}});
  VL_ASSERT_OK(compiled);
  EXPECT_THAT(Buyer().In(*compiled), ElementsAre(kTrue));
}

TEST(SegmentTest, DefinitionsThatCannotBeAreRefusedByPlace) {
  const auto refused = [](const char* what) {
    return StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(what));
  };
  const auto compile = [](std::vector<Segment> segments) {
    return CompiledSegmentation::Compile({.segments = std::move(segments)}).status();
  };
  EXPECT_THAT(compile({}), refused("segments: got 0 segments"));
  EXPECT_THAT(compile({Named("a", "x = 1"), Named("b", "tier >= ]")}),
              refused("segments[1]: predicate: got \"]\" at column 9"));
  EXPECT_THAT(compile({Named("a", "")}), refused("segments[0]: predicate"));
  EXPECT_THAT(compile({Named("a", "x = 1"), Named("a", "x = 2")}),
              refused("segments[1].id: got a"));
  EXPECT_THAT(compile({Named("1a", "x = 1")}), refused("segments[0].id"));
  EXPECT_THAT(compile({{.id = "a", .predicate = "x = 1"}}), refused("segments[0].name_en"));
  EXPECT_THAT(compile({{.id = "a", .name_en = "a\x1b[2J", .predicate = "x = 1"}}),
              refused("segments[0].name_en"));
  std::vector<Segment> many;
  for (int i = 0; i < 10'000; ++i) many.push_back(Named(fmt::format("s{}", i), "x = 1"));
  EXPECT_THAT(compile(many), refused("segments: got 10000 segments, want 1..100"));
  EXPECT_THAT(CompiledSegmentation::Compile(
                  {.segments = {Named("a", "x = 1")}, .rfm = {.recency = {.tiles = 1}}})
                  .status(),
              refused("rfm.recency.tiles"));
}

CustomerProfile Worth(const std::string& id, double expected) {
  CustomerProfile profile;
  profile.customer_id = id;
  profile.Set(ProfileNumber::kExpectedValue, expected);
  return profile;
}

TEST(SegmentTallyTest, CountsMembersOverlapsGapsAndUnknowns) {
  SegmentTally tally(3);
  using Outcomes = std::vector<PredicateOutcome>;
  tally.Add(Worth("a", 10), Outcomes{kTrue, kFalse, kFalse});
  tally.Add(Worth("b", 20), Outcomes{kTrue, kTrue, kUnrated});
  tally.Add(Worth("c", -5), Outcomes{kFalse, kFalse, kFalse});
  tally.Add(Worth("d", 1), Outcomes{kFalse, kUnrated, kFalse});
  tally.Add(Worth("e", 2), Outcomes{kUnrated, kFalse, kTrue});
  EXPECT_EQ(tally.total().customer_count, 5);
  EXPECT_EQ(tally.members(0).customer_count, 2);
  EXPECT_NEAR(tally.members(0).expected_value, 30, 1e-12);
  EXPECT_THAT(tally.members(0).examples, ElementsAre("a", "b"));
  EXPECT_EQ(tally.common_count(0, 1), 1);
  EXPECT_EQ(tally.common_count(1, 0), 1);
  EXPECT_EQ(tally.common_count(1, 2), 0);
  EXPECT_THAT(tally.overlapping().examples, ElementsAre("b"));
  EXPECT_THAT(tally.uncovered().examples, ElementsAre("c"));
  EXPECT_THAT(tally.unknown().examples, ElementsAre("d"));
  EXPECT_EQ(tally.covered().customer_count, 3);
  EXPECT_EQ(tally.unknown_count(0), 1);
  EXPECT_EQ(tally.unknown_count(1), 1);
  EXPECT_EQ(tally.unknown_count(2), 1);
}

TEST(TargetsTest, TheBestSegmentsThatFitAreChosenAndOverlapsCountOnce) {
  // Segments 0, 1, 2, 3 of 6, 4, 3 and 0 customers; two customers are in 0 and 1.
  std::vector<SegmentSet> customers;
  for (const unsigned long long bits : {1, 1, 1, 1, 3, 3, 2, 2, 4, 4, 4}) {
    customers.emplace_back(bits);
  }
  const double scores[] = {5, 9, 5, 100};
  const auto outcomes = [](const std::vector<Target>& targets) {
    std::vector<TargetOutcome> list;
    for (const Target& target : targets) list.push_back(target.outcome);
    return list;
  };
  const std::vector<Target> all = SelectTargets(scores, customers, {});
  EXPECT_EQ(all[0].segment, 3U);
  EXPECT_EQ(all[0].outcome, TargetOutcome::kEmpty);
  EXPECT_EQ(all[1].segment, 1U);
  EXPECT_EQ(all[2].segment, 0U);  // A tie goes to the first.
  EXPECT_EQ(all[2].customer_count, 6);
  EXPECT_EQ(all[2].added_count, 4);
  EXPECT_EQ(all[3].cumulative_count, 11);
  EXPECT_THAT(outcomes(SelectTargets(scores, customers, {.capacity = 7})),
              ElementsAre(TargetOutcome::kEmpty, TargetOutcome::kChosen, TargetOutcome::kCapacity,
                          TargetOutcome::kChosen));
  EXPECT_THAT(outcomes(SelectTargets(scores, customers, {.max_segments = 1, .min_score = 5.5})),
              ElementsAre(TargetOutcome::kEmpty, TargetOutcome::kChosen, TargetOutcome::kMinScore,
                          TargetOutcome::kMinScore));
  EXPECT_THAT(outcomes(SelectTargets(scores, customers, {.max_segments = 1})),
              ElementsAre(TargetOutcome::kEmpty, TargetOutcome::kChosen,
                          TargetOutcome::kSegmentLimit, TargetOutcome::kSegmentLimit));
}

TEST(TargetsTest, LimitsOutOfRangeAreRefused) {
  EXPECT_THAT(Validate(TargetLimits{.capacity = -1}), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Validate(TargetLimits{.max_segments = 0}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("max_segments")));
}

}  // namespace
}  // namespace valueloop::scoring
