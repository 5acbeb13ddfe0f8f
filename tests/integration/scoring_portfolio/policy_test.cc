// Strategy and scoring as two programs: published criteria decide the classes.
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "integration/scoring_portfolio/portfolio_server.h"
#include "integration/strategy/strategy_process.h"
#include "testing/status_matchers.h"

namespace valueloop::scoring {
namespace {

constexpr char kCustomer[] = "c0000";

v1::Event AttributeOf(const std::string& name) {
  v1::Event event = PurchaseOn(kCustomer, "attribute-" + name, absl::CivilDay(2024, 1, 2), 0);
  event.mutable_attribute_change()->set_attribute(name);
  return event;
}
v1::Event Text(const std::string& name, const std::string& value) {
  v1::Event event = AttributeOf(name);
  event.mutable_attribute_change()->mutable_value()->set_text(value);
  return event;
}
v1::Event Number(const std::string& name, double value) {
  v1::Event event = AttributeOf(name);
  event.mutable_attribute_change()->mutable_value()->set_number(value);
  return event;
}

v1::SnapshotScore ScoreOfCustomer(PortfolioServer& server) {
  v1::ListScoresRequest request;
  request.set_parent("workspaces/default");
  request.set_filter("owner=\"li\"");
  const auto page = server.Call<v1::ListScoresResponse>("ScoreService/ListScores", request);
  EXPECT_THAT(page, testing::IsOk());
  if (!page.ok() || page->scores_size() != 1) {
    ADD_FAILURE() << "want one customer of li";
    return {};
  }
  return page->scores(0);
}

TEST(PolicyTest, ACustomersClassFollowsThePublishedCriteria) {
  strategy::StrategyProcess strategy;
  PortfolioServer server(strategy.channel().address());
  server.Record(GeneratePurchases(5, 80, 52));
  server.Record({Text("segment", "SG1"), Text("service_area", "covered"),
                 Number("signal_ok_ratio", 0.95), Number("tenure_months", 60),
                 Number("on_time_charge_ratio", 0.80), Text("owner", "li")});
  const common::v1::Job job = server.Fit(FitRequest(true));
  ASSERT_EQ(job.state(), common::v1::Job::STATE_SUCCEEDED) << job.error();

  VL_ASSERT_OK(strategy.PublishTelecom("first"));
  const v1::ClassMatrix matrix = server.WaitForMatrix([](const v1::ClassMatrix& got) {
    return got.snapshot().policy_version() == 1 && got.snapshot().reference_version() > 0;
  });
  EXPECT_EQ(matrix.total().customer_count(), 80);
  const v1::SnapshotScore before = ScoreOfCustomer(server);
  EXPECT_GE(before.match_score(), 60);
  EXPECT_TRUE(before.customer_class() == v1::CUSTOMER_CLASS_STRATEGIC ||
              before.customer_class() == v1::CUSTOMER_CLASS_POTENTIAL)
      << before.ShortDebugString();

  const auto imported =
      strategy.Import(strategy::TelecomWith("'segment in [SG1, SG2]'", "'segment in [SG2]'"));
  VL_ASSERT_OK(imported);
  VL_ASSERT_OK(strategy.Publish(imported->plan().name()));
  server.WaitForMatrix([](const v1::ClassMatrix& got) {
    return got.snapshot().policy_version() == 2 && got.snapshot().reference_version() > 0;
  });
  const v1::SnapshotScore after = ScoreOfCustomer(server);
  EXPECT_LT(after.match_score(), 60);
  EXPECT_TRUE(after.customer_class() == v1::CUSTOMER_CLASS_PROFIT ||
              after.customer_class() == v1::CUSTOMER_CLASS_ORDINARY)
      << after.ShortDebugString();
  EXPECT_EQ(after.expected_value(), before.expected_value());
}

}  // namespace
}  // namespace valueloop::scoring
