#include "common/clock.h"

#include "absl/time/clock.h"

namespace valueloop {

absl::Time SystemClock::Now() const { return absl::Now(); }

absl::Time FakeClock::Now() const {
  const MutexLock lock(mutex_);
  return now_;
}

void FakeClock::Set(absl::Time now) {
  const MutexLock lock(mutex_);
  now_ = now;
}

void FakeClock::Advance(absl::Duration by) {
  const MutexLock lock(mutex_);
  now_ += by;
}

}  // namespace valueloop
