// std::mutex with clang's thread-safety annotations. Ours and not absl::Mutex, because the thread
// sanitizer cannot see into Debian's prebuilt absl.
//
//   Mutex mutex_;
//   int count_ VL_GUARDED_BY(mutex_) = 0;
//   { const MutexLock lock(mutex_); ++count_; }
#ifndef VALUELOOP_COMMON_MUTEX_H_
#define VALUELOOP_COMMON_MUTEX_H_

#include <condition_variable>
#include <mutex>

#include "absl/time/time.h"

#if defined(__clang__)
#define VL_THREAD_ANNOTATION_(x) __attribute__((x))
#else
#define VL_THREAD_ANNOTATION_(x)
#endif
#define VL_CAPABILITY(x) VL_THREAD_ANNOTATION_(capability(x))
#define VL_SCOPED_CAPABILITY VL_THREAD_ANNOTATION_(scoped_lockable)
#define VL_GUARDED_BY(x) VL_THREAD_ANNOTATION_(guarded_by(x))
#define VL_PT_GUARDED_BY(x) VL_THREAD_ANNOTATION_(pt_guarded_by(x))
#define VL_REQUIRES(...) VL_THREAD_ANNOTATION_(requires_capability(__VA_ARGS__))
#define VL_EXCLUDES(...) VL_THREAD_ANNOTATION_(locks_excluded(__VA_ARGS__))
#define VL_ACQUIRE(...) VL_THREAD_ANNOTATION_(acquire_capability(__VA_ARGS__))
#define VL_TRY_ACQUIRE(...) VL_THREAD_ANNOTATION_(try_acquire_capability(__VA_ARGS__))
#define VL_RELEASE(...) VL_THREAD_ANNOTATION_(release_capability(__VA_ARGS__))
#define VL_NO_THREAD_SAFETY_ANALYSIS VL_THREAD_ANNOTATION_(no_thread_safety_analysis)

namespace valueloop {

class VL_CAPABILITY("mutex") Mutex {
 public:
  Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  void Lock() VL_ACQUIRE() { mutex_.lock(); }
  void Unlock() VL_RELEASE() { mutex_.unlock(); }
  bool TryLock() VL_TRY_ACQUIRE(true) { return mutex_.try_lock(); }

 private:
  friend class CondVar;
  std::mutex mutex_;
};

// Holds a Mutex for as long as it lives.
class VL_SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) VL_ACQUIRE(mutex) : mutex_(mutex) { mutex_.Lock(); }
  ~MutexLock() VL_RELEASE() { mutex_.Unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

// A condition variable for Mutex. Waits may wake spuriously, so call them in a loop on the
// condition:
//   while (queue_.empty() && !closed_) changed_.Wait(mutex_);
class CondVar {
 public:
  CondVar() = default;
  CondVar(const CondVar&) = delete;
  CondVar& operator=(const CondVar&) = delete;

  void Wait(Mutex& mutex) VL_REQUIRES(mutex);

  // As Wait, but not beyond `deadline` (absl::InfiniteFuture() means Wait). Returns false when the
  // deadline has passed; the condition may hold all the same.
  bool WaitUntil(Mutex& mutex, absl::Time deadline) VL_REQUIRES(mutex);

  void Signal() { condition_.notify_one(); }
  void SignalAll() { condition_.notify_all(); }

 private:
  std::condition_variable condition_;
};

// Tells one or more waiting threads, once, that something has happened.
class Notification {
 public:
  // May be called more than once.
  void Notify() VL_EXCLUDES(mutex_);
  bool HasBeenNotified() const VL_EXCLUDES(mutex_);
  void Wait() const VL_EXCLUDES(mutex_);
  // Returns false if `timeout` passed without a notification.
  bool WaitFor(absl::Duration timeout) const VL_EXCLUDES(mutex_);

 private:
  mutable Mutex mutex_;
  mutable CondVar changed_;
  bool notified_ VL_GUARDED_BY(mutex_) = false;
};

}  // namespace valueloop

#endif  // VALUELOOP_COMMON_MUTEX_H_
