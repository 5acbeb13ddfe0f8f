#include "common/redis/breaker.h"

namespace valueloop::redis {

bool Breaker::RecordFailure(TimePoint now) {
  const std::lock_guard lock(mutex_);
  failures_.push_back(now);
  while (static_cast<int>(failures_.size()) > failure_limit_) failures_.pop_front();
  const bool too_many =
      static_cast<int>(failures_.size()) == failure_limit_ && now - failures_.front() <= window_;
  return too_many && !open_.exchange(true, std::memory_order_relaxed);
}

void Breaker::Open() { open_.store(true, std::memory_order_relaxed); }

void Breaker::Close() {
  const std::lock_guard lock(mutex_);
  failures_.clear();
  open_.store(false, std::memory_order_relaxed);
}

}  // namespace valueloop::redis
