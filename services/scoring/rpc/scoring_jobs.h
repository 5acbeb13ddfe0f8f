// The long work of scoring, as jobs: fitting a model (fit_job.h), and scoring everybody into a
// snapshot.
#ifndef VALUELOOP_SCORING_RPC_SCORING_JOBS_H_
#define VALUELOOP_SCORING_RPC_SCORING_JOBS_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/sql/job_runner.h"
#include "common/workspace/workspace_store.h"
#include "scoring/store/ledger_store.h"
#include "scoring/store/rescore_queue.h"
#include "scoring/store/scorer.h"
#include "scoring/store/snapshot_store.h"
#include "scoring/store/version_registry.h"
#include "scoring/store/version_store.h"

namespace valueloop::scoring {

// A job of kFitKind has a FitModelRequest as its payload (proto JSON), one of kRescoreKind a day
// (see RescoreQueue::Request).
inline constexpr char kFitKind[] = "FIT_MODEL";

// What the handlers work with; all outlive them.
struct JobTools {
  LedgerStore& ledger;
  VersionStore& versions;
  VersionRegistry& registry;
  Scorer& scorer;
  SnapshotStore& snapshots;
  WorkspaceStore& workspaces;
};

// Handlers may run again after a stop: what was written is found, not written twice.
class ScoringJobs {
 public:
  explicit ScoringJobs(const JobTools& tools) : tools_(tools) {}

  // Before the runner starts; this outlives it.
  void Register(sql::JobRunner& runner);

 private:
  using Versions = std::shared_ptr<const VersionSet>;

  // The result is the snapshot's name.
  absl::Status Rescore(sql::JobContext& context);

  // The active versions; if the active policy has no reference distribution it is taken first.
  absl::StatusOr<Versions> VersionsWithReference(sql::JobContext& context,
                                                 const Workspace& workspace, absl::CivilDay as_of,
                                                 int64_t total_count);
  absl::StatusOr<int64_t> WriteSnapshot(sql::JobContext& context, const Workspace& workspace,
                                        const VersionSet& versions, Snapshot snapshot,
                                        int64_t total_count);

  const JobTools tools_;
};

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_RPC_SCORING_JOBS_H_
