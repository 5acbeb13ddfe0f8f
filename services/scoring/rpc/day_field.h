// Days in requests: YYYY-MM-DD.
#ifndef VALUELOOP_SCORING_RPC_DAY_FIELD_H_
#define VALUELOOP_SCORING_RPC_DAY_FIELD_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"

namespace valueloop::scoring {

// INVALID_ARGUMENT naming `field` unless `text` is a day of the years 1900 to 2199.
absl::StatusOr<absl::CivilDay> ParseDayField(std::string_view field, const std::string& text);

// The same, but empty is `today`, and a later day is INVALID_ARGUMENT.
absl::StatusOr<absl::CivilDay> ParsePastDayField(std::string_view field, const std::string& text,
                                                 absl::CivilDay today);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_RPC_DAY_FIELD_H_
