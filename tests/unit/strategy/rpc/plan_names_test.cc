#include "strategy/rpc/plan_names.h"

#include <string>

#include "common/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"
#include "valueloop/strategy/v1/plan.pb.h"

namespace valueloop::strategy {
namespace {

using ::testing::HasSubstr;
using ::valueloop::testing::IsOkAndHolds;
using ::valueloop::testing::StatusIs;

TEST(PlanNamesTest, ReadsAPlanAndItsVersion) {
  VL_ASSERT_OK_AND_ASSIGN(const PlanName plan, ParsePlanName("name", "workspaces/w/plans/HL-2026"));
  EXPECT_EQ(plan.plan, "HL-2026");
  EXPECT_EQ(plan.version, 0);
  const std::string name = "workspaces/w/plans/HL-2026/versions/12";
  VL_ASSERT_OK_AND_ASSIGN(const PlanName version, ParsePlanName("name", name));
  EXPECT_EQ(version.version, 12);
  EXPECT_EQ(FormatPlanName(version), name);
}

TEST(PlanNamesTest, RefusesVersionsThatAreNoNumberFromOne) {
  for (const char* version : {"0", "-1", "01", "1x", "99999999999999999999", ""}) {
    EXPECT_THAT(ParsePlanName("name", std::string("workspaces/w/plans/p/versions/") + version),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("name")))
        << version;
  }
}

TEST(PlanNamesTest, TakesACursorOfItsOwnDatabaseOnly) {
  EXPECT_THAT(ParseCursor("e1", 9, ""), IsOkAndHolds(0));
  EXPECT_THAT(ParseCursor("e1", 9, FormatCursor("e1", 7)), IsOkAndHolds(7));
  EXPECT_THAT(ParseCursor("e1", 9, "garbage!"), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(ParseCursor("e2", 9, FormatCursor("e1", 7)), StatusIs(absl::StatusCode::kOutOfRange));
  const absl::Status future = ParseCursor("e1", 6, FormatCursor("e1", 7)).status();
  EXPECT_THAT(future, StatusIs(absl::StatusCode::kOutOfRange));
  EXPECT_EQ(ReasonOf(future), "CURSOR_UNKNOWN");
}

TEST(PlanNamesTest, TellsRequestsWithOtherBodiesApart) {
  v1::PublishPlanRequest request;
  request.set_name("workspaces/w/plans/p");
  VL_ASSERT_OK_AND_ASSIGN(const RequestKey first, MakeRequestKey("r1", "PublishPlan", request));
  request.set_etag("4");
  VL_ASSERT_OK_AND_ASSIGN(const RequestKey second, MakeRequestKey("r1", "PublishPlan", request));
  EXPECT_NE(first.body, second.body);
  EXPECT_THAT(MakeRequestKey("a b", "PublishPlan", request),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("request_id")));
}

}  // namespace
}  // namespace valueloop::strategy
