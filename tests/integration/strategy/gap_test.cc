// Gaps through the real program.
#include <string>

#include "common/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "integration/strategy/strategy_process.h"
#include "testing/status_matchers.h"

namespace valueloop::strategy {
namespace {

using ::testing::HasSubstr;
using ::valueloop::testing::StatusIs;

class GapTest : public ::testing::Test {
 protected:
  GapTest() { VL_EXPECT_OK(strategy_.PublishTelecom("1")); }

  // The gap of samples/telecom-observations-red.yaml's kind: a forecast below the floor.
  static v1::OpenGapRequest RequestFor(std::string_view kpi, std::string_view request_id) {
    v1::OpenGapRequest request;
    request.set_parent(std::string(kVersionName));
    request.set_request_id(std::string(request_id));
    v1::Gap& gap = *request.mutable_gap();
    gap.set_kpi(std::string(kpi));
    gap.set_origin(v1::Gap::ORIGIN_PERFORMANCE);
    gap.set_reason("FORECAST_BELOW_FLOOR");
    gap.set_expected(1.8);
    gap.set_actual(2.1);
    gap.set_amount(0.3);
    v1::GapEvidence& evidence = *gap.add_evidence();
    evidence.set_as_of("2026-06-30");
    evidence.set_reason("FORECAST_BELOW_FLOOR");
    evidence.set_forecast(2.1);
    return request;
  }

  absl::StatusOr<v1::Gap> Open(const v1::OpenGapRequest& request) {
    return strategy_.Call<v1::Gap>(kGapService, "OpenGap", request);
  }

  absl::StatusOr<v1::ListGapsResponse> List(std::string_view parent, v1::Gap::State state) {
    v1::ListGapsRequest request;
    request.set_parent(std::string(parent));
    request.set_state(state);
    return strategy_.Call<v1::ListGapsResponse>(kGapService, "ListGaps", request);
  }

  StrategyProcess strategy_;
};

TEST_F(GapTest, OpensOneGapForARepeatedRequest) {
  VL_ASSERT_OK_AND_ASSIGN(const v1::Gap first, Open(RequestFor("CHURN", "r1")));
  strategy_.Kill();
  strategy_.Start();
  VL_ASSERT_OK_AND_ASSIGN(const v1::Gap second, Open(RequestFor("CHURN", "r1")));
  EXPECT_EQ(second.SerializeAsString(), first.SerializeAsString());
  EXPECT_EQ(first.name(), "workspaces/default/plans/HL-2026/gaps/CHURN.1");
  VL_ASSERT_OK_AND_ASSIGN(const auto gaps, List("workspaces/default/plans/-", v1::Gap::STATE_OPEN));
  EXPECT_EQ(gaps.gaps_size(), 1);
}

TEST_F(GapTest, RefusesASecondGapOfTheSameKpi) {
  VL_ASSERT_OK(Open(RequestFor("CHURN", "r1")));
  const absl::Status status = Open(RequestFor("CHURN", "r2")).status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kAlreadyExists, HasSubstr("CHURN.1")));
  EXPECT_EQ(ReasonOf(status), "GAP_OPEN");
}

TEST_F(GapTest, RefusesARequestIdWithAnotherBody) {
  VL_ASSERT_OK(Open(RequestFor("CHURN", "r1")));
  EXPECT_THAT(Open(RequestFor("REV", "r1")),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("request_id")));
}

TEST_F(GapTest, AddsEvidenceUntilItIsClosed) {
  VL_ASSERT_OK_AND_ASSIGN(const v1::Gap gap, Open(RequestFor("CHURN", "r1")));
  v1::AddGapEvidenceRequest add;
  add.set_name(gap.name());
  add.mutable_evidence()->set_as_of("2026-07-31");
  add.mutable_evidence()->set_reason("RED_TWICE");
  VL_ASSERT_OK_AND_ASSIGN(const v1::Gap added,
                          strategy_.Call<v1::Gap>(kGapService, "AddGapEvidence", add));
  EXPECT_EQ(added.evidence_size(), 2);
  v1::CloseGapRequest close;
  close.set_name(gap.name());
  close.set_close_reason("two green periods");
  VL_ASSERT_OK_AND_ASSIGN(const v1::Gap closed,
                          strategy_.Call<v1::Gap>(kGapService, "CloseGap", close));
  EXPECT_EQ(closed.state(), v1::Gap::STATE_CLOSED);
  EXPECT_TRUE(closed.has_close_time());
  EXPECT_THAT(strategy_.Call<v1::Gap>(kGapService, "AddGapEvidence", add),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  VL_ASSERT_OK_AND_ASSIGN(const v1::Gap next, Open(RequestFor("CHURN", "r2")));
  EXPECT_EQ(next.opening_number(), 2);
}

TEST_F(GapTest, RefusesWhatThePublishedVersionDoesNotHave) {
  EXPECT_THAT(Open(RequestFor("CHRUN", "r1")),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("gap.kpi")));
  v1::OpenGapRequest unit = RequestFor("CHURN", "r2");
  unit.mutable_gap()->set_org_unit("MOON");
  EXPECT_THAT(Open(unit), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("gap.org_unit")));
  VL_ASSERT_OK(strategy_.Import(TelecomSource() + "# next\n"));
  v1::OpenGapRequest draft = RequestFor("CHURN", "r3");
  draft.set_parent("workspaces/default/plans/HL-2026/versions/2");
  const absl::Status status = Open(draft).status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(ReasonOf(status), "PLAN_NOT_PUBLISHED");
}

TEST_F(GapTest, PagesThroughTheGapsOfAPlan) {
  for (const char* kpi : {"CHURN", "REV", "ARPU"}) VL_ASSERT_OK(Open(RequestFor(kpi, kpi)));
  v1::ListGapsRequest request;
  request.set_parent(std::string(kPlanName));
  request.set_page_size(2);
  VL_ASSERT_OK_AND_ASSIGN(const auto first,
                          strategy_.Call<v1::ListGapsResponse>(kGapService, "ListGaps", request));
  ASSERT_EQ(first.gaps_size(), 2);
  EXPECT_EQ(first.gaps(0).kpi(), "ARPU");
  request.set_page_token(first.next_page_token());
  VL_ASSERT_OK_AND_ASSIGN(const auto second,
                          strategy_.Call<v1::ListGapsResponse>(kGapService, "ListGaps", request));
  ASSERT_EQ(second.gaps_size(), 1);
  EXPECT_EQ(second.gaps(0).kpi(), "CHURN");
  EXPECT_EQ(second.next_page_token(), "");
}

}  // namespace
}  // namespace valueloop::strategy
