// Wakes those who wait for the next publication.
#ifndef VALUELOOP_STRATEGY_STORE_PUBLICATION_SIGNAL_H_
#define VALUELOOP_STRATEGY_STORE_PUBLICATION_SIGNAL_H_

#include <cstdint>
#include <functional>

#include "common/mutex.h"

namespace valueloop::strategy {

// Thread-safe. A waiter notes latest(), reads what there is, and then waits for something after the
// number it noted: nothing committed in between is missed.
class PublicationSignal {
 public:
  // Sequence number of the last publication known to be committed.
  int64_t latest() const VL_EXCLUDES(mutex_);

  // Announces a committed publication.
  void Announce(int64_t sequence) VL_EXCLUDES(mutex_);

  // Makes the waiters look at their `stopped` again.
  void WakeAll() VL_EXCLUDES(mutex_);

  // Waits until latest() > `sequence`; false if `stopped` became true before, which whoever makes
  // it true tells with WakeAll.
  bool WaitBeyond(int64_t sequence, const std::function<bool()>& stopped) VL_EXCLUDES(mutex_);

 private:
  mutable Mutex mutex_;
  CondVar changed_;
  int64_t latest_ VL_GUARDED_BY(mutex_) = 0;
};

}  // namespace valueloop::strategy

#endif  // VALUELOOP_STRATEGY_STORE_PUBLICATION_SIGNAL_H_
