#include "scoring/domain/hysteresis.h"

#include <map>
#include <string>
#include <vector>

#include "common/status.h"
#include "scoring/domain/score.h"
#include "testing/status_matchers.h"

namespace valueloop::scoring {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;

constexpr int64_t kUnit = 1'000'000;
constexpr absl::CivilDay kFirst(2026, 1, 10);

ScoringPolicy MoneyPolicy(double band) {
  return {
      .value_rule = ValueRule::kMoney, .value_cut = 100, .match_cut = 60, .hysteresis_band = band};
}

MatchResult Rated(double score) { return {.score = score, .coverage = 1}; }

// A past told by hand: the expected value and the match score at month ends.
struct Past {
  std::map<absl::CivilDay, double> values;
  std::map<absl::CivilDay, double> matches;
  std::vector<absl::CivilDay> asked;

  absl::StatusOr<FormerSides> Recall(const ScoringPolicy& policy, double value, double match,
                                     absl::CivilDay as_of) {
    return RecallSides(policy, nullptr, {.expected_value = value, .match = Rated(match)}, kFirst,
                       as_of,
                       [&](absl::CivilDay day, const WantedStanding&) -> absl::StatusOr<Standing> {
                         asked.push_back(day);
                         Standing standing;
                         if (values.count(day) > 0) standing.expected_value = values[day];
                         if (matches.count(day) > 0) standing.match = Rated(matches[day]);
                         return standing;
                       });
  }
};

TEST(HysteresisTest, WithoutABandThePastIsNeverLookedAt) {
  Past past;
  VL_ASSERT_OK_AND_ASSIGN(const FormerSides former,
                          past.Recall(MoneyPolicy(0), 99, 59, absl::CivilDay(2026, 6, 15)));
  EXPECT_FALSE(former.high_value);
  EXPECT_THAT(past.asked, IsEmpty());
}

TEST(HysteresisTest, OutsideTheBandThePastIsNeverLookedAt) {
  Past past;
  for (const double value : {100.0, 89.9}) {
    VL_ASSERT_OK_AND_ASSIGN(const FormerSides former,
                            past.Recall(MoneyPolicy(10), value, 70, absl::CivilDay(2026, 6, 15)));
    EXPECT_FALSE(former.high_value);
  }
  EXPECT_THAT(past.asked, IsEmpty());
}

TEST(HysteresisTest, WalksBackToTheLastMonthEndOutsideTheBandAndNoFurther) {
  Past past;
  past.values = {{absl::CivilDay(2026, 5, 31), 95},
                 {absl::CivilDay(2026, 4, 30), 100},
                 {absl::CivilDay(2026, 3, 31), 10}};
  VL_ASSERT_OK_AND_ASSIGN(const FormerSides former,
                          past.Recall(MoneyPolicy(10), 91, 70, absl::CivilDay(2026, 6, 15)));
  EXPECT_TRUE(former.high_value);
  EXPECT_THAT(past.asked, ElementsAre(absl::CivilDay(2026, 5, 31), absl::CivilDay(2026, 4, 30)));
}

TEST(HysteresisTest, WhoWasNeverAboveTheCutIsNotHighWithinTheBand) {
  Past past;
  past.values = {{absl::CivilDay(2026, 5, 31), 95},
                 {absl::CivilDay(2026, 3, 31), 99},
                 {absl::CivilDay(2025, 12, 31), 500}};  // Before the first event: not asked for.
  VL_ASSERT_OK_AND_ASSIGN(const FormerSides former,
                          past.Recall(MoneyPolicy(10), 91, 70, absl::CivilDay(2026, 6, 15)));
  EXPECT_FALSE(former.high_value);
  EXPECT_EQ(past.asked.back(), absl::CivilDay(2026, 1, 31));
}

TEST(HysteresisTest, AMonthBelowTheBandForgetsWhatWasBefore) {
  Past past;
  past.values = {{absl::CivilDay(2026, 5, 31), 89}, {absl::CivilDay(2026, 4, 30), 300}};
  VL_ASSERT_OK_AND_ASSIGN(const FormerSides former,
                          past.Recall(MoneyPolicy(10), 91, 70, absl::CivilDay(2026, 6, 15)));
  EXPECT_FALSE(former.high_value);
}

TEST(HysteresisTest, ValueAndMatchHavePathsOfTheirOwn) {
  Past past;
  past.values = {{absl::CivilDay(2026, 5, 31), 89}};
  past.matches = {{absl::CivilDay(2026, 4, 30), 60}};  // In May nobody had rated: unknown.
  VL_ASSERT_OK_AND_ASSIGN(const FormerSides former,
                          past.Recall(MoneyPolicy(10), 91, 55, absl::CivilDay(2026, 6, 15)));
  EXPECT_FALSE(former.high_value);
  EXPECT_TRUE(former.high_match);
}

TEST(HysteresisTest, TheDayOfAMonthEndIsItsOwnLastStep) {
  Past past;
  past.values = {{absl::CivilDay(2026, 5, 31), 100}};
  VL_ASSERT_OK_AND_ASSIGN(const FormerSides former,
                          past.Recall(MoneyPolicy(10), 95, 70, absl::CivilDay(2026, 6, 30)));
  EXPECT_TRUE(former.high_value);
  EXPECT_THAT(past.asked, ElementsAre(absl::CivilDay(2026, 5, 31)));
}

TEST(HysteresisTest, TheBackwardWalkIsTheForwardRecursion) {
  const ScoringPolicy policy = MoneyPolicy(10);
  // Every path of 6 month ends over a low, a band and a high value, then one in the band.
  const double kinds[] = {80, 95, 120};
  const absl::CivilMonth first(kFirst);
  for (int path = 0; path < 729; ++path) {
    Past past;
    bool high = false;  // The recursion as METHODS E6 says it.
    int digits = path;
    for (int month = 0; month < 6; ++month, digits /= 3) {
      const double value = kinds[digits % 3];
      past.values[absl::CivilDay(first + month + 1) - 1] = value;
      high = high ? value >= 90 : value >= 100;
    }
    VL_ASSERT_OK_AND_ASSIGN(const FormerSides former,
                            past.Recall(policy, 92, 70, absl::CivilDay(2026, 7, 20)));
    EXPECT_EQ(former.high_value, high) << path;
  }
}

TEST(ClassifyTest, DistancesAreToTheCutThatIsInForce) {
  const ScoringPolicy policy = MoneyPolicy(10);
  const Classification stays = Classify(policy, nullptr, 92, Rated(70), {.high_value = true});
  EXPECT_EQ(stays.customer_class, CustomerClass::kStrategic);
  EXPECT_THAT(stays.value_distance, Optional(DoubleNear(2, 1e-12)));
  EXPECT_THAT(stays.match_distance, Optional(DoubleNear(20, 1e-12)));
  const Classification enters = Classify(policy, nullptr, 92, Rated(59));
  EXPECT_EQ(enters.customer_class, CustomerClass::kOrdinary);
  EXPECT_THAT(enters.value_distance, Optional(DoubleNear(-8, 1e-12)));
  EXPECT_THAT(enters.match_distance, Optional(DoubleNear(-1, 1e-12)));
}

TEST(ClassifyTest, TheBandOfACumulativeCutIsMoreOfTheBestCustomers) {
  // 50 of 100 makes the best one; 80 % takes the best two, 95 % the best three.
  const ReferenceDistribution reference({50, 30, 15, 5, -40});
  ScoringPolicy policy{.value_rule = ValueRule::kCumulative,
                       .value_cut = 80,
                       .match_cut = 60,
                       .hysteresis_band = 15};
  EXPECT_THAT(reference.CumulativeThreshold(50), Optional(50));
  EXPECT_THAT(reference.CumulativeThreshold(80), Optional(30));
  EXPECT_THAT(reference.CumulativeThreshold(100), Optional(5));
  EXPECT_EQ(ValueSide(policy, &reference, 30), CutSide::kHigh);
  EXPECT_EQ(ValueSide(policy, &reference, 15), CutSide::kBand);
  EXPECT_EQ(ValueSide(policy, &reference, 14.9), CutSide::kLow);
  policy.hysteresis_band = 0;
  EXPECT_EQ(ValueSide(policy, &reference, 29.9), CutSide::kLow);
  EXPECT_EQ(ValueSide(policy, nullptr, 30), CutSide::kUnknown);
  const ReferenceDistribution losses({-1, -2});
  EXPECT_EQ(ValueSide(policy, &losses, 30), CutSide::kLow);
}

// Real customers from here on.

void Add(CustomerSummary& summary, absl::CivilDay day, const std::string& id, Payload payload) {
  const Event event{
      .customer_id = "c",
      .source = "test",
      .event_id = id,
      .occurred_micros = absl::ToUnixMicros(absl::FromCivil(day, absl::UTCTimeZone())),
      .payload = std::move(payload)};
  VL_ASSERT_OK(Apply(summary, event, absl::UTCTimeZone()));
}

Model CdnowModel() {
  Model model{.version = 3};
  model.parts.push_back(
      {.purchase = PurchaseParams(BgNbdParams{.r = .243, .alpha = 4.414, .a = .793, .b = 2.426}),
       .gamma_gamma = {.p = 6.25, .q = 3.74, .v = 15.44},
       .mean_spend = 35});
  return model;
}

class HysteresisScoreTest : public ::testing::Test {
 protected:
  // Buys every fortnight in spring, then no more: its value falls month by month.
  HysteresisScoreTest() {
    for (int i = 0; i < 8; ++i) {
      Add(summary_, kFirst + 14 * i, std::to_string(i), Purchase{.amount_micros = 100 * kUnit});
    }
    Add(summary_, kFirst, "r", MatchRating{.criterion = "need", .rating = 90, .rater = "li"});
  }

  CompiledPolicy PolicyWith(double cut, double band) {
    ScoringPolicy policy = MoneyPolicy(band);
    policy.value_cut = cut;
    policy.matches = {
        {.kind = MatchKind::kPosition, .weight = 100, .criteria = {{.id = "need", .weight = 100}}}};
    return *CompiledPolicy::Compile(policy);
  }

  absl::StatusOr<Score> ScoreOn(absl::CivilDay day, const CompiledPolicy& policy) {
    return ComputeScore({.as_of = day, .model = &model_, .policy = &policy},
                        {.customer_id = "c", .summary = &summary_});
  }

  CustomerClass ClassOn(absl::CivilDay day, const CompiledPolicy& policy) {
    const absl::StatusOr<Score> score = ScoreOn(day, policy);
    EXPECT_THAT(score, testing::IsOk());
    return score->classification.customer_class;
  }

  double ValueOn(absl::CivilDay day) {
    const CompiledPolicy policy = PolicyWith(0, 0);
    return ScoreOn(day, policy)->expected->total();
  }

  CustomerSummary summary_;
  const Model model_ = CdnowModel();
};

TEST_F(HysteresisScoreTest, ACustomerNearTheCutKeepsItsClassUntilItLeavesTheBand) {
  const double april = ValueOn(absl::CivilDay(2026, 4, 30));
  const double june = ValueOn(absl::CivilDay(2026, 6, 10));
  const double july = ValueOn(absl::CivilDay(2026, 7, 31));
  ASSERT_GT(april, june);
  ASSERT_GT(june, july);
  const double cut = (april + june) / 2;
  const double band = cut - (june + july) / 2;  // June is within the band, July below it.
  const CompiledPolicy without = PolicyWith(cut, 0);
  const CompiledPolicy with = PolicyWith(cut, band);
  EXPECT_EQ(ClassOn(absl::CivilDay(2026, 4, 30), without), CustomerClass::kStrategic);
  EXPECT_EQ(ClassOn(absl::CivilDay(2026, 6, 10), without), CustomerClass::kPotential);
  EXPECT_EQ(ClassOn(absl::CivilDay(2026, 4, 30), with), CustomerClass::kStrategic);
  EXPECT_EQ(ClassOn(absl::CivilDay(2026, 6, 10), with), CustomerClass::kStrategic);
  EXPECT_EQ(ClassOn(absl::CivilDay(2026, 7, 31), with), CustomerClass::kPotential);
}

TEST_F(HysteresisScoreTest, ALateEventChangesThePath) {
  const absl::CivilDay day(2026, 6, 10);
  const double june = ValueOn(day);
  // A cut that was never reached: low, though the value is within the band.
  const double best = std::max(
      ValueOn(absl::CivilDay(2026, 4, 30)),
      std::max(ValueOn(absl::CivilDay(2026, 3, 31)), ValueOn(absl::CivilDay(2026, 5, 31))));
  const CompiledPolicy policy = PolicyWith(best * 1.2, best * 1.2 - june * 0.2);
  EXPECT_EQ(ClassOn(day, policy), CustomerClass::kPotential);
  // It comes to light that April had a large purchase, given back in June.
  Add(summary_, absl::CivilDay(2026, 4, 29), "late", Purchase{.amount_micros = 5000 * kUnit});
  Add(summary_, absl::CivilDay(2026, 6, 9), "back",
      Refund{.amount_micros = 5000 * kUnit, .purchase_event_id = "late"});
  ASSERT_LT(ValueOn(day), best * 1.2);
  EXPECT_EQ(ClassOn(day, policy), CustomerClass::kStrategic);
}

TEST_F(HysteresisScoreTest, ABatchAndASingleScoreAgree) {
  const CompiledPolicy policy = PolicyWith(ValueOn(absl::CivilDay(2026, 5, 20)), 20);
  for (int day = 0; day < 200; day += 13) {
    const ScoreContext context{.as_of = kFirst + day, .model = &model_, .policy = &policy};
    const ScoreInputs inputs[] = {{.customer_id = "a", .summary = &summary_},
                                  {.customer_id = "c", .summary = &summary_}};
    const auto batch = ComputeScores(context, inputs);
    VL_ASSERT_OK_AND_ASSIGN(const Score single, ComputeScore(context, inputs[1]));
    ASSERT_THAT(batch[1], testing::IsOk());
    EXPECT_EQ(batch[1]->classification.customer_class, single.classification.customer_class);
    EXPECT_EQ(batch[1]->classification.value_distance, single.classification.value_distance);
  }
}

}  // namespace
}  // namespace valueloop::scoring
