// Fields that several requests share.
#ifndef VALUELOOP_PERFORMANCE_RPC_REQUEST_FIELDS_H_
#define VALUELOOP_PERFORMANCE_RPC_REQUEST_FIELDS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "google/protobuf/timestamp.pb.h"

namespace valueloop::performance {

// Each returns INVALID_ARGUMENT naming `field`.
// A whole number from 1 on, in plain digits.
absl::StatusOr<int64_t> ParseNumber(std::string_view field, std::string_view text);
// YYYY-MM-DD between 1900 and 2999; unset for empty text.
absl::StatusOr<std::optional<absl::CivilDay>> ParseOptionalDay(std::string_view field,
                                                               const std::string& text);
// A timestamp of the years 1 to 9999, to the microsecond.
absl::StatusOr<absl::Time> ParseTime(std::string_view field,
                                     const google::protobuf::Timestamp& timestamp);

}  // namespace valueloop::performance

#endif  // VALUELOOP_PERFORMANCE_RPC_REQUEST_FIELDS_H_
