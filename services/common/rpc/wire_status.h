// A Status as gRPC carries it: code, message and a serialized google.rpc.Status.
#ifndef VALUELOOP_COMMON_RPC_WIRE_STATUS_H_
#define VALUELOOP_COMMON_RPC_WIRE_STATUS_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace valueloop::rpc {

// The domain of every ErrorInfo our code makes.
inline constexpr std::string_view kErrorDomain = "valueloop";

// Above some 9 KB of trailing metadata clients lose the status and see another one.
inline constexpr size_t kMaxDetailsBytes = 4096;

struct WireStatus {
  int code = 0;         // Of google.rpc.Code; absl's codes have the same numbers.
  std::string message;  // Valid UTF-8, at most 1 KB.
  std::string details;  // Serialized google.rpc.Status, at most kMaxDetailsBytes; empty for OK.
};

// Details: ErrorInfo with the reason (the code's name if the Status has none), BadRequest if it
// names a field, RetryInfo if it has a retry delay.
WireStatus ToWire(const absl::Status& status);

// The reverse. Details that are not a google.rpc.Status are ignored; a code outside of
// google.rpc.Code is UNKNOWN.
absl::Status FromWire(const WireStatus& wire);

// "INVALID_ARGUMENT" and so on.
std::string CodeName(absl::StatusCode code);

}  // namespace valueloop::rpc

#endif  // VALUELOOP_COMMON_RPC_WIRE_STATUS_H_
