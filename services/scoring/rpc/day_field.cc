#include "scoring/rpc/day_field.h"

#include "common/day.h"
#include "common/status.h"
#include "fmt/format.h"

namespace valueloop::scoring {

absl::StatusOr<absl::CivilDay> ParseDayField(std::string_view field, const std::string& text) {
  VL_ASSIGN_OR_RETURN(const absl::CivilDay day, ParseDay(field, text));
  if (day.year() < 1900 || day.year() > 2199) {
    return InvalidField(field, text, "a day of the years 1900 to 2199");
  }
  return day;
}

absl::StatusOr<absl::CivilDay> ParsePastDayField(std::string_view field, const std::string& text,
                                                 absl::CivilDay today) {
  if (text.empty()) return today;
  VL_ASSIGN_OR_RETURN(const absl::CivilDay day, ParseDayField(field, text));
  if (day > today) {
    return InvalidField(field, text,
                        fmt::format("at most today, {}", absl::FormatCivilTime(today)));
  }
  return day;
}

}  // namespace valueloop::scoring
