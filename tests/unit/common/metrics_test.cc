#include "common/metrics.h"

#include <string>

#include "fmt/format.h"
#include "testing/status_matchers.h"

namespace valueloop {
namespace {

using ::testing::HasSubstr;
using testing::StatusIs;

TEST(MetricsTest, ExposesWhatItsHandlesWereGiven) {
  VL_ASSERT_OK_AND_ASSIGN(const auto metrics, Metrics::Start(""));
  const Counter counter = metrics->GetCounter("valueloop_hits_total", "Hits.", {{"level", "1"}});
  counter.Increment();
  counter.Increment(2);
  const Gauge gauge = metrics->GetGauge("valueloop_queue_count", "Waiting.");
  gauge.Set(5);
  gauge.Add(-2);
  metrics->GetHistogram("valueloop_wait_seconds", "Wait.", {}, {0.1, 1}).Observe(0.5);
  const std::string text = metrics->Expose();
  EXPECT_THAT(text, HasSubstr("# TYPE valueloop_hits_total counter"));
  EXPECT_THAT(text, HasSubstr("valueloop_hits_total{level=\"1\"} 3"));
  EXPECT_THAT(text, HasSubstr("valueloop_queue_count 3"));
  EXPECT_THAT(text, HasSubstr("valueloop_wait_seconds_bucket{le=\"0.1\"} 0"));
  EXPECT_THAT(text, HasSubstr("valueloop_wait_seconds_bucket{le=\"1\"} 1"));
  EXPECT_EQ(counter.Value(), 3);
  EXPECT_EQ(gauge.Value(), 3);
}

TEST(MetricsTest, TheSameNameAndLabelsAreTheSameMetric) {
  VL_ASSERT_OK_AND_ASSIGN(const auto metrics, Metrics::Start(""));
  metrics->GetCounter("valueloop_hits_total", "Hits.", {{"level", "1"}}).Increment();
  metrics->GetCounter("valueloop_hits_total", "Hits.", {{"level", "2"}}).Increment(10);
  const Counter again = metrics->GetCounter("valueloop_hits_total", "Hits.", {{"level", "1"}});
  EXPECT_EQ(again.Value(), 1);
}

TEST(MetricsTest, AHandleWithoutMetricsDropsWhatItIsGiven) {
  const Counter counter;
  counter.Increment();
  EXPECT_EQ(counter.Value(), 0);
  const Gauge gauge;
  gauge.Set(1);
  EXPECT_EQ(gauge.Value(), 0);
  Histogram().Observe(1);
}

TEST(MetricsTest, BucketsGoFromATenthOfAMillisecondToASecond) {
  EXPECT_EQ(RpcSecondsBuckets().front(), 0.0001);
  EXPECT_EQ(RpcSecondsBuckets().back(), 1);
}

TEST(MetricsTest, PortZeroIsAFreePortAndATakenOneIsAnError) {
  VL_ASSERT_OK_AND_ASSIGN(const auto metrics, Metrics::Start("127.0.0.1:0"));
  EXPECT_GT(metrics->port(), 0);
  EXPECT_THAT(
      Metrics::Start(fmt::format("127.0.0.1:{}", metrics->port())),
      StatusIs(absl::StatusCode::kUnavailable, HasSubstr("metrics_address: got 127.0.0.1:")));
  EXPECT_THAT(Metrics::Start("nonsense:address"), StatusIs(absl::StatusCode::kUnavailable));
}

TEST(MetricsDeathTest, AWrongNameEndsTheProcess) {
  VL_ASSERT_OK_AND_ASSIGN(const auto metrics, Metrics::Start(""));
  EXPECT_DEATH(metrics->GetCounter("not a name", "x"), "metric_refused");
  metrics->GetCounter("valueloop_a_total", "x");
  EXPECT_DEATH(metrics->GetGauge("valueloop_a_total", "x"), "metric_refused");
}

}  // namespace
}  // namespace valueloop
