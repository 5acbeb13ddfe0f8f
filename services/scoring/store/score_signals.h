// Tells those who watch scores which of their customers to look at again.
#ifndef VALUELOOP_SCORING_STORE_SCORE_SIGNALS_H_
#define VALUELOOP_SCORING_STORE_SCORE_SIGNALS_H_

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "common/mutex.h"
#include "scoring/store/ledger_store.h"
#include "scoring/store/version_store.h"

namespace valueloop::scoring {

// Thread-safe. Register as a listener of the ledger and of the versions, after those that forget
// what they keep.
class ScoreSignals : public LedgerListener, public VersionListener {
 public:
  // What one watcher waits for. The signals outlive it.
  class Watch {
   public:
    Watch(ScoreSignals& signals, std::string workspace, std::set<std::string> customer_ids);
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

    // The customers whose scores may have changed since the last call, in order; waits for one
    // until `deadline`, or until `stop` says so; whoever changes what that says calls WakeAll.
    std::vector<std::string> Wait(absl::Time deadline, const std::function<bool()>& stop);

   private:
    friend class ScoreSignals;

    ScoreSignals& signals_;
    const std::string workspace_;
    const std::set<std::string> customer_ids_;
    std::set<std::string> changed_;  // Guarded by the mutex of the signals.
  };

  void WakeAll() VL_EXCLUDES(mutex_);

  void OnChanged(const std::string& workspace,
                 const std::vector<std::string>& customer_ids) override VL_EXCLUDES(mutex_);
  void OnVersionsChanged(const std::string& workspace, const ActiveVersions& active) override
      VL_EXCLUDES(mutex_);

 private:
  Mutex mutex_;
  CondVar happened_;
  std::set<Watch*> watches_ VL_GUARDED_BY(mutex_);
};

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_STORE_SCORE_SIGNALS_H_
