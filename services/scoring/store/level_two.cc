#include "scoring/store/level_two.h"

#include <zlib.h>

#include "fmt/format.h"

namespace valueloop::scoring {
namespace {

constexpr std::string_view kFormat = "VLS1";
constexpr size_t kNumberBytes = 4;
constexpr size_t kHeaderBytes = 4 + 2 * kNumberBytes;  // Format, checksum, key length.
constexpr size_t kMaxAnswerBytes = size_t{1} << 20;

void AppendNumber(uint32_t number, std::string& out) {
  for (size_t i = 0; i < kNumberBytes; ++i) out.push_back(static_cast<char>(number >> (8 * i)));
}

uint32_t ReadNumber(std::string_view bytes) {
  uint32_t number = 0;
  for (size_t i = 0; i < kNumberBytes; ++i) {
    number |= uint32_t{static_cast<uint8_t>(bytes[i])} << (8 * i);
  }
  return number;
}

uint32_t Checksum(std::string_view bytes) {
  return static_cast<uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
}

void AppendEncoded(std::string_view part, std::string& out) {
  for (const char c : part) {
    if (c == ':' || c == '{' || c == '}' || c == '%') {
      out += fmt::format("%{:02X}", static_cast<uint8_t>(c));
    } else {
      out.push_back(c);
    }
  }
}

}  // namespace

std::string MakeRedisKey(const LevelTwoKey& key, int64_t start_micros) {
  std::string out = "valueloop:score:v1";
  for (const std::string_view part : {key.workspace, key.customer_id, key.variant}) {
    out.push_back(':');
    AppendEncoded(part, out);
  }
  return out + fmt::format(":{}.{}.{}", start_micros, key.ticket.flush_count,
                           key.ticket.invalidation_count);
}

std::string FrameValue(std::string_view redis_key, std::string_view answer) {
  std::string body;
  AppendNumber(static_cast<uint32_t>(redis_key.size()), body);
  body.append(redis_key).append(answer);
  std::string value(kFormat);
  AppendNumber(Checksum(body), value);
  return value + body;
}

std::optional<std::string> UnframeValue(std::string_view redis_key, std::string_view value) {
  if (value.size() < kHeaderBytes || value.size() > kMaxAnswerBytes + kHeaderBytes ||
      value.substr(0, kFormat.size()) != kFormat) {
    return std::nullopt;
  }
  const std::string_view body = value.substr(kFormat.size() + kNumberBytes);
  if (ReadNumber(value.substr(kFormat.size())) != Checksum(body)) return std::nullopt;
  const size_t key_size = ReadNumber(body);
  const std::string_view rest = body.substr(kNumberBytes);
  if (key_size > rest.size() || rest.substr(0, key_size) != redis_key) return std::nullopt;
  return std::string(rest.substr(key_size));
}

std::string LevelTwo::RedisKey(const LevelTwoKey& key) const {
  return MakeRedisKey(key, options_.start_micros);
}

std::vector<std::optional<std::string>> LevelTwo::Find(std::span<const LevelTwoKey> keys) {
  std::vector<std::optional<std::string>> answers(keys.size());
  if (client_ == nullptr || keys.empty()) return answers;
  std::vector<std::string> redis_keys;
  redis_keys.reserve(keys.size());
  for (const LevelTwoKey& key : keys) redis_keys.push_back(RedisKey(key));
  const auto values = client_->MGet(redis_keys);
  if (!values.ok()) {
    stats_.error_count.fetch_add(static_cast<int64_t>(keys.size()), std::memory_order_relaxed);
    return answers;
  }
  for (size_t i = 0; i < keys.size(); ++i) {
    const redis::Value& value = (*values)[i];
    if (value.has_value()) answers[i] = UnframeValue(redis_keys[i], *value);
    if (value.has_value() && !answers[i].has_value()) {
      stats_.refused_count.fetch_add(1, std::memory_order_relaxed);
    }
    (answers[i].has_value() ? stats_.hit_count : stats_.miss_count)
        .fetch_add(1, std::memory_order_relaxed);
  }
  return answers;
}

void LevelTwo::Keep(const LevelTwoKey& key, std::string_view answer) {
  if (client_ == nullptr || answer.size() > kMaxAnswerBytes / 2) return;
  const std::string redis_key = RedisKey(key);
  client_->SetAsync(redis_key, FrameValue(redis_key, answer), options_.time_to_live,
                    [](const absl::Status&) {});  // A value that is not kept is computed again.
}

}  // namespace valueloop::scoring
