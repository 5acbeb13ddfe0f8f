#include "common/day.h"

#include "common/status.h"

namespace valueloop {

std::optional<absl::CivilDay> ParseDay(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  int parts[3] = {0, 0, 0};
  int part = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (i == 4 || i == 7) {
      ++part;
    } else if (text[i] >= '0' && text[i] <= '9') {
      parts[part] = parts[part] * 10 + (text[i] - '0');
    } else {
      return std::nullopt;
    }
  }
  const absl::CivilDay day(parts[0], parts[1], parts[2]);
  // CivilDay carries 2026-02-30 over to 2026-03-02.
  if (day.month() != parts[1] || day.day() != parts[2]) return std::nullopt;
  return day;
}

absl::StatusOr<absl::CivilDay> ParseDay(std::string_view field, std::string_view text) {
  const std::optional<absl::CivilDay> day = ParseDay(text);
  if (day) return *day;
  return InvalidField(field, text, "a day as YYYY-MM-DD");
}

}  // namespace valueloop
