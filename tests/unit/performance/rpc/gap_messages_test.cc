#include "performance/rpc/gap_messages.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"
#include "unit/performance/domain/telecom.h"

namespace valueloop::performance {
namespace {

using ::testing::MatchesRegex;
using ::testing::Ne;
using ::valueloop::testing::IsOk;
using ::valueloop::testing::StatusIs;

BoundPlan Plan(int64_t version = 1) {
  return BoundPlan({.workspace = "default", .plan = "HL-2026"}, version, 2026, FiscalCalendar(),
                   Policy());
}

GapDecision Opening() {
  return {.action = GapAction::kOpen,
          .opening_number = 1,
          .evidence = GapEvidence{.period = {Frequency::kMonthly, 2026, 6},
                                  .reason = GapReason::kForecastBelowFloor,
                                  .actual_to_date = 22,
                                  .target_to_date = 38,
                                  .forecast = 44,
                                  .year_target = 60,
                                  .floor = 45}};
}

TEST(GapMessageTest, SaysWhatIsMissingAgainstTheYearsTarget) {
  const GapMessage message = MakeGapMessage(Plan(), Care(), Opening());
  const strategy::v1::Gap& gap = message.request.gap();
  EXPECT_EQ(message.request.parent(), "workspaces/default/plans/HL-2026/versions/1");
  EXPECT_EQ(gap.expected(), 60);
  EXPECT_EQ(gap.actual(), 44);
  EXPECT_EQ(gap.amount(), 16);
  EXPECT_EQ(gap.evidence(0).as_of(), "2026-06-30");
  EXPECT_EQ(gap.evidence(0).floor(), 45);
}

TEST(GapMessageTest, MeasuresARangeFromItsNearestBound) {
  GapDecision decision = Opening();
  decision.evidence->reason = GapReason::kRedTwice;
  decision.evidence->actual_to_date = 88;
  const strategy::v1::Gap gap = MakeGapMessage(Plan(), Util(), decision).request.gap();
  EXPECT_EQ(gap.expected(), 85);
  EXPECT_EQ(gap.amount(), 3);
}

TEST(GapMessageTest, IdentifiesARequestByVersionKpiUnitAndOpening) {
  const auto id = [](const BoundPlan& plan, const KpiBinding& binding, GapDecision decision) {
    return MakeGapMessage(plan, binding, decision).request.request_id();
  };
  const std::string opening = id(Plan(), Care(), Opening());
  EXPECT_THAT(opening, MatchesRegex("[A-Za-z0-9_.-]{1,128}"));
  EXPECT_EQ(id(Plan(), Care(), Opening()), opening);
  EXPECT_THAT(id(Plan(2), Care(), Opening()), Ne(opening));
  EXPECT_THAT(id(Plan(), Util(), Opening()), Ne(opening));
  GapDecision later = Opening();
  later.opening_number = 2;
  EXPECT_THAT(id(Plan(), Care(), later), Ne(opening));
  GapDecision evidence = Opening();
  evidence.action = GapAction::kAddEvidence;
  EXPECT_THAT(id(Plan(), Care(), evidence), Ne(opening));
}

TEST(GapMessageTest, ComesBackFromItsText) {
  for (const GapAction action : {GapAction::kOpen, GapAction::kAddEvidence, GapAction::kClose}) {
    GapDecision decision = Opening();
    decision.action = action;
    if (action == GapAction::kClose) decision.evidence.reset();
    const GapMessage message = MakeGapMessage(Plan(), Care(), decision);
    const auto read = ReadGapMessage(WriteGapMessage(message));
    ASSERT_THAT(read, IsOk());
    EXPECT_EQ(read->action, action);
    EXPECT_EQ(read->request.SerializeAsString(), message.request.SerializeAsString());
  }
}

TEST(GapMessageTest, RefusesOtherText) {
  for (const char* text : {"", "OPEN", "OPEN {", "NONE {}", "SHUT {}"}) {
    EXPECT_THAT(ReadGapMessage(text), StatusIs(absl::StatusCode::kInvalidArgument)) << text;
  }
}

}  // namespace
}  // namespace valueloop::performance
