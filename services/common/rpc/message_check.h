// From bytes to a request that a handler may trust.
#ifndef VALUELOOP_COMMON_RPC_MESSAGE_CHECK_H_
#define VALUELOOP_COMMON_RPC_MESSAGE_CHECK_H_

#include <string_view>

#include "absl/status/status.h"
#include "google/protobuf/message.h"

namespace valueloop::rpc {

// Parses `bytes` into `message`. INVALID_ARGUMENT for malformed bytes, and, naming the field by its
// path ("customers[2].name"), for a string with invalid UTF-8 or a NUL byte, which databases cut
// off.
absl::Status ParseRequest(std::string_view bytes, google::protobuf::Message& message);

}  // namespace valueloop::rpc

#endif  // VALUELOOP_COMMON_RPC_MESSAGE_CHECK_H_
