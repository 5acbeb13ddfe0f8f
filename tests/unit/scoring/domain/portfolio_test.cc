#include "scoring/domain/portfolio.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace valueloop::scoring {
namespace {

using ::testing::DoubleNear;
using ::testing::Optional;

// METHODS E12, worked by hand: n = 5, total 100, best ceil(0.2 x 5) = 1 has 60.
// Gini = sum((2i + 1 - n) x_i) / (n total) = (-4*2 - 2*8 + 0*10 + 2*20 + 4*60) / 500.
TEST(ConcentrationTest, IsAsWorkedByHand) {
  const double values[] = {60, 2, 20, 8, 10};
  const Concentration got = ComputeConcentration(values);
  EXPECT_THAT(got.top20_share, Optional(DoubleNear(0.6, 1e-12)));
  EXPECT_THAT(got.gini, Optional(DoubleNear(256.0 / 500, 1e-12)));
  EXPECT_THAT(got.share_making_80, Optional(DoubleNear(0.4, 1e-12)));
  EXPECT_EQ(got.negative_share, 0);
}

TEST(ConcentrationTest, LossesMayTakeTheGiniAndTheBestShareAboveOne) {
  const double values[] = {-50, -40, 0, 10, 100};
  const Concentration got = ComputeConcentration(values);
  EXPECT_THAT(got.top20_share, Optional(DoubleNear(5, 1e-12)));
  EXPECT_THAT(got.gini, Optional(DoubleNear((4 * 50 + 2 * 40 + 20 + 400) / 100.0, 1e-12)));
  EXPECT_THAT(got.share_making_80, Optional(DoubleNear(0.2, 1e-12)));
  EXPECT_NEAR(got.negative_share, 0.4, 1e-12);
  EXPECT_NEAR(got.negative_sum, -90, 1e-12);
}

TEST(ConcentrationTest, WithoutAPositiveTotalThereIsNoShareAndNoGini) {
  const double values[] = {-5, 3, 2};
  const Concentration got = ComputeConcentration(values);
  EXPECT_EQ(got.total, 0);
  EXPECT_EQ(got.top20_share, std::nullopt);
  EXPECT_EQ(got.gini, std::nullopt);
  EXPECT_EQ(got.share_making_80, std::nullopt);
  EXPECT_EQ(ComputeConcentration({}).customer_count, 0);
}

TEST(ConcentrationTest, EqualCustomersHaveGiniZero) {
  const double values[] = {7, 7, 7, 7, 7, 7, 7, 7, 7, 7};
  const Concentration got = ComputeConcentration(values);
  EXPECT_THAT(got.gini, Optional(DoubleNear(0, 1e-12)));
  EXPECT_THAT(got.top20_share, Optional(DoubleNear(0.2, 1e-12)));
  EXPECT_THAT(got.share_making_80, Optional(DoubleNear(0.8, 1e-12)));
}

}  // namespace
}  // namespace valueloop::scoring
