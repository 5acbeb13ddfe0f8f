// What every GapStore does, whatever is behind it.
#include <optional>
#include <string>
#include <vector>

#include "common/status.h"
#include "contract/strategy/stores_under_test.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace valueloop::strategy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::valueloop::testing::StatusIs;

class GapStoreContractTest : public ::testing::TestWithParam<StoreKind> {
 protected:
  GapStoreContractTest() { PublishNew(stores_->plans(), "HL", "a"); }

  GapStore& gaps() { return stores_->gaps(); }
  PlanStore& plans() { return stores_->plans(); }
  void Reopen() { stores_->Reopen(); }

  static GapRecord GapOf(std::string_view kpi, std::string_view unit, int64_t now) {
    return {.workspace = "default",
            .plan = "HL",
            .version = 1,
            .kpi = std::string(kpi),
            .org_unit = std::string(unit),
            .origin = GapOrigin::kPerformance,
            .reason = "FORECAST_BELOW_FLOOR",
            .expected = 1.8,
            .actual = 2.1,
            .amount = 0.3,
            .evidence = {{.as_of = "2026-06-30",
                          .reason = "FORECAST_BELOW_FLOOR",
                          .forecast = 2.1,
                          .floor = 1.95,
                          .record_time = now}},
            .open_time = now};
  }
  GapRecord Open(std::string_view kpi, std::string_view unit, int64_t now) {
    return gaps().Open(GapOf(kpi, unit, now), {}).value();
  }
  static GapKey KeyOf(const GapRecord& gap) {
    return {.workspace = gap.workspace, .plan = gap.plan, .id = gap.id};
  }
  std::vector<std::string> Ids(std::string_view plan, std::optional<GapState> state) {
    std::vector<std::string> ids;
    const std::vector<GapRecord> found = gaps().List("default", plan, state, {}, 100).value();
    for (const GapRecord& gap : found) ids.push_back(gap.id);
    return ids;
  }

 private:
  std::unique_ptr<StoresUnderTest> stores_ = GetParam().open();
};

TEST_P(GapStoreContractTest, KeepsAGapWithItsEvidence) {
  const GapRecord gap = Open("CHURN", "", 5'000);
  EXPECT_EQ(gap.id, "CHURN.1");
  EXPECT_EQ(gap.opening_number, 1);
  EXPECT_EQ(gap.state, GapState::kOpen);
  EXPECT_EQ(gap.evidence, GapOf("CHURN", "", 5'000).evidence);
  Reopen();
  EXPECT_THAT(gaps().Get(KeyOf(gap)), testing::IsOkAndHolds(gap));
  EXPECT_THAT(gaps().CountOpen(), testing::IsOkAndHolds(1));
}

TEST_P(GapStoreContractTest, KeepsOneOpenGapPerKpiAndUnit) {
  Open("CHURN", "", 1);
  Open("CHURN", "RN", 2);
  const absl::Status status = gaps().Open(GapOf("CHURN", "RN", 3), {}).status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kAlreadyExists, HasSubstr("CHURN.RN.1")));
  EXPECT_EQ(ReasonOf(status), "GAP_OPEN");
  EXPECT_THAT(gaps().CountOpen(), testing::IsOkAndHolds(2));
}

TEST_P(GapStoreContractTest, AnswersARepeatedOpeningWithTheSameGap) {
  const RequestKey key{.id = "r1", .method = "OpenGap", .body = "b"};
  VL_ASSERT_OK_AND_ASSIGN(const GapRecord first, gaps().Open(GapOf("CHURN", "", 1), key));
  EXPECT_THAT(gaps().Open(GapOf("CHURN", "", 2), key), testing::IsOkAndHolds(first));
  EXPECT_THAT(gaps().Open(GapOf("REV", "", 2), {.id = "r1", .method = "OpenGap", .body = "c"}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("request_id")));
  EXPECT_THAT(Ids("HL", std::nullopt), ElementsAre("CHURN.1"));
}

TEST_P(GapStoreContractTest, NumbersTheOpeningsOfAKpi) {
  const GapRecord first = Open("CHURN", "RN", 1);
  VL_ASSERT_OK(gaps().Close(KeyOf(first), "two greens", 2, {}));
  const GapRecord second = Open("CHURN", "RN", 3);
  EXPECT_EQ(second.opening_number, 2);
  EXPECT_EQ(second.id, "CHURN.RN.2");
}

TEST_P(GapStoreContractTest, ReplacesTheEvidenceOfADay) {
  const GapRecord gap = Open("CHURN", "", 1);
  const GapEvidence later{.as_of = "2026-07-31", .reason = "RED_TWICE", .score = 40};
  const GapEvidence corrected{.as_of = "2026-06-30", .reason = "RED_TWICE", .score = 30};
  VL_ASSERT_OK(gaps().AddEvidence(KeyOf(gap), later, {}));
  VL_ASSERT_OK_AND_ASSIGN(const GapRecord changed, gaps().AddEvidence(KeyOf(gap), corrected, {}));
  EXPECT_THAT(changed.evidence, ElementsAre(corrected, later));
}

TEST_P(GapStoreContractTest, TakesNoEvidenceOnceClosed) {
  const GapRecord gap = Open("CHURN", "", 1);
  VL_ASSERT_OK(gaps().Close(KeyOf(gap), "done", 2, {}));
  const absl::Status status =
      gaps().AddEvidence(KeyOf(gap), {.as_of = "2026-07-31", .reason = "RED_TWICE"}, {}).status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(ReasonOf(status), "GAP_CLOSED");
}

TEST_P(GapStoreContractTest, ClosesOnce) {
  const GapRecord gap = Open("CHURN", "", 1);
  VL_ASSERT_OK_AND_ASSIGN(const GapRecord closed, gaps().Close(KeyOf(gap), "done", 2, {}));
  EXPECT_EQ(closed.state, GapState::kClosed);
  EXPECT_EQ(closed.close_time, 2);
  EXPECT_THAT(gaps().Close(KeyOf(gap), "other", 3, {}), testing::IsOkAndHolds(closed));
  EXPECT_THAT(gaps().CountOpen(), testing::IsOkAndHolds(0));
}

TEST_P(GapStoreContractTest, ListsTheNewestFirstByPlanAndState) {
  Open("A", "", 1);
  const GapRecord b = Open("B", "", 2);
  Open("C", "", 2);
  PublishNew(plans(), "P2", "x");
  GapRecord other = GapOf("Z", "", 3);
  other.plan = "P2";
  VL_ASSERT_OK(gaps().Open(other, {}));
  VL_ASSERT_OK(gaps().Close(KeyOf(b), "done", 4, {}));
  EXPECT_THAT(Ids("", std::nullopt), ElementsAre("Z.1", "C.1", "B.1", "A.1"));
  EXPECT_THAT(Ids("HL", std::nullopt), ElementsAre("C.1", "B.1", "A.1"));
  EXPECT_THAT(Ids("HL", GapState::kOpen), ElementsAre("C.1", "A.1"));
  EXPECT_THAT(Ids("", GapState::kClosed), ElementsAre("B.1"));
}

TEST_P(GapStoreContractTest, ListsInPagesWithoutLossOrRepeat) {
  for (const char* kpi : {"A", "B", "C", "D", "E"}) Open(kpi, "", 7);
  std::vector<std::string> ids;
  GapPosition after;
  while (true) {
    VL_ASSERT_OK_AND_ASSIGN(const std::vector<GapRecord> page,
                            gaps().List("default", "", std::nullopt, after, 2));
    if (page.empty()) break;
    for (const GapRecord& gap : page) ids.push_back(gap.id);
    after = {.open_time = page.back().open_time,
             .plan = page.back().plan,
             .sequence = page.back().sequence};
  }
  EXPECT_THAT(ids, ElementsAre("E.1", "D.1", "C.1", "B.1", "A.1"));
}

TEST_P(GapStoreContractTest, KnowsNoGapOfAnotherPlan) {
  const GapRecord gap = Open("CHURN", "", 1);
  EXPECT_THAT(gaps().Get({.workspace = "default", .plan = "P2", .id = gap.id}),
              StatusIs(absl::StatusCode::kNotFound));
  GapRecord nowhere = GapOf("REV", "", 1);
  nowhere.plan = "NONE";
  EXPECT_THAT(gaps().Open(nowhere, {}), StatusIs(absl::StatusCode::kNotFound));
}

INSTANTIATE_TEST_SUITE_P(AllStores, GapStoreContractTest, ::testing::Values(SqliteStores()),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace valueloop::strategy
