#include "scoring/domain/optimizer.h"

#include <cmath>
#include <limits>
#include <vector>

#include "testing/status_matchers.h"

namespace valueloop::scoring {
namespace {

// -sum_i (i + 1) (cosh(theta_i - i / 2) - 1) - coupling (theta_0 - theta_last + n/2 - 1/2)^2: its
// maximum is 0 at theta_i = i / 2, in any dimension.
WideDerivatives Bowl(const std::vector<double>& theta) {
  const size_t n = theta.size();
  WideDerivatives at(n);
  for (size_t i = 0; i < n; ++i) {
    const auto k = static_cast<double>(i);
    const double x = theta[i] - k / 2;
    at.value -= (k + 1) * (std::cosh(x) - 1);
    at.gradient[i] -= (k + 1) * std::sinh(x);
    at.hessian(i, i) -= (k + 1) * std::cosh(x);
  }
  const double gap = theta[0] - theta[n - 1] + (static_cast<double>(n) - 1) / 2;
  at.value -= gap * gap;
  at.gradient[0] -= 2 * gap;
  at.gradient[n - 1] += 2 * gap;
  at.hessian(0, 0) -= 2;
  at.hessian(n - 1, n - 1) -= 2;
  at.hessian(0, n - 1) += 2;
  at.hessian(n - 1, 0) += 2;
  return at;
}

TEST(OptimizerTest, FindsTheTopInTwelveDimensions) {
  VL_ASSERT_OK_AND_ASSIGN(const Optimum optimum, Maximize(Bowl, std::vector<double>(12, -3), {}));
  EXPECT_TRUE(optimum.converged);
  EXPECT_LT(optimum.evaluations, 40);
  for (size_t i = 0; i < 12; ++i) EXPECT_NEAR(optimum.theta[i], static_cast<double>(i) / 2, 1e-8);
}

TEST(OptimizerTest, StopsOnTheBoundWhenTheTopLiesBeyond) {
  const auto rising = [](const std::vector<double>& theta) {
    WideDerivatives at(1);
    at.value = theta[0];
    at.gradient[0] = 1;
    return at;
  };
  VL_ASSERT_OK_AND_ASSIGN(const Optimum optimum, Maximize(rising, {0}, {}));
  EXPECT_EQ(optimum.theta[0], kLogBound);
  EXPECT_TRUE(optimum.converged);
}

TEST(OptimizerTest, ReturnsWhereItStandsWhenTheFunctionIsNotANumber) {
  const auto broken = [](const std::vector<double>& theta) {
    WideDerivatives at(theta.size());
    at.value = std::numeric_limits<double>::quiet_NaN();
    return at;
  };
  VL_ASSERT_OK_AND_ASSIGN(const Optimum optimum, Maximize(broken, {1, 2}, {}));
  EXPECT_FALSE(optimum.converged);
  EXPECT_EQ(optimum.theta, (std::vector<double>{1, 2}));
}

TEST(OptimizerTest, StopsWhenItsCallerSaysSo) {
  EXPECT_THAT(Maximize(Bowl, {5, 5}, [](double) { return false; }),
              testing::StatusIs(absl::StatusCode::kCancelled));
}

TEST(OptimizerTest, EigenvectorsMakeTheMatrixAgain) {
  SquareMatrix matrix(5);
  for (size_t i = 0; i < 5; ++i) {
    for (size_t j = 0; j < 5; ++j) matrix(i, j) = 1 / (1.0 + static_cast<double>(i + j));
  }
  const EigenSystem eigen = EigenOf(matrix);
  for (size_t i = 0; i < 5; ++i) {
    for (size_t j = 0; j < 5; ++j) {
      double sum = 0;
      for (size_t k = 0; k < 5; ++k) {
        sum += eigen.vectors(i, k) * eigen.values[k] * eigen.vectors(j, k);
      }
      EXPECT_NEAR(sum, matrix(i, j), 1e-14);
    }
    if (i > 0) {
      EXPECT_GE(eigen.values[i], eigen.values[i - 1]);
    }
  }
}

}  // namespace
}  // namespace valueloop::scoring
