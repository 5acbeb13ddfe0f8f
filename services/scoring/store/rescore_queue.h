// Keeps every workspace's newest snapshot up with its ledger, its versions and the calendar: asks
// for a RESCORE job whenever it falls behind, at most one at a time per workspace.
#ifndef VALUELOOP_SCORING_STORE_RESCORE_QUEUE_H_
#define VALUELOOP_SCORING_STORE_RESCORE_QUEUE_H_

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "common/mutex.h"
#include "common/sql/job_store.h"
#include "common/workspace/workspace_store.h"
#include "scoring/store/ledger_store.h"
#include "scoring/store/snapshot_store.h"
#include "scoring/store/version_store.h"

namespace valueloop::scoring {

inline constexpr char kRescoreKind[] = "RESCORE";

struct RescoreTiming {
  // After a change of the ledger: so long without another one, but no longer than the second.
  absl::Duration quiet = absl::Milliseconds(300);
  absl::Duration longest_wait = absl::Seconds(15);
  // How often a workspace that waits for a running job is looked at again.
  absl::Duration busy_interval = absl::Milliseconds(500);
  // How often all workspaces are looked at: for the next day, and for what a stop has interrupted.
  absl::Duration sweep_interval = absl::Minutes(1);
  absl::Duration failure_delay = absl::Minutes(1);
};

// What the queue looks at; all outlive it.
struct RescoreSources {
  sql::JobStore& jobs;
  LedgerStore& ledger;
  VersionStore& versions;
  SnapshotStore& snapshots;
  WorkspaceStore& workspaces;
  const Clock& clock;
};

// Thread-safe. Register as a listener of the ledger and of the versions.
class RescoreQueue : public LedgerListener, public VersionListener {
 public:
  explicit RescoreQueue(const RescoreSources& sources, const RescoreTiming& timing = {});
  ~RescoreQueue() override;  // Stops.

  // Once.
  void Start();
  // Waits for the thread. May be called again.
  void Stop() VL_EXCLUDES(mutex_);

  // Adds a job whoever asks; `as_of` is a day, YYYY-MM-DD, or empty for the day on which it runs.
  // Returns the job's id.
  absl::StatusOr<std::string> Request(std::string_view workspace, std::string_view as_of);

  void OnChanged(const std::string& workspace,
                 const std::vector<std::string>& customer_ids) override VL_EXCLUDES(mutex_);
  void OnVersionsChanged(const std::string& workspace, const ActiveVersions& active) override
      VL_EXCLUDES(mutex_);

 private:
  struct Pending {
    absl::Time first_change;
    absl::Time due;
  };

  void Run() VL_EXCLUDES(mutex_);
  void Sweep() VL_EXCLUDES(mutex_);
  void Expect(const std::string& workspace, absl::Time due) VL_EXCLUDES(mutex_);
  // Adds a job if the newest snapshot is behind. Above zero: ask again after so long.
  absl::StatusOr<absl::Duration> Check(const std::string& workspace);
  absl::StatusOr<bool> IsBehind(const std::string& workspace);

  const RescoreSources sources_;
  const RescoreTiming timing_;
  Mutex mutex_;
  CondVar changed_;
  bool stopping_ VL_GUARDED_BY(mutex_) = false;
  std::map<std::string, Pending, std::less<>> pending_ VL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_STORE_RESCORE_QUEUE_H_
