#include "common/redis/reply.h"

#include <fmt/format.h>
#include <hiredis/hiredis.h>

#include "common/status.h"

namespace valueloop::redis {
namespace {

absl::Status Unexpected(const redisReply& reply, std::string_view want) {
  if (reply.type == REDIS_REPLY_ERROR) {
    const std::string_view text(reply.str, reply.len);
    return absl::InternalError(fmt::format("redis: got error {}, want {}",
                                           Printable(text.substr(0, text.find(' '))), want));
  }
  return absl::InternalError(fmt::format("redis: got reply type {}, want {}", reply.type, want));
}

}  // namespace

std::string EncodeCommand(std::span<const std::string_view> arguments) {
  std::string command = fmt::format("*{}\r\n", arguments.size());
  for (const std::string_view argument : arguments) {
    fmt::format_to(std::back_inserter(command), "${}\r\n", argument.size());
    command.append(argument).append("\r\n");
  }
  return command;
}

absl::StatusOr<Value> ToValue(const redisReply& reply) {
  if (reply.type == REDIS_REPLY_NIL) return Value();
  if (reply.type == REDIS_REPLY_STRING) return Value(std::in_place, reply.str, reply.len);
  return Unexpected(reply, "a value");
}

absl::StatusOr<std::vector<Value>> ToValues(const redisReply& reply, size_t count) {
  if (reply.type != REDIS_REPLY_ARRAY) return Unexpected(reply, "values");
  if (reply.elements != count) {
    return absl::InternalError(fmt::format("redis: got {} values, want {}", reply.elements, count));
  }
  std::vector<Value> values;
  values.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    VL_ASSIGN_OR_RETURN(Value value, ToValue(*reply.element[i]));
    values.push_back(std::move(value));
  }
  return values;
}

absl::Status ToStatus(const redisReply& reply) {
  const bool is_done = reply.type == REDIS_REPLY_STATUS || reply.type == REDIS_REPLY_INTEGER;
  return is_done ? absl::OkStatus() : Unexpected(reply, "a confirmation");
}

absl::StatusOr<ScanPage> ToScanPage(const redisReply& reply) {
  if (reply.type != REDIS_REPLY_ARRAY || reply.elements != 2 ||
      reply.element[1]->type != REDIS_REPLY_ARRAY) {
    return Unexpected(reply, "a cursor and keys");
  }
  VL_ASSIGN_OR_RETURN(const Value cursor, ToValue(*reply.element[0]));
  if (!cursor) return Unexpected(*reply.element[0], "a cursor");
  ScanPage page{.cursor = *cursor};
  const redisReply& keys = *reply.element[1];
  for (size_t i = 0; i < keys.elements; ++i) {
    VL_ASSIGN_OR_RETURN(Value key, ToValue(*keys.element[i]));
    if (key) page.keys.push_back(*std::move(key));
  }
  return page;
}

}  // namespace valueloop::redis
