#ifndef VALUELOOP_COMMON_REDIS_BREAKER_H_
#define VALUELOOP_COMMON_REDIS_BREAKER_H_

#include <atomic>
#include <chrono>
#include <deque>
#include <mutex>

namespace valueloop::redis {

// Decides whether calls are worth their time. Open: they are not, the server failed `failure_limit`
// times within `window`, or is not there. Only a probe that was answered closes it again.
// Thread-safe.
class Breaker {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  Breaker(int failure_limit, std::chrono::nanoseconds window)
      : failure_limit_(failure_limit), window_(window) {}

  // Starts open.
  bool IsOpen() const { return open_.load(std::memory_order_relaxed); }

  // Returns true if this failure opened it.
  bool RecordFailure(TimePoint now);
  void Open();   // The connection is gone.
  void Close();  // A probe was answered.

 private:
  const int failure_limit_;
  const std::chrono::nanoseconds window_;
  std::atomic<bool> open_{true};
  std::mutex mutex_;
  std::deque<TimePoint> failures_;  // Under mutex_; the latest, at most failure_limit_.
};

}  // namespace valueloop::redis

#endif  // VALUELOOP_COMMON_REDIS_BREAKER_H_
