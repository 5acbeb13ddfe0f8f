#include "scoring/domain/next_class.h"

#include <algorithm>
#include <map>

#include "unit/scoring/simulate/case_under_test.h"

namespace valueloop::scoring {
namespace {

using ::testing::AllOf;
using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::Gt;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Optional;

class NextClassTest : public ::testing::Test {
 protected:
  NextClass Find(const CompiledPolicy& policy, const CustomerCase& customer) {
    context_.policy = &policy;
    absl::StatusOr<NextClass> next = FindNextClass(context_, customer, options_);
    EXPECT_TRUE(next.ok()) << next.status();
    return *std::move(next);
  }

  CustomerClass ClassAfter(const WhatIf& what_if, absl::CivilDay as_of,
                           const CustomerCase& customer) {
    CustomerCase changed = customer;
    VL_EXPECT_OK(ApplyWhatIf(what_if, options_.zone, changed));
    ScoreContext context = context_;
    context.as_of = as_of;
    return ScoreOf(context, changed).classification.customer_class;
  }

  const Model model_ = FittedModel();
  ScoreContext context_{.as_of = kToday, .model = &model_};
  NextClassOptions options_{.zone = absl::UTCTimeZone()};
};

const ClassWay* WayOf(const ClassTarget& target, ActionKind kind,
                      const std::string& criterion = "") {
  for (const ClassWay& way : target.ways) {
    if (way.steps.size() == 1 && way.steps[0].kind == kind && way.steps[0].criterion == criterion) {
      return &way;
    }
  }
  return nullptr;
}

TEST_F(NextClassTest, LeastReachingFindsTheBoundary) {
  for (int64_t boundary = 1; boundary <= 100; ++boundary) {
    int calls = 0;
    EXPECT_THAT(LeastReaching(1, 100,
                              [&](int64_t n) {
                                ++calls;
                                return n >= boundary;
                              }),
                Optional(boundary));
    EXPECT_LE(calls, 9);
  }
  EXPECT_EQ(LeastReaching(1, 100, [](int64_t) { return false; }), std::nullopt);
  EXPECT_EQ(LeastReaching(2, 1, [](int64_t) { return true; }), std::nullopt);
}

// Match 0.6 x 40 + 0.4 x 50 = 44 of 50: need must reach 50, or fit 65.
TEST_F(NextClassTest, RatingsAreRaisedToTheLeastThatSuffices) {
  const CompiledPolicy policy = Compiled(RatedPolicy(0));
  const NextClass next = Find(policy, Buyer());
  EXPECT_EQ(next.score.classification.customer_class, CustomerClass::kProfit);
  EXPECT_THAT(next.missing, IsEmpty());
  ASSERT_EQ(next.targets.size(), 1u);
  const ClassTarget& strategic = next.targets[0];
  EXPECT_EQ(strategic.customer_class, CustomerClass::kStrategic);
  EXPECT_THAT(strategic.match_points_missing, Optional(DoubleNear(6, 1e-9)));
  EXPECT_EQ(strategic.expected_value_missing, std::nullopt) << "value is high already";
  const ClassWay* need = WayOf(strategic, ActionKind::kRating, "need");
  ASSERT_NE(need, nullptr);
  EXPECT_EQ(need->steps[0].amount, 50);
  EXPECT_THAT(need->steps[0].amount_now, Optional(40.0));
  EXPECT_NEAR(need->cost, 1, 1e-12);
  ASSERT_EQ(need->what_if.events.size(), 1u);
  EXPECT_EQ(std::get<MatchRating>(need->what_if.events[0].payload).rater, "li")
      << "whoever rated it must change it";
  const ClassWay* fit = WayOf(strategic, ActionKind::kRating, "fit");
  ASSERT_NE(fit, nullptr);
  EXPECT_EQ(fit->steps[0].amount, 65);
  EXPECT_NEAR(fit->cost, 1.5, 1e-12);
  EXPECT_EQ(&strategic.ways.front(), need) << "the cheapest first";
}

TEST_F(NextClassTest, UnitCostsDecideTheOrder) {
  const CompiledPolicy policy = Compiled(RatedPolicy(0));
  options_.unit_costs[static_cast<size_t>(ActionKind::kRating)] = 7;
  EXPECT_NEAR(Find(policy, Buyer()).targets[0].ways.front().cost, 7, 1e-12);
}

// Whatever the customer and the cut: each way reaches its class when it is applied, and with one
// unit less of its last step it does not.
TEST_F(NextClassTest, EveryWayReachesItsClassAndNoLessDoes) {
  const double now = Find(Compiled(RatedPolicy(0)), Buyer()).score.expected->total();
  ASSERT_GT(now, 0);
  int checked = 0;
  std::map<ActionKind, int> kinds;
  for (const double cut : {now * 1.2, now * 2, now * 5}) {
    for (const double match_cut : {40.0, 60.0}) {
      ScoringPolicy plain = RatedPolicy(cut);
      plain.match_cut = match_cut;
      const CompiledPolicy policy = Compiled(plain);
      const CustomerCase customer = Buyer();
      const NextClass next = Find(policy, customer);
      ASSERT_THAT(next.targets, Not(IsEmpty()));
      for (const ClassTarget& target : next.targets) {
        for (const ClassWay& way : target.ways) {
          const CustomerClass got = ClassAfter(way.what_if, way.as_of, customer);
          EXPECT_EQ(got, way.score.classification.customer_class);
          EXPECT_TRUE(got == target.customer_class || got == CustomerClass::kStrategic);
          WhatIf less = way.what_if;
          absl::CivilDay as_of = way.as_of;
          const ActionStep& last = way.steps.back();
          ++kinds[last.kind];
          switch (last.kind) {
            case ActionKind::kPurchase:
              std::get<Purchase>(less.events.back().payload).amount_micros -= 10'000;
              break;
            case ActionKind::kRepeatPurchases:
              less.events.pop_back();
              as_of -= last.interval_days;
              break;
            case ActionKind::kReferral:
              less.events.pop_back();
              break;
            case ActionKind::kSpend:
              less.spend_change_percent -= 1;
              break;
            case ActionKind::kServiceCost:
              less.service_cost_change_percent += 1;
              break;
            case ActionKind::kRating:
              std::get<MatchRating>(less.events.back().payload).rating -= 1;
              break;
          }
          const CustomerClass with_less = ClassAfter(less, as_of, customer);
          EXPECT_TRUE(with_less != target.customer_class && with_less != CustomerClass::kStrategic)
              << RenderStep(last, "en") << " for " << CustomerClassName(target.customer_class);
          ++checked;
        }
        EXPECT_TRUE(std::is_sorted(
            target.ways.begin(), target.ways.end(),
            [](const ClassWay& left, const ClassWay& right) { return left.cost < right.cost; }));
      }
    }
  }
  EXPECT_GT(checked, 20);
  EXPECT_GT(kinds[ActionKind::kPurchase], 0);
  EXPECT_GT(kinds[ActionKind::kRepeatPurchases], 0);
  EXPECT_GT(kinds[ActionKind::kSpend], 0);
  EXPECT_GT(kinds[ActionKind::kRating], 0);
}

TEST_F(NextClassTest, TheMissingValueIsWhatTheCutAsksFor) {
  const CompiledPolicy policy = Compiled(RatedPolicy(100));
  const NextClass next = Find(policy, Buyer());
  EXPECT_EQ(next.score.classification.customer_class, CustomerClass::kOrdinary);
  ASSERT_EQ(next.targets.size(), 3u);
  EXPECT_EQ(next.targets[1].customer_class, CustomerClass::kProfit);
  EXPECT_THAT(next.targets[1].expected_value_missing,
              Optional(DoubleNear(100 - next.score.expected->total(), 1e-9)));
  EXPECT_EQ(next.targets[1].value_points_missing, std::nullopt) << "money has no points";
  EXPECT_EQ(next.targets[1].match_points_missing, std::nullopt);
}

TEST_F(NextClassTest, APercentileIsMissingPointsAndMoney) {
  ScoringPolicy plain = RatedPolicy(75);
  plain.value_rule = ValueRule::kPercentile;
  const CompiledPolicy policy = Compiled(plain);
  const ReferenceDistribution reference({1, 2, 30, 40});
  context_.reference = &reference;
  context_.reference_version = 1;
  const NextClass next = Find(policy, Buyer());
  const ClassTarget& profit = next.targets[1];
  const double expected = next.score.expected->total();
  ASSERT_LT(expected, 30);
  ASSERT_GT(expected, 2);
  EXPECT_THAT(profit.value_points_missing, Optional(DoubleNear(25, 1e-9)));
  // Above 30, three of four are below: 75 points.
  EXPECT_THAT(profit.expected_value_missing, Optional(DoubleNear(30 - expected, 1e-9)));
}

TEST_F(NextClassTest, UnknownSaysWhatIsMissing) {
  ScoringPolicy plain = RatedPolicy(0);
  plain.value_rule = ValueRule::kPercentile;
  const CompiledPolicy policy = Compiled(plain);
  EXPECT_THAT(Find(policy, Buyer()).missing, ElementsAre("reference"));
  EXPECT_THAT(Find(policy, Buyer()).targets, IsEmpty());
  context_.model = nullptr;
  EXPECT_THAT(Find(policy, Buyer()).missing, ElementsAre("model", "reference"));
  context_.model = &model_;
  EXPECT_THAT(Find(CompiledPolicy::BuiltIn(), Buyer()).missing, ElementsAre("reference", "policy"));
  EXPECT_THAT(Find(policy, CaseOf({})).missing,
              ElementsAre("purchases", "reference", "match_coverage"));
}

TEST_F(NextClassTest, AnUnratedCustomerIsReachedByRatingIt) {
  const CompiledPolicy policy = Compiled(RatedPolicy(0));
  std::vector<Event> events = BuyerEvents();
  events.resize(3);
  const NextClass next = Find(policy, CaseOf(events));
  EXPECT_EQ(next.score.classification.customer_class, CustomerClass::kUnknown);
  EXPECT_THAT(next.missing, ElementsAre("match_coverage"));
  ASSERT_EQ(next.unrated.size(), 2u);
  EXPECT_EQ(next.unrated[0].criterion, "need");
  EXPECT_NEAR(next.unrated[0].coverage, .6, 1e-12);
  EXPECT_EQ(next.unrated[0].source, RatedBy::kPerson);
  ASSERT_EQ(next.targets.size(), 1u);
  EXPECT_EQ(next.targets[0].customer_class, CustomerClass::kStrategic);
  // `need` alone is 60 %, which is coverage enough; 50 is a high match.
  const ClassWay* need = WayOf(next.targets[0], ActionKind::kRating, "need");
  ASSERT_NE(need, nullptr);
  EXPECT_EQ(need->steps[0].amount, 50);
  EXPECT_EQ(need->steps[0].amount_now, std::nullopt);
  EXPECT_EQ(WayOf(next.targets[0], ActionKind::kRating, "fit"), nullptr) << "40 % is too little";
}

TEST_F(NextClassTest, TheBestClassHasNoNext) {
  ScoringPolicy plain = RatedPolicy(0);
  plain.match_cut = 40;
  const CompiledPolicy policy = Compiled(plain);
  const NextClass next = Find(policy, Buyer());
  EXPECT_EQ(next.score.classification.customer_class, CustomerClass::kStrategic);
  EXPECT_THAT(next.targets, IsEmpty());
  EXPECT_THAT(next.score.value_reasons, Not(IsEmpty()));
}

TEST_F(NextClassTest, WhatCannotBeReachedHasNoWay) {
  const CompiledPolicy policy = Compiled(RatedPolicy(1e12));
  const NextClass next = Find(policy, Buyer());
  ASSERT_EQ(next.targets.size(), 3u);
  EXPECT_THAT(next.targets[1].ways, IsEmpty());
  EXPECT_THAT(next.targets[1].expected_value_missing, Optional(Gt(9e11)));
}

TEST_F(NextClassTest, EveryStepHasATextInBothLanguages) {
  for (int kind = 0; kind < kActionKindCount; ++kind) {
    const ActionStep step{.kind = static_cast<ActionKind>(kind),
                          .amount = 3,
                          .criterion = "need",
                          .interval_days = 30};
    EXPECT_THAT(RenderStep(step, "zh"), AllOf(HasSubstr("3"), Not(HasSubstr("{"))));
    EXPECT_THAT(RenderStep(step, "en"), AllOf(HasSubstr("3"), Not(HasSubstr("{"))));
    EXPECT_NE(RenderStep(step, "zh"), RenderStep(step, "en"));
    EXPECT_FALSE(ActionKindName(step.kind).empty());
  }
}

}  // namespace
}  // namespace valueloop::scoring
