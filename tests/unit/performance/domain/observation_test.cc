#include "performance/domain/observation.h"

#include <limits>
#include <vector>

#include "gtest/gtest.h"
#include "testing/status_matchers.h"
#include "unit/performance/domain/telecom.h"

namespace valueloop::performance {
namespace {

using ::testing::HasSubstr;
using valueloop::testing::IsOk;
using valueloop::testing::StatusIs;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

Observation One(const KpiBinding& binding) { return Series(binding, {10})[0]; }

Observation OneRatio() { return RatioSeries(Churn(), {236.4}, {12060})[0]; }

TEST(ObservationTest, AcceptsTheSeriesOfTheTelecomPlan) {
  for (const KpiBinding& binding : TelecomBindings()) {
    for (const Observation& observation : TelecomHistory()) {
      if (observation.kpi != binding.kpi) continue;
      EXPECT_THAT(ValidateObservation(observation, binding), IsOk()) << binding.kpi;
    }
  }
}

TEST(ObservationTest, RejectsNumbersThatAreNotFinite) {
  for (const double bad :
       {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(), -1e16}) {
    Observation observation = One(Home());
    observation.value = bad;
    EXPECT_THAT(ValidateObservation(observation, Home()),
                StatusIs(kInvalid, HasSubstr("value: got")));
    observation = One(Home());
    observation.target_to_date = bad;
    EXPECT_THAT(ValidateObservation(observation, Home()),
                StatusIs(kInvalid, HasSubstr("target_to_date: got")));
    observation = OneRatio();
    observation.numerator = bad;
    EXPECT_THAT(ValidateObservation(observation, Churn()),
                StatusIs(kInvalid, HasSubstr("numerator: got")));
    observation = OneRatio();
    observation.denominator = bad;
    EXPECT_THAT(ValidateObservation(observation, Churn()),
                StatusIs(kInvalid, HasSubstr("denominator: got")));
  }
}

TEST(ObservationTest, RejectsADenominatorThatIsNotPositive) {
  for (const double bad : {0.0, -0.0, -5.0}) {
    Observation observation = OneRatio();
    observation.denominator = bad;
    EXPECT_THAT(ValidateObservation(observation, Churn()),
                StatusIs(kInvalid, HasSubstr("want a number above 0")));
  }
}

TEST(ObservationTest, RejectsADenominatorSoSmallThatTheRatioOverflows) {
  Observation observation = OneRatio();
  observation.denominator = 1e-300;
  EXPECT_THAT(ValidateObservation(observation, Churn()),
              StatusIs(kInvalid, HasSubstr("denominator: got")));
}

TEST(ObservationTest, WantsEitherAValueOrBothPartsOfARatio) {
  Observation both = OneRatio();
  both.value = 1.9;
  EXPECT_THAT(ValidateObservation(both, Churn()), StatusIs(kInvalid, HasSubstr("value: got 1.9")));
  Observation neither = One(Home());
  neither.value = std::nullopt;
  EXPECT_THAT(ValidateObservation(neither, Home()),
              StatusIs(kInvalid, HasSubstr("value: got nothing")));
  Observation half = OneRatio();
  half.denominator = std::nullopt;
  EXPECT_THAT(ValidateObservation(half, Churn()),
              StatusIs(kInvalid, HasSubstr("denominator: got nothing")));
  half = OneRatio();
  half.numerator = std::nullopt;
  EXPECT_THAT(ValidateObservation(half, Churn()),
              StatusIs(kInvalid, HasSubstr("numerator: got nothing")));
}

TEST(ObservationTest, ARatioWantsItsPartsAndASumAValue) {
  EXPECT_THAT(ValidateObservation(One(Churn()), Churn()),
              StatusIs(kInvalid, HasSubstr("want numerator and denominator")));
  EXPECT_THAT(ValidateObservation(RatioSeries(Rev(), {1}, {2})[0], Rev()),
              StatusIs(kInvalid, HasSubstr("numerator: got 1, want a value")));
}

TEST(ObservationTest, ALevelMayComeAsAShare) {
  KpiBinding binding = Cover();
  binding.scale = 100;
  const Observation observation = RatioSeries(binding, {983}, {1000})[0];
  EXPECT_THAT(ValidateObservation(observation, binding), IsOk());
  EXPECT_DOUBLE_EQ(PeriodValue(observation, binding), 98.3);
}

TEST(ObservationTest, AScaleOfItsOwnWinsOverThatOfTheBinding) {
  Observation observation = OneRatio();
  EXPECT_NEAR(PeriodValue(observation, Churn()), 1.960199, 1e-6);
  observation.scale = 1000;
  EXPECT_NEAR(PeriodValue(observation, Churn()), 19.60199, 1e-5);
}

TEST(ObservationTest, RejectsAnotherKpiUnitOrPeriod) {
  Observation observation = One(Home());
  observation.kpi = "SUBS";
  EXPECT_THAT(ValidateObservation(observation, Home()),
              StatusIs(kInvalid, HasSubstr("kpi: got SUBS, want HOME")));
  observation = One(Home());
  observation.unit = "RN";
  EXPECT_THAT(ValidateObservation(observation, Home()),
              StatusIs(kInvalid, HasSubstr("unit: got RN")));
  observation = One(Home());
  observation.period.index = 13;
  EXPECT_THAT(ValidateObservation(observation, Home()),
              StatusIs(kInvalid, HasSubstr("period: got MONTHLY period 13")));
  observation.period = {Frequency::kQuarterly, 2026, 1};
  EXPECT_THAT(ValidateObservation(observation, Home()), StatusIs(kInvalid, HasSubstr("period")));
}

TEST(ObservationTest, AMilestoneIsOpenOrDoneAndNothingBetween) {
  KpiBinding binding = TelecomKpi("M", Polarity::kMilestone, Aggregation::kLast, 1, "TEL");
  binding.due = absl::CivilDay(2026, 5, 31);
  Observation observation = Series(binding, {0.5})[0];
  EXPECT_THAT(ValidateObservation(observation, binding),
              StatusIs(kInvalid, HasSubstr("0 (open) or 1 (done)")));
  observation.value = 1;
  observation.done_on = absl::CivilDay(2026, 2, 1);
  EXPECT_THAT(ValidateObservation(observation, binding),
              StatusIs(kInvalid, HasSubstr("done_on: got 2026-02-01, want at most 2026-01-31")));
  observation.done_on = absl::CivilDay(2026, 1, 20);
  EXPECT_THAT(ValidateObservation(observation, binding), IsOk());
  observation.value = 0;
  EXPECT_THAT(ValidateObservation(observation, binding), StatusIs(kInvalid, HasSubstr("done_on")));
}

TEST(ObservationTest, TheSameNumbersAgainSayNothingNew) {
  const Observation first = One(Home());
  Observation again = first;
  again.recorded_time += absl::Hours(1);
  again.revision = 2;
  EXPECT_TRUE(SameContent(first, again));
  again.value = 11;
  EXPECT_FALSE(SameContent(first, again));
}

TEST(ObservationTest, RevisionsCountWithinOnePeriodOfOneKpiAndUnit) {
  std::vector<Observation> history = TelecomHistory();
  Observation next = One(Home());
  EXPECT_EQ(NextRevision(history, next), 2);
  next.unit = "RN";
  EXPECT_EQ(NextRevision(history, next), 1);
}

TEST(ObservationTest, TheLatestRevisionKnownAtAnInstantCounts) {
  std::vector<Observation> history = Series(Home(), {2128, 2151});
  Observation restated = history[0];
  restated.value = 2100;
  restated.revision = 2;
  restated.recorded_time = history[1].recorded_time + absl::Hours(1);
  history.insert(history.begin(), restated);  // The order of the rows decides nothing.
  const auto known = [&](absl::Time at) { return *KnownPeriods(Home(), history, at).at(1)->value; };
  EXPECT_EQ(known(restated.recorded_time - absl::Microseconds(1)), 2128);
  EXPECT_EQ(known(restated.recorded_time), 2100);
  EXPECT_EQ(known(absl::InfiniteFuture()), 2100);
  EXPECT_TRUE(KnownPeriods(Home(), history, absl::InfinitePast()).empty());
}

TEST(ObservationTest, OtherKpisUnitsAndYearsAreNotSeen) {
  std::vector<Observation> history = TelecomHistory();
  for (Observation& observation : history) observation.unit = "RN";
  EXPECT_TRUE(KnownPeriods(Home(), history, absl::InfiniteFuture()).empty());
  history = TelecomHistory();
  for (Observation& observation : history) observation.period.fiscal_year = 2025;
  EXPECT_TRUE(KnownPeriods(Home(), history, absl::InfiniteFuture()).empty());
}

TEST(ObservationTest, TheLatestPeriodWithDataIsOverByTheDayAskedAbout) {
  const std::vector<Observation> history = Series(Home(), {1, 2, 3});
  const auto latest = [&](absl::CivilDay day) {
    return LatestPeriodWithData(Home(), history, day, absl::InfiniteFuture());
  };
  EXPECT_EQ(latest(absl::CivilDay(2026, 12, 31))->index, 3);
  EXPECT_EQ(latest(absl::CivilDay(2026, 3, 30))->index, 2);
  EXPECT_EQ(latest(absl::CivilDay(2026, 1, 30)), std::nullopt);
}

}  // namespace
}  // namespace valueloop::performance
