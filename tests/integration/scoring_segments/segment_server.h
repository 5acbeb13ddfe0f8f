// valueloop-scoring with 300 customers, a model, and who they are.
#ifndef VALUELOOP_TESTS_INTEGRATION_SCORING_SEGMENTS_SEGMENT_SERVER_H_
#define VALUELOOP_TESTS_INTEGRATION_SCORING_SEGMENTS_SEGMENT_SERVER_H_

#include <string>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "gtest/gtest.h"
#include "integration/scoring_portfolio/portfolio_server.h"
#include "testing/status_matchers.h"
#include "valueloop/scoring/v1/segment.pb.h"

namespace valueloop::scoring {

inline constexpr int kCustomers = 300;

// One server for all tests of a suite: they only read what it was filled with.
class SegmentServerTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    server_ = new PortfolioServer;
    server_->Record(GeneratePurchases(7, kCustomers, 52));
    // Tiers 0, 1, 2 by turns; every tenth customer has none.
    std::vector<v1::Event> events;
    for (int i = 0; i < kCustomers; ++i) {
      if (i % 10 == 9) continue;
      v1::Event event = PurchaseOn(fmt::format("c{:04}", i), fmt::format("tier-{}", i),
                                   absl::CivilDay(2024, 1, 1), 0);
      event.mutable_attribute_change()->set_attribute("tier");
      event.mutable_attribute_change()->mutable_value()->set_number(i % 3);
      events.push_back(std::move(event));
    }
    server_->Record(events);
    EXPECT_EQ(server_->Fit(FitRequest(true)).state(), common::v1::Job::STATE_SUCCEEDED);
    server_->WaitForMatrix([](const v1::ClassMatrix& matrix) {
      return matrix.snapshot().model_version() == 1 && matrix.snapshot().reference_version() == 1;
    });
  }
  static void TearDownTestSuite() {
    EXPECT_EQ(server_->Stop().code, 0);
    delete server_;
    server_ = nullptr;
  }

  template <typename Response, typename Request>
  absl::StatusOr<Response> Call(const std::string& method, const Request& request) {
    return server_->Call<Response>("SegmentService/" + method, request);
  }

  using Named = std::vector<std::pair<std::string, std::string>>;  // Id and predicate.
  static v1::Segmentation SegmentationOf(const Named& segments) {
    v1::Segmentation segmentation;
    for (const auto& [id, predicate] : segments) {
      v1::Segment& segment = *segmentation.add_segments();
      segment.set_id(id);
      segment.set_name_en(id);
      segment.set_predicate(predicate);
    }
    return segmentation;
  }

  absl::StatusOr<v1::Segmentation> Create(const std::string& id, const Named& segments) {
    v1::CreateSegmentationRequest request;
    request.set_parent("workspaces/default");
    request.set_segmentation_id(id);
    *request.mutable_segmentation() = SegmentationOf(segments);
    return Call<v1::Segmentation>("CreateSegmentation", request);
  }

  static PortfolioServer* server_;
};

inline PortfolioServer* SegmentServerTest::server_ = nullptr;

}  // namespace valueloop::scoring

#endif  // VALUELOOP_TESTS_INTEGRATION_SCORING_SEGMENTS_SEGMENT_SERVER_H_
