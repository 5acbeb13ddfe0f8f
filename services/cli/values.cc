#include "cli/values.h"

#include <cctype>
#include <charconv>
#include <cmath>
#include <optional>

#include "absl/time/civil_time.h"
#include "common/day.h"
#include "common/status.h"

namespace valueloop::cli {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// A day from 1900 on, before which the services take none.
std::optional<absl::CivilDay> ParseDayFrom1900(std::string_view text) {
  const std::optional<absl::CivilDay> day = ParseDay(text);
  return day && day->year() >= 1900 ? day : std::nullopt;
}

}  // namespace

absl::StatusOr<int64_t> ParseMicros(std::string_view field, std::string_view text,
                                    bool allow_negative) {
  constexpr int kDecimals = 6;
  constexpr std::string_view kWant = "a decimal number such as 12.50";
  std::string_view rest = text;
  const bool negative = !rest.empty() && rest.front() == '-';
  if (negative || (!rest.empty() && rest.front() == '+')) rest.remove_prefix(1);
  int64_t micros = 0;
  int digits = 0;
  int decimals = -1;  // -1: no point yet.
  for (const char c : rest) {
    if (c == '.' && decimals < 0) {
      decimals = 0;
      continue;
    }
    if (!IsDigit(c)) return InvalidField(field, text, kWant);
    if (decimals >= 0 && ++decimals > kDecimals) {
      return InvalidField(field, text, "at most 6 decimals");
    }
    ++digits;
    if (__builtin_mul_overflow(micros, int64_t{10}, &micros) ||
        __builtin_add_overflow(micros, int64_t{c - '0'}, &micros)) {
      return InvalidField(field, text, "at most 9223372036854.775807");
    }
  }
  if (digits == 0) return InvalidField(field, text, kWant);
  for (int i = std::max(decimals, 0); i < kDecimals; ++i) {
    if (__builtin_mul_overflow(micros, int64_t{10}, &micros)) {
      return InvalidField(field, text, "at most 9223372036854.775807");
    }
  }
  if (negative && micros != 0 && !allow_negative) return InvalidField(field, text, "0 or more");
  return negative ? -micros : micros;
}

absl::StatusOr<absl::Time> ParseMoment(std::string_view field, std::string_view text,
                                       absl::TimeZone zone) {
  constexpr std::string_view kWant = "a day (2026-01-31) or a moment (2026-01-31T12:00:00+08:00)";
  if (const auto day = ParseDayFrom1900(text)) {
    return absl::FromCivil(absl::CivilSecond(*day), zone);
  }
  absl::Time time;
  std::string error;
  // The first test keeps out absl's "infinite-future".
  if (text.size() < 20 || !ParseDayFrom1900(text.substr(0, 10)) ||
      (text[10] != 'T' && text[10] != 't') ||
      !absl::ParseTime(absl::RFC3339_full, std::string(text), &time, &error)) {
    return InvalidField(field, text, kWant);
  }
  return time;
}

absl::Status ValidateDay(std::string_view field, std::string_view text) {
  if (!ParseDayFrom1900(text)) return InvalidField(field, text, "a day such as 2026-01-31");
  return absl::OkStatus();
}

absl::StatusOr<double> ParseNumber(std::string_view field, std::string_view text) {
  double value = 0;
  const std::string_view digits = !text.empty() && text.front() == '+' ? text.substr(1) : text;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size() || !std::isfinite(value)) {
    return InvalidField(field, text, "a finite number");
  }
  return value;
}

}  // namespace valueloop::cli
