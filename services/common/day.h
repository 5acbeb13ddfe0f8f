// Calendar days as text.
#ifndef VALUELOOP_COMMON_DAY_H_
#define VALUELOOP_COMMON_DAY_H_

#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"

namespace valueloop {

// A day written exactly as YYYY-MM-DD; nothing for a day no calendar has, such as 2026-02-30.
std::optional<absl::CivilDay> ParseDay(std::string_view text);

// The same for a request's field: INVALID_ARGUMENT, naming it, for anything else.
absl::StatusOr<absl::CivilDay> ParseDay(std::string_view field, std::string_view text);

}  // namespace valueloop

#endif  // VALUELOOP_COMMON_DAY_H_
