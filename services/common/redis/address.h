#ifndef VALUELOOP_COMMON_REDIS_ADDRESS_H_
#define VALUELOOP_COMMON_REDIS_ADDRESS_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace valueloop::redis {

// Where a Redis server listens: a unix socket, or a host and a port.
struct Address {
  std::string socket_path;  // Empty: host and port count.
  std::string host;
  int port = 0;
};

// Reads "host:port", "[::1]:port", "unix:/path" or "/path". INVALID_ARGUMENT for anything else.
absl::StatusOr<Address> ParseAddress(std::string_view text);

}  // namespace valueloop::redis

#endif  // VALUELOOP_COMMON_REDIS_ADDRESS_H_
