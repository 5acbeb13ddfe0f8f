#include "performance/domain/calendar.h"

#include <optional>

#include "common/status.h"
#include "fmt/format.h"

namespace valueloop::performance {
namespace {

constexpr int kFirstYear = 1900;
constexpr int kLastYear = 2999;

int MonthsPerPeriod(Frequency frequency) { return 12 / PeriodsPerYear(frequency); }

// The number written in digits only, or nothing. At most four digits are asked for, so it fits.
std::optional<int> ReadDigits(std::string_view text) {
  if (text.empty()) return std::nullopt;
  int number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
  }
  return number;
}

std::optional<int> ReadYear(std::string_view text) {
  if (text.size() != 4) return std::nullopt;
  const std::optional<int> year = ReadDigits(text);
  if (!year || *year < kFirstYear || *year > kLastYear) return std::nullopt;
  return year;
}

std::string_view Wanted(Frequency frequency) {
  switch (frequency) {
    case Frequency::kMonthly:
      return "a month such as 2026-01";
    case Frequency::kQuarterly:
      return "a quarter of a fiscal year such as 2026Q1";
    case Frequency::kHalfYearly:
      return "a half of a fiscal year such as 2026H1";
    case Frequency::kAnnual:
      return "a fiscal year such as 2026";
  }
  return "a period";
}

// A part of a fiscal year: "2026Q1", with the given letter.
std::optional<Period> ReadPart(std::string_view text, char letter, Frequency frequency) {
  if (text.size() != 6 || text[4] != letter) return std::nullopt;
  const std::optional<int> year = ReadYear(text.substr(0, 4));
  const std::optional<int> index = ReadDigits(text.substr(5));
  if (!year || !index || *index < 1 || *index > PeriodsPerYear(frequency)) return std::nullopt;
  return Period{frequency, *year, *index};
}

}  // namespace

std::string_view FrequencyName(Frequency frequency) {
  switch (frequency) {
    case Frequency::kMonthly:
      return "MONTHLY";
    case Frequency::kQuarterly:
      return "QUARTERLY";
    case Frequency::kHalfYearly:
      return "HALF_YEARLY";
    case Frequency::kAnnual:
      return "ANNUAL";
  }
  return "";
}

absl::StatusOr<Frequency> ParseFrequency(std::string_view text) {
  for (const Frequency frequency :
       {Frequency::kMonthly, Frequency::kQuarterly, Frequency::kHalfYearly, Frequency::kAnnual}) {
    if (text == FrequencyName(frequency)) return frequency;
  }
  return InvalidField("frequency", text, "MONTHLY, QUARTERLY, HALF_YEARLY or ANNUAL");
}

int PeriodsPerYear(Frequency frequency) {
  switch (frequency) {
    case Frequency::kMonthly:
      return 12;
    case Frequency::kQuarterly:
      return 4;
    case Frequency::kHalfYearly:
      return 2;
    case Frequency::kAnnual:
      return 1;
  }
  return 1;
}

Period Previous(const Period& period) {
  if (period.index > 1) return {period.frequency, period.fiscal_year, period.index - 1};
  return {period.frequency, period.fiscal_year - 1, PeriodsPerYear(period.frequency)};
}

Period Next(const Period& period) {
  if (period.index < PeriodsPerYear(period.frequency)) {
    return {period.frequency, period.fiscal_year, period.index + 1};
  }
  return {period.frequency, period.fiscal_year + 1, 1};
}

absl::StatusOr<FiscalCalendar> FiscalCalendar::Create(int start_month) {
  if (start_month < 1 || start_month > 12) {
    return InvalidField("fiscal_start_month", fmt::format("{}", start_month), "a month, 1 to 12");
  }
  FiscalCalendar calendar;
  calendar.start_month_ = start_month;
  return calendar;
}

absl::StatusOr<FiscalCalendar> FiscalCalendar::FromYearStart(int fiscal_year,
                                                             absl::CivilDay fiscal_start) {
  const auto offset = fiscal_start.year() - fiscal_year;
  if (fiscal_start.day() != 1 || (offset != 0 && offset != -1)) {
    return InvalidField("fiscal_start", absl::FormatCivilTime(fiscal_start),
                        fmt::format("the first day of a month of {} or {}, for fiscal year {}",
                                    fiscal_year - 1, fiscal_year, fiscal_year));
  }
  FiscalCalendar calendar;
  calendar.start_month_ = fiscal_start.month();
  calendar.year_offset_ = static_cast<int>(offset);
  return calendar;
}

absl::CivilDay FiscalCalendar::YearStart(int fiscal_year) const {
  return absl::CivilDay(fiscal_year + year_offset_, start_month_, 1);
}

absl::CivilDay FiscalCalendar::YearEnd(int fiscal_year) const {
  return YearStart(fiscal_year + 1) - 1;
}

int FiscalCalendar::FiscalYearOf(absl::CivilDay day) const {
  const int start_year = static_cast<int>(day.year()) - (day.month() < start_month_ ? 1 : 0);
  return start_year - year_offset_;
}

absl::CivilDay FiscalCalendar::Start(const Period& period) const {
  const absl::CivilMonth first(YearStart(period.fiscal_year));
  return absl::CivilDay(first + (period.index - 1) * MonthsPerPeriod(period.frequency));
}

absl::CivilDay FiscalCalendar::End(const Period& period) const { return Start(Next(period)) - 1; }

Period FiscalCalendar::PeriodOf(Frequency frequency, absl::CivilDay day) const {
  const int year = FiscalYearOf(day);
  const auto months = absl::CivilMonth(day) - absl::CivilMonth(YearStart(year));
  return {frequency, year, 1 + static_cast<int>(months) / MonthsPerPeriod(frequency)};
}

int FiscalCalendar::PeriodsElapsed(Frequency frequency, int fiscal_year,
                                   absl::CivilDay as_of) const {
  if (as_of < YearStart(fiscal_year)) return 0;
  if (as_of >= YearEnd(fiscal_year)) return PeriodsPerYear(frequency);
  // The day after is in the first period that is not over.
  return PeriodOf(frequency, as_of + 1).index - 1;
}

std::string FiscalCalendar::Format(const Period& period) const {
  switch (period.frequency) {
    case Frequency::kMonthly: {
      const absl::CivilDay start = Start(period);
      return fmt::format("{:04}-{:02}", start.year(), start.month());
    }
    case Frequency::kQuarterly:
      return fmt::format("{:04}Q{}", period.fiscal_year, period.index);
    case Frequency::kHalfYearly:
      return fmt::format("{:04}H{}", period.fiscal_year, period.index);
    case Frequency::kAnnual:
      break;
  }
  return fmt::format("{:04}", period.fiscal_year);
}

absl::StatusOr<Period> FiscalCalendar::Parse(std::string_view text, Frequency frequency) const {
  std::optional<Period> period;
  switch (frequency) {
    case Frequency::kMonthly:
      if (text.size() == 7 && text[4] == '-') {
        const std::optional<int> year = ReadYear(text.substr(0, 4));
        const std::optional<int> month = ReadDigits(text.substr(5));
        if (year && month && *month >= 1 && *month <= 12) {
          period = PeriodOf(frequency, absl::CivilDay(*year, *month, 1));
        }
      }
      break;
    case Frequency::kQuarterly:
      period = ReadPart(text, 'Q', frequency);
      break;
    case Frequency::kHalfYearly:
      period = ReadPart(text, 'H', frequency);
      break;
    case Frequency::kAnnual:
      if (const std::optional<int> year = ReadYear(text)) period = Period{frequency, *year, 1};
      break;
  }
  if (!period) return InvalidField("period", text, Wanted(frequency));
  return *period;
}

absl::StatusOr<Period> FiscalCalendar::Parse(std::string_view text) const {
  for (const Frequency frequency :
       {Frequency::kMonthly, Frequency::kQuarterly, Frequency::kHalfYearly, Frequency::kAnnual}) {
    absl::StatusOr<Period> period = Parse(text, frequency);
    if (period.ok()) return period;
  }
  return InvalidField("period", text,
                      "a month (2026-01), quarter (2026Q1), half (2026H1) or year (2026)");
}

}  // namespace valueloop::performance
