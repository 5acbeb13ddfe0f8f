// Level 1 of the score cache: serialized answers in memory, bounded in bytes.
//
// A hit costs a hash, a short lock and a reference count. Entries never change; they are replaced.
// Who computes an answer takes a ticket first: if the customer was invalidated since, the answer is
// not kept, so a slow computation cannot bring back what a write has just made old.
#ifndef VALUELOOP_SCORING_STORE_LEVEL_ONE_H_
#define VALUELOOP_SCORING_STORE_LEVEL_ONE_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "absl/time/time.h"
#include "common/clock.h"
#include "common/mutex.h"

namespace valueloop::scoring {

struct LevelOneOptions {
  size_t max_bytes = 64 << 20;  // Of keys, answers and their bookkeeping; 0: keeps nothing.
  absl::Duration time_to_live = absl::Minutes(10);
};

struct LevelOneStats {
  std::atomic<int64_t> hit_count{0};
  std::atomic<int64_t> miss_count{0};
  std::atomic<int64_t> eviction_count{0};
};

// Thread-safe.
class LevelOne {
 public:
  using Answer = std::shared_ptr<const std::string>;

  // Says what a computation may still keep. Take it before reading anything the answer is made of.
  struct Ticket {
    uint64_t flush_count = 0;
    uint64_t invalidation_count = 0;
  };

  explicit LevelOne(LevelOneOptions options) : options_(options) {}

  // `owner` names whose answer it is, for Invalidate; `key` the answer among the owner's.
  Answer Find(std::string_view owner, std::string_view key, absl::Time now);

  Ticket TakeTicket(std::string_view owner);

  // Drops the answer silently if `owner` was invalidated, or all were flushed, since the ticket.
  void Keep(std::string_view owner, std::string_view key, Answer answer, const Ticket& ticket,
            absl::Time now);

  void Invalidate(std::string_view owner);
  // How many answers are kept for `owner`.
  size_t CountOf(std::string_view owner);
  void Flush();

  size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
  const LevelOneStats& stats() const { return stats_; }

 private:
  static constexpr size_t kShardCount = 16;
  // Owners share these counters by hash: a collision only keeps an answer from being kept.
  static constexpr size_t kInvalidationSlots = 256;

  struct Entry {
    std::string owner;
    std::string key;
    Answer answer;
    absl::Time expiry;
    size_t bytes = 0;
  };
  using Order = std::list<Entry>;  // The most recently used first.

  struct Shard {
    Mutex mutex;
    Order order VL_GUARDED_BY(mutex);
    // By owner; an owner has few answers (views, languages), so they stand in a short list.
    std::unordered_multimap<std::string_view, Order::iterator> entries VL_GUARDED_BY(mutex);
    size_t bytes VL_GUARDED_BY(mutex) = 0;
    std::array<uint64_t, kInvalidationSlots> invalidations VL_GUARDED_BY(mutex) = {};
  };

  Shard& ShardOf(size_t hash) { return shards_[hash % kShardCount]; }
  static size_t SlotOf(size_t hash) { return (hash / kShardCount) % kInvalidationSlots; }
  void Remove(Shard& shard, Order::iterator entry) VL_REQUIRES(shard.mutex);
  Order::iterator FindEntry(Shard& shard, std::string_view owner, std::string_view key)
      VL_REQUIRES(shard.mutex);

  const LevelOneOptions options_;
  std::array<Shard, kShardCount> shards_;
  std::atomic<uint64_t> flush_count_{0};
  std::atomic<size_t> bytes_{0};
  LevelOneStats stats_;
};

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_STORE_LEVEL_ONE_H_
