// Snapshots: the scores of all customers of a workspace as of one day under one set of versions.
//
// A job begins one, appends its rows in small writes, completes it. Readers see complete ones only,
// so that what they list page by page is of one moment. The newest three are kept.
//
// Thread-safe; calls block on the database, whose errors every function may return beside those
// named.
#ifndef VALUELOOP_SCORING_STORE_SNAPSHOT_STORE_H_
#define VALUELOOP_SCORING_STORE_SNAPSHOT_STORE_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "common/mutex.h"
#include "common/sql/database.h"
#include "scoring/domain/policy.h"
#include "scoring/domain/score.h"

namespace valueloop::scoring {

inline constexpr int kKeptSnapshots = 3;
inline constexpr size_t kSnapshotChunk = 500;  // Rows of one write.

struct Snapshot {
  int64_t id = 0;
  absl::CivilDay as_of;
  bool follows_today = false;  // It was made as of the day on which it was begun.
  int64_t model_version = 0;
  int64_t policy_version = 0;
  int64_t reference_version = 0;
  int64_t change_sequence = 0;  // The ledger's, before the first customer was read.
  int64_t customer_count = 0;
  int64_t complete_micros = 0;  // UTC.
  friend bool operator==(const Snapshot&, const Snapshot&) = default;
};

// One customer; the fields are those of Score. Money in currency units.
struct SnapshotRow {
  std::string customer_id;
  ScoreState state = ScoreState::kOk;
  CustomerClass customer_class = CustomerClass::kUnknown;
  double realised_value = 0;
  std::optional<double> expected_value;
  std::optional<double> value_score;
  std::optional<double> match_score;
  double match_coverage = 0;
  std::optional<double> alive_probability;
  std::optional<double> value_at_stake;
  std::optional<double> expected_purchases;
  std::string attributes;  // See attribute_text.h.
  friend bool operator==(const SnapshotRow&, const SnapshotRow&) = default;
};

class SnapshotStore {
 public:
  // `database` has LedgerMigrations(); it and `clock` outlive the store.
  SnapshotStore(sql::Database& database, const Clock& clock) : database_(database), clock_(clock) {}

  // Inside a job's fenced writes. Begin gives `snapshot` its id; at most kSnapshotChunk rows at a
  // time; ABORTED if it was given up because somebody was erased: it is begun again. Complete makes
  // it visible with its number of rows and wakes those who wait.
  absl::StatusOr<int64_t> Begin(sql::Session& session, std::string_view workspace,
                                const Snapshot& snapshot);
  absl::Status Append(sql::Session& session, std::string_view workspace, int64_t id,
                      std::span<const SnapshotRow> rows);
  absl::Status Complete(sql::Session& session, std::string_view workspace, int64_t id,
                        int64_t customer_count);

  // The newest complete one; unset before the first.
  absl::StatusOr<std::optional<Snapshot>> Newest(std::string_view workspace);

  // As Newest, but FAILED_PRECONDITION with reason NO_SNAPSHOT before the first.
  absl::StatusOr<Snapshot> RequireNewest(std::string_view workspace);

  // FAILED_PRECONDITION with reason SNAPSHOT_EXPIRED if it is no longer, or never was, complete.
  absl::StatusOr<Snapshot> Get(std::string_view workspace, int64_t id);

  // Calls `on_row` for every row after the customer `after` (empty: from the first), by the bytes
  // of their ids, at most `limit`. An error of `on_row` ends the scan and is returned.
  // SNAPSHOT_EXPIRED as above: it is never half a snapshot.
  absl::Status Scan(std::string_view workspace, int64_t id, std::string_view after, int64_t limit,
                    absl::FunctionRef<absl::Status(const SnapshotRow&)> on_row);

  // Deletes what is beyond the newest kKeptSnapshots, and what was begun before the newest complete
  // one and never finished, a chunk per write. Stops early when `stop` says so.
  absl::Status Purge(std::string_view workspace, absl::FunctionRef<bool()> stop);

  // Counts completions in this process.
  int64_t completions() const VL_EXCLUDES(mutex_);
  // Waits until completions() is above `seen`, `deadline` has passed or `stop` says so; whoever
  // changes what `stop` says calls WakeAll.
  void WaitBeyond(int64_t seen, absl::Time deadline, const std::function<bool()>& stop)
      VL_EXCLUDES(mutex_);
  void WakeAll() VL_EXCLUDES(mutex_);

 private:
  void NotifyComplete() VL_EXCLUDES(mutex_);

  sql::Database& database_;
  const Clock& clock_;
  mutable Mutex mutex_;
  CondVar changed_;
  int64_t completions_ VL_GUARDED_BY(mutex_) = 0;
};

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_STORE_SNAPSHOT_STORE_H_
