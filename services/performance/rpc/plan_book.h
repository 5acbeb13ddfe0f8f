// The bound plans, decoded once and kept in memory.
#ifndef VALUELOOP_PERFORMANCE_RPC_PLAN_BOOK_H_
#define VALUELOOP_PERFORMANCE_RPC_PLAN_BOOK_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/mutex.h"
#include "performance/store/performance_store.h"

namespace valueloop::performance {

// Thread-safe. A version never changes, so what is kept never gets old.
class PlanBook {
 public:
  // `store` must outlive the book, which keeps up to `limit` versions.
  explicit PlanBook(PerformanceStore& store, size_t limit = 64) : store_(store), limit_(limit) {}

  // The version that PerformanceStore::FindPlan finds, with its errors.
  absl::StatusOr<std::shared_ptr<const BoundPlan>> Find(
      const PlanKey& key, std::optional<int64_t> version = std::nullopt,
      absl::Time known_at = absl::InfiniteFuture()) VL_EXCLUDES(mutex_);

 private:
  using VersionKey = std::pair<PlanKey, int64_t>;

  PerformanceStore& store_;
  const size_t limit_;
  Mutex mutex_;
  std::map<VersionKey, std::shared_ptr<const BoundPlan>> plans_ VL_GUARDED_BY(mutex_);
  std::deque<VersionKey> order_ VL_GUARDED_BY(mutex_);  // By age in the book.
};

}  // namespace valueloop::performance

#endif  // VALUELOOP_PERFORMANCE_RPC_PLAN_BOOK_H_
