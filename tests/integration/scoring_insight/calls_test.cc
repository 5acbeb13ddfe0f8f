// ListCalls with a published policy: whom to call follows the class's cadence and the value
// waiting.
#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "common/status.h"
#include "fmt/format.h"
#include "gtest/gtest.h"
#include "integration/scoring_portfolio/portfolio_server.h"
#include "integration/strategy/strategy_process.h"
#include "testing/status_matchers.h"
#include "valueloop/scoring/v1/insight.pb.h"

namespace valueloop::scoring {
namespace {

using Day = absl::CivilDay;
using testing::StatusIs;

constexpr int kCustomers = 60;

v1::Event ContactOn(const std::string& customer, absl::CivilDay day, const std::string& kind) {
  v1::Event event = PurchaseOn(customer, "contact-" + kind, day, 0);
  event.mutable_contact()->set_kind(kind);
  return event;
}

// Match ratings, so that everybody has a class.
std::vector<v1::Event> Ratings() {
  std::vector<v1::Event> events;
  for (int i = 0; i < kCustomers; ++i) {
    for (const char* criterion : {"m_seg", "m_need", "m_net", "m_srv", "m_loyal", "m_pay"}) {
      v1::Event event = PurchaseOn(fmt::format("c{:04}", i), fmt::format("rating-{}", criterion),
                                   absl::CivilDay(2024, 12, 1), 0);
      event.mutable_match_rating()->set_criterion(criterion);
      event.mutable_match_rating()->set_rating(i % 2 == 0 ? 90 : 10);
      event.mutable_match_rating()->set_rater("li");
      events.push_back(event);
    }
  }
  return events;
}

absl::StatusOr<v1::ListCallsResponse> List(PortfolioServer& server,
                                           const v1::ListCallsRequest& request) {
  return server.Call<v1::ListCallsResponse>("InsightService/ListCalls", request);
}

TEST(ListCallsTest, CallsComeByDaysOverdueTimesExpectedValue) {
  strategy::StrategyProcess strategy;
  PortfolioServer server(strategy.channel().address());
  v1::ListCallsRequest request;
  request.set_parent("workspaces/default");
  EXPECT_THAT(List(server, request), StatusIs(absl::StatusCode::kFailedPrecondition));

  server.Record(GeneratePurchases(5, kCustomers, 52));
  server.Record(Ratings());
  server.Record({ContactOn("c0000", Day(2024, 12, 30), "CALL"),
                 ContactOn("c0001", Day(2024, 12, 30), "NOTE")});
  const common::v1::Job job = server.Fit(FitRequest(true));
  ASSERT_EQ(job.state(), common::v1::Job::STATE_SUCCEEDED) << job.error();
  VL_ASSERT_OK(strategy.PublishTelecom("calls"));
  server.WaitForMatrix([](const v1::ClassMatrix& got) {
    return got.snapshot().policy_version() == 1 && got.snapshot().reference_version() > 0;
  });
  ASSERT_NE(server.Rescore("2024-12-31"), "");

  request.set_as_of("2024-12-31");
  request.set_page_size(7);
  request.set_ahead_days(36'500);
  std::map<std::string, v1::Call> calls;
  std::vector<v1::Call> in_order;
  int64_t total = 0;
  do {
    VL_ASSERT_OK_AND_ASSIGN(const v1::ListCallsResponse page, List(server, request));
    for (const v1::Call& call : page.calls()) {
      EXPECT_EQ(call.rank(), static_cast<int32_t>(in_order.size()) + 1);
      in_order.push_back(call);
      calls[call.customer()] = call;
    }
    total = page.total_count() + page.without_cadence_count();
    EXPECT_EQ(page.policy_version(), 1);
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(total, kCustomers);
  EXPECT_EQ(calls.size(), in_order.size()) << "every customer once";
  ASSERT_GT(calls.size(), 10u);
  for (size_t i = 1; i < in_order.size(); ++i) {
    const v1::Call& before = in_order[i - 1];
    const v1::Call& call = in_order[i];
    if (call.has_priority()) {
      ASSERT_TRUE(before.has_priority());
      EXPECT_GE(before.priority(), call.priority());
      EXPECT_NEAR(call.priority(), call.overdue_days() * call.expected_value(), 1e-9);
    }
  }
  const auto called = calls.find("workspaces/default/customers/c0000");
  ASSERT_NE(called, calls.end());
  EXPECT_EQ(called->second.last_contact_day(), "2024-12-30");
  EXPECT_EQ(called->second.overdue_days(), 1 - called->second.cadence_days());
  EXPECT_FALSE(called->second.has_priority());
  EXPECT_NE(called->second.treatment_en(), "");
  const auto noted = calls.find("workspaces/default/customers/c0001");
  ASSERT_NE(noted, calls.end());
  EXPECT_EQ(noted->second.last_contact_day(), "") << "a note is no contact";

  v1::ListCallsRequest due;
  due.set_parent("workspaces/default");
  due.set_as_of("2024-12-31");
  VL_ASSERT_OK_AND_ASSIGN(const v1::ListCallsResponse overdue, List(server, due));
  EXPECT_EQ(overdue.total_count(), overdue.due_count());
  for (const v1::Call& call : overdue.calls()) EXPECT_GE(call.overdue_days(), 0);
  due.set_filter("class=STRATEGIC");
  VL_ASSERT_OK_AND_ASSIGN(const v1::ListCallsResponse strategic, List(server, due));
  for (const v1::Call& call : strategic.calls()) {
    EXPECT_EQ(call.customer_class(), v1::CUSTOMER_CLASS_STRATEGIC);
    EXPECT_EQ(call.cadence_days(), 30);
  }
  due.set_ahead_days(-1);
  EXPECT_EQ(FieldOf(List(server, due).status()), "ahead_days");
  due.set_ahead_days(0);
  due.set_filter("class");
  EXPECT_EQ(FieldOf(List(server, due).status()), "filter");
  due.clear_filter();
  due.set_page_token("AAAA");
  EXPECT_EQ(FieldOf(List(server, due).status()), "page_token");
}

}  // namespace
}  // namespace valueloop::scoring
