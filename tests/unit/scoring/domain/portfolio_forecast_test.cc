#include "scoring/domain/portfolio_forecast.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "common/draw.h"
#include "scoring/domain/fit.h"
#include "testing/status_matchers.h"

namespace valueloop::scoring {
namespace {

constexpr BgNbdParams kBuyers{.r = 1.2, .alpha = 6, .a = 0.8, .b = 5};
constexpr GammaGammaParams kSpend{.p = 6.25, .q = 3.74, .v = 15.44};
constexpr double kDelta = 0.0018;

struct Portfolio {
  std::vector<PurchaseHistory> histories;
  std::vector<SpendHistory> spends;
  double ahead_count = 0;
  double ahead_value = 0;  // Discounted, at a margin ratio of 1.
};

// Customers of the BG/NBD and Gamma-Gamma processes, watched for 52 weeks, and what they buy in the
// next 52.
Portfolio Watch(int customers, Draw& draw) {
  Portfolio portfolio;
  for (int i = 0; i < customers; ++i) {
    const double rate = draw.Gamma(kBuyers.r, kBuyers.alpha);
    const double leaving = draw.Beta(kBuyers.a, kBuyers.b);
    const double scale = kSpend.v / draw.Gamma(kSpend.q, 1);
    PurchaseHistory history{.age_weeks = 52};
    SpendHistory spend;
    for (double time = draw.Exponential(rate); time <= 104; time += draw.Exponential(rate)) {
      const double amount = scale * draw.Gamma(kSpend.p, 1);
      if (time <= 52) {
        ++history.repeat_count;
        history.last_weeks = time;
        ++spend.count;
        spend.mean += (amount - spend.mean) / spend.count;
      } else {
        ++portfolio.ahead_count;
        portfolio.ahead_value += amount * std::exp(-kDelta * (time - 52));
      }
      if (draw.Chance(leaving)) break;
    }
    portfolio.histories.push_back(history);
    portfolio.spends.push_back(spend);
  }
  return portfolio;
}

ModelPart TruePart() {
  return {.purchase = PurchaseParams(kBuyers), .gamma_gamma = kSpend, .mean_spend = 35};
}

absl::StatusOr<PortfolioForecast> ForecastOf(const ModelPart& part, const Portfolio& portfolio) {
  PortfolioForecaster forecaster(52, kDelta);
  for (size_t i = 0; i < portfolio.histories.size(); ++i) {
    forecaster.Add(part, part.purchase, portfolio.histories[i], portfolio.spends[i], 1);
  }
  return forecaster.Finish();
}

bool Within80(const SumForecast& sum, double actual) {
  return sum.interval->low_80 <= actual && actual <= sum.interval->high_80;
}

TEST(PortfolioForecastTest, TheSumsAreThoseOfTheCustomers) {
  Draw draw(1);
  const Portfolio portfolio = Watch(50, draw);
  const ModelPart part = TruePart();
  VL_ASSERT_OK_AND_ASSIGN(const PortfolioForecast forecast, ForecastOf(part, portfolio));
  double count = 0;
  double value = 0;
  for (size_t i = 0; i < portfolio.histories.size(); ++i) {
    count += *ExpectedPurchases(part.purchase, portfolio.histories[i], 52);
    value += Discounted(part.purchase, portfolio.histories[i], 52, kDelta)->purchases *
             SpendToExpect(part, portfolio.spends[i]);
  }
  EXPECT_EQ(forecast.customer_count, 50);
  EXPECT_NEAR(forecast.purchases.mean, count, 1e-6 * count);
  EXPECT_NEAR(forecast.purchase_value.mean, value, 1e-6 * value);
}

TEST(PortfolioForecastTest, CoversTheSumsOfSimulatedPortfoliosAsOftenAsItSays) {
  Draw draw(2);
  const ModelPart part = TruePart();
  constexpr int kPortfolios = 150;
  int count_within = 0;
  int value_within = 0;
  for (int i = 0; i < kPortfolios; ++i) {
    const Portfolio portfolio = Watch(200, draw);
    VL_ASSERT_OK_AND_ASSIGN(const PortfolioForecast forecast, ForecastOf(part, portfolio));
    count_within += Within80(forecast.purchases, portfolio.ahead_count);
    value_within += Within80(forecast.purchase_value, portfolio.ahead_value);
  }
  // The standard error of a share of 150 is 3.3 points.
  EXPECT_NEAR(count_within / double{kPortfolios}, 0.80, 0.09);
  EXPECT_NEAR(value_within / double{kPortfolios}, 0.80, 0.09);
}

TEST(PortfolioForecastTest, WithFittedParametersTheirUncertaintyIsPartOfTheInterval) {
  Draw draw(3);
  constexpr int kPortfolios = 60;
  int with_parameters = 0;
  double share = 0;
  for (int i = 0; i < kPortfolios; ++i) {
    const Portfolio portfolio = Watch(300, draw);
    VL_ASSERT_OK_AND_ASSIGN(const BgNbdFit fit, FitBgNbd(portfolio.histories));
    VL_ASSERT_OK_AND_ASSIGN(const GammaGammaFit spend, FitGammaGamma(portfolio.spends));
    const ModelPart part{.purchase = PurchaseParams(fit.params),
                         .purchase_log_covariance = fit.report.log_covariance,
                         .gamma_gamma = spend.params,
                         .spend_log_covariance = spend.report.log_covariance,
                         .mean_spend = 35};
    VL_ASSERT_OK_AND_ASSIGN(const PortfolioForecast forecast, ForecastOf(part, portfolio));
    with_parameters += Within80(forecast.purchases, portfolio.ahead_count);
    if (!forecast.purchases.parameter_variance) continue;
    const double variance = *forecast.purchases.parameter_variance;
    share += variance / (variance + forecast.purchases.process_variance) / kPortfolios;
    EXPECT_GT(*forecast.purchases.interval->mean_low, forecast.purchases.interval->low_95);
  }
  EXPECT_GE(with_parameters, kPortfolios * 0.68);
  EXPECT_GT(share, 0.1);
}

TEST(PortfolioForecastTest, SpendWithoutAVarianceHasNoInterval) {
  ModelPart part = TruePart();
  part.gamma_gamma.q = 1.5;
  PortfolioForecaster forecaster(52, 0);
  forecaster.Add(part, part.purchase, {.age_weeks = 10}, {}, 0.4);
  VL_ASSERT_OK_AND_ASSIGN(const PortfolioForecast forecast, forecaster.Finish());
  EXPECT_FALSE(forecast.purchase_value.interval.has_value());
  EXPECT_TRUE(forecast.purchases.interval.has_value());
  EXPECT_FALSE(forecast.purchases.parameter_variance.has_value()) << "given parameters";
}

TEST(PortfolioForecastTest, OfNobodyItIsNothing) {
  VL_ASSERT_OK_AND_ASSIGN(const PortfolioForecast forecast, PortfolioForecaster(52, 0).Finish());
  EXPECT_EQ(forecast.customer_count, 0);
  EXPECT_EQ(forecast.purchases.mean, 0);
  EXPECT_EQ(forecast.purchases.interval->high_95, 0);
}

}  // namespace
}  // namespace valueloop::scoring
