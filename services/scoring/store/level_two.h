// Level 2 of the score cache: answers in Redis, behind level 1 and never in the way.
//
// The process that owns the ledger is the only one that changes scores, and it counts its
// invalidations (LevelOne::Ticket). The counts are part of the key, as is the start of the process:
// after a change nobody asks for the old value any more. So nothing has to be deleted, a deletion
// cannot fail while Redis is away, and a computation that was overtaken by a write keeps its answer
// where it is never found. Old values leave by their time to live.
//
// Whatever Redis says is checked: a value carries its format, its whole key and a checksum, and
// anything else than what is expected is a miss. Without Redis every Find is a miss, at once.
#ifndef VALUELOOP_SCORING_STORE_LEVEL_TWO_H_
#define VALUELOOP_SCORING_STORE_LEVEL_TWO_H_

#include <atomic>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "common/redis/client.h"
#include "scoring/store/level_one.h"

namespace valueloop::scoring {

struct LevelTwoOptions {
  int64_t start_micros = 0;  // Tells this start of the process from every other.
  absl::Duration time_to_live = absl::Minutes(10);
};

struct LevelTwoStats {
  std::atomic<int64_t> hit_count{0};
  std::atomic<int64_t> miss_count{0};
  std::atomic<int64_t> error_count{0};    // Keys that got no answer.
  std::atomic<int64_t> refused_count{0};  // Values that were not what they should be; also misses.
};

struct LevelTwoKey {
  std::string_view workspace;
  std::string_view customer_id;
  std::string_view variant;  // Which of the customer's answers.
  LevelOne::Ticket ticket;   // Taken before anything the answer is made of was read.
};

// Thread-safe.
class LevelTwo {
 public:
  // `client` may be nullptr: there is no Redis. It outlives this.
  LevelTwo(redis::Client* client, LevelTwoOptions options) : client_(client), options_(options) {}

  bool enabled() const { return client_ != nullptr; }

  // One value per key, in their order. Blocks at most for the client's budget.
  std::vector<std::optional<std::string>> Find(std::span<const LevelTwoKey> keys);

  // Keeps an answer, without waiting for Redis.
  void Keep(const LevelTwoKey& key, std::string_view answer);

  // Deletes every answer of these customers, of this start of the process and of earlier ones;
  // returns how many. Sees what was kept before. Errors are those of redis::Client; 0 without
  // Redis.
  absl::StatusOr<int64_t> Forget(std::string_view workspace,
                                 std::span<const std::string> customer_ids);
  // How many there are.
  absl::StatusOr<int64_t> CountOf(std::string_view workspace,
                                  std::span<const std::string> customer_ids);
  // Deletes every answer of every workspace.
  absl::Status ForgetAll();

  const LevelTwoStats& stats() const { return stats_; }

 private:
  absl::StatusOr<std::vector<std::string>> FindKeys(std::string_view pattern,
                                                    std::span<const std::string> prefixes);
  absl::Status Delete(std::span<const std::string> keys);
  std::string RedisKey(const LevelTwoKey& key) const;

  redis::Client* const client_;
  const LevelTwoOptions options_;
  LevelTwoStats stats_;
};

// valueloop:score:v1:{workspace}:{customer}:{variant}:{start}.{flushes}.{invalidations}; the
// separators and '%' within a part are percent-encoded, so that no two keys meet.
std::string MakeRedisKey(const LevelTwoKey& key, int64_t start_micros);

// What the keys of all answers of a customer begin with.
std::string MakeRedisPrefix(std::string_view workspace, std::string_view customer_id);

// A value as Redis keeps it: format, CRC-32 of what follows, the key's length, the key, the answer.
std::string FrameValue(std::string_view redis_key, std::string_view answer);
// The answer; unset if `value` is not what FrameValue made for this key.
std::optional<std::string> UnframeValue(std::string_view redis_key, std::string_view value);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_STORE_LEVEL_TWO_H_
