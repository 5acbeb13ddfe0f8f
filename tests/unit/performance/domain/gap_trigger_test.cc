#include "performance/domain/gap_trigger.h"

#include <vector>

#include "gtest/gtest.h"
#include "testing/status_matchers.h"
#include "unit/performance/domain/telecom.h"

namespace valueloop::performance {
namespace {

using ::testing::HasSubstr;
using valueloop::testing::IsOkAndHolds;
using valueloop::testing::StatusIs;

// A LAST KPI whose plan is 100 throughout: floor 80 to date and for the year; the forecast equals
// the last value. Scores: 100 -> 100, 98 -> 96 GREEN; 95 -> 90 AMBER; 89 -> 78 RED; 79 -> 0 RED.
KpiBinding Level() {
  return WithTargets(TelecomKpi("LEVEL", Polarity::kHigher, Aggregation::kLast, 1, "TEL"), 100, 100,
                     80, 120);
}

GapDecision Decide(const KpiBinding& binding, const std::vector<Observation>& history,
                   const GapState& state = {}) {
  const absl::StatusOr<GapDecision> decision =
      DecideGap(binding, Policy{}, history, {absl::CivilDay(2026, 12, 31)}, state);
  EXPECT_THAT(decision, valueloop::testing::IsOk());
  return decision.value_or(GapDecision{});
}

GapDecision DecideLevel(const std::vector<double>& values, const GapState& state = {}) {
  return Decide(Level(), Series(Level(), values), state);
}

TEST(GapTriggerTest, NothingHappensWithoutData) {
  EXPECT_EQ(Decide(Level(), {}).action, GapAction::kNone);
}

TEST(GapTriggerTest, AForecastBelowTheFloorWaitsForTheThirdPeriod) {
  EXPECT_EQ(DecideLevel({100, 79}).action, GapAction::kNone);
  const GapDecision got = DecideLevel({100, 100, 79});
  EXPECT_EQ(got.action, GapAction::kOpen);
  EXPECT_EQ(got.opening_number, 1);
  EXPECT_EQ(got.evidence->reason, GapReason::kForecastBelowFloor);
  EXPECT_EQ(got.evidence->period.index, 3);
  EXPECT_DOUBLE_EQ(got.evidence->forecast.value(), 79);
  EXPECT_EQ(got.evidence->floor.value(), 80);
  EXPECT_DOUBLE_EQ(got.evidence->gap.value(), -21);
  EXPECT_DOUBLE_EQ(got.evidence->previous_score.value(), 100);
}

TEST(GapTriggerTest, AQuarterOfTheYearIsEnoughForAQuarterlyKpi) {
  KpiBinding binding = Level();
  binding.frequency = Frequency::kQuarterly;
  EXPECT_EQ(Decide(binding, Series(binding, {79})).action, GapAction::kOpen);
}

TEST(GapTriggerTest, AForecastOnTheFloorIsNotBelowIt) {
  EXPECT_EQ(DecideLevel({100, 100, 80}).action, GapAction::kNone);
  KpiBinding lower = Level();
  lower.polarity = Polarity::kLower;
  lower.floor = 120;
  lower.stretch = 80;
  EXPECT_EQ(Decide(lower, Series(lower, {100, 100, 120})).action, GapAction::kNone);
  EXPECT_EQ(Decide(lower, Series(lower, {100, 100, 121})).action, GapAction::kOpen);
}

TEST(GapTriggerTest, RedAtTwoConsecutivePeriodEndsOpensAGap) {
  EXPECT_EQ(DecideLevel({89}).action, GapAction::kNone);
  const GapDecision got = DecideLevel({89, 89});
  EXPECT_EQ(got.action, GapAction::kOpen);
  EXPECT_EQ(got.evidence->reason, GapReason::kRedTwice);
  EXPECT_DOUBLE_EQ(got.evidence->score.value(), 78);
  EXPECT_DOUBLE_EQ(got.evidence->previous_score.value(), 78);
  EXPECT_EQ(DecideLevel({89, 95}).action, GapAction::kNone);
  EXPECT_EQ(DecideLevel({89, 95, 89}).action, GapAction::kNone);
}

TEST(GapTriggerTest, ARangeOpensOnRedOnly) {
  EXPECT_EQ(Decide(Util(), Series(Util(), {88, 87})).action, GapAction::kOpen);
  EXPECT_EQ(Decide(Util(), Series(Util(), {85, 95})).action, GapAction::kNone);
}

TEST(GapTriggerTest, TheForecastIsNamedWhereBothHold) {
  EXPECT_EQ(DecideLevel({79, 79, 79}).evidence->reason, GapReason::kForecastBelowFloor);
}

TEST(GapTriggerTest, FurtherBreachesAddEvidenceToTheOpenGap) {
  const GapState open = Apply({}, DecideLevel({89, 89}));
  EXPECT_TRUE(open.open);
  const GapDecision more = DecideLevel({89, 89, 79}, open);
  EXPECT_EQ(more.action, GapAction::kAddEvidence);
  EXPECT_EQ(more.opening_number, 1);
  EXPECT_EQ(more.evidence->reason, GapReason::kForecastBelowFloor);
  EXPECT_EQ(Apply(open, more).opening_count, 1);
}

TEST(GapTriggerTest, TheSameDataTwiceSayNothingNew) {
  const GapState open = Apply({}, DecideLevel({89, 89}));
  EXPECT_EQ(DecideLevel({89, 89}, open).action, GapAction::kNone);
  EXPECT_EQ(DecideLevel({89, 88}, open).action, GapAction::kAddEvidence);
}

TEST(GapTriggerTest, AmberNeitherOpensNorCloses) {
  const GapState open = Apply({}, DecideLevel({89, 89}));
  EXPECT_EQ(DecideLevel({89, 89, 95}, open).action, GapAction::kNone);
  EXPECT_EQ(DecideLevel({89, 89, 95, 95}, open).action, GapAction::kNone);
}

TEST(GapTriggerTest, ClosesAfterTwoGreenAndNotAfterOne) {
  const GapState open = Apply({}, DecideLevel({89, 89}));
  EXPECT_EQ(DecideLevel({89, 89, 100}, open).action, GapAction::kNone);
  const GapDecision close = DecideLevel({89, 89, 100, 98}, open);
  EXPECT_EQ(close.action, GapAction::kClose);
  EXPECT_EQ(close.opening_number, 1);
  EXPECT_FALSE(Apply(open, close).open);
}

TEST(GapTriggerTest, AGapThatOpensAgainHasTheNextNumber) {
  GapState state = Apply({}, DecideLevel({89, 89}));
  state = Apply(state, DecideLevel({89, 89, 100, 100}, state));
  EXPECT_EQ(DecideLevel({89, 89, 100, 100}, state).action, GapAction::kNone);
  const GapDecision again = DecideLevel({89, 89, 100, 100, 79}, state);
  EXPECT_EQ(again.action, GapAction::kOpen);
  EXPECT_EQ(again.opening_number, 2);
  EXPECT_EQ(Apply(state, again).opening_count, 2);
}

TEST(GapTriggerTest, ALookAtAnEarlierPeriodDoesNotTouchALaterGap) {
  const std::vector<Observation> history = Series(Level(), {100, 100, 79});
  const GapState open = Apply({}, Decide(Level(), history));
  VL_ASSERT_OK_AND_ASSIGN(const GapDecision got, DecideGap(Level(), Policy{}, history,
                                                           {absl::CivilDay(2026, 2, 28)}, open));
  EXPECT_EQ(got.action, GapAction::kNone);
}

TEST(GapTriggerTest, DecidesAtTheLatestPeriodWithDataWhateverTheDay) {
  const std::vector<Observation> history = Series(Level(), {100, 100, 79});
  for (const absl::CivilDay day : {absl::CivilDay(2026, 3, 31), absl::CivilDay(2026, 8, 15)}) {
    VL_ASSERT_OK_AND_ASSIGN(const GapDecision got,
                            DecideGap(Level(), Policy{}, history, {day}, {}));
    EXPECT_EQ(got.action, GapAction::kOpen);
    EXPECT_EQ(got.evidence->period.index, 3);
  }
}

TEST(GapTriggerTest, WhatWasNotKnownYetOpensNothing) {
  const std::vector<Observation> history = Series(Level(), {100, 100, 79});
  VL_ASSERT_OK_AND_ASSIGN(const GapDecision got,
                          DecideGap(Level(), Policy{}, history,
                                    {absl::CivilDay(2026, 12, 31), history[1].recorded_time}, {}));
  EXPECT_EQ(got.action, GapAction::kNone);
}

TEST(GapTriggerTest, NamesAreReadBack) {
  for (const GapReason reason : {GapReason::kForecastBelowFloor, GapReason::kRedTwice}) {
    EXPECT_THAT(ParseGapReason(GapReasonName(reason)), IsOkAndHolds(reason));
  }
  EXPECT_THAT(ParseGapReason("WHIM"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("reason: got WHIM")));
  EXPECT_EQ(GapActionName(GapAction::kOpen), "OPEN");
  EXPECT_EQ(GapActionName(GapAction::kAddEvidence), "ADD_EVIDENCE");
  EXPECT_EQ(GapActionName(GapAction::kClose), "CLOSE");
  EXPECT_EQ(GapActionName(GapAction::kNone), "NONE");
}

}  // namespace
}  // namespace valueloop::performance
