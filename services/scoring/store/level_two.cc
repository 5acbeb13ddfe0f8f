#include "scoring/store/level_two.h"

#include <zlib.h>

#include <algorithm>
#include <utility>

#include "common/status.h"
#include "fmt/format.h"

namespace valueloop::scoring {
namespace {

constexpr std::string_view kKeySpace = "valueloop:score:v1";
constexpr std::string_view kFormat = "VLS1";
constexpr absl::Duration kScanBudget =
    absl::Seconds(1);  // Of one step; nobody's score waits for it.
constexpr size_t kDeleteChunk = 500;
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
  std::string out(kKeySpace);
  for (const std::string_view part : {key.workspace, key.customer_id, key.variant}) {
    out.push_back(':');
    AppendEncoded(part, out);
  }
  return out + fmt::format(":{}.{}.{}", start_micros, key.ticket.flush_count,
                           key.ticket.invalidation_count);
}

std::string MakeRedisPrefix(std::string_view workspace, std::string_view customer_id) {
  std::string out(kKeySpace);
  for (const std::string_view part : {workspace, customer_id}) {
    out.push_back(':');
    AppendEncoded(part, out);
  }
  out.push_back(':');
  return out;
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

absl::StatusOr<std::vector<std::string>> LevelTwo::FindKeys(std::string_view pattern,
                                                            std::span<const std::string> prefixes) {
  std::vector<std::string> found;
  std::string cursor = "0";
  do {
    VL_ASSIGN_OR_RETURN(redis::ScanPage page, client_->Scan(cursor, pattern, kScanBudget));
    for (std::string& key : page.keys) {
      const bool matches =
          prefixes.empty() || std::ranges::any_of(prefixes, [&key](const std::string& prefix) {
            return key.starts_with(prefix);
          });
      if (matches) found.push_back(std::move(key));
    }
    cursor = std::move(page.cursor);
  } while (cursor != "0");
  std::ranges::sort(found);
  const auto repeated = std::ranges::unique(found);
  found.erase(repeated.begin(), repeated.end());
  return found;
}

absl::Status LevelTwo::Delete(std::span<const std::string> keys) {
  while (!keys.empty()) {
    const auto chunk = keys.first(std::min(kDeleteChunk, keys.size()));
    VL_RETURN_IF_ERROR(client_->Del(chunk, kScanBudget));
    keys = keys.subspan(chunk.size());
  }
  return absl::OkStatus();
}

absl::StatusOr<int64_t> LevelTwo::CountOf(std::string_view workspace,
                                          std::span<const std::string> customer_ids) {
  if (client_ == nullptr || customer_ids.empty()) return 0;
  std::vector<std::string> prefixes;
  for (const std::string& id : customer_ids) prefixes.push_back(MakeRedisPrefix(workspace, id));
  // A workspace's id has no character that a glob reads otherwise.
  const std::string pattern = fmt::format("{}:{}:*", kKeySpace, workspace);
  VL_ASSIGN_OR_RETURN(const std::vector<std::string> keys, FindKeys(pattern, prefixes));
  return static_cast<int64_t>(keys.size());
}

absl::StatusOr<int64_t> LevelTwo::Forget(std::string_view workspace,
                                         std::span<const std::string> customer_ids) {
  if (client_ == nullptr || customer_ids.empty()) return 0;
  std::vector<std::string> prefixes;
  for (const std::string& id : customer_ids) prefixes.push_back(MakeRedisPrefix(workspace, id));
  const std::string pattern = fmt::format("{}:{}:*", kKeySpace, workspace);
  VL_ASSIGN_OR_RETURN(const std::vector<std::string> keys, FindKeys(pattern, prefixes));
  VL_RETURN_IF_ERROR(Delete(keys));
  return static_cast<int64_t>(keys.size());
}

absl::Status LevelTwo::ForgetAll() {
  if (client_ == nullptr) return absl::OkStatus();
  VL_ASSIGN_OR_RETURN(const std::vector<std::string> keys,
                      FindKeys(fmt::format("{}:*", kKeySpace), {}));
  return Delete(keys);
}

void LevelTwo::Keep(const LevelTwoKey& key, std::string_view answer) {
  if (client_ == nullptr || answer.size() > kMaxAnswerBytes / 2) return;
  const std::string redis_key = RedisKey(key);
  client_->SetAsync(redis_key, FrameValue(redis_key, answer), options_.time_to_live,
                    [](const absl::Status&) {});  // A value that is not kept is computed again.
}

}  // namespace valueloop::scoring
