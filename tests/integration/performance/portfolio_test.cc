// KPIs whose source is SCORING get their observations from scoring, period by period.
#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "integration/performance/fake_scoring.h"
#include "integration/performance/loop_fixture.h"
#include "testing/eventually.h"

namespace valueloop::performance {
namespace {

namespace cv1 = ::valueloop::scoring::v1;
using ::testing::SizeIs;
using ::valueloop::testing::Eventually;

// 100 customers of whom 40 are covered, and of 1,000 revenue 190 from STRATEGIC customers.
absl::Status Portfolio(const cv1::GetPortfolioMetricsRequest&, cv1::PortfolioMetrics& response) {
  response.set_model_version(3);
  response.set_policy_version(2);
  response.set_reference_version(1);
  response.set_customer_count(100);
  response.set_covered_count(40);
  response.set_revenue(1000);
  cv1::ClassRevenue& strategic = *response.add_class_revenue();
  strategic.set_customer_class(cv1::CUSTOMER_CLASS_STRATEGIC);
  strategic.set_revenue(190);
  return absl::OkStatus();
}

class PortfolioTest : public LoopTest {
 protected:
  void SetUp() override {
    scoring_ = std::make_unique<FakeScoring>(sockets_.File("scoring"));
    strategy_.Start();
    performance_.Start();
    VL_ASSERT_OK(PublishTelecom().status());
    ASSERT_TRUE(Bound()) << performance_.Errors();
  }

  bool Followed(int snapshot) {
    const std::string name = "workspaces/default/snapshots/" + std::to_string(snapshot);
    return Eventually([&] { return GetFollowState()->scoring_snapshot() == name; });
  }

  std::unique_ptr<FakeScoring> scoring_;
};

TEST_F(PortfolioTest, EveryPeriodThatHasAllItsDataIsBackFilled) {
  scoring_->Snapshot("2026-07-15", Portfolio);
  ASSERT_TRUE(Followed(1)) << performance_.Errors();
  const std::vector<v1::Observation> coverage = Observations("SCORED");
  ASSERT_THAT(coverage, SizeIs(6));  // January to June; July is not over.
  EXPECT_EQ(coverage[0].period(), "2026-01");
  EXPECT_EQ(coverage[5].period(), "2026-06");
  EXPECT_EQ(coverage[5].value(), 40);
  EXPECT_EQ(coverage[5].source(), "SCORING");
  EXPECT_EQ(coverage[5].scoring_versions(), "model=3 policy=2 reference=1");
  const std::vector<v1::Observation> share = Observations("STRAT");
  ASSERT_THAT(share, SizeIs(2));  // Two quarters.
  EXPECT_EQ(share[1].period(), "2026Q2");
  EXPECT_EQ(share[1].value(), 19);
  EXPECT_TRUE(GetFollowState()->scoring_connected());
  EXPECT_EQ(scoring_->metrics_call_count(), 8);
}

TEST_F(PortfolioTest, OnlyWhatHasChangedIsRestated) {
  scoring_->Snapshot("2026-03-31", Portfolio);
  ASSERT_TRUE(Followed(1)) << performance_.Errors();
  ASSERT_THAT(Observations("SCORED"), SizeIs(3));
  scoring_->Snapshot("2026-04-30", [](const auto& request, auto& response) {
    const absl::Status status = Portfolio(request, response);
    if (request.last_day() == "2026-02-28") response.set_covered_count(45);
    return status;
  });
  ASSERT_TRUE(Followed(2)) << performance_.Errors();
  const std::vector<v1::Observation> coverage = Observations("SCORED");
  ASSERT_THAT(coverage, SizeIs(5));  // February twice, and April.
  EXPECT_EQ(coverage[1].revision(), 1);
  EXPECT_EQ(coverage[2].period(), "2026-02");
  EXPECT_EQ(coverage[2].revision(), 2);
  EXPECT_EQ(coverage[2].value(), 45);
  EXPECT_EQ(coverage[4].period(), "2026-04");
  EXPECT_THAT(Observations("STRAT"), SizeIs(1));
}

TEST_F(PortfolioTest, AnEmptyPeriodHasNoObservation) {
  scoring_->Snapshot("2026-02-28", [](const auto& request, auto& response) {
    if (request.last_day() == "2026-01-31") return absl::OkStatus();
    return Portfolio(request, response);
  });
  ASSERT_TRUE(Followed(1)) << performance_.Errors();
  const std::vector<v1::Observation> coverage = Observations("SCORED");
  ASSERT_THAT(coverage, SizeIs(1));
  EXPECT_EQ(coverage[0].period(), "2026-02");
}

TEST_F(PortfolioTest, AKillMeanwhileLosesAndRepeatsNothing) {
  scoring_->Snapshot("2026-06-30", Portfolio);
  performance_.Kill();
  performance_.Start();
  ASSERT_TRUE(Followed(1)) << performance_.Errors();
  EXPECT_THAT(Observations("SCORED"), SizeIs(6));
  EXPECT_THAT(Observations("STRAT"), SizeIs(2));
  EXPECT_EQ(Observations("SCORED").back().revision(), 1);
}

}  // namespace
}  // namespace valueloop::performance
