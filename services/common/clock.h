// The wall clock, injected so that tests choose the time.
#ifndef VALUELOOP_COMMON_CLOCK_H_
#define VALUELOOP_COMMON_CLOCK_H_

#include "absl/time/time.h"
#include "common/mutex.h"

namespace valueloop {

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() const = 0;
};

// The machine's clock.
class SystemClock : public Clock {
 public:
  absl::Time Now() const override;
};

// A clock that stands still until it is told otherwise.
class FakeClock : public Clock {
 public:
  explicit FakeClock(absl::Time now) : now_(now) {}

  absl::Time Now() const override;
  void Set(absl::Time now);
  void Advance(absl::Duration by);

 private:
  mutable Mutex mutex_;
  absl::Time now_ VL_GUARDED_BY(mutex_);
};

}  // namespace valueloop

#endif  // VALUELOOP_COMMON_CLOCK_H_
