// Threads that claim jobs and run them.
//
//   sql::JobStore jobs(*database);
//   sql::JobRunner runner(jobs, {.thread_count = 1});
//   runner.Register("FIT", [&](sql::JobContext& context) -> absl::Status { ... });
//   VL_RETURN_IF_ERROR(runner.Start());
#ifndef VALUELOOP_COMMON_SQL_JOB_RUNNER_H_
#define VALUELOOP_COMMON_SQL_JOB_RUNNER_H_

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/sql/job_store.h"

namespace valueloop::sql {

// What a handler gets. For the handler's thread, except IsCancelled, which is thread-safe.
class JobContext {
 public:
  JobContext(JobStore& store, Job job) : store_(store), job_(std::move(job)) {}

  const Job& job() const { return job_; }

  // True once the lease is lost or the program stops. Ask at least every second and return: what is
  // returned then does not matter.
  bool IsCancelled() const { return cancelled_.load(std::memory_order_relaxed); }

  // Says how far the work is; kept at most ten times a second, so call it as often as you like.
  // ABORTED once the lease is lost.
  absl::Status Progress(int64_t done_count, int64_t total_count, std::string_view message);

  // A write that is refused with ABORTED if another process has claimed the job meanwhile.
  absl::Status Write(Database::Command command);

  // What Get returns once the job has succeeded.
  void SetResult(std::string result) { result_ = std::move(result); }

 private:
  friend class JobRunner;
  JobStore& store_;
  const Job job_;
  std::string result_;
  std::atomic<bool> cancelled_{false};
  std::chrono::steady_clock::time_point next_progress_{};
  std::chrono::steady_clock::time_point lease_end_{};  // Under the runner's mutex.
};

struct JobRunnerOptions {
  int thread_count = 1;
  std::string owner;  // In the job's row, for people: such as host and process id.
  absl::Duration renew_interval = absl::Seconds(10);
  // How often other processes' jobs are looked for, where there can be others.
  absl::Duration poll_interval = absl::Seconds(1);
};

struct JobRunnerStats {
  std::atomic<int64_t> started_count{0};
  std::atomic<int64_t> succeeded_count{0};
  std::atomic<int64_t> failed_count{0};   // Attempts.
  std::atomic<int64_t> lost_count{0};     // Leases lost.
  std::atomic<int64_t> running_count{0};  // Now.
};

class JobRunner {
 public:
  using Handler = std::function<absl::Status(JobContext&)>;

  // `store` outlives the runner, which becomes its listener.
  JobRunner(JobStore& store, JobRunnerOptions options);
  ~JobRunner();
  JobRunner(const JobRunner&) = delete;
  JobRunner& operator=(const JobRunner&) = delete;

  // Before Start. An error a handler returns is that of the attempt; see JobStore::Fail.
  void Register(std::string kind, Handler handler);

  // Takes back the jobs that a killed process left (if no other one can be running them), then
  // runs.
  absl::Status Start();

  // Cancels what is running, gives it back to be claimed at the next start, and waits.
  // DEADLINE_EXCEEDED if a handler has not returned by then; the destructor waits for it.
  absl::Status Stop(absl::Duration timeout);

  const JobRunnerStats& stats() const { return stats_; }

 private:
  using Clock = std::chrono::steady_clock;

  void Work();
  void Run(const Job& job);
  void RenewLoop();
  void RenewAll();
  void Wake();
  void WaitForWork(uint64_t seen);

  JobStore& store_;
  const JobRunnerOptions options_;
  std::map<std::string, Handler> handlers_;
  std::vector<std::string> kinds_;
  JobRunnerStats stats_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;  // Under mutex_, as the rest.
  uint64_t wake_count_ = 0;
  int active_thread_count_ = 0;
  std::set<JobContext*> running_;
  std::vector<std::thread> threads_;  // The owner's thread only.
  std::thread renewer_;
};

}  // namespace valueloop::sql

#endif  // VALUELOOP_COMMON_SQL_JOB_RUNNER_H_
