#include "common/shutdown_signal.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>

#include "absl/time/clock.h"

namespace valueloop {

ShutdownSignal::ShutdownSignal() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, &previous_mask_);
  signal(SIGPIPE, SIG_IGN);
  signal_fd_ = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
  trigger_fd_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

ShutdownSignal::~ShutdownSignal() {
  // A signal that has been waited for must not kill the process when it is unblocked.
  std::array<signalfd_siginfo, 4> taken;
  while (read(signal_fd_, taken.data(), sizeof(taken)) > 0) {
  }
  close(signal_fd_);
  close(trigger_fd_);
  pthread_sigmask(SIG_SETMASK, &previous_mask_, nullptr);
}

void ShutdownSignal::Wait() { WaitFor(absl::InfiniteDuration()); }

bool ShutdownSignal::WaitFor(absl::Duration timeout) {
  const absl::Time deadline = absl::Now() + timeout;
  // Neither descriptor is read, so each further wait sees them ready too.
  std::array<pollfd, 2> ready = {pollfd{signal_fd_, POLLIN, 0}, pollfd{trigger_fd_, POLLIN, 0}};
  while (true) {
    int wait_ms = -1;
    if (timeout != absl::InfiniteDuration()) {
      const absl::Duration left = absl::Ceil(deadline - absl::Now(), absl::Milliseconds(1));
      wait_ms = static_cast<int>(
          std::clamp<int64_t>(absl::ToInt64Milliseconds(left), 0, int64_t{1} << 30));
    }
    const int count = poll(ready.data(), ready.size(), wait_ms);
    if (count > 0) return true;
    if (count == 0 && absl::Now() >= deadline) return false;
    if (count < 0 && errno != EINTR) return true;
  }
}

void ShutdownSignal::Trigger() {
  const uint64_t one = 1;
  // Fails only if it has been triggered 2^64 - 1 times before, which is as good.
  [[maybe_unused]] const ssize_t written = write(trigger_fd_, &one, sizeof(one));
}

}  // namespace valueloop
