// The customers of tests/golden/purchase_family_points.csv, answered in 50-digit arithmetic by
// tests/golden/make_reference_points.py.
#ifndef VALUELOOP_TESTS_TESTING_PURCHASE_REFERENCES_H_
#define VALUELOOP_TESTS_TESTING_PURCHASE_REFERENCES_H_

#include <cmath>
#include <cstdlib>
#include <random>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "scoring/domain/purchase_model.h"
#include "testing/shared_data.h"
#include "testing/status_matchers.h"

namespace valueloop::testing {

struct ReferencePoint {
  std::string line;
  std::string family;
  std::vector<double> params;
  scoring::PurchaseHistory history;
  double weeks = 0;
  int count = 0;
  double delta_weekly = 0;
  double horizon_weeks = 0;
  double log_likelihood, alive, alive_after, expected, probability, any, exposure, residual,
      discounted_purchases, discounted_active;
};

inline std::vector<ReferencePoint> ReadReferencePoints(std::string_view family) {
  std::istringstream file(ReadFileOrDie(RepositoryPath("tests/golden/purchase_family_points.csv")));
  std::vector<ReferencePoint> points;
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    ReferencePoint point{.line = line};
    std::istringstream cells(line);
    std::string params;
    std::getline(cells, point.family, ',');
    std::getline(cells, params, ',');
    if (point.family != family) continue;
    std::istringstream words(params);
    for (std::string word; words >> word;) point.params.push_back(std::stod(word));
    const auto next = [&] {
      std::string cell;
      std::getline(cells, cell, ',');
      // Not std::stod, which throws on a number too small for a double; that one is 0 here.
      return std::strtod(cell.c_str(), nullptr);
    };
    point.history.repeat_count = static_cast<int32_t>(next());
    for (double* value : {&point.history.last_weeks, &point.history.age_weeks, &point.weeks}) {
      *value = next();
    }
    point.count = static_cast<int>(next());
    for (double* value :
         {&point.delta_weekly, &point.horizon_weeks, &point.log_likelihood, &point.alive,
          &point.alive_after, &point.expected, &point.probability, &point.any, &point.exposure,
          &point.residual, &point.discounted_purchases, &point.discounted_active}) {
      *value = next();
    }
    points.push_back(point);
  }
  return points;
}

// Expects `got` within a relative error of 1e-9 of `want`, where that is a normal double.
inline void ExpectReference(std::string_view what, const absl::StatusOr<double>& got, double want) {
  ASSERT_THAT(got, IsOk()) << what;
  EXPECT_NEAR(*got, want, 1e-9 * std::fabs(want) + 1e-300) << what;
}

// Expects every function of the family to agree with every point of its name.
inline void ExpectAgreementWithReferencePoints(scoring::Family family) {
  const std::vector<ReferencePoint> points = ReadReferencePoints(scoring::FamilyName(family));
  ASSERT_GE(points.size(), 50u);
  for (const ReferencePoint& point : points) {
    SCOPED_TRACE(point.line);
    VL_ASSERT_OK_AND_ASSIGN(const scoring::PurchaseParams p,
                            scoring::MakePurchaseParams(family, point.params));
    const scoring::PurchaseHistory& h = point.history;
    // A sum of terms that may cancel: relative to 1 where it is small.
    const auto log_likelihood = LogLikelihood(p, h);
    ASSERT_THAT(log_likelihood, IsOk());
    EXPECT_NEAR(*log_likelihood, point.log_likelihood,
                1e-9 * std::max(1.0, std::fabs(point.log_likelihood)));
    ExpectReference("alive", AliveProbability(p, h), point.alive);
    ExpectReference("alive_after", AliveProbabilityAfter(p, h, point.weeks), point.alive_after);
    ExpectReference("expected", ExpectedPurchases(p, h, point.weeks), point.expected);
    ExpectReference("probability", PurchaseProbability(p, h, point.count, point.weeks),
                    point.probability);
    ExpectReference("any", ProbabilityOfAnyPurchase(p, h, point.weeks), point.any);
    ExpectReference("exposure", Exposure(p, h), point.exposure);
    ExpectReference("residual", DiscountedResidual(p, h, point.delta_weekly), point.residual);
    const auto discounted = Discounted(p, h, point.horizon_weeks, point.delta_weekly);
    ASSERT_THAT(discounted, IsOk());
    ExpectReference("discounted_purchases", discounted->purchases, point.discounted_purchases);
    ExpectReference("discounted_active", discounted->active_weeks, point.discounted_active);
    if (h == scoring::PurchaseHistory{}) {
      ExpectReference("expected of new", ExpectedPurchasesOfNew(p, point.weeks), point.expected);
    }
  }
}

// Expects gradient and Hessian of a family of four parameters to agree with central differences of
// value and gradient at random log-parameters.
template <typename Params>
void ExpectDerivativesAgreeWithDifferences(std::span<const scoring::WeightedHistory> rows) {
  std::mt19937_64 random(7);
  const auto at = [&](const scoring::Vector4& t) {
    return LogLikelihoodDerivatives(
        Params{std::exp(t[0]), std::exp(t[1]), std::exp(t[2]), std::exp(t[3])}, rows);
  };
  for (int repeat = 0; repeat < 40; ++repeat) {
    scoring::Vector4 theta{};
    for (double& t : theta) t = 4 * (static_cast<double>(random() >> 11) * 0x1p-53) - 2;
    const scoring::Derivatives here = at(theta);
    for (size_t i = 0; i < 4; ++i) {
      constexpr double kStep = 1e-5;
      scoring::Vector4 up = theta;
      scoring::Vector4 down = theta;
      up[i] += kStep;
      down[i] -= kStep;
      const scoring::Derivatives above = at(up);
      const scoring::Derivatives below = at(down);
      EXPECT_NEAR(here.gradient[i], (above.value - below.value) / (2 * kStep),
                  1e-7 * (1 + std::fabs(here.value)));
      for (size_t j = 0; j < 4; ++j) {
        EXPECT_NEAR(here.hessian[i][j], (above.gradient[j] - below.gradient[j]) / (2 * kStep),
                    1e-7 * (1 + std::fabs(here.value)))
            << i << " " << j;
      }
    }
  }
}

}  // namespace valueloop::testing

#endif  // VALUELOOP_TESTS_TESTING_PURCHASE_REFERENCES_H_
