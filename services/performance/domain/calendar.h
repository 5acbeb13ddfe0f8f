// Fiscal calendars and the periods of a fiscal year.
//
// A fiscal year has twelve calendar months and starts on the first day of any month. Unless a plan
// says otherwise it is named after the calendar year it starts in. Period 1 of a year is its first.
//
// Canonical text of a period:
//   MONTHLY      "2026-01"  calendar year and calendar month, whatever the fiscal year is
//   QUARTERLY    "2026Q1"   fiscal year and quarter of the fiscal year
//   HALF_YEARLY  "2026H1"   fiscal year and half of the fiscal year
//   ANNUAL       "2026"     fiscal year
#ifndef VALUELOOP_PERFORMANCE_DOMAIN_CALENDAR_H_
#define VALUELOOP_PERFORMANCE_DOMAIN_CALENDAR_H_

#include <compare>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"

namespace valueloop::performance {

enum class Frequency { kMonthly, kQuarterly, kHalfYearly, kAnnual };

// MONTHLY, QUARTERLY, HALF_YEARLY, ANNUAL.
std::string_view FrequencyName(Frequency frequency);

// InvalidArgument, naming the field `frequency`, if the text is none of the four names.
absl::StatusOr<Frequency> ParseFrequency(std::string_view text);

// 12, 4, 2 or 1.
int PeriodsPerYear(Frequency frequency);

// One period of a fiscal year. Periods of one frequency are ordered by time.
struct Period {
  Frequency frequency = Frequency::kMonthly;
  int fiscal_year = 0;
  int index = 1;  // 1 .. PeriodsPerYear(frequency).

  friend auto operator<=>(const Period&, const Period&) = default;
};

// The period before or after, across the border of the fiscal year.
Period Previous(const Period& period);
Period Next(const Period& period);

class FiscalCalendar {
 public:
  // Calendar years.
  FiscalCalendar() = default;

  // Years that start in `start_month` (1..12) and are named after the calendar year they start in.
  // InvalidArgument for another month.
  static absl::StatusOr<FiscalCalendar> Create(int start_month);

  // The calendar in which `fiscal_year` starts on `fiscal_start`. InvalidArgument unless that is
  // the first day of a month, in the calendar year `fiscal_year` or the one before.
  static absl::StatusOr<FiscalCalendar> FromYearStart(int fiscal_year, absl::CivilDay fiscal_start);

  int start_month() const { return start_month_; }

  // First and last day of the fiscal year.
  absl::CivilDay YearStart(int fiscal_year) const;
  absl::CivilDay YearEnd(int fiscal_year) const;
  int FiscalYearOf(absl::CivilDay day) const;

  // First and last day of the period.
  absl::CivilDay Start(const Period& period) const;
  absl::CivilDay End(const Period& period) const;
  Period PeriodOf(Frequency frequency, absl::CivilDay day) const;

  // How many periods of the fiscal year are over at the end of `as_of`: 0 before the end of the
  // first one, PeriodsPerYear from the end of the year on.
  int PeriodsElapsed(Frequency frequency, int fiscal_year, absl::CivilDay as_of) const;

  std::string Format(const Period& period) const;

  // Reads the canonical text only. InvalidArgument names the field `period`. Years: 1900..2999.
  absl::StatusOr<Period> Parse(std::string_view text, Frequency frequency) const;

  // The same, with the frequency taken from the form of the text.
  absl::StatusOr<Period> Parse(std::string_view text) const;

  friend bool operator==(const FiscalCalendar&, const FiscalCalendar&) = default;

 private:
  int start_month_ = 1;
  int year_offset_ = 0;  // Calendar year of the start less the fiscal year: 0 or -1.
};

}  // namespace valueloop::performance

#endif  // VALUELOOP_PERFORMANCE_DOMAIN_CALENDAR_H_
