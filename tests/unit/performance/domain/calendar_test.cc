#include "performance/domain/calendar.h"

#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace valueloop::performance {
namespace {

using ::testing::HasSubstr;
using valueloop::testing::IsOkAndHolds;
using valueloop::testing::StatusIs;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

FiscalCalendar AprilCalendar() { return *FiscalCalendar::Create(4); }

TEST(FiscalCalendarTest, ACalendarYearRunsFromJanuaryToDecember) {
  const FiscalCalendar calendar;
  EXPECT_EQ(calendar.YearStart(2026), absl::CivilDay(2026, 1, 1));
  EXPECT_EQ(calendar.YearEnd(2026), absl::CivilDay(2026, 12, 31));
  EXPECT_EQ(calendar.FiscalYearOf(absl::CivilDay(2026, 12, 31)), 2026);
}

TEST(FiscalCalendarTest, AYearThatStartsInAprilEndsInMarchOfTheNext) {
  const FiscalCalendar calendar = AprilCalendar();
  EXPECT_EQ(calendar.YearStart(2026), absl::CivilDay(2026, 4, 1));
  EXPECT_EQ(calendar.YearEnd(2026), absl::CivilDay(2027, 3, 31));
  EXPECT_EQ(calendar.FiscalYearOf(absl::CivilDay(2026, 3, 31)), 2025);
  EXPECT_EQ(calendar.FiscalYearOf(absl::CivilDay(2026, 4, 1)), 2026);
}

TEST(FiscalCalendarTest, APlanMayNameTheYearAfterTheCalendarYearItEndsIn) {
  VL_ASSERT_OK_AND_ASSIGN(const FiscalCalendar calendar,
                          FiscalCalendar::FromYearStart(2026, absl::CivilDay(2025, 7, 1)));
  EXPECT_EQ(calendar.YearEnd(2026), absl::CivilDay(2026, 6, 30));
  EXPECT_EQ(calendar.FiscalYearOf(absl::CivilDay(2025, 7, 1)), 2026);
  EXPECT_EQ(calendar.FiscalYearOf(absl::CivilDay(2026, 7, 1)), 2027);
}

TEST(FiscalCalendarTest, RejectsAYearThatStartsWithinAMonthOrTooFarAway) {
  EXPECT_THAT(FiscalCalendar::FromYearStart(2026, absl::CivilDay(2026, 1, 15)),
              StatusIs(kInvalid, HasSubstr("fiscal_start: got 2026-01-15, want the first day")));
  EXPECT_THAT(FiscalCalendar::FromYearStart(2026, absl::CivilDay(2027, 1, 1)), StatusIs(kInvalid));
  EXPECT_THAT(FiscalCalendar::FromYearStart(2026, absl::CivilDay(2024, 1, 1)), StatusIs(kInvalid));
}

TEST(FiscalCalendarTest, RejectsAStartMonthThatIsNone) {
  EXPECT_THAT(FiscalCalendar::Create(0),
              StatusIs(kInvalid, HasSubstr("fiscal_start_month: got 0")));
  EXPECT_THAT(FiscalCalendar::Create(13), StatusIs(kInvalid));
}

TEST(FiscalCalendarTest, PeriodsCoverTheYearWithoutAHole) {
  for (const Frequency frequency :
       {Frequency::kMonthly, Frequency::kQuarterly, Frequency::kHalfYearly, Frequency::kAnnual}) {
    const FiscalCalendar calendar = AprilCalendar();
    absl::CivilDay next = calendar.YearStart(2026);
    for (int index = 1; index <= PeriodsPerYear(frequency); ++index) {
      const Period period{frequency, 2026, index};
      EXPECT_EQ(calendar.Start(period), next);
      EXPECT_EQ(calendar.PeriodOf(frequency, calendar.Start(period)), period);
      EXPECT_EQ(calendar.PeriodOf(frequency, calendar.End(period)), period);
      next = calendar.End(period) + 1;
    }
    EXPECT_EQ(next, calendar.YearStart(2027));
  }
}

TEST(FiscalCalendarTest, AMonthIsWrittenByTheCalendarAndAQuarterByTheFiscalYear) {
  const FiscalCalendar calendar = AprilCalendar();
  EXPECT_EQ(calendar.Format({Frequency::kMonthly, 2026, 1}), "2026-04");
  EXPECT_EQ(calendar.Format({Frequency::kMonthly, 2026, 12}), "2027-03");
  EXPECT_EQ(calendar.Format({Frequency::kQuarterly, 2026, 4}), "2026Q4");
  EXPECT_EQ(calendar.End({Frequency::kQuarterly, 2026, 4}), absl::CivilDay(2027, 3, 31));
  EXPECT_EQ(calendar.Format({Frequency::kHalfYearly, 2026, 2}), "2026H2");
  EXPECT_EQ(calendar.Format({Frequency::kAnnual, 2026, 1}), "2026");
}

TEST(FiscalCalendarTest, ReadsBackWhatItWrites) {
  for (const FiscalCalendar& calendar : {FiscalCalendar(), AprilCalendar()}) {
    for (const Frequency frequency :
         {Frequency::kMonthly, Frequency::kQuarterly, Frequency::kHalfYearly, Frequency::kAnnual}) {
      for (int index = 1; index <= PeriodsPerYear(frequency); ++index) {
        const Period period{frequency, 2026, index};
        EXPECT_THAT(calendar.Parse(calendar.Format(period), frequency), IsOkAndHolds(period));
        EXPECT_THAT(calendar.Parse(calendar.Format(period)), IsOkAndHolds(period));
      }
    }
  }
}

TEST(FiscalCalendarTest, RejectsTextThatIsNotThePeriodAskedFor) {
  const FiscalCalendar calendar;
  for (const char* text : {"", "2026", "2026-1", "2026-13", "2026-00", "2026Q1", "202-011",
                           "2026-0x", " 2026-01", "2026-01 ", "1899-12", "3000-01", "-026-01"}) {
    EXPECT_THAT(calendar.Parse(text, Frequency::kMonthly),
                StatusIs(kInvalid, HasSubstr("want a month such as 2026-01")))
        << text;
  }
  for (const char* text : {"2026Q0", "2026Q5", "2026q1", "2026-Q1", "2026H1", "2026-01"}) {
    EXPECT_THAT(calendar.Parse(text, Frequency::kQuarterly),
                StatusIs(kInvalid, HasSubstr("period: got")))
        << text;
  }
  EXPECT_THAT(calendar.Parse("soon"), StatusIs(kInvalid, HasSubstr("period: got soon, want")));
}

TEST(FiscalCalendarTest, APeriodIsOverAtTheEndOfItsLastDay) {
  const FiscalCalendar calendar;
  const auto elapsed = [&](absl::CivilDay day) {
    return calendar.PeriodsElapsed(Frequency::kMonthly, 2026, day);
  };
  EXPECT_EQ(elapsed(absl::CivilDay(2025, 12, 31)), 0);
  EXPECT_EQ(elapsed(absl::CivilDay(2026, 1, 30)), 0);
  EXPECT_EQ(elapsed(absl::CivilDay(2026, 1, 31)), 1);
  EXPECT_EQ(elapsed(absl::CivilDay(2026, 6, 29)), 5);
  EXPECT_EQ(elapsed(absl::CivilDay(2026, 6, 30)), 6);
  EXPECT_EQ(elapsed(absl::CivilDay(2026, 12, 30)), 11);
  EXPECT_EQ(elapsed(absl::CivilDay(2026, 12, 31)), 12);
  EXPECT_EQ(elapsed(absl::CivilDay(2028, 1, 1)), 12);
}

TEST(FiscalCalendarTest, QuartersElapseWithTheFiscalYear) {
  const FiscalCalendar calendar = AprilCalendar();
  EXPECT_EQ(calendar.PeriodsElapsed(Frequency::kQuarterly, 2026, absl::CivilDay(2026, 6, 30)), 1);
  EXPECT_EQ(calendar.PeriodsElapsed(Frequency::kQuarterly, 2026, absl::CivilDay(2027, 3, 30)), 3);
  EXPECT_EQ(calendar.PeriodsElapsed(Frequency::kQuarterly, 2026, absl::CivilDay(2027, 3, 31)), 4);
}

TEST(PeriodTest, NeighboursCrossTheBorderOfTheYear) {
  const Period first{Frequency::kQuarterly, 2026, 1};
  const Period last{Frequency::kQuarterly, 2025, 4};
  EXPECT_EQ(Previous(first), last);
  EXPECT_EQ(Next(last), first);
  EXPECT_LT(last, first);
}

TEST(FrequencyTest, NamesAreReadBack) {
  for (const Frequency frequency :
       {Frequency::kMonthly, Frequency::kQuarterly, Frequency::kHalfYearly, Frequency::kAnnual}) {
    EXPECT_THAT(ParseFrequency(FrequencyName(frequency)), IsOkAndHolds(frequency));
  }
  EXPECT_THAT(ParseFrequency("DAILY"), StatusIs(kInvalid, HasSubstr("frequency: got DAILY")));
}

}  // namespace
}  // namespace valueloop::performance
