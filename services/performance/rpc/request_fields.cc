#include "performance/rpc/request_fields.h"

#include <charconv>

#include "common/day.h"
#include "common/status.h"
#include "fmt/format.h"
#include "google/protobuf/util/time_util.h"

namespace valueloop::performance {

using google::protobuf::util::TimeUtil;

absl::StatusOr<int64_t> ParseNumber(std::string_view field, std::string_view text) {
  int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error == std::errc() && stop == end && number >= 1) return number;
  return InvalidField(field, text, "a number from 1 on");
}

absl::StatusOr<std::optional<absl::CivilDay>> ParseOptionalDay(std::string_view field,
                                                               const std::string& text) {
  if (text.empty()) return std::optional<absl::CivilDay>();
  VL_ASSIGN_OR_RETURN(const absl::CivilDay day, ParseDay(field, text));
  if (day.year() >= 1900 && day.year() <= 2999) return std::optional<absl::CivilDay>(day);
  return InvalidField(field, text, "a day of the years 1900 to 2999");
}

absl::StatusOr<absl::Time> ParseTime(std::string_view field,
                                     const google::protobuf::Timestamp& timestamp) {
  const bool valid = timestamp.seconds() >= TimeUtil::kTimestampMinSeconds &&
                     timestamp.seconds() <= TimeUtil::kTimestampMaxSeconds &&
                     timestamp.nanos() >= 0 && timestamp.nanos() < 1'000'000'000;
  if (valid) return absl::FromUnixMicros(TimeUtil::TimestampToMicroseconds(timestamp));
  return InvalidField(field, fmt::format("{} s {} ns", timestamp.seconds(), timestamp.nanos()),
                      "a timestamp of the years 1 to 9999");
}

}  // namespace valueloop::performance
