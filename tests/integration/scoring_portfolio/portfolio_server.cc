#include "integration/scoring_portfolio/portfolio_server.h"

#include <algorithm>
#include <random>

#include "absl/time/time.h"
#include "fmt/format.h"
#include "gtest/gtest.h"
#include "testing/eventually.h"
#include "testing/status_matchers.h"

namespace valueloop::scoring {

PortfolioServer::PortfolioServer(const std::string& strategy)
    : process_(VL_SCORING_PROGRAM, {"--strategy", strategy, "--redis", "none"}) {
  process_.Start();
}

void PortfolioServer::Record(const std::vector<v1::Event>& events) {
  constexpr size_t kBatch = 1000;
  for (size_t start = 0; start < events.size(); start += kBatch) {
    v1::RecordEventsRequest request;
    request.set_parent("workspaces/default");
    const size_t end = std::min(start + kBatch, events.size());
    for (size_t i = start; i < end; ++i) *request.add_events() = events[i];
    VL_ASSERT_OK_AND_ASSIGN(const v1::RecordEventsResponse response,
                            Call<v1::RecordEventsResponse>("LedgerService/RecordEvents", request));
    ASSERT_EQ(response.accepted_count(), static_cast<int64_t>(end - start))
        << response.ShortDebugString();
  }
}

common::v1::Job PortfolioServer::WaitForJob(const std::string& name) {
  common::v1::GetJobRequest request;
  request.set_name(name);
  common::v1::Job job;
  const bool has_ended = testing::Eventually(
      [&] {
        EXPECT_THAT(channel().Call("valueloop.common.v1.JobService/GetJob", request, &job),
                    testing::IsOk());
        return job.state() == common::v1::Job::STATE_SUCCEEDED ||
               job.state() == common::v1::Job::STATE_FAILED;
      },
      std::chrono::milliseconds{60'000});
  EXPECT_TRUE(has_ended) << job.ShortDebugString() << process_.Errors();
  return job;
}

common::v1::Job PortfolioServer::Fit(const v1::FitModelRequest& request) {
  const auto response = Call<v1::FitModelResponse>("ModelService/FitModel", request);
  EXPECT_THAT(response, testing::IsOk());
  return response.ok() ? WaitForJob(response->job()) : common::v1::Job();
}

v1::ClassMatrix PortfolioServer::WaitForMatrix(
    const std::function<bool(const v1::ClassMatrix&)>& fits) {
  v1::GetClassMatrixRequest request;
  request.set_parent("workspaces/default");
  v1::ClassMatrix matrix;
  EXPECT_TRUE(testing::Eventually(
      [&] {
        auto got = Call<v1::ClassMatrix>("PortfolioService/GetClassMatrix", request);
        if (!got.ok()) return false;
        matrix = *std::move(got);
        return fits(matrix);
      },
      std::chrono::milliseconds{60'000}))
      << matrix.ShortDebugString() << process_.Errors();
  return matrix;
}

std::string PortfolioServer::Rescore(const std::string& as_of) {
  v1::RescorePortfolioRequest request;
  request.set_parent("workspaces/default");
  request.set_as_of(as_of);
  const auto response =
      Call<v1::RescorePortfolioResponse>("PortfolioService/RescorePortfolio", request);
  EXPECT_THAT(response, testing::IsOk());
  return response.ok() ? WaitForJob(response->job()).result() : "";
}

v1::Event PurchaseOn(const std::string& customer, const std::string& id, absl::CivilDay day,
                     int64_t amount_micros) {
  v1::Event event;
  event.set_customer_id(customer);
  event.set_source("test");
  event.set_event_id(id);
  // Noon in Shanghai, the default workspace's time zone.
  event.mutable_occurred_time()->set_seconds(
      absl::ToUnixSeconds(absl::FromCivil(day, absl::UTCTimeZone()) + absl::Hours(4)));
  event.mutable_purchase()->set_amount_micros(amount_micros);
  return event;
}

std::vector<v1::Event> GeneratePurchases(uint64_t seed, int customer_count, int weeks) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> uniform(0.0, 1.0);
  const absl::CivilDay start(2024, 1, 1);
  std::vector<v1::Event> events;
  for (int i = 0; i < customer_count; ++i) {
    const double daily_rate = 0.01 + 0.05 * uniform(random) * uniform(random);
    const double dropout = 0.4 * uniform(random);
    const double mean_amount = 20 + 80 * uniform(random);
    auto day = static_cast<int>(84 * uniform(random));
    for (int purchase = 0; day < 7 * weeks; ++purchase) {
      events.push_back(
          PurchaseOn(fmt::format("c{:04}", i), fmt::format("{}-{}", i, purchase), start + day,
                     static_cast<int64_t>(1e6 * mean_amount * (0.5 + uniform(random)))));
      if (uniform(random) < dropout) break;
      day += 1 + static_cast<int>(std::exponential_distribution<double>(daily_rate)(random));
    }
  }
  return events;
}

v1::FitModelRequest FitRequest(bool activate) {
  v1::FitModelRequest request;
  request.set_parent("workspaces/default");
  request.set_until("2024-12-31");
  request.set_activate(activate);
  return request;
}

}  // namespace valueloop::scoring
