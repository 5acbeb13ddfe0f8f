#ifndef VALUELOOP_COMMON_REDIS_REPLY_H_
#define VALUELOOP_COMMON_REDIS_REPLY_H_

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

struct redisReply;

namespace valueloop::redis {

// A command in the Redis protocol; arguments may hold any bytes.
std::string EncodeCommand(std::span<const std::string_view> arguments);

// What a reply says, or INTERNAL if it is an error or of another shape. The server's own words are
// cut to their first one (such as WRONGTYPE): the rest may quote a key.
using Value = std::optional<std::string>;  // Empty: there is no such key.
absl::StatusOr<Value> ToValue(const redisReply& reply);
absl::StatusOr<std::vector<Value>> ToValues(const redisReply& reply, size_t count);
absl::Status ToStatus(const redisReply& reply);
// One answer of SCAN. The scan is over when `cursor` is "0".
struct ScanPage {
  std::string cursor;
  std::vector<std::string> keys;  // A key may come twice.
};
absl::StatusOr<ScanPage> ToScanPage(const redisReply& reply);

}  // namespace valueloop::redis

#endif  // VALUELOOP_COMMON_REDIS_REPLY_H_
