#include "performance/rpc/portfolio_observations.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "unit/performance/domain/telecom.h"

namespace valueloop::performance {
namespace {

namespace cv1 = ::valueloop::scoring::v1;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const Period kMarch{Frequency::kMonthly, 2026, 3};

KpiBinding Coverage(Aggregation aggregation, std::string measure) {
  KpiBinding binding = TelecomKpi("SCORED", Polarity::kHigher, aggregation, 3, "DATA");
  binding.measure = std::move(measure);
  binding.source = {.service = "SCORING", .metric = "coverage"};
  return binding;
}

cv1::PortfolioMetrics Metrics() {
  cv1::PortfolioMetrics metrics;
  metrics.set_customer_count(200);
  metrics.set_covered_count(50);
  metrics.set_revenue(400);
  cv1::ClassRevenue& profit = *metrics.add_class_revenue();
  profit.set_customer_class(cv1::CUSTOMER_CLASS_PROFIT);
  profit.set_revenue(100);
  return metrics;
}

TEST(PortfolioObservationsTest, CoverageIsAShareOrAPercentage) {
  EXPECT_EQ(
      ObservationOf(Coverage(Aggregation::kLast, "PERCENT"), kMarch, Metrics())->observation.value,
      25);
  EXPECT_EQ(
      ObservationOf(Coverage(Aggregation::kLast, "SHARE"), kMarch, Metrics())->observation.value,
      0.25);
}

TEST(PortfolioObservationsTest, ARatioKeepsItsParts) {
  const auto observed = ObservationOf(Coverage(Aggregation::kRatio, "PERCENT"), kMarch, Metrics());
  ASSERT_TRUE(observed.has_value());
  EXPECT_EQ(observed->observation.numerator, 50);
  EXPECT_EQ(observed->observation.denominator, 200);
  EXPECT_EQ(observed->observation.value, std::nullopt);
}

TEST(PortfolioObservationsTest, TheRevenueShareIsTheNamedClasss) {
  KpiBinding binding = Coverage(Aggregation::kLast, "PERCENT");
  binding.source.metric = "class_revenue_share";
  binding.source.customer_class = "PROFIT";
  EXPECT_EQ(ObservationOf(binding, kMarch, Metrics())->observation.value, 25);
  binding.source.customer_class = "STRATEGIC";
  EXPECT_FALSE(ObservationOf(binding, kMarch, Metrics()).has_value());
}

TEST(PortfolioObservationsTest, NothingToDivideByIsMissingAndNotZero) {
  EXPECT_FALSE(ObservationOf(Coverage(Aggregation::kLast, "PERCENT"), kMarch, {}).has_value());
}

TEST(PortfolioObservationsTest, OnlyPeriodsThatAreOverCount) {
  const KpiBinding binding = Coverage(Aggregation::kLast, "PERCENT");
  EXPECT_THAT(PeriodsUntil(binding, absl::CivilDay(2026, 1, 30)), IsEmpty());
  EXPECT_THAT(PeriodsUntil(binding, absl::CivilDay(2026, 1, 31)), SizeIs(1));
  EXPECT_THAT(PeriodsUntil(binding, absl::CivilDay(2027, 6, 1)), SizeIs(12));
}

}  // namespace
}  // namespace valueloop::performance
