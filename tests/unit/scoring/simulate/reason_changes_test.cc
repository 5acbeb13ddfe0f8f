#include "scoring/domain/reason_changes.h"

#include <cmath>
#include <random>
#include <string>

#include "unit/scoring/simulate/case_under_test.h"

namespace valueloop::scoring {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Optional;

double SumOf(const std::vector<ReasonChange>& changes, double ReasonChange::*part) {
  double sum = 0;
  for (const ReasonChange& change : changes) sum += change.*part;
  return sum;
}

TEST(ReasonChangesTest, AddUpWhateverHappens) {
  const Model model = FittedModel();
  const CompiledPolicy policy = Compiled(RatedPolicy(100));
  const ScoreContext context{.as_of = kToday, .model = &model, .policy = &policy};
  const Score before = ScoreOf(context, Buyer());
  std::mt19937_64 random(1);
  for (int round = 0; round < 200; ++round) {
    WhatIf what_if;
    for (int i = 0; i < 3; ++i) {
      const absl::CivilDay day = kToday - static_cast<int>(random() % 300);
      const auto amount = static_cast<int64_t>(random() % (100 * kUnit));
      const std::string id = "h" + std::to_string(i);
      const std::vector<Payload> payloads = {
          Purchase{.amount_micros = amount}, CostToServe{.amount_micros = amount},
          Referral{.referred_customer_id = "friend", .type = ReferralType::kOne},
          MatchRating{
              .criterion = "need", .rating = static_cast<double>(random() % 101), .rater = "li"}};
      what_if.events.push_back(MakeEvent(day, id, payloads[random() % payloads.size()]));
    }
    CustomerCase changed = Buyer();
    VL_ASSERT_OK(ApplyWhatIf(what_if, absl::UTCTimeZone(), changed));
    const Score after = ScoreOf(context, changed);
    const double value = after.expected->total() - before.expected->total();
    const auto values = CompareReasons(before.value_reasons, after.value_reasons);
    EXPECT_NEAR(SumOf(values, &ReasonChange::change), value, 1e-9 * (1 + std::abs(value)));
    EXPECT_NEAR(SumOf(values, &ReasonChange::displayed), std::round(value * 100) / 100, 1e-6);
    const double match = *after.match.score - *before.match.score;
    const auto matches = CompareReasons(before.match_reasons, after.match_reasons);
    EXPECT_NEAR(SumOf(matches, &ReasonChange::change), match, 1e-9);
    for (size_t i = 1; i < values.size(); ++i) {
      EXPECT_GE(std::abs(values[i - 1].change), std::abs(values[i].change));
    }
  }
}

TEST(ReasonChangesTest, ACriterionRatedFromAnotherSourceIsOneChange) {
  const std::vector<Reason> before = {
      {.code = ReasonCode::kMatchBase, .contribution = 50},
      {.code = ReasonCode::kMatchByPredicate, .contribution = 10, .actual = 100, .subject = "m"}};
  const std::vector<Reason> after = {
      {.code = ReasonCode::kMatchBase, .contribution = 50},
      {.code = ReasonCode::kMatchByPerson, .contribution = -4, .actual = 30, .subject = "m"}};
  const std::vector<ReasonChange> changes = CompareReasons(before, after);
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].code, ReasonCode::kMatchByPerson);
  EXPECT_EQ(changes[0].change, -14);
  EXPECT_EQ(RenderReasonChange(changes[0], "en"), "m: 100 -> 30 (rated by people)");
}

TEST(ReasonChangesTest, WhatIsTheSameIsNoChange) {
  const std::vector<Reason> reasons = {{.code = ReasonCode::kAlive, .contribution = 3}};
  EXPECT_THAT(CompareReasons(reasons, reasons), IsEmpty());
  EXPECT_THAT(CompareReasons({}, {}), IsEmpty());
  const std::vector<ReasonChange> gone = CompareReasons(reasons, {});
  ASSERT_EQ(gone.size(), 1u);
  EXPECT_EQ(gone[0].change, -3);
  EXPECT_EQ(gone[0].actual_after, std::nullopt);
  EXPECT_THAT(RenderReasonChange(gone[0], "zh"), HasSubstr("无"));
}

// Every code has its texts in both languages, and nothing in braces is left after rendering.
TEST(ReasonChangesTest, TheCatalogueIsCompleteInBothLanguages) {
  ASSERT_EQ(ReasonCatalogue().size(), static_cast<size_t>(kReasonCodeCount));
  for (size_t i = 0; i < ReasonCatalogue().size(); ++i) {
    const ReasonText& entry = ReasonCatalogue()[i];
    EXPECT_EQ(entry.code, static_cast<ReasonCode>(i));
    EXPECT_FALSE(entry.name.empty());
    for (const std::string_view text :
         {entry.text_zh, entry.text_en, entry.change_zh, entry.change_en}) {
      EXPECT_FALSE(text.empty()) << entry.name;
    }
    const Reason reason{
        .code = entry.code, .actual = 1, .typical = 2, .subject = "need", .people = {"li", "wang"}};
    const ReasonChange change{
        .code = entry.code, .subject = "need", .actual_before = 1, .actual_after = 2};
    for (const std::string_view language : {"zh", "en"}) {
      EXPECT_THAT(RenderReason(reason, language),
                  AllOf(Not(HasSubstr("{")), Not(HasSubstr("}")), Not(IsEmpty())));
      EXPECT_THAT(RenderReasonChange(change, language),
                  AllOf(Not(HasSubstr("{")), Not(HasSubstr("}")), Not(IsEmpty())));
    }
  }
}

}  // namespace
}  // namespace valueloop::scoring
