#include "scoring/store/level_one.h"

#include <functional>
#include <utility>

namespace valueloop::scoring {
namespace {

// A list node, two pointers to it in the map, and the answer's control block, roughly.
constexpr size_t kEntryOverhead = 256;

size_t HashOf(std::string_view owner) { return std::hash<std::string_view>()(owner); }

}  // namespace

void LevelOne::Remove(Shard& shard, Order::iterator entry) {
  const auto [first, last] = shard.entries.equal_range(entry->owner);
  for (auto place = first; place != last; ++place) {
    if (place->second != entry) continue;
    shard.entries.erase(place);
    break;
  }
  shard.bytes -= entry->bytes;
  bytes_.fetch_sub(entry->bytes, std::memory_order_relaxed);
  shard.order.erase(entry);
}

LevelOne::Order::iterator LevelOne::FindEntry(Shard& shard, std::string_view owner,
                                              std::string_view key) {
  const auto [first, last] = shard.entries.equal_range(owner);
  for (auto place = first; place != last; ++place) {
    if (place->second->key == key) return place->second;
  }
  return shard.order.end();
}

LevelOne::Answer LevelOne::Find(std::string_view owner, std::string_view key, absl::Time now) {
  Shard& shard = ShardOf(HashOf(owner));
  Answer answer;
  {
    MutexLock lock(shard.mutex);
    const Order::iterator entry = FindEntry(shard, owner, key);
    if (entry != shard.order.end()) {
      if (entry->expiry > now) {
        shard.order.splice(shard.order.begin(), shard.order, entry);
        answer = entry->answer;
      } else {
        Remove(shard, entry);
      }
    }
  }
  (answer != nullptr ? stats_.hit_count : stats_.miss_count)
      .fetch_add(1, std::memory_order_relaxed);
  return answer;
}

LevelOne::Ticket LevelOne::TakeTicket(std::string_view owner) {
  const size_t hash = HashOf(owner);
  Shard& shard = ShardOf(hash);
  MutexLock lock(shard.mutex);
  return {.flush_count = flush_count_.load(),
          .invalidation_count = shard.invalidations[SlotOf(hash)]};
}

void LevelOne::Keep(std::string_view owner, std::string_view key, Answer answer,
                    const Ticket& ticket, absl::Time now) {
  const size_t bytes = owner.size() + key.size() + answer->size() + kEntryOverhead;
  const size_t shard_limit = options_.max_bytes / kShardCount;
  if (bytes > shard_limit) return;
  const size_t hash = HashOf(owner);
  Shard& shard = ShardOf(hash);
  MutexLock lock(shard.mutex);
  if (ticket.flush_count != flush_count_.load() ||
      ticket.invalidation_count != shard.invalidations[SlotOf(hash)]) {
    return;
  }
  if (const auto old = FindEntry(shard, owner, key); old != shard.order.end()) Remove(shard, old);
  while (shard.bytes + bytes > shard_limit) {
    Remove(shard, std::prev(shard.order.end()));
    stats_.eviction_count.fetch_add(1, std::memory_order_relaxed);
  }
  shard.order.push_front({.owner = std::string(owner),
                          .key = std::string(key),
                          .answer = std::move(answer),
                          .expiry = now + options_.time_to_live,
                          .bytes = bytes});
  shard.entries.emplace(shard.order.front().owner, shard.order.begin());
  shard.bytes += bytes;
  bytes_.fetch_add(bytes, std::memory_order_relaxed);
}

void LevelOne::Invalidate(std::string_view owner) {
  const size_t hash = HashOf(owner);
  Shard& shard = ShardOf(hash);
  MutexLock lock(shard.mutex);
  ++shard.invalidations[SlotOf(hash)];
  while (true) {
    const auto place = shard.entries.find(owner);
    if (place == shard.entries.end()) return;
    Remove(shard, place->second);
  }
}

size_t LevelOne::CountOf(std::string_view owner) {
  Shard& shard = ShardOf(HashOf(owner));
  MutexLock lock(shard.mutex);
  return shard.entries.count(owner);
}

void LevelOne::Flush() {
  // First: a Keep that has not seen this yet is removed below, one that has keeps nothing.
  flush_count_.fetch_add(1);
  for (Shard& shard : shards_) {
    MutexLock lock(shard.mutex);
    while (!shard.order.empty()) Remove(shard, shard.order.begin());
  }
}

}  // namespace valueloop::scoring
