#include "common/mutex.h"

#include <chrono>

#include "absl/time/clock.h"

namespace valueloop {

void CondVar::Wait(Mutex& mutex) {
  std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
  condition_.wait(lock);
  lock.release();
}

bool CondVar::WaitUntil(Mutex& mutex, absl::Time deadline) {
  if (deadline == absl::InfiniteFuture()) {
    Wait(mutex);
    return true;
  }
  std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
  const std::cv_status status = condition_.wait_until(lock, absl::ToChronoTime(deadline));
  lock.release();
  return status == std::cv_status::no_timeout;
}

void Notification::Notify() {
  const MutexLock lock(mutex_);
  notified_ = true;
  changed_.SignalAll();
}

bool Notification::HasBeenNotified() const {
  const MutexLock lock(mutex_);
  return notified_;
}

void Notification::Wait() const {
  const MutexLock lock(mutex_);
  while (!notified_) changed_.Wait(mutex_);
}

bool Notification::WaitFor(absl::Duration timeout) const {
  const absl::Time deadline = absl::Now() + timeout;
  const MutexLock lock(mutex_);
  while (!notified_) {
    if (!changed_.WaitUntil(mutex_, deadline)) return notified_;
  }
  return true;
}

}  // namespace valueloop
