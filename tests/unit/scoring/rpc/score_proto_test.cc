#include "scoring/rpc/score_proto.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "scoring/domain/reasons.h"

namespace valueloop::scoring {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

Score Rich() {
  Score score;
  score.realised.purchase.cash = 100;
  score.realised.knowledge.imputed = 7;
  score.expected = FiveValues();
  score.expected->purchase.cash = 50;
  score.alive_probability = 0.75;
  score.median_weeks_to_next_purchase = 2;
  score.match.score = 64.75;
  score.match.coverage = 0.84;
  score.match.by_kind[0] = 100;
  score.match.criteria = {{.criterion = "m_seg",
                           .kind = MatchKind::kPosition,
                           .weight = 0.24,
                           .rating = 100,
                           .rated_by = RatedBy::kPredicate},
                          {.criterion = "m_need", .kind = MatchKind::kPosition}};
  score.classification.customer_class = CustomerClass::kProfit;
  score.value_reasons = {{.code = ReasonCode::kSegmentMean, .contribution = 50, .displayed = 50}};
  score.match_reasons = {{.code = ReasonCode::kMatchBase, .contribution = 50, .displayed = 50}};
  score.provenance = {
      .ledger_revision = 3, .model_version = 2, .as_of = absl::CivilDay(2026, 6, 30)};
  return score;
}

ScoringPolicy OneMatch() {
  ScoringPolicy policy;
  policy.matches = {{.kind = MatchKind::kPosition,
                     .weight = 40,
                     .criteria = {{.id = "m_seg", .weight = 60}, {.id = "m_need", .weight = 40}}}};
  return policy;
}

v1::Score Convert(const Score& score) {
  v1::Score out;
  ToProto(score, OneMatch(), "default", "c 1", absl::FromUnixSeconds(1), out);
  return out;
}

TEST(ScoreProtoTest, UnknownNumbersStayUnsetAndKnownOnesAreThere) {
  const v1::Score rich = Convert(Rich());
  EXPECT_EQ(rich.name(), "workspaces/default/customers/c 1/score");
  EXPECT_EQ(rich.customer_class(), v1::CUSTOMER_CLASS_PROFIT);
  EXPECT_EQ(rich.realised_value(), 107);
  EXPECT_EQ(rich.expected_value(), 50);
  EXPECT_EQ(rich.expected_next_purchase_day(), "2026-07-14");
  EXPECT_FALSE(rich.has_value_score());
  Score poor;
  poor.state = ScoreState::kNotEnoughData;
  poor.missing = {"model"};
  const v1::Score unknown = Convert(poor);
  EXPECT_EQ(unknown.state(), v1::SCORE_STATE_NOT_ENOUGH_DATA);
  EXPECT_EQ(unknown.missing(0), "model");
  EXPECT_FALSE(unknown.has_expected_value());
  EXPECT_FALSE(unknown.has_alive_probability());
  EXPECT_THAT(unknown.expected_next_purchase_day(), IsEmpty());
}

TEST(ScoreProtoTest, FiveValuesStandApartAndTellWhatIsImputed) {
  const v1::Score score = Convert(Rich());
  ASSERT_EQ(score.components_size(), 5);
  EXPECT_EQ(score.components(0).kind(), v1::VALUE_KIND_PURCHASE);
  EXPECT_FALSE(score.components(0).imputed());
  EXPECT_EQ(score.components(3).kind(), v1::VALUE_KIND_KNOWLEDGE);
  EXPECT_TRUE(score.components(3).imputed());
  EXPECT_EQ(score.components(3).realised(), 7);
}

TEST(ScoreProtoTest, AMatchShowsItsCriteriaWithThePlansWeightsAndItsOwnCoverage) {
  const v1::Score score = Convert(Rich());
  ASSERT_EQ(score.matches_size(), 1);
  EXPECT_DOUBLE_EQ(score.matches(0).coverage(), 0.6);
  ASSERT_EQ(score.matches(0).criteria_size(), 2);
  EXPECT_EQ(score.matches(0).criteria(0).weight(), 60);
  EXPECT_EQ(score.matches(0).criteria(0).source(), "PREDICATE");
  EXPECT_FALSE(score.matches(0).criteria(1).has_rating());
}

TEST(ScoreProtoTest, ReasonsGetTheirTextInTheLanguageAskedFor) {
  v1::Score score = Convert(Rich());
  EXPECT_THAT(score.value_reasons(0).text(), IsEmpty());
  RenderReasons("en", score);
  const std::string english = score.value_reasons(0).text();
  EXPECT_THAT(english, Not(IsEmpty()));
  EXPECT_THAT(english, Not(HasSubstr("{")));
  RenderReasons("zh", score);
  EXPECT_NE(score.value_reasons(0).text(), english);
}

TEST(ScoreProtoTest, TheBasicViewIsAFewHundredBytes) {
  v1::Score score = Convert(Rich());
  KeepBasicView(score);
  EXPECT_EQ(score.components_size() + score.matches_size() + score.value_reasons_size(), 0);
  EXPECT_FALSE(score.has_provenance());
  EXPECT_LT(score.ByteSizeLong(), 400u);
}

TEST(ScoreProtoTest, TheCatalogueHasEveryCodeInBothLanguages) {
  v1::ListReasonCodesResponse catalogue;
  ToProto(catalogue);
  EXPECT_EQ(catalogue.reason_codes_size(), kReasonCodeCount);
  for (const v1::ReasonCode& code : catalogue.reason_codes()) {
    EXPECT_FALSE(code.text_zh().empty() || code.text_en().empty()) << code.code();
  }
}

}  // namespace
}  // namespace valueloop::scoring
