#include "strategy/store/publication_signal.h"

#include <algorithm>

namespace valueloop::strategy {

int64_t PublicationSignal::latest() const {
  const MutexLock lock(mutex_);
  return latest_;
}

void PublicationSignal::Announce(int64_t sequence) {
  const MutexLock lock(mutex_);
  latest_ = std::max(latest_, sequence);
  changed_.SignalAll();
}

void PublicationSignal::WakeAll() {
  const MutexLock lock(mutex_);
  changed_.SignalAll();
}

bool PublicationSignal::WaitBeyond(int64_t sequence, const std::function<bool()>& stopped) {
  const MutexLock lock(mutex_);
  while (latest_ <= sequence) {
    if (stopped()) return false;
    changed_.Wait(mutex_);
  }
  return true;
}

}  // namespace valueloop::strategy
