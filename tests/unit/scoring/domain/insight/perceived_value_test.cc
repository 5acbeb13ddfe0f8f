#include "scoring/domain/insight/perceived_value.h"

#include <cmath>
#include <limits>

#include "testing/status_matchers.h"

namespace valueloop::scoring {
namespace {

using ::testing::HasSubstr;
using testing::StatusIs;

const std::vector<DimensionWeight> kTelecom =
    NormaliseWeights("benefit_weights",
                     {{"FUNCTIONAL", 35}, {"EMOTIONAL", 20}, {"SOCIAL", 10}, {"ECONOMIC", 35}},
                     DefaultBenefitWeights())
        .value();

Feedback Benefits(const std::vector<std::pair<std::string, double>>& scores) {
  Feedback feedback;
  for (const auto& [dimension, score] : scores) {
    feedback.benefits.push_back({.dimension = dimension, .score = score});
  }
  return feedback;
}

PerceptionScores Scores(const Feedback& feedback) {
  PerceptionScores scores(kTelecom, DefaultCostWeights());
  scores.Add(feedback);
  return scores;
}

PerceptionScores Rated(double benefit, double cost) {
  Feedback feedback = Benefits({{"FUNCTIONAL", benefit}});
  feedback.costs.push_back({.dimension = "MONEY", .score = cost});
  return Scores(feedback);
}

TEST(PerceivedValueTest, IsTheWeightedSumOfTheTelecomsDimensions) {
  // METHODS E13: weights 35/20/10/35, scores 80/60/50/70 -> 69.5; dominant FUNCTIONAL (28.0).
  PerceivedValueCollector collector(kTelecom, DefaultCostWeights());
  collector.Add(
      Scores(Benefits({{"FUNCTIONAL", 80}, {"EMOTIONAL", 60}, {"SOCIAL", 50}, {"ECONOMIC", 70}})));
  const PerceivedValueResult result = collector.Result();
  EXPECT_NEAR(result.perceived_value.value(), 69.5, 1e-12);
  EXPECT_EQ(result.dominant_dimension, "FUNCTIONAL");
  EXPECT_NEAR(result.benefits[0].contribution.value(), 28.0, 1e-12);
  EXPECT_EQ(result.benefits[0].dominant_count, 1);
  EXPECT_DOUBLE_EQ(result.coverage, 1);
  EXPECT_EQ(result.rated_customer_count, 1);
  EXPECT_FALSE(result.value_ratio.has_value()) << "nobody said what it costs";
}

TEST(PerceivedValueTest, SharesTheWeightOfUnratedDimensionsOutAndSaysHowMuchIsRated) {
  PerceivedValueCollector collector(kTelecom, DefaultCostWeights());
  collector.Add(Scores(Benefits({{"FUNCTIONAL", 80}, {"SOCIAL", 50}})));
  const PerceivedValueResult result = collector.Result();
  EXPECT_NEAR(result.perceived_value.value(), (35 * 80 + 10 * 50) / 45.0, 1e-12);
  EXPECT_NEAR(result.coverage, .45, 1e-12);
  EXPECT_FALSE(result.benefits[1].score.has_value());
}

TEST(PerceivedValueTest, KeepsRatioAndDifferenceApartForTheyOrderCustomersDifferently) {
  PerceivedValueCollector frugal(kTelecom, DefaultCostWeights());
  frugal.Add(Rated(30, 10));
  PerceivedValueCollector lavish(kTelecom, DefaultCostWeights());
  lavish.Add(Rated(90, 45));
  EXPECT_NEAR(frugal.Result().value_ratio.value(), 3, 1e-12);
  EXPECT_NEAR(frugal.Result().delivered_value.value(), 20, 1e-12);
  EXPECT_NEAR(lavish.Result().value_ratio.value(), 2, 1e-12);
  EXPECT_NEAR(lavish.Result().delivered_value.value(), 45, 1e-12);
}

TEST(PerceivedValueTest, TheRatioOfSeveralCustomersIsThatOfTheirSums) {
  PerceivedValueCollector collector(kTelecom, DefaultCostWeights());
  collector.Add(Rated(30, 10));
  collector.Add(Rated(90, 110.0 - 10));
  const PerceivedValueResult result = collector.Result();
  EXPECT_NEAR(result.value_ratio.value(), 120.0 / 110, 1e-12);  // Not (3 + 0.9) / 2.
  EXPECT_NEAR(result.delivered_value.value(), 5, 1e-12);
  EXPECT_EQ(result.compared_customer_count, 2);
  EXPECT_EQ(result.loyal_expected_count, 1);
}

TEST(PerceivedValueTest, WithoutAnyCostThereIsNoRatioButADifference) {
  PerceivedValueCollector collector(kTelecom, DefaultCostWeights());
  collector.Add(Rated(30, 0));
  EXPECT_FALSE(collector.Result().value_ratio.has_value());
  EXPECT_NEAR(collector.Result().delivered_value.value(), 30, 1e-12);
}

TEST(PerceivedValueTest, NoFeedbackIsNoScoreAndNotZero) {
  PerceivedValueCollector collector(kTelecom, DefaultCostWeights());
  collector.Add(Scores({}));
  const PerceivedValueResult result = collector.Result();
  EXPECT_FALSE(result.perceived_value.has_value());
  EXPECT_FALSE(result.delivered_value.has_value());
  EXPECT_EQ(result.dominant_dimension, "");
  EXPECT_EQ(result.rated_customer_count, 0);
  EXPECT_TRUE(Scores({}).empty());
}

TEST(PerceivedValueTest, TheLatestScoreOfADimensionCounts) {
  PerceptionScores scores(kTelecom, DefaultCostWeights());
  scores.Add(Benefits({{"FUNCTIONAL", 10}, {"SOCIAL", 20}, {"UNHEARD_OF", 99}}));
  scores.Add(Benefits({{"FUNCTIONAL", 90}}));
  EXPECT_EQ(scores.benefits()[0], 90);
  EXPECT_EQ(scores.benefits()[2], 20);
}

TEST(DimensionWeightsTest, AreDividedByTheirSumAndDefaultToEqualOnes) {
  EXPECT_NEAR(kTelecom[0].weight, .35, 1e-15);
  const auto defaults = NormaliseWeights("benefit_weights", {}, DefaultBenefitWeights());
  ASSERT_TRUE(defaults.ok());
  EXPECT_EQ(*defaults, DefaultBenefitWeights());
}

TEST(DimensionWeightsTest, RefuseWhatIsNoWeight) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  const double huge = std::numeric_limits<double>::max();
  for (const double weight : {0.0, -1.0, nan, infinity}) {
    EXPECT_THAT(NormaliseWeights("cost_weights", {{"MONEY", weight}}, DefaultCostWeights()),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("cost_weights.weight")));
  }
  EXPECT_THAT(
      NormaliseWeights("cost_weights", {{"MONEY", huge}, {"TIME", huge}}, DefaultCostWeights()),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("infinite sum")));
  EXPECT_THAT(NormaliseWeights("cost_weights", {{"MONEY", 1}, {"MONEY", 2}}, DefaultCostWeights()),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("every dimension once")));
  EXPECT_THAT(NormaliseWeights("cost_weights", {{"", 1}}, DefaultCostWeights()),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("cost_weights.dimension")));
}

TEST(LoyaltyTest, ComparesWhoStayedAboveAndBelowARatioOfOne) {
  LoyaltyResult result;
  result.Add(1.5, true);
  result.Add(2, true);
  result.Add(1.1, false);
  EXPECT_FALSE(result.lift().has_value()) << "nobody to compare with";
  result.Add(1, false);  // 1 is not above 1.
  result.Add(.5, true);
  EXPECT_NEAR(result.above.kept_ratio().value(), 2.0 / 3, 1e-15);
  EXPECT_NEAR(result.rest.kept_ratio().value(), .5, 1e-15);
  EXPECT_NEAR(result.lift().value(), 1.0 / 6, 1e-15);
}

}  // namespace
}  // namespace valueloop::scoring
