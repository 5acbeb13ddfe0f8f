// Values of cells: money and moments, read exactly.
#ifndef VALUELOOP_CLI_VALUES_H_
#define VALUELOOP_CLI_VALUES_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace valueloop::cli {

// Decimal text such as "12.50" as micros, without going through a double: an optional sign, digits,
// and at most 6 decimals. InvalidArgument names `field` for anything else (exponents, separators,
// inf, nan), for a negative amount unless `allow_negative`, and for what does not fit into int64
// micros.
absl::StatusOr<int64_t> ParseMicros(std::string_view field, std::string_view text,
                                    bool allow_negative);

// A day (2026-01-31: its first moment in `zone`) or a moment with its offset (RFC 3339:
// 2026-01-31T12:00:00+08:00). Years 1900 to 9999. InvalidArgument names `field`.
absl::StatusOr<absl::Time> ParseMoment(std::string_view field, std::string_view text,
                                       absl::TimeZone zone);

// YYYY-MM-DD of a day that exists. InvalidArgument names `field`.
absl::Status ValidateDay(std::string_view field, std::string_view text);

// A finite decimal number, such as "-1.5e3". InvalidArgument names `field`.
absl::StatusOr<double> ParseNumber(std::string_view field, std::string_view text);

}  // namespace valueloop::cli

#endif  // VALUELOOP_CLI_VALUES_H_
