#include "common/worker_pool.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "common/log.h"
#include "common/status.h"
#include "fmt/format.h"

namespace valueloop {
namespace {

void RunGuarded(const std::string& pool, const std::function<void()>& task) {
  try {
    task();
  } catch (const std::exception& error) {
    log::Error("task_threw", {{"pool", pool}, {"error", error.what()}});
  } catch (...) {
    log::Error("task_threw", {{"pool", pool}, {"error", "not a std::exception"}});
  }
}

}  // namespace

WorkerPool::WorkerPool(WorkerPoolOptions options) : options_(std::move(options)) {}

WorkerPool::~WorkerPool() {
  Drain(absl::InfiniteFuture());
  std::vector<std::thread> threads;
  {
    const MutexLock lock(mutex_);
    threads.swap(threads_);
  }
  for (std::thread& thread : threads) thread.join();
}

absl::Status WorkerPool::TrySubmit(std::function<void()> task) {
  const MutexLock lock(mutex_);
  if (draining_) {
    return WithReason(
        absl::UnavailableError(fmt::format("{}: got a task while draining", options_.name)),
        "DRAINING");
  }
  const int thread_limit = std::max(options_.thread_count, 1);
  const int outstanding = static_cast<int>(queue_.size()) + running_count_;
  if (outstanding >= thread_limit + options_.queue_limit) {
    return WithRetryAfter(WithReason(absl::ResourceExhaustedError(
                                         fmt::format("{}: got {} tasks, want at most {}",
                                                     options_.name, outstanding + 1, outstanding)),
                                     "QUEUE_FULL"),
                          options_.retry_after);
  }
  queue_.push_back(std::move(task));
  if (outstanding >= static_cast<int>(threads_.size()) &&
      static_cast<int>(threads_.size()) < thread_limit) {
    threads_.emplace_back([this] { RunTasks(); });
  }
  task_or_drain_.Signal();
  return absl::OkStatus();
}

bool WorkerPool::Drain(absl::Time deadline) {
  const MutexLock lock(mutex_);
  draining_ = true;
  task_or_drain_.SignalAll();
  while (!queue_.empty() || running_count_ > 0) {
    if (!all_done_.WaitUntil(mutex_, deadline)) return queue_.empty() && running_count_ == 0;
  }
  return true;
}

int WorkerPool::outstanding_count() const {
  const MutexLock lock(mutex_);
  return static_cast<int>(queue_.size()) + running_count_;
}

void WorkerPool::RunTasks() {
  while (true) {
    std::function<void()> task;
    {
      const MutexLock lock(mutex_);
      while (queue_.empty() && !draining_) task_or_drain_.Wait(mutex_);
      if (queue_.empty()) return;
      task = std::move(queue_.front());
      queue_.pop_front();
      ++running_count_;
    }
    RunGuarded(options_.name, task);
    task = nullptr;  // Its captures are gone before the pool counts as drained.
    const MutexLock lock(mutex_);
    --running_count_;
    if (queue_.empty() && running_count_ == 0) all_done_.SignalAll();
  }
}

}  // namespace valueloop
