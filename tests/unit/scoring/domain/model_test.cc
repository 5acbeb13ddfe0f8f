// BG/NBD and Gamma-Gamma against published numbers, worked examples and their own derivatives.
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "scoring/domain/bg_nbd.h"
#include "scoring/domain/gamma_gamma.h"
#include "scoring/domain/negative_binomial.h"
#include "testing/status_matchers.h"

namespace valueloop::scoring {
namespace {

using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;

constexpr BgNbdParams kCdnow{
    .r = 0.243, .alpha = 4.414, .a = 0.793, .b = 2.426};  // Fader et al. 2005.
constexpr BgNbdParams kStress{.r = 0.25, .alpha = 4, .a = 0.8, .b = 2.5};
constexpr PurchaseHistory kTwo{.repeat_count = 2, .last_weeks = 30.43, .age_weeks = 38.86};
constexpr GammaGammaParams kSpend{.p = 6.25, .q = 3.74, .v = 15.44};
const double kTenPercent = std::log(1.1) / 52.1775;

// Expects a value within a relative error of 1e-9.
void ExpectClose(const absl::StatusOr<double>& got, double want, double relative = 1e-9) {
  ASSERT_THAT(got, IsOk());
  EXPECT_NEAR(*got, want, relative * std::fabs(want));
}

struct WorkedCustomer {
  PurchaseHistory history;
  double log_likelihood, alive, in_39_weeks, in_52_weeks;
};

// 40-digit arithmetic at kCdnow.
constexpr WorkedCustomer kWorked[] = {
    {{2, 30.43, 38.86}, -9.45860630706627, .726578570080673, 1.22602817476714, 1.55872080643209},
    {{0, 0, 38.86}, -.554713276438158, 1, .195098052011263, .252073022282459},
    {{1, 1.71, 38.86}, -4.46909327503259, .212100985377379, .203186987079754, .259823464868622},
    {{26, 30.857142857142858, 31},
     -37.726513328333,
     .968851562851896,
     20.7483536943379,
     25.7564922153781},
    {{7, 35, 77.86}, -23.9431854183394, .0489337604881761, .147213616272798, .189095406073987},
    {{132, 200, 200}, -195.525168799277, .994091745579985, 23.3977792769338, 30.5428321519412},
    {{400, 5, 37},
     1087.27131916612,
     1.58051491404812e-255,
     4.50444599811118e-253,
     5.611268565638e-253},
};

TEST(BgNbdTest, AgreesWithTheWorkedCustomers) {
  for (const WorkedCustomer& worked : kWorked) {
    SCOPED_TRACE(worked.history.repeat_count);
    ExpectClose(LogLikelihood(kCdnow, worked.history), worked.log_likelihood);
    ExpectClose(AliveProbability(kCdnow, worked.history), worked.alive);
    ExpectClose(ExpectedPurchases(kCdnow, worked.history, 39), worked.in_39_weeks);
    ExpectClose(ExpectedPurchases(kCdnow, worked.history, 52), worked.in_52_weeks);
  }
}

TEST(BgNbdTest, AgreesWithTheWorkedExpectationOfNewCustomers) {
  const std::pair<double, double> worked[] = {
      {.1429, .00782834751607216}, {1, .0532678911716583}, {3, .150865230893047},
      {31.8571, 1.04199606085221}, {32, 1.04524332837444}, {52, 1.4460505953964},
      {78, 1.86051905794277}};
  for (const auto& [weeks, purchases] : worked) {
    ExpectClose(ExpectedPurchasesOfNew(kCdnow, weeks), purchases);
  }
}

TEST(BgNbdTest, AgreesWithThePublishedStressRows) {
  // Hardie, note 027.
  ExpectClose(LogLikelihood(kStress, {0, 0, 40}), -.599473818199593);
  ExpectClose(LogLikelihood(kStress, {200, 38, 40}), 100.795693092706);
}

TEST(BgNbdTest, ShowsTheIncreasingFrequencyParadox) {
  // BTYD's walkthrough: at t_x 20 and T 39 more past purchases mean fewer to come.
  const BgNbdParams fitted{.r = .2425945, .alpha = 4.413603, .a = .7929199, .b = 2.425898};
  const std::pair<int, double> published[] = {
      {10, .3474606}, {15, .04283391}, {20, .004158973}, {25, .0003583685}};
  for (const auto& [x, purchases] : published) {
    ExpectClose(ExpectedPurchases(fitted, {x, 20, 39}, 52), purchases, 2e-4);
  }
}

TEST(BgNbdTest, FutureAliveProbabilityExposureAndActiveTimeMeetTheAnchors) {
  // METHODS E8.
  ExpectClose(AliveProbabilityAfter(kCdnow, kTwo, 0), .726578570080673);
  EXPECT_NEAR(*AliveProbabilityAfter(kCdnow, kTwo, 39), .567138036, 5e-10);
  EXPECT_NEAR(*AliveProbabilityAfter(kCdnow, kTwo, 104), .431367691, 5e-10);
  EXPECT_NEAR(*Exposure(kCdnow, kTwo), 36.5550573, 5e-8);
  VL_ASSERT_OK_AND_ASSIGN(const DiscountedFuture future,
                          Discounted(kCdnow, kTwo, 52.1775, kTenPercent));
  EXPECT_NEAR(future.active_weeks, 30.7115599, 5e-8);
}

TEST(BgNbdTest, DiscountedPurchasesOverALongHorizonApproachTheirLimit) {
  // Quadrature to infinity at a weekly rate of 0.0027, 40 digits.
  VL_ASSERT_OK_AND_ASSIGN(const DiscountedFuture future, Discounted(kCdnow, kTwo, 20000, .0027));
  EXPECT_NEAR(future.purchases, 5.15637982615404, 1e-8);
}

TEST(BgNbdTest, UndiscountedIntegralsEqualTheClosedForms) {
  std::mt19937_64 random(11);
  const auto uniform = [&](double low, double high) {
    return low + (high - low) * static_cast<double>(random() >> 11) * 0x1p-53;
  };
  for (int i = 0; i < 300; ++i) {
    const BgNbdParams params{std::exp(uniform(-3, 3)), std::exp(uniform(-2, 4)),
                             std::exp(uniform(-3, 2)), std::exp(uniform(-2, 3))};
    const double age = uniform(1, 200);
    PurchaseHistory history{.repeat_count = static_cast<int>(uniform(0, 60)), .age_weeks = age};
    if (history.repeat_count > 0) history.last_weeks = uniform(0.1, age);
    const double horizon = uniform(1, 150);
    VL_ASSERT_OK_AND_ASSIGN(const double closed, ExpectedPurchases(params, history, horizon));
    VL_ASSERT_OK_AND_ASSIGN(const DiscountedFuture future, Discounted(params, history, horizon, 0));
    EXPECT_NEAR(future.purchases, closed, 1e-9 * closed + 1e-300)
        << params.r << " " << params.alpha << " " << params.a << " " << params.b << " "
        << history.repeat_count << " " << age << " " << horizon;
  }
}

TEST(BgNbdTest, PredictionsAreContinuousWhereTheClosedFormIsSingular) {
  BgNbdParams params = kCdnow;
  params.a = 1;
  VL_ASSERT_OK_AND_ASSIGN(const double at, ExpectedPurchases(params, kTwo, 39));
  params.a = 1 + 1e-12;
  ExpectClose(ExpectedPurchases(params, kTwo, 39), at);
  const BgNbdParams zero_c{.r = .2, .alpha = 4, .a = .5, .b = .5};  // a + b - 1 = 0 at x = 0.
  const BgNbdParams near_c{.r = .2, .alpha = 4, .a = .5, .b = .5 + 1e-11};
  VL_ASSERT_OK_AND_ASSIGN(const double at_c, ExpectedPurchasesOfNew(zero_c, 39));
  ExpectClose(ExpectedPurchasesOfNew(near_c, 39), at_c, 1e-9);
}

TEST(BgNbdTest, StaysFiniteAtExtremeRowsAndParameters) {
  const double tiny = std::exp(-15.0);
  const double huge = std::exp(15.0);
  const PurchaseHistory histories[] = {{0, 0, 0},        {0, 0, 1e5},     {1, 1e-6, 1e-6},
                                       {3650, 520, 521}, {3650, 1, 5000}, {500, 4, 37}};
  for (const double r : {tiny, .25, huge}) {
    for (const double alpha : {tiny, 4.0, huge}) {
      for (const double a : {tiny, 1.0, huge}) {
        for (const double b : {tiny, 1.0, huge}) {
          const BgNbdParams params{r, alpha, a, b};
          for (const PurchaseHistory& history : histories) {
            SCOPED_TRACE(::testing::Message() << r << " " << alpha << " " << a << " " << b << " x "
                                              << history.repeat_count);
            EXPECT_TRUE(std::isfinite(*LogLikelihood(params, history)));
            const double alive = *AliveProbability(params, history);
            EXPECT_TRUE(alive >= 0 && alive <= 1);
          }
        }
      }
    }
  }
}

TEST(BgNbdTest, WithoutDropoutItIsTheNegativeBinomial) {
  // b -> infinity: (r + x) t / (alpha + T).
  const BgNbdParams params{.r = .5, .alpha = 8, .a = .001, .b = std::exp(15.0)};
  ExpectClose(ExpectedPurchases(params, {30, 38, 40}, 52), 30.5 * 52 / 48, 1e-6);
  EXPECT_NEAR(*AliveProbability(params, {30, 38, 40}), 1, 1e-6);
}

TEST(BgNbdTest, MedianTimeToTheNextPurchaseFollowsItsFormula) {
  ExpectClose(MedianWeeksToNextPurchase(kCdnow, kTwo),
              (4.414 + 38.86) * (std::pow(2, 1 / 2.243) - 1));
}

TEST(BgNbdTest, NamesTheInputThatIsOutOfRange) {
  const auto invalid = [](const absl::StatusOr<double>& got, const char* message) {
    EXPECT_THAT(got, StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(message)));
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  invalid(AliveProbability(kCdnow, {.repeat_count = 1, .last_weeks = 9, .age_weeks = 8}),
          "last_weeks: got 9, want 0..8");
  invalid(AliveProbability(kCdnow, {.repeat_count = 1, .last_weeks = 0, .age_weeks = 8}),
          "above 0 with a repeat purchase");
  invalid(AliveProbability(kCdnow, {.repeat_count = 0, .last_weeks = 2, .age_weeks = 8}),
          "0 without a repeat purchase");
  invalid(AliveProbability(kCdnow, {.repeat_count = -1}), "repeat_count: got -1");
  invalid(AliveProbability(kCdnow, {.age_weeks = nan}), "age_weeks");
  invalid(AliveProbability({.r = 0, .alpha = 1, .a = 1, .b = 1}, {}), "r: got 0");
  invalid(AliveProbability({.r = 1, .alpha = nan, .a = 1, .b = 1}, {}), "alpha");
  invalid(ExpectedPurchases(kCdnow, kTwo, -1), "weeks: got -1");
}

TEST(GammaGammaTest, AgreesWithTheWorkedCustomers) {
  const std::pair<SpendHistory, double> worked[] = {{{2, 22.35}, 24.663713910761153},
                                                    {{1, 11.77}, 18.916852057842046},
                                                    {{0, 0}, 35.21897810218978},
                                                    {{7, 73.74}, 71.46967089696709}};
  for (const auto& [spend, expected] : worked) ExpectClose(ExpectedSpend(kSpend, spend), expected);
  ExpectClose(PopulationMeanSpend(kSpend), 35.21897810218978);
}

TEST(GammaGammaTest, HasNoMeanWhereItIsNotFinite) {
  const GammaGammaParams heavy{.p = 2, .q = .8, .v = 10};
  EXPECT_THAT(PopulationMeanSpend(heavy),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("not finite")));
  EXPECT_THAT(ExpectedSpend(heavy, {1, 20}), IsOk());
  EXPECT_THAT(ExpectedSpend(heavy, {1, -20}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("spend.mean")));
  EXPECT_THAT(LogLikelihood(heavy, {0, 0}), StatusIs(absl::StatusCode::kInvalidArgument));
}

// Compares exact first and second derivatives with central differences of the value and the
// gradient.
template <typename Evaluate>
void CheckDerivatives(const Evaluate& evaluate, const Vector4& theta, size_t dimension) {
  constexpr double kStep = 1e-5;
  const Derivatives at = evaluate(theta);
  for (size_t i = 0; i < dimension; ++i) {
    Vector4 up = theta, down = theta;
    up[i] += kStep;
    down[i] -= kStep;
    const Derivatives high = evaluate(up), low = evaluate(down);
    const double scale = 1 + std::fabs(at.value) + std::fabs(at.gradient[i]);
    EXPECT_NEAR(at.gradient[i], (high.value - low.value) / (2 * kStep), 1e-7 * scale) << i;
    for (size_t j = 0; j < dimension; ++j) {
      const double want = (high.gradient[j] - low.gradient[j]) / (2 * kStep);
      EXPECT_NEAR(at.hessian[i][j], want, 1e-7 * (scale + std::fabs(want))) << i << " " << j;
    }
  }
}

// References: 30-digit quadrature over the Beta density.
TEST(BgNbdTest, PredictsWhereAFitEndedAtItsBoundAndCustomersHardlyDiffer) {
  constexpr BgNbdParams kBound{.r = 0.977, .alpha = 7.9, .a = 517580.8, .b = 3269017.4};
  ExpectClose(ExpectedPurchasesOfNew(kBound, 30 * 7.9), 5.8268651970616878);
  ExpectClose(AliveProbabilityAfter(kBound, {}, 30 * 7.9), 0.20354118122946226);
  constexpr BgNbdParams kFewStay{.r = 2.3, .alpha = 1, .a = 350, .b = 30};
  ExpectClose(ExpectedPurchasesOfNew(kFewStay, 10), 1.0807657607872858);
  ExpectClose(AliveProbabilityAfter(kFewStay, {}, 10), 0.0047807178693849789);
  constexpr BgNbdParams kHeavy{.r = 0.5, .alpha = 10, .a = 400, .b = 300.25};
  const auto future = DiscountedGivenAlive(kHeavy, 300, 90, 150, 0);
  ASSERT_THAT(future, IsOk());
  ExpectClose(future->purchases, 2.5043859649122807);
}

TEST(BgNbdTest, TheTwoWaysOfPredictingAgreeWhereTheyMeet) {
  for (const double b : {0.7, 19.5, 20.5, 100.0, 5000.0}) {
    for (const double r : {0.3, 40.0}) {
      const BgNbdParams below{.r = r, .alpha = 5, .a = 50, .b = b};
      BgNbdParams above = below;
      above.a = std::nextafter(50.0, 51.0);
      ExpectClose(ExpectedPurchasesOfNew(above, 60), *ExpectedPurchasesOfNew(below, 60));
      ExpectClose(AliveProbabilityAfter(above, {}, 60), *AliveProbabilityAfter(below, {}, 60));
    }
  }
}

// A customer who surely leaves after the next purchase, or never: what the model tends to.
TEST(BgNbdTest, ExpectationsStayWithinTheirLimitsForEveryLeavingProbability) {
  for (const double a : {0.01, 0.5, 1.0, 5.0, 49.0, 51.0, 300.0, 3000.0, 1e5}) {
    for (const double b : {0.01, 1.0, 19.0, 21.0, 500.0, 1e5}) {
      for (const double weeks : {0.1, 10.0, 1000.0}) {
        const BgNbdParams params{.r = 0.5, .alpha = 5, .a = a, .b = b};
        const auto purchases = ExpectedPurchasesOfNew(params, weeks);
        ASSERT_THAT(purchases, IsOk());
        // Between one leaving after its first repeat purchase and one that never leaves.
        const double any = -std::expm1(-0.5 * std::log1p(weeks / 5));
        EXPECT_GE(*purchases, any * (1 - 1e-9)) << a << " " << b << " " << weeks;
        EXPECT_LE(*purchases, 0.5 / 5 * weeks * (1 + 1e-9)) << a << " " << b << " " << weeks;
      }
    }
  }
}

TEST(DerivativesTest, OfAllModelsAgreeWithDifferences) {
  std::mt19937_64 random(3);
  const auto uniform = [&](double low, double high) {
    return low + (high - low) * static_cast<double>(random() >> 11) * 0x1p-53;
  };
  const std::vector<WeightedHistory> histories = {
      {{0, 0, 20}, 3}, {{1, 5, 20}, 2}, {{2, 19, 20}, 1}, {{7, 3, 18}, 1}, {{90, 19.5, 20}, 1}};
  const std::vector<SpendHistory> spends = {{1, 10}, {1, 3}, {4, 20}, {40, 8}};
  const std::vector<CountRow> counts = {{0, 20}, {3, 5}, {60, 9}};
  for (int i = 0; i < 40; ++i) {
    const Vector4 theta = {uniform(-2, 2), uniform(-2, 2), uniform(-2, 2), uniform(-2, 2)};
    CheckDerivatives(
        [&](const Vector4& t) {
          return LogLikelihoodDerivatives(
              BgNbdParams{std::exp(t[0]), std::exp(t[1]), std::exp(t[2]), std::exp(t[3])},
              histories);
        },
        theta, 4);
    CheckDerivatives(
        [&](const Vector4& t) {
          return LogLikelihoodDerivatives(
              GammaGammaParams{std::exp(t[0]), std::exp(t[1]), std::exp(t[2])}, spends);
        },
        theta, 3);
    CheckDerivatives(
        [&](const Vector4& t) {
          return LogLikelihoodDerivatives(NegativeBinomialParams{std::exp(t[0]), std::exp(t[1])},
                                          counts);
        },
        theta, 2);
  }
}

}  // namespace
}  // namespace valueloop::scoring
