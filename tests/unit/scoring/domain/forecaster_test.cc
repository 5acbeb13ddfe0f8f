#include "scoring/domain/forecaster.h"

#include <bit>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "scoring/domain/fit.h"
#include "testing/status_matchers.h"

namespace valueloop::scoring {
namespace {

using ::testing::HasSubstr;
using testing::StatusIs;

constexpr double kHorizon = 52.1775;
constexpr double kDelta = 0.0018;

std::vector<PurchaseHistory> Customers(int count, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<PurchaseHistory> customers;
  for (int i = 0; i < count; ++i) {
    const auto below = [&](uint64_t n) { return static_cast<int>(random() % n); };
    const int age = 1 + below(30);
    const int x = below(4) == 0 ? 0 : 1 + below(9);
    customers.push_back({x, x == 0 ? 0 : (1 + below(static_cast<uint64_t>(age))) / 7.0, age / 7.0});
  }
  return customers;
}

void ExpectSameBits(double got, double want, std::string_view what) {
  EXPECT_EQ(std::bit_cast<uint64_t>(got), std::bit_cast<uint64_t>(want))
      << what << ": " << got << " and " << want;
}

class ForecasterTest : public ::testing::TestWithParam<Family> {
 protected:
  // Parameters of the family as fitted to made-up customers, so that every family has some.
  static PurchaseParams FittedParams(uint64_t seed) {
    const absl::StatusOr<PurchaseFit> fit = FitPurchaseModel(GetParam(), Customers(400, seed));
    EXPECT_TRUE(fit.ok()) << fit.status();
    return fit.ok() ? fit->params : PurchaseParams();
  }
};

TEST_P(ForecasterTest, SaysWhatTheFamilySaysToTheLastBit) {
  const PurchaseParams params = FittedParams(1);
  Forecaster forecaster(kHorizon, kDelta);
  for (const PurchaseHistory& history : Customers(600, 3)) {
    VL_ASSERT_OK_AND_ASSIGN(const PurchaseForecast got, forecaster.Forecast(params, history));
    ExpectSameBits(got.alive_probability, *AliveProbability(params, history), "alive");
    ExpectSameBits(got.exposure_weeks, *Exposure(params, history), "exposure");
    ExpectSameBits(got.expected_purchases, *ExpectedPurchases(params, history, kHorizon),
                   "purchases");
    ExpectSameBits(got.expected_purchases_90_days, *ExpectedPurchases(params, history, 90.0 / 7),
                   "90 days");
    ExpectSameBits(got.probability_any_purchase,
                   *ProbabilityOfAnyPurchase(params, history, kHorizon), "any");
    ExpectSameBits(got.median_weeks_to_next_purchase, *MedianWeeksToNextPurchase(params, history),
                   "median");
    const DiscountedFuture want =
        *DiscountedGivenAlive(params, history.repeat_count, history.age_weeks, kHorizon, kDelta);
    ExpectSameBits(got.given_alive.purchases, want.purchases, "discounted purchases");
    ExpectSameBits(got.given_alive.active_weeks, want.active_weeks, "active weeks");
  }
}

TEST_P(ForecasterTest, KeepsTheParametersOfSegmentsApart) {
  const PurchaseParams one = FittedParams(1);
  const PurchaseParams other = FittedParams(2);
  ASSERT_NE(one, other);
  Forecaster forecaster(kHorizon, kDelta);
  for (const PurchaseHistory& history : Customers(50, 4)) {
    for (const PurchaseParams& params : {one, other, one}) {
      VL_ASSERT_OK_AND_ASSIGN(const PurchaseForecast got, forecaster.Forecast(params, history));
      ExpectSameBits(got.expected_purchases, *ExpectedPurchases(params, history, kHorizon),
                     "purchases");
    }
  }
}

TEST_P(ForecasterTest, AnswersForMoreParametersThanItRemembers) {
  std::vector<double> values = ParameterValues(FittedParams(1));
  const PurchaseHistory history{2, 2, 4};
  Forecaster forecaster(kHorizon, kDelta);
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 200; ++i) {
      std::vector<double> shifted = values;
      shifted[1] *= 1 + 0.01 * i;
      VL_ASSERT_OK_AND_ASSIGN(const PurchaseParams params, MakePurchaseParams(GetParam(), shifted));
      VL_ASSERT_OK_AND_ASSIGN(const PurchaseForecast got, forecaster.Forecast(params, history));
      ExpectSameBits(got.alive_probability, *AliveProbability(params, history), "alive");
    }
  }
}

TEST_P(ForecasterTest, RefusesAHistoryOutOfRange) {
  Forecaster forecaster(kHorizon, kDelta);
  EXPECT_THAT(forecaster.Forecast(FittedParams(1), {1, 5, 4}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("last_weeks")));
}

std::vector<Family> AllFamilies() {
  std::vector<Family> families;
  for (int i = 0; i < kFamilyCount; ++i) families.push_back(static_cast<Family>(i));
  return families;
}
INSTANTIATE_TEST_SUITE_P(Families, ForecasterTest, ::testing::ValuesIn(AllFamilies()),
                         [](const auto& family) { return std::string(FamilyName(family.param)); });

}  // namespace
}  // namespace valueloop::scoring
