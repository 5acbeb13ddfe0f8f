#include "common/sql/job_runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <typeinfo>
#include <utility>

#include "common/status.h"

namespace valueloop::sql {
namespace {

constexpr std::chrono::milliseconds kProgressInterval{100};
// After an error of the database itself.
constexpr absl::Duration kErrorDelay = absl::Milliseconds(500);
// A bound on trust in the computed time of the next job, should the database's clock be set back.
constexpr absl::Duration kLongestWait = absl::Minutes(1);

bool IsLeaseLost(const absl::Status& status) { return ReasonOf(status) == "LEASE_LOST"; }

absl::Status Call(const JobRunner::Handler& handler, JobContext& context) {
  try {
    return handler(context);
  } catch (const std::exception& error) {
    return absl::InternalError(fmt::format("job: got exception {}", typeid(error).name()));
  } catch (...) {
    return absl::InternalError("job: got an exception");
  }
}

}  // namespace

absl::Status JobContext::Progress(int64_t done_count, int64_t total_count,
                                  std::string_view message) {
  const auto now = std::chrono::steady_clock::now();
  if (now < next_progress_) return absl::OkStatus();
  next_progress_ = now + kProgressInterval;
  return store_.Progress(job_, done_count, total_count, message);
}

absl::Status JobContext::Write(Database::Command command) {
  return store_.FencedWrite(job_, std::move(command));
}

JobRunner::JobRunner(JobStore& store, JobRunnerOptions options)
    : store_(store), options_(std::move(options)) {}

JobRunner::~JobRunner() {
  Stop(absl::ZeroDuration()).IgnoreError();
  for (std::thread& thread : threads_) thread.join();
  if (renewer_.joinable()) renewer_.join();
}

void JobRunner::Register(std::string kind, Handler handler) {
  kinds_.push_back(kind);
  handlers_[std::move(kind)] = std::move(handler);
}

absl::Status JobRunner::Start() {
  if (store_.database().IsExclusive()) VL_RETURN_IF_ERROR(store_.ReclaimAll().status());
  store_.SetListener([this] { Wake(); });
  {
    const std::lock_guard lock(mutex_);
    active_thread_count_ = options_.thread_count;
  }
  for (int i = 0; i < options_.thread_count; ++i) threads_.emplace_back([this] { Work(); });
  renewer_ = std::thread([this] { RenewLoop(); });
  return absl::OkStatus();
}

absl::Status JobRunner::Stop(absl::Duration timeout) {
  store_.SetListener(nullptr);
  std::unique_lock lock(mutex_);
  stopping_ = true;
  for (JobContext* context : running_) context->cancelled_ = true;
  changed_.notify_all();
  const bool has_ended = changed_.wait_for(lock, absl::ToChronoNanoseconds(timeout),
                                           [this] { return active_thread_count_ == 0; });
  if (has_ended) return absl::OkStatus();
  return absl::DeadlineExceededError(
      fmt::format("jobs: got {} still running, want none", running_.size()));
}

void JobRunner::Wake() {
  {
    const std::lock_guard lock(mutex_);
    ++wake_count_;
  }
  changed_.notify_all();
}

void JobRunner::Work() {
  for (;;) {
    uint64_t seen;
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) break;
      seen = wake_count_;
    }
    absl::StatusOr<JobStore::Next> next = store_.NextReady(kinds_);
    const bool is_due = next.ok() && next->ready_time.has_value() && *next->ready_time <= next->now;
    if (is_due) {
      absl::StatusOr<std::optional<Job>> job = store_.Claim(kinds_, options_.owner);
      if (job.ok() && job->has_value()) {
        Run(**job);
        continue;
      }
      if (job.ok()) continue;  // Another thread was faster.
    }
    WaitForWork(seen);
  }
  {
    const std::lock_guard lock(mutex_);
    --active_thread_count_;
  }
  changed_.notify_all();
}

void JobRunner::WaitForWork(uint64_t seen) {
  absl::Duration wait = kErrorDelay;
  if (absl::StatusOr<JobStore::Next> next = store_.NextReady(kinds_); next.ok()) {
    wait = store_.database().IsExclusive() ? kLongestWait : options_.poll_interval;
    if (next->ready_time.has_value()) {
      wait = std::clamp(absl::Microseconds(*next->ready_time - next->now), absl::Milliseconds(1),
                        wait);
    }
  }
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, absl::ToChronoNanoseconds(wait),
                    [&] { return stopping_ || wake_count_ != seen; });
}

void JobRunner::Run(const Job& job) {
  JobContext context(store_, job);
  {
    const std::lock_guard lock(mutex_);
    context.lease_end_ = Clock::now() + absl::ToChronoNanoseconds(store_.options().lease);
    context.cancelled_ = stopping_;
    running_.insert(&context);
  }
  stats_.started_count.fetch_add(1, std::memory_order_relaxed);
  stats_.running_count.fetch_add(1, std::memory_order_relaxed);
  absl::Status status = Call(handlers_.at(job.kind), context);
  bool is_stopping;
  {
    const std::lock_guard lock(mutex_);
    running_.erase(&context);
    is_stopping = stopping_;
  }
  stats_.running_count.fetch_sub(1, std::memory_order_relaxed);
  if (status.ok()) {
    status = store_.Complete(job, context.result_);
    if (status.ok()) stats_.succeeded_count.fetch_add(1, std::memory_order_relaxed);
  } else if (is_stopping) {
    status = store_.Release(job);
  } else {
    stats_.failed_count.fetch_add(1, std::memory_order_relaxed);
    status = store_.Fail(job, status);
  }
  // Any other error of this last write leaves the job to be claimed when its lease has run out.
  if (IsLeaseLost(status)) stats_.lost_count.fetch_add(1, std::memory_order_relaxed);
}

void JobRunner::RenewLoop() {
  const auto interval = absl::ToChronoNanoseconds(options_.renew_interval);
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      // Until the last handler has returned: a job is not another's because this program stops.
      if (changed_.wait_for(lock, interval, [this] { return active_thread_count_ == 0; })) return;
    }
    RenewAll();
  }
}

void JobRunner::RenewAll() {
  std::vector<Job> jobs;
  {
    const std::lock_guard lock(mutex_);
    for (const JobContext* context : running_) jobs.push_back(context->job());
  }
  for (const Job& job : jobs) {
    const Clock::time_point asked = Clock::now();
    const absl::Status status = store_.Renew(job);
    const std::lock_guard lock(mutex_);
    for (JobContext* context : running_) {
      const Job& running = context->job();
      if (running.workspace != job.workspace || running.id != job.id) continue;
      if (status.ok()) {
        context->lease_end_ = asked + absl::ToChronoNanoseconds(store_.options().lease);
      } else if (IsLeaseLost(status) || Clock::now() >= context->lease_end_) {
        context->cancelled_ = true;
      }
    }
  }
}

}  // namespace valueloop::sql
