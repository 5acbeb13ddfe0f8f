#include "scoring/rpc/score_filter.h"

#include <string>

#include "common/status.h"
#include "testing/status_matchers.h"

namespace valueloop::scoring {
namespace {

using ::testing::HasSubstr;
using testing::StatusIs;

SnapshotRow Customer() {
  return {.customer_id = "c",
          .customer_class = CustomerClass::kStrategic,
          .realised_value = -3,
          .expected_value = 100,
          .attributes = "city t 广 州 \"x\"\ncode t 7\nlevel n 7\nowner t li\nvip b true\n"};
}

bool Matches(const std::string& text) {
  const absl::StatusOr<ScoreFilter> filter = ScoreFilter::Parse(text);
  EXPECT_THAT(filter, testing::IsOk()) << text;
  return filter.ok() && filter->Matches(Customer());
}

TEST(ScoreFilterTest, NothingMatchesEverybody) {
  EXPECT_TRUE(Matches(""));
  EXPECT_TRUE(Matches("  "));
}

TEST(ScoreFilterTest, ComparesTheClass) {
  EXPECT_TRUE(Matches("class=STRATEGIC"));
  EXPECT_TRUE(Matches("class != \"PROFIT\""));
  EXPECT_FALSE(Matches("class = PROFIT"));
}

TEST(ScoreFilterTest, ComparesNumbersWithEveryOperator) {
  EXPECT_TRUE(Matches("expected_value>=100"));
  EXPECT_TRUE(Matches("expected_value<=1e2"));
  EXPECT_FALSE(Matches("expected_value>100"));
  EXPECT_FALSE(Matches("expected_value < 100"));
  EXPECT_TRUE(Matches("expected_value = 100.0"));
  EXPECT_FALSE(Matches("expected_value != 100"));
  EXPECT_TRUE(Matches("realised_value<-2.5"));
}

TEST(ScoreFilterTest, WhatIsUnknownMatchesNoTerm) {
  EXPECT_FALSE(Matches("match_score>=0"));
  EXPECT_FALSE(Matches("match_score!=5"));
  EXPECT_FALSE(Matches("region!=\"north\""));
}

TEST(ScoreFilterTest, ComparesAttributesByTheirKind) {
  EXPECT_TRUE(Matches("owner=\"li\""));
  EXPECT_TRUE(Matches("owner=li"));
  EXPECT_TRUE(Matches("owner<wang"));
  EXPECT_TRUE(Matches("city=\"广 州 \\\"x\\\"\""));
  EXPECT_TRUE(Matches("level>6.5"));
  EXPECT_FALSE(Matches("level=\"7\""));  // A number, not text.
  EXPECT_TRUE(Matches("code=7"));        // A word is text too.
  EXPECT_TRUE(Matches("vip=true"));
  EXPECT_FALSE(Matches("vip=\"true\""));
}

TEST(ScoreFilterTest, AllTermsMustMatch) {
  EXPECT_TRUE(Matches("class=STRATEGIC AND owner=\"li\" AND level>=7"));
  EXPECT_FALSE(Matches("class=STRATEGIC AND owner=\"wang\""));
}

TEST(ScoreFilterTest, RefusesWhatItCannotRead) {
  const auto refusal = [](const std::string& text) {
    const absl::Status status = ScoreFilter::Parse(text).status();
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument)) << text;
    EXPECT_EQ(FieldOf(status), "filter") << text;
    return MessageOf(status);
  };
  EXPECT_THAT(refusal("class"), HasSubstr("its end at column 6, want ="));
  EXPECT_THAT(refusal("class=GOLD"), HasSubstr("at column 7"));
  EXPECT_THAT(refusal("class>PROFIT"), HasSubstr("class = or !="));
  EXPECT_THAT(refusal("expected_value>much"), HasSubstr("a number"));
  EXPECT_THAT(refusal("expected_value>nan"), HasSubstr("a number"));
  EXPECT_THAT(refusal("owner=\"li"), HasSubstr("a closing quote"));
  EXPECT_THAT(refusal("owner=\"l\\i\""), HasSubstr("want \\"));
  EXPECT_THAT(refusal("owner=li OR owner=wang"), HasSubstr("AND or the end"));
  EXPECT_THAT(refusal("owner=li AND"), HasSubstr("a field"));
  EXPECT_THAT(refusal("=li"), HasSubstr("a field"));
  EXPECT_THAT(refusal("owner~li"), HasSubstr("want =, !="));
}

TEST(ScoreFilterTest, RefusesMoreThanItsBounds) {
  EXPECT_THAT(ScoreFilter::Parse(std::string(kMaxFilterBytes + 1, 'a')),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("2049 bytes")));
  std::string terms = "a=1";
  for (size_t i = 1; i < kMaxFilterTerms; ++i) terms += " AND a=1";
  EXPECT_THAT(ScoreFilter::Parse(terms), testing::IsOk());
  EXPECT_THAT(ScoreFilter::Parse(terms + " AND a=1"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("at most 20 terms")));
}

TEST(ScoreOrderTest, TakesAFieldAndADirection) {
  VL_ASSERT_OK_AND_ASSIGN(const ScoreOrder order, ScoreOrder::Parse("-value_at_stake"));
  EXPECT_EQ(order.field, NumberField::kValueAtStake);
  EXPECT_TRUE(order.descending);
  VL_ASSERT_OK_AND_ASSIGN(const ScoreOrder by_id, ScoreOrder::Parse(""));
  EXPECT_FALSE(by_id.field.has_value());
  EXPECT_THAT(ScoreOrder::Parse("class"), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(ScoreOrder::Parse("-"), StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace valueloop::scoring
