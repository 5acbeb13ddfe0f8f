// Snapshots through the service: lists, metrics of a period, and the watch.
#include <map>
#include <memory>
#include <set>
#include <string>

#include "common/status.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "integration/scoring_portfolio/portfolio_server.h"
#include "testing/status_matchers.h"

namespace valueloop::scoring {
namespace {

using testing::StatusIs;

constexpr int kCustomers = 300;

class ListScoresTest : public ::testing::Test {
 protected:
  void SetUp() override {
    server_.Record(GeneratePurchases(7, kCustomers, 52));
    const common::v1::Job job = server_.Fit(FitRequest(true));
    ASSERT_EQ(job.state(), common::v1::Job::STATE_SUCCEEDED) << job.error();
    server_.WaitForMatrix(
        [](const v1::ClassMatrix& matrix) { return matrix.snapshot().reference_version() == 1; });
    request_.set_parent("workspaces/default");
    request_.set_page_size(50);
  }

  absl::StatusOr<v1::ListScoresResponse> List() {
    return server_.Call<v1::ListScoresResponse>("ScoreService/ListScores", request_);
  }

  // Every score once, over all pages, in their order.
  std::vector<v1::SnapshotScore> ListAll() {
    std::vector<v1::SnapshotScore> scores;
    std::set<std::string> names;
    request_.clear_page_token();
    do {
      const auto page = List();
      EXPECT_THAT(page, testing::IsOk());
      if (!page.ok()) break;
      for (const v1::SnapshotScore& score : page->scores()) {
        EXPECT_TRUE(names.insert(score.name()).second) << score.name();
        scores.push_back(score);
      }
      request_.set_page_token(page->next_page_token());
      total_count_ = page->total_count();
    } while (!request_.page_token().empty());
    return scores;
  }

  PortfolioServer server_;
  v1::ListScoresRequest request_;
  int64_t total_count_ = 0;
};

TEST_F(ListScoresTest, PagesCoverEverybodyOnceInEveryOrder) {
  for (const std::string order : {"", "expected_value", "-expected_value", "-match_score"}) {
    request_.set_order_by(order);
    const std::vector<v1::SnapshotScore> scores = ListAll();
    EXPECT_EQ(scores.size(), static_cast<size_t>(kCustomers)) << order;
    EXPECT_EQ(total_count_, kCustomers);
    for (size_t i = 1; i < scores.size(); ++i) {
      if (order == "expected_value") {
        EXPECT_LE(scores[i - 1].expected_value(), scores[i].expected_value());
      } else if (order == "-expected_value") {
        EXPECT_GE(scores[i - 1].expected_value(), scores[i].expected_value());
      } else {
        EXPECT_LT(scores[i - 1].name(), scores[i].name());  // No match is rated: all are ties.
      }
    }
  }
}

TEST_F(ListScoresTest, AFilterAndItsOppositeAreEverybody) {
  request_.set_filter("value_score>=50");
  const size_t high = ListAll().size();
  EXPECT_EQ(total_count_, static_cast<int64_t>(high));
  request_.set_filter("value_score<50 AND class=UNKNOWN");
  EXPECT_EQ(high + ListAll().size(), static_cast<size_t>(kCustomers));
  request_.set_filter("value_score>=");
  EXPECT_EQ(FieldOf(List().status()), "filter");
}

TEST_F(ListScoresTest, APageTokenLivesAsLongAsItsSnapshot) {
  VL_ASSERT_OK_AND_ASSIGN(const v1::ListScoresResponse first, List());
  request_.set_page_token(first.next_page_token());
  for (int newer = 1; newer <= 2; ++newer) {
    EXPECT_NE(server_.Rescore(), first.snapshot().name());
    VL_ASSERT_OK_AND_ASSIGN(const v1::ListScoresResponse second, List());
    EXPECT_EQ(second.snapshot().name(), first.snapshot().name());
    EXPECT_NE(second.scores(0).name(), first.scores(0).name());
  }
  server_.Rescore();
  EXPECT_EQ(ReasonOf(List().status()), "SNAPSHOT_EXPIRED");
  request_.set_filter("class=UNKNOWN");
  EXPECT_THAT(List(), StatusIs(absl::StatusCode::kInvalidArgument));  // The token is not for it.
}

TEST_F(ListScoresTest, MetricsOfAPeriodAreWhatWasBoughtInIt) {
  v1::GetPortfolioMetricsRequest request;
  request.set_parent("workspaces/default");
  request.set_first_day("2024-04-01");
  request.set_last_day("2024-06-30");
  double revenue = 0;
  for (const v1::Event& event : GeneratePurchases(7, kCustomers, 52)) {
    const absl::CivilDay day = absl::ToCivilDay(
        absl::FromUnixSeconds(event.occurred_time().seconds()), absl::UTCTimeZone());
    if (day < absl::CivilDay(2024, 4, 1) || day > absl::CivilDay(2024, 6, 30)) continue;
    revenue += static_cast<double>(event.purchase().amount_micros()) / 1e6;
  }
  v1::PortfolioMetrics before;
  for (int call = 0; call < 2; ++call) {
    VL_ASSERT_OK_AND_ASSIGN(
        const v1::PortfolioMetrics metrics,
        server_.Call<v1::PortfolioMetrics>("PortfolioService/GetPortfolioMetrics", request));
    EXPECT_EQ(metrics.customer_count(), kCustomers);
    EXPECT_EQ(metrics.covered_count(), 0);  // Nothing is rated without a plan.
    EXPECT_NEAR(metrics.revenue(), revenue, 1e-6);
    EXPECT_NEAR(metrics.class_revenue(4).revenue(), revenue, 1e-6);
    EXPECT_EQ(metrics.model_version(), 1);
    if (call > 0) {
      EXPECT_EQ(metrics.SerializeAsString(), before.SerializeAsString());
    }
    before = metrics;
  }
  request.set_last_day("2024-03-01");
  EXPECT_EQ(
      FieldOf(server_.Call<v1::PortfolioMetrics>("PortfolioService/GetPortfolioMetrics", request)
                  .status()),
      "last_day");
}

TEST_F(ListScoresTest, ARescoreAsOfAPastDayIsOfThatDay) {
  server_.Rescore("2024-01-31");
  VL_ASSERT_OK_AND_ASSIGN(const v1::ListScoresResponse page, List());
  EXPECT_EQ(page.snapshot().as_of(), "2024-01-31");
  EXPECT_LT(page.total_count(), kCustomers);  // Who came in February is not there yet.
  EXPECT_GT(page.total_count(), 0);
}

TEST_F(ListScoresTest, AWatchTellsOfEverySnapshotAndGoesOnAtItsCursor) {
  const auto watch = [&](const std::string& cursor) {
    auto stream = server_.channel().OpenStream(
        "valueloop.scoring.v1.PortfolioService/WatchPortfolio", {.timeout = absl::Seconds(30)});
    v1::WatchPortfolioRequest request;
    request.set_parent("workspaces/default");
    request.set_cursor(cursor);
    EXPECT_TRUE(stream->Write(request));
    stream->WritesDone();
    return stream;
  };
  v1::WatchPortfolioResponse message;
  const auto stream = watch("");
  ASSERT_TRUE(stream->Read(message));
  EXPECT_EQ(message.snapshot().customer_count(), kCustomers);
  EXPECT_EQ(message.ledger_last_day().substr(0, 5), "2024-");
  const std::string cursor = message.cursor();
  const std::string made = server_.Rescore();
  ASSERT_TRUE(stream->Read(message));
  EXPECT_EQ(message.snapshot().name(), made);
  ASSERT_TRUE(watch(cursor)->Read(message));
  EXPECT_EQ(message.snapshot().name(), made);
  const auto up_to_date = watch(message.cursor());
  EXPECT_EQ(up_to_date->ReadUntil(absl::Now() + absl::Milliseconds(200), message),
            rpc::ReadResult::kTimeout);
  EXPECT_THAT(watch("bm8")->Finish(), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(server_.Stop().code, 0);
  EXPECT_THAT(up_to_date->Finish(), StatusIs(absl::StatusCode::kUnavailable));
}

}  // namespace
}  // namespace valueloop::scoring
