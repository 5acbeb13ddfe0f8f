#include "scoring/store/score_signals.h"

#include <utility>

namespace valueloop::scoring {

ScoreSignals::Watch::Watch(ScoreSignals& signals, std::string workspace,
                           std::set<std::string> customer_ids)
    : signals_(signals), workspace_(std::move(workspace)), customer_ids_(std::move(customer_ids)) {
  const MutexLock lock(signals_.mutex_);
  signals_.watches_.insert(this);
}

ScoreSignals::Watch::~Watch() {
  const MutexLock lock(signals_.mutex_);
  signals_.watches_.erase(this);
}

std::vector<std::string> ScoreSignals::Watch::Wait(absl::Time deadline,
                                                   const std::function<bool()>& stop) {
  const MutexLock lock(signals_.mutex_);
  while (changed_.empty() && !stop()) {
    if (!signals_.happened_.WaitUntil(signals_.mutex_, deadline)) break;
  }
  std::vector<std::string> changed(changed_.begin(), changed_.end());
  changed_.clear();
  return changed;
}

void ScoreSignals::WakeAll() {
  const MutexLock lock(mutex_);
  happened_.SignalAll();
}

void ScoreSignals::OnChanged(const std::string& workspace,
                             const std::vector<std::string>& customer_ids) {
  const MutexLock lock(mutex_);
  bool is_watched = false;
  for (Watch* watch : watches_) {
    if (watch->workspace_ != workspace) continue;
    for (const std::string& id : customer_ids) {
      if (!watch->customer_ids_.contains(id)) continue;
      watch->changed_.insert(id);
      is_watched = true;
    }
  }
  if (is_watched) happened_.SignalAll();
}

void ScoreSignals::OnVersionsChanged(const std::string& workspace, const ActiveVersions&) {
  const MutexLock lock(mutex_);
  for (Watch* watch : watches_) {
    if (watch->workspace_ == workspace) watch->changed_ = watch->customer_ids_;
  }
  happened_.SignalAll();
}

}  // namespace valueloop::scoring
