#include "common/sql/writer.h"

#include <fmt/format.h>

#include <typeinfo>
#include <utility>

#include "common/status.h"

namespace valueloop::sql {
namespace {

constexpr absl::Duration kQueueRetryDelay = absl::Milliseconds(50);

absl::Status NotBegun() {
  return absl::DeadlineExceededError("write: not begun before the deadline, nothing was changed");
}

}  // namespace

Writer::Writer(std::unique_ptr<Session> session, const DatabaseOptions& options,
               DatabaseStats& stats)
    : options_(options), stats_(stats), session_(std::move(session)), thread_([this] { Loop(); }) {}

Writer::~Writer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

absl::Status Writer::Run(Database::Command command, absl::Duration timeout) {
  auto task = std::make_shared<Task>();
  task->command = std::move(command);
  task->deadline = Clock::now() + absl::ToChronoNanoseconds(timeout);
  VL_RETURN_IF_ERROR(Enqueue(task));
  return Wait(task);
}

absl::Status Writer::RunAlone(Database::Command command, absl::Duration timeout) {
  auto task = std::make_shared<Task>();
  task->command = std::move(command);
  task->deadline = Clock::now() + absl::ToChronoNanoseconds(timeout);
  task->alone = true;
  VL_RETURN_IF_ERROR(Enqueue(task));
  return Wait(task);
}

void Writer::RunAsync(Database::Command command, Database::Done done, absl::Duration timeout) {
  auto task = std::make_shared<Task>();
  task->command = std::move(command);
  task->done = std::move(done);
  task->deadline = Clock::now() + absl::ToChronoNanoseconds(timeout);
  absl::Status status = Enqueue(task);
  if (!status.ok()) task->done(std::move(status));
}

absl::Status Writer::Enqueue(const TaskPtr& task) {
  const bool would_wait_for_itself =
      task->done == nullptr && std::this_thread::get_id() == thread_.get_id();
  if (would_wait_for_itself) return absl::InternalError("write: called inside a write command");
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return absl::UnavailableError("write: the database is closing");
    if (queue_.size() >= options_.queue_limit) {
      stats_.rejected_count.fetch_add(1, std::memory_order_relaxed);
      return WithRetryAfter(
          WithReason(absl::ResourceExhaustedError(fmt::format(
                         "write queue: got {} commands waiting, want fewer", queue_.size())),
                     "WRITE_QUEUE_FULL"),
          kQueueRetryDelay);
    }
    queue_.push_back(task);
    stats_.queue_length.store(static_cast<int64_t>(queue_.size()), std::memory_order_relaxed);
  }
  wake_.notify_one();
  return absl::OkStatus();
}

absl::Status Writer::Wait(const TaskPtr& task) {
  std::unique_lock lock(mutex_);
  const auto is_done = [&] { return task->state == State::kDone; };
  if (!task->changed.wait_until(lock, task->deadline, is_done)) {
    if (task->state == State::kWaiting) {
      task->state = State::kAbandoned;
      return NotBegun();
    }
    // It may be using the caller's locals; and what it does next is a commit, not a wait for
    // others.
    task->changed.wait(lock, is_done);
  }
  return std::move(task->result);
}

void Writer::Loop() {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
    }
    const TaskPtr task = Next(false);
    if (task == nullptr) continue;
    if (task->alone) {
      Finish(task, Call(*task));
    } else {
      RunGroup(task);
    }
  }
}

Writer::TaskPtr Writer::Next(bool in_group) {
  for (;;) {
    TaskPtr task;
    {
      const std::lock_guard lock(mutex_);
      if (queue_.empty() || (in_group && queue_.front()->alone)) return nullptr;
      task = std::move(queue_.front());
      queue_.pop_front();
      stats_.queue_length.store(static_cast<int64_t>(queue_.size()), std::memory_order_relaxed);
      if (task->state == State::kAbandoned) continue;
      task->state = State::kBegun;
    }
    if (task->deadline > Clock::now()) return task;
    Finish(task, NotBegun());
  }
}

void Writer::RunGroup(const TaskPtr& first) {
  if (absl::Status status = session_->BeginWrite(); !status.ok()) {
    // What holds up the first holds up those that wait with it: tell them now instead of one per
    // busy timeout. Whoever asks after the first was answered gets a try of their own.
    session_->Rollback();
    stats_.commit_failure_count.fetch_add(1, std::memory_order_relaxed);
    size_t waiting_count;
    {
      const std::lock_guard lock(mutex_);
      waiting_count = queue_.size();
    }
    Finish(first, status);
    for (; waiting_count > 0; --waiting_count) {
      const TaskPtr task = Next(true);
      if (task == nullptr) return;
      Finish(task, status);
    }
    return;
  }
  const Clock::time_point end = Clock::now() + absl::ToChronoNanoseconds(options_.group_duration);
  std::vector<TaskPtr> succeeded;
  absl::Status group;
  int command_count = 0;
  for (TaskPtr task = first; task != nullptr;) {
    absl::Status status = RunInSavepoint(*task, group);
    ++command_count;
    if (status.ok()) {
      succeeded.push_back(std::move(task));
    } else {
      stats_.command_failure_count.fetch_add(1, std::memory_order_relaxed);
      Finish(task, std::move(status));
    }
    const bool is_full = command_count >= options_.group_limit || Clock::now() >= end;
    task = !group.ok() || is_full ? nullptr : Next(true);
  }
  stats_.command_count.fetch_add(command_count, std::memory_order_relaxed);
  if (group.ok()) group = session_->Commit();
  if (group.ok()) {
    stats_.commit_count.fetch_add(1, std::memory_order_relaxed);
    RunAfterCommit();
  } else {
    session_->Rollback();
    stats_.commit_failure_count.fetch_add(1, std::memory_order_relaxed);
    group = Annotate(std::move(group), "commit");
  }
  for (const TaskPtr& task : succeeded) Finish(task, group);
}

absl::Status Writer::RunInSavepoint(const Task& task, absl::Status& group) {
  const size_t action_count = session_->after_commit_.size();
  absl::Status status = session_->Execute("SAVEPOINT command").status();
  if (!status.ok()) {
    group = status;
    return status;
  }
  status = Call(task);
  if (status.ok()) {
    status = session_->Execute("RELEASE SAVEPOINT command").status();
    if (!status.ok()) group = status;
    return status;
  }
  session_->after_commit_.resize(action_count);
  // After a full disk or an I/O error the database may have rolled back everything by itself.
  if (!session_->InTransaction()) {
    group = status;
    return status;
  }
  absl::Status undo = session_->Execute("ROLLBACK TO SAVEPOINT command").status();
  if (undo.ok()) undo = session_->Execute("RELEASE SAVEPOINT command").status();
  if (!undo.ok()) group = std::move(undo);
  return status;
}

absl::Status Writer::Call(const Task& task) {
  try {
    return task.command(*session_);
  } catch (const std::exception& error) {
    // Its text could quote a customer's data.
    return absl::InternalError(
        fmt::format("write command: got exception {}", typeid(error).name()));
  } catch (...) {
    return absl::InternalError("write command: got an exception");
  }
}

void Writer::RunAfterCommit() {
  std::vector<std::function<void()>> actions;
  actions.swap(session_->after_commit_);
  for (const auto& action : actions) {
    try {
      action();
    } catch (...) {
      // The data is committed; a failed wake-up must not undo the acknowledgement.
      stats_.after_commit_failure_count.fetch_add(1, std::memory_order_relaxed);
    }
  }
}

void Writer::Finish(const TaskPtr& task, absl::Status status) {
  if (task->done != nullptr) {
    task->done(std::move(status));
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    task->result = std::move(status);
    task->state = State::kDone;
  }
  task->changed.notify_all();
}

}  // namespace valueloop::sql
