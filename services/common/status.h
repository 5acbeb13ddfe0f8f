// Errors: how a Status is made, carries its machine-readable part, and is passed on.
//
// Every message reads `field: got X, want Y`. What a client may act on beyond the code (a reason,
// the fields at fault, when to retry) travels in the Status as a payload; common/rpc turns it into
// google.rpc.ErrorInfo, BadRequest and RetryInfo. Messages are built with fmt.
#ifndef VALUELOOP_COMMON_STATUS_H_
#define VALUELOOP_COMMON_STATUS_H_

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

// Returns from the function if `expression` (an absl::Status) is not OK. The names are numbered so
// that `expression` may be a lambda that uses the macro itself.
#define VL_RETURN_IF_ERROR(expression) \
  VL_RETURN_IF_ERROR_IMPL_(VL_CONCAT_(vl_status_, __COUNTER__), expression)
#define VL_RETURN_IF_ERROR_IMPL_(status, expression)                     \
  do {                                                                   \
    if (absl::Status status = (expression); !status.ok()) return status; \
  } while (false)

// Assigns the value of `expression` (an absl::StatusOr) to `target`, or returns its Status.
#define VL_ASSIGN_OR_RETURN(target, expression) \
  VL_ASSIGN_OR_RETURN_IMPL_(VL_CONCAT_(vl_status_or_, __COUNTER__), target, expression)
#define VL_ASSIGN_OR_RETURN_IMPL_(status_or, target, expression) \
  auto status_or = (expression);                                 \
  if (!status_or.ok()) return std::move(status_or).status();     \
  target = *std::move(status_or)
#define VL_CONCAT_(a, b) VL_CONCAT_IMPL_(a, b)
#define VL_CONCAT_IMPL_(a, b) a##b

namespace valueloop {

// What was given and what would have been right, for one field of a request or one column of a row.
// Format: "{field}: got {got}, want {want}". `got` is shortened to 64 bytes, with what is not
// printable ASCII or valid UTF-8 escaped, so that hostile input cannot garble a log or a terminal.
absl::Status InvalidField(std::string_view field, std::string_view got, std::string_view want);

// Names the field of an error made elsewhere, such as one a server sent; the first one stays.
absl::Status WithField(absl::Status status, std::string_view field);

// Shortens and escapes hostile text for use in a message, as described at InvalidField.
std::string Printable(std::string_view text);

// The field named by InvalidField or WithField, or empty.
std::string FieldOf(const absl::Status& status);

// Adds a machine-readable reason in UPPER_SNAKE_CASE, such as SNAPSHOT_EXPIRED; the first one
// stays.
absl::Status WithReason(absl::Status status, std::string_view reason);

// The reason added by WithReason; empty if there is none.
std::string ReasonOf(const absl::Status& status);

// Tells the caller to come back after `delay`; for RESOURCE_EXHAUSTED and UNAVAILABLE.
absl::Status WithRetryAfter(absl::Status status, absl::Duration delay);
std::optional<absl::Duration> RetryAfterOf(const absl::Status& status);

// Puts "{context}: " before the message and keeps code and payloads; OK stays OK.
absl::Status Annotate(absl::Status status, std::string_view context);

// The message as std::string (Debian's absl::string_view does not convert to std's).
std::string MessageOf(const absl::Status& status);

// absl's string_view as the standard's.
inline std::string_view ToStd(absl::string_view text) { return {text.data(), text.size()}; }

}  // namespace valueloop

#endif  // VALUELOOP_COMMON_STATUS_H_
