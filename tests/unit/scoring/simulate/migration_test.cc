#include "scoring/domain/migration.h"

#include <cmath>
#include <string>

#include "unit/scoring/simulate/case_under_test.h"

namespace valueloop::scoring {
namespace {

constexpr CustomerClass kProfit = CustomerClass::kProfit;
constexpr CustomerClass kOrdinary = CustomerClass::kOrdinary;

MoveTally TallyOfFour() {
  MoveTally tally;
  tally.Add({.from = kOrdinary, .to = kProfit, .expected_before = 10, .expected_after = 30});
  tally.Add({.from = kOrdinary, .to = kOrdinary, .expected_before = 5, .expected_after = 4});
  tally.Add({.from = kProfit,
             .to = kOrdinary,
             .expected_before = 50,
             .expected_after = 2,
             .is_lost = true});
  tally.Add({.to = kProfit, .expected_after = 40});  // New.
  return tally;
}

TEST(MigrationTest, TheMatrixAddsUpEveryMove) {
  const MoveTally tally = TallyOfFour();
  const MoveTotals up = tally.Cell(kOrdinary, kProfit, 4);
  EXPECT_EQ(up.count, 1);
  EXPECT_EQ(up.expected_before, 10);
  EXPECT_EQ(up.expected_after, 30);
  EXPECT_EQ(up.count_error, 0) << "everybody was scored";
  EXPECT_EQ(tally.Cell(std::nullopt, kProfit, 4).expected_after, 40);
  const MoveTotals lost = tally.Cell(kProfit, kOrdinary, 4);
  EXPECT_EQ(lost.lost_count, 1);
  EXPECT_EQ(lost.lost_value, 50);
  EXPECT_EQ(tally.Moved(4).count, 2) << "a new customer has not moved";
  EXPECT_EQ(tally.Moved(4).expected_before, 60);
  EXPECT_EQ(tally.All(4).expected_after, 76);
}

// n = 4 of N = 100: a cell with 1 is 25 +- 100 sqrt(.25 x .75 / 3 x .96).
TEST(MigrationTest, ASampleIsSaidWithItsError) {
  const MoveTally tally = TallyOfFour();
  const MoveTotals up = tally.Cell(kOrdinary, kProfit, 100);
  EXPECT_EQ(up.count, 25);
  EXPECT_EQ(up.expected_after, 750);
  EXPECT_NEAR(up.count_error, 100 * std::sqrt(.25 * .75 / 3 * .96), 1e-9);
  // Changes 20, 0, 0, 0: variance 100.
  EXPECT_NEAR(up.change_error, 100 * std::sqrt(100.0 / 4 * .96), 1e-9);
  EXPECT_EQ(MoveTally().All(0).count, 0);
}

TEST(MigrationTest, LostIsFallingBelowAFifth) {
  const Model model = FittedModel();
  const ScoreContext early{.as_of = kToday - 59, .model = &model};
  const ScoreContext late{.as_of = kToday + 700, .model = &model};
  const Score before = ScoreOf(early, Buyer());
  const Score after = ScoreOf(late, Buyer());
  ASSERT_GT(*before.alive_probability, .2);
  ASSERT_LT(*after.alive_probability, .2);
  EXPECT_TRUE(MoveOf(&before, after).is_lost);
  EXPECT_FALSE(MoveOf(&after, after).is_lost) << "it was before";
  EXPECT_FALSE(MoveOf(nullptr, after).is_lost);
  EXPECT_FALSE(MoveOf(nullptr, after).from.has_value());
}

TEST(MigrationTest, ASampleIsEvenAndDependsOnIdsOnly) {
  const CustomerSample sample(100'000, 10'000);
  int count = 0;
  for (int i = 0; i < 100'000; ++i) count += sample.Has("C-" + std::to_string(i)) ? 1 : 0;
  EXPECT_NEAR(count, 10'000, 400) << "4 standard deviations are 380";
  EXPECT_EQ(sample.Has("C-7"), CustomerSample(100'000, 10'000).Has("C-7"));
  EXPECT_TRUE(CustomerSample(5, 5).is_everybody());
  EXPECT_TRUE(CustomerSample(5, 5).Has("x"));
  EXPECT_TRUE(CustomerSample(0, 1).is_everybody());
}

}  // namespace
}  // namespace valueloop::scoring
