// SIGTERM and SIGINT as something to wait for.
#ifndef VALUELOOP_COMMON_SHUTDOWN_SIGNAL_H_
#define VALUELOOP_COMMON_SHUTDOWN_SIGNAL_H_

#include <csignal>

#include "absl/time/time.h"

namespace valueloop {

// Construct it first in main: it blocks SIGTERM and SIGINT for the calling thread and for every
// thread made after it, and ignores SIGPIPE for the whole process. The destructor restores the
// signal mask.
class ShutdownSignal {
 public:
  ShutdownSignal();
  ~ShutdownSignal();
  ShutdownSignal(const ShutdownSignal&) = delete;
  ShutdownSignal& operator=(const ShutdownSignal&) = delete;

  // Waits for SIGTERM, SIGINT or Trigger; returns at once if one has come before.
  void Wait();

  // As Wait, but at most `timeout`; false if nothing came.
  bool WaitFor(absl::Duration timeout);

  // Does what a signal would do. Thread-safe.
  void Trigger();

 private:
  sigset_t previous_mask_;
  int signal_fd_;
  int trigger_fd_;
};

}  // namespace valueloop

#endif  // VALUELOOP_COMMON_SHUTDOWN_SIGNAL_H_
