// RFM, lifecycle, lift and budget through the service.
#include <cmath>
#include <limits>
#include <map>

#include "common/status.h"
#include "gmock/gmock.h"
#include "integration/scoring_segments/segment_server.h"

namespace valueloop::scoring {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;
using testing::StatusIs;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

class LifecycleRpcTest : public SegmentServerTest {};

TEST_F(LifecycleRpcTest, RfmRanksEveryBuyerAndItsCellsAddUp) {
  v1::GetRfmRequest request;
  request.set_parent("workspaces/default");
  request.set_as_of("2024-12-31");
  VL_ASSERT_OK_AND_ASSIGN(const v1::RfmTable table, Call<v1::RfmTable>("GetRfm", request));
  EXPECT_EQ(table.ranked_count(), kCustomers);
  EXPECT_EQ(table.unranked_count(), 0);
  ASSERT_THAT(table.recency(), SizeIs(5));
  int64_t customers = 0;
  for (const v1::RfmCell& cell : table.cells()) customers += cell.customer_count();
  EXPECT_EQ(customers, kCustomers);
  // Money hardly ever ties, so its ranks are fifths; the best rank is the largest.
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(table.monetary(i).customer_count(), kCustomers / 5);
    if (i > 0) {
      EXPECT_GE(table.monetary(i).low(), table.monetary(i - 1).high());
    }
    if (i > 0) {
      EXPECT_LE(table.recency(i).high(), table.recency(i - 1).low());
    }
  }
  request.mutable_settings()->mutable_recency()->add_cuts(30);
  request.mutable_settings()->mutable_recency()->add_cuts(30);
  EXPECT_THAT(Call<v1::RfmTable>("GetRfm", request),
              StatusIs(kInvalid, HasSubstr("rfm.recency.cuts[1]: got 30, want above 30")));
}

TEST_F(LifecycleRpcTest, TransitionsOfAPeriodAddUpToBothEnds) {
  v1::GetLifecycleRequest request;
  request.set_parent("workspaces/default");
  request.set_from_day("2024-02-15");
  request.set_as_of("2024-12-31");
  VL_ASSERT_OK_AND_ASSIGN(const v1::Lifecycle answer, Call<v1::Lifecycle>("GetLifecycle", request));
  ASSERT_THAT(answer.stages(), SizeIs(6));
  std::map<v1::LifecycleStage, int64_t> from;
  std::map<v1::LifecycleStage, int64_t> to;
  int64_t inflow = 0;
  for (const v1::StageTransition& flow : answer.transitions()) {
    from[flow.from_stage()] += flow.customer_count();
    to[flow.to_stage()] += flow.customer_count();
  }
  for (const v1::StageTransition& flow : answer.inflow()) {
    EXPECT_EQ(flow.from_stage(), v1::LIFECYCLE_STAGE_UNSPECIFIED);
    inflow += flow.customer_count();
    to[flow.to_stage()] += flow.customer_count();
  }
  int64_t total = 0;
  double share = 0;
  for (const v1::StageSummary& stage : answer.stages()) {
    EXPECT_EQ(to[stage.stage()], stage.customer_count()) << stage.stage();
    total += stage.customer_count();
    share += stage.customer_share();
  }
  for (const v1::StageSummary& stage : answer.from_stages()) {
    EXPECT_EQ(from[stage.stage()], stage.customer_count()) << stage.stage();
  }
  EXPECT_EQ(total, kCustomers);
  EXPECT_NEAR(share, 1, 1e-12);
  EXPECT_GT(inflow, 0);
  EXPECT_LT(inflow, kCustomers);
  // On the first day who has bought is new, the others are unknown; at the year's end nobody is
  // new.
  EXPECT_GT(answer.from_stages(0).customer_count(), 0);
  EXPECT_EQ(answer.from_stages(0).customer_count() + answer.from_stages(5).customer_count(),
            kCustomers - inflow);
  EXPECT_EQ(answer.stages(0).customer_count(), 0);
}

TEST_F(LifecycleRpcTest, AScoreNamesStageTrendAndRfmInItsFullView) {
  v1::GetScoreRequest request;
  request.set_name("workspaces/default/customers/c0001/score");
  request.set_as_of("2024-12-31");
  request.set_view(v1::SCORE_VIEW_FULL);
  VL_ASSERT_OK_AND_ASSIGN(const v1::Score full,
                          server_->Call<v1::Score>("ScoreService/GetScore", request));
  EXPECT_NE(full.lifecycle_stage(), v1::LIFECYCLE_STAGE_UNSPECIFIED);
  EXPECT_NE(full.trend(), v1::TREND_UNSPECIFIED);
  EXPECT_EQ(full.has_trend_ratio(), full.trend() != v1::TREND_NOT_ENOUGH_DATA);
  EXPECT_EQ(full.rfm().purchase_count(), full.repeat_purchase_count() + 1);
  request.set_view(v1::SCORE_VIEW_BASIC);
  VL_ASSERT_OK_AND_ASSIGN(const v1::Score basic,
                          server_->Call<v1::Score>("ScoreService/GetScore", request));
  EXPECT_EQ(basic.lifecycle_stage(), v1::LIFECYCLE_STAGE_UNSPECIFIED);
  EXPECT_FALSE(basic.has_rfm());
}

TEST_F(LifecycleRpcTest, DaysReversedOrAheadAreRefused) {
  v1::GetLifecycleRequest request;
  request.set_parent("workspaces/default");
  request.set_from_day("2024-12-31");
  request.set_as_of("2024-02-15");
  EXPECT_THAT(Call<v1::Lifecycle>("GetLifecycle", request),
              StatusIs(kInvalid, HasSubstr("from_day: got 2024-12-31")));
  request.set_as_of("2999-01-01");
  EXPECT_THAT(Call<v1::Lifecycle>("GetLifecycle", request),
              StatusIs(kInvalid, HasSubstr("as_of: got 2999-01-01")));
  request.set_as_of("2024-12-31");
  request.mutable_settings()->set_new_days(0);
  EXPECT_THAT(Call<v1::Lifecycle>("GetLifecycle", request),
              StatusIs(kInvalid, HasSubstr("lifecycle.new_days")));
}

// A workspace of its own: 40 customers, gold ones buy paper on Mondays.
class LiftRpcTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::vector<v1::Event> events;
    for (int i = 0; i < 40; ++i) {
      const std::string id = fmt::format("p{:02}", i);
      v1::Event tier = PurchaseOn(id, fmt::format("t{}", i), absl::CivilDay(2024, 1, 2), 0);
      tier.mutable_attribute_change()->set_attribute("tier");
      tier.mutable_attribute_change()->mutable_value()->set_text(i < 10 ? "gold" : "basic");
      events.push_back(tier);
      // 8 of 10 gold ones and 8 of 30 basic ones buy something; paper only the gold ones.
      if (i % 5 == 0 && i < 10) continue;
      if (i >= 18) continue;
      v1::Event purchase =
          PurchaseOn(id, fmt::format("b{}", i), absl::CivilDay(2024, 3, 4), 1'000'000);
      v1::PurchaseItem& item = *purchase.mutable_purchase()->add_items();
      item.set_product(i < 10 ? "paper" : "ink");
      item.set_quantity(1);
      events.push_back(purchase);
    }
    server_.Record(events);
    request_.set_parent("workspaces/default");
    for (const char* tier : {"gold", "basic"}) {
      v1::Segment& segment = *request_.mutable_segmentation()->add_segments();
      segment.set_id(tier);
      segment.set_name_en(tier);
      segment.set_predicate(fmt::format("tier = {}", tier));
    }
    request_.mutable_event()->set_first_day("2024-03-01");
    request_.mutable_event()->set_last_day("2024-03-31");
    request_.set_min_support(10);
  }

  absl::StatusOr<v1::LiftTable> Lift() {
    return server_.Call<v1::LiftTable>("SegmentService/GetLift", request_);
  }
  int64_t EventCustomers() {
    const auto table = Lift();
    EXPECT_THAT(table, testing::IsOk());
    return table.ok() ? table->total().event_customer_count() : -1;
  }

  PortfolioServer server_;
  v1::GetLiftRequest request_;
};

TEST_F(LiftRpcTest, LiftIsTheRateOfASegmentOverThatOfAll) {
  VL_ASSERT_OK_AND_ASSIGN(const v1::LiftTable table, Lift());
  EXPECT_EQ(table.basis().as_of(), "2024-02-29");
  EXPECT_EQ(table.total().customer_count(), 40);
  EXPECT_EQ(table.total().event_customer_count(), 16);
  EXPECT_NEAR(table.total().lift(), 1, 1e-12);
  ASSERT_THAT(table.segments(), SizeIs(2));
  EXPECT_EQ(table.segments(0).event_customer_count(), 8);
  EXPECT_NEAR(table.segments(0).lift(), 2, 1e-12);
  EXPECT_EQ(table.segments(0).finding(), v1::LIFT_FINDING_ABOVE);
  EXPECT_NEAR(table.segments(1).lift(), (8.0 / 30) / .4, 1e-12);
  request_.set_min_support(11);
  VL_ASSERT_OK_AND_ASSIGN(const v1::LiftTable fewer, Lift());
  EXPECT_FALSE(fewer.segments(0).has_lift());
  EXPECT_EQ(fewer.segments(0).finding(), v1::LIFT_FINDING_NOT_ENOUGH_DATA);
}

TEST_F(LiftRpcTest, ProductsWeekdaysAndHoursNarrowTheEvent) {
  request_.mutable_event()->set_product("paper");
  EXPECT_EQ(EventCustomers(), 8);
  request_.mutable_event()->set_product("string");
  EXPECT_EQ(EventCustomers(), 0);
  request_.mutable_event()->set_product("");
  request_.mutable_event()->add_weekdays(1);  // 2024-03-04 was a Monday.
  EXPECT_EQ(EventCustomers(), 16);
  request_.mutable_event()->set_weekdays(0, 2);
  EXPECT_EQ(EventCustomers(), 0);
  request_.mutable_event()->clear_weekdays();
  request_.mutable_event()->set_first_hour(12);  // Noon in Shanghai.
  request_.mutable_event()->set_last_hour(12);
  EXPECT_EQ(EventCustomers(), 16);
  request_.mutable_event()->set_first_hour(13);
  request_.mutable_event()->set_last_hour(11);  // Over midnight: all but noon.
  EXPECT_EQ(EventCustomers(), 0);
  request_.mutable_event()->clear_first_hour();
  EXPECT_THAT(Lift(), StatusIs(kInvalid, HasSubstr("event.first_hour")));
}

TEST_F(LiftRpcTest, EventsThatCannotBeAreRefused) {
  request_.mutable_event()->set_kind("WISH");
  EXPECT_THAT(Lift(), StatusIs(kInvalid, HasSubstr("event.kind: got WISH")));
  request_.mutable_event()->set_kind("COMPLAINT");
  EXPECT_EQ(EventCustomers(), 0);
  request_.mutable_event()->set_product("paper");
  EXPECT_THAT(Lift(), StatusIs(kInvalid, HasSubstr("event.product")));
  request_.mutable_event()->clear_product();
  request_.mutable_event()->set_last_day("2024-02-01");
  EXPECT_THAT(Lift(), StatusIs(kInvalid, HasSubstr("event.last_day")));
  request_.mutable_event()->set_last_day("2999-01-01");
  EXPECT_THAT(Lift(), StatusIs(kInvalid, HasSubstr("event.last_day")));
  request_.mutable_event()->set_last_day("2024-03-31");
  request_.set_confidence(1);
  EXPECT_THAT(Lift(), StatusIs(kInvalid, HasSubstr("confidence")));
}

TEST_F(LiftRpcTest, ABudgetIsDividedByEqualMarginalReturn) {
  v1::AllocateBudgetRequest request;
  request.set_parent("workspaces/default");
  request.set_rounding_micros(10'000);
  request.set_budget_micros(1'000'000'000);
  for (const auto& [id, gain] :
       std::map<std::string, double>{{"ORDINARY", 500}, {"STRATEGIC", 9000}}) {
    v1::BudgetResponse& one = *request.add_classes();
    one.set_id(id);
    one.set_gain(gain);
    one.set_scale(700);
  }
  const auto allocate = [&] {
    return server_.Call<v1::BudgetAllocation>("SegmentService/AllocateBudget", request);
  };
  VL_ASSERT_OK_AND_ASSIGN(const v1::BudgetAllocation answer, allocate());
  EXPECT_EQ(answer.classes(0).allocated_micros() + answer.classes(1).allocated_micros() +
                answer.unallocated_micros(),
            1'000'000'000);
  EXPECT_EQ(answer.classes(0).bound(), v1::BUDGET_BOUND_MIN);
  EXPECT_NEAR(answer.total_response(), 9000 * (1 - std::exp(-1000.0 / 700)), 1e-6);
  request.set_budget_micros(-10'000);
  EXPECT_THAT(allocate(), StatusIs(kInvalid, HasSubstr("budget_micros: got -10000")));
  request.set_budget_micros(1'000'000'000);
  request.mutable_classes(1)->set_scale(std::numeric_limits<double>::quiet_NaN());
  EXPECT_THAT(allocate(), StatusIs(kInvalid, HasSubstr("classes[1].scale: got nan")));
}

}  // namespace
}  // namespace valueloop::scoring
