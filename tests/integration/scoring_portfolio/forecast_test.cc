// What all customers will buy, through the service.
#include <string>

#include "common/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "integration/scoring_portfolio/portfolio_server.h"
#include "testing/status_matchers.h"

namespace valueloop::scoring {
namespace {

using ::testing::HasSubstr;
using testing::StatusIs;

v1::GetPortfolioForecastRequest Ask() {
  v1::GetPortfolioForecastRequest request;
  request.set_parent("workspaces/default");
  return request;
}

absl::StatusOr<v1::PortfolioForecast> Forecast(PortfolioServer& server,
                                               const v1::GetPortfolioForecastRequest& request) {
  return server.Call<v1::PortfolioForecast>("PortfolioService/GetPortfolioForecast", request);
}

TEST(ForecastTest, TheSumOfAllCustomersHasIntervalsAndAgreesWithTheMatrix) {
  PortfolioServer server;
  EXPECT_EQ(ReasonOf(Forecast(server, Ask()).status()), "NO_SNAPSHOT");
  server.Record(GeneratePurchases(7, 300, 52));
  ASSERT_EQ(server.Fit(FitRequest(true)).state(), common::v1::Job::STATE_SUCCEEDED);
  const v1::ClassMatrix matrix = server.WaitForMatrix([](const v1::ClassMatrix& got) {
    return got.snapshot().model_version() == 1 && got.snapshot().reference_version() == 1;
  });
  VL_ASSERT_OK_AND_ASSIGN(const v1::PortfolioForecast forecast, Forecast(server, Ask()));
  EXPECT_EQ(forecast.customer_count(), 300);
  EXPECT_EQ(forecast.snapshot().as_of(), matrix.snapshot().as_of());
  EXPECT_NEAR(forecast.expected_purchase_value() + forecast.other_expected_value(),
              matrix.total().expected_value(), 1e-6 * matrix.total().expected_value());
  const v1::Interval& value = forecast.purchase_value_interval();
  EXPECT_LT(value.low_95(), value.low_80());
  EXPECT_LT(value.low_80(), forecast.expected_purchase_value());
  EXPECT_LT(forecast.expected_purchase_value(), value.high_80());
  EXPECT_LT(value.high_80(), value.high_95());
  EXPECT_GT(forecast.parameter_variance_share(), 0);
  EXPECT_LT(forecast.parameter_variance_share(), 1);

  v1::GetPortfolioForecastRequest shorter = Ask();
  shorter.set_horizon_months(1);
  VL_ASSERT_OK_AND_ASSIGN(const v1::PortfolioForecast month, Forecast(server, shorter));
  EXPECT_GT(month.expected_purchase_count(), 0);
  EXPECT_LT(month.expected_purchase_count(), forecast.expected_purchase_count());
  shorter.set_horizon_months(601);
  EXPECT_THAT(Forecast(server, shorter),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("horizon_months: got 601")));
}

TEST(ForecastTest, OneScoreSaysWhatMayHappenInItsFullView) {
  PortfolioServer server;
  server.Record(GeneratePurchases(7, 300, 52));
  ASSERT_EQ(server.Fit(FitRequest(true)).state(), common::v1::Job::STATE_SUCCEEDED);
  v1::GetScoreRequest request;
  request.set_name("workspaces/default/customers/c0001/score");
  request.set_view(v1::SCORE_VIEW_FULL);
  VL_ASSERT_OK_AND_ASSIGN(const v1::Score score,
                          server.Call<v1::Score>("ScoreService/GetScore", request));
  const v1::Interval& purchases = score.expected_purchase_interval();
  EXPECT_LE(purchases.low_95(), purchases.low_80());
  EXPECT_LE(purchases.high_80(), purchases.high_95());
  EXPECT_LE(purchases.mean_low(), score.expected_purchase_count());
  EXPECT_GE(purchases.mean_high(), score.expected_purchase_count());
  EXPECT_GE(score.expected_value_interval().high_95(), score.expected_value_interval().low_95());
  request.set_view(v1::SCORE_VIEW_BASIC);
  VL_ASSERT_OK_AND_ASSIGN(const v1::Score basic,
                          server.Call<v1::Score>("ScoreService/GetScore", request));
  EXPECT_FALSE(basic.has_expected_value_interval());
}

}  // namespace
}  // namespace valueloop::scoring
