// Jobs: long work as rows of a table, so that it survives the process that began it.
//
// Whoever claims a job holds a lease by the database's clock and renews it; a lease that ran out
// may be claimed again. The attempt number counts the claims and fences every write: a process that
// was only slow can no longer change a job, or data through FencedWrite, once another one has
// claimed it.
#ifndef VALUELOOP_COMMON_SQL_JOB_STORE_H_
#define VALUELOOP_COMMON_SQL_JOB_STORE_H_

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/sql/database.h"

namespace valueloop::sql {

enum class JobState { kQueued, kRunning, kSucceeded, kFailed };

// QUEUED, RUNNING, SUCCEEDED or FAILED.
std::string_view JobStateName(JobState state);

struct NewJob {
  std::string workspace;
  std::string id;
  std::string kind;     // Names the handler, such as FIT.
  std::string payload;  // The handler's own, such as JSON.
};

struct Job {
  std::string workspace;
  std::string id;
  std::string kind;
  std::string payload;
  JobState state = JobState::kQueued;
  int64_t done_count = 0;
  int64_t total_count = 0;  // 0: not known yet.
  std::string message;
  std::string result;  // Of a job that succeeded.
  absl::Status error;  // Why it failed; of a job that is queued again, why the last attempt did.
  int64_t attempt = 0;
  std::string owner;
  int64_t lease_time = 0;  // UTC micros, as the next two.
  int64_t create_time = 0;
  int64_t update_time = 0;
};

struct JobOptions {
  absl::Duration lease = absl::Seconds(30);
  int attempt_limit = 3;
  absl::Duration retry_delay = absl::Seconds(1);  // Times the number of attempts so far.
};

// Thread-safe. The reason of every refusal to a former holder is ABORTED with reason LEASE_LOST.
class JobStore {
 public:
  explicit JobStore(Database& database, JobOptions options = {});

  // Adds a job; idempotent by workspace and id: the same kind and payload again changes nothing,
  // others are ALREADY_EXISTS. Returns the job as it stands.
  absl::StatusOr<Job> Enqueue(const NewJob& job);
  // The same inside a write: the job exists if and only if the write is committed.
  absl::Status Enqueue(Session& session, const NewJob& job);

  // Takes the oldest job of these kinds that waits or whose lease ran out; empty if there is none.
  // One whose attempts are used up becomes FAILED instead.
  absl::StatusOr<std::optional<Job>> Claim(std::span<const std::string> kinds,
                                           std::string_view owner);

  // For the holder of `job`, as Claim returned it.
  absl::Status Renew(const Job& job);
  absl::Status Progress(const Job& job, int64_t done_count, int64_t total_count,
                        std::string_view message);
  absl::Status Complete(const Job& job, std::string_view result);
  // FAILED at once if `error` cannot heal (INVALID_ARGUMENT, NOT_FOUND, FAILED_PRECONDITION and the
  // like) or this was the last attempt; else it waits for the next one.
  absl::Status Fail(const Job& job, const absl::Status& error);
  // Gives the job back unfinished, because the program stops; the attempt does not count.
  absl::Status Release(const Job& job);
  // Runs `command` in one transaction with the proof that the lease still holds.
  absl::Status FencedWrite(const Job& job, Database::Command command);

  // NOT_FOUND if there is no such job.
  absl::StatusOr<Job> Get(std::string_view workspace, std::string_view id);
  // Newest first; `kind` empty: all. `before_time` and `before_id` are those of the last job seen.
  struct ListOptions {
    std::string kind;
    int limit = 50;
    int64_t before_time = INT64_MAX;
    std::string before_id;
  };
  absl::StatusOr<std::vector<Job>> List(std::string_view workspace, const ListOptions& options);

  // Gives back every running job; returns how many. Only where no other process can be running one:
  // at start, before any claim, and if the database is exclusive (else FAILED_PRECONDITION).
  absl::StatusOr<int64_t> ReclaimAll();

  // When the next job of these kinds can be claimed, UTC micros, and what time it is now.
  struct Next {
    std::optional<int64_t> ready_time;
    int64_t now = 0;
  };
  absl::StatusOr<Next> NextReady(std::span<const std::string> kinds);

  // Deletes finished jobs older than `age`, at most `limit`; returns how many.
  absl::StatusOr<int64_t> Purge(absl::Duration age, int limit);

  // Called after a job was added and committed, on the writer thread. One listener; empty to
  // remove.
  void SetListener(std::function<void()> listener);

  const JobOptions& options() const { return options_; }
  Database& database() { return database_; }

 private:
  void NotifyListener();

  Database& database_;
  const JobOptions options_;
  std::mutex mutex_;
  std::function<void()> listener_;  // Under mutex_.
};

}  // namespace valueloop::sql

#endif  // VALUELOOP_COMMON_SQL_JOB_STORE_H_
