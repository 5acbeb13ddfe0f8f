#include "common/draw.h"

#include <gtest/gtest.h>

#include <vector>

namespace valueloop {
namespace {

// Mean and variance of `count` draws lie within 5 standard errors of what the textbook says.
template <typename Function>
void ExpectMoments(double mean, double variance, const Function& draw) {
  constexpr int kCount = 200'000;
  double sum = 0;
  double squares = 0;
  for (int i = 0; i < kCount; ++i) {
    const double value = draw() - mean;
    sum += value;
    squares += value * value;
  }
  EXPECT_NEAR(sum / kCount, 0, 5 * std::sqrt(variance / kCount));
  EXPECT_NEAR(squares / kCount / variance, 1, 0.05);
}

TEST(DrawTest, PoissonHasItsMeanAsMeanAndVarianceForSmallAndLargeMeans) {
  Draw draw(1);
  for (const double mean : {0.3, 5.0, 9.99, 10.0, 40.0, 3000.0, 1e8}) {
    SCOPED_TRACE(mean);
    ExpectMoments(mean, mean, [&] { return draw.Poisson(mean); });
  }
  EXPECT_EQ(draw.Poisson(0), 0);
}

TEST(DrawTest, GeometricCountsTheTrialsUpToTheFirstSuccess) {
  Draw draw(2);
  for (const double p : {0.9, 0.3, 0.01}) {
    SCOPED_TRACE(p);
    ExpectMoments(1 / p, (1 - p) / (p * p), [&] { return draw.Geometric(p); });
  }
  EXPECT_EQ(draw.Geometric(1), 1);
  EXPECT_EQ(draw.Geometric(0), 0x1p53) << "never a success: cut, not infinite";
}

TEST(DrawTest, GammaAndBetaHaveTheirMoments) {
  Draw draw(3);
  ExpectMoments(0.25 / 4, 0.25 / 16, [&] { return draw.Gamma(0.25, 4); });
  ExpectMoments(7.0 / 2, 7.0 / 4, [&] { return draw.Gamma(7, 2); });
  ExpectMoments(0.8 / 3.2, 0.8 * 2.4 / (3.2 * 3.2 * 4.2), [&] { return draw.Beta(0.8, 2.4); });
}

TEST(DrawTest, TheSameStartGivesTheSameDraws) {
  Draw one(7);
  Draw two(7);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(one.Poisson(20), two.Poisson(20));
}

}  // namespace
}  // namespace valueloop
