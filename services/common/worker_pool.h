// Threads for work that may block, with a bounded queue in front of them.
#ifndef VALUELOOP_COMMON_WORKER_POOL_H_
#define VALUELOOP_COMMON_WORKER_POOL_H_

#include <deque>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/mutex.h"

namespace valueloop {

struct WorkerPoolOptions {
  std::string name;      // Named in the error of a full pool.
  int thread_count = 4;  // At least 1. Threads are started when they are first needed.
  int queue_limit =
      256;  // Tasks that may wait; 0: a task is taken only if a thread is free for it.
  absl::Duration retry_after = absl::Milliseconds(100);  // What a refused caller is told to wait.
};

// Thread-safe. Tasks start in the order of submission. An exception that leaves a task is logged
// and goes no further.
class WorkerPool {
 public:
  explicit WorkerPool(WorkerPoolOptions options);

  // Drains without a deadline.
  ~WorkerPool();

  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // Queues `task` and never blocks. Fails with RESOURCE_EXHAUSTED (with a retry delay) if the queue
  // is full, and with UNAVAILABLE once Drain has been called; the task is then not run.
  absl::Status TrySubmit(std::function<void()> task) VL_EXCLUDES(mutex_);

  // Refuses new tasks from now on and waits until the accepted ones are done. Returns false if some
  // were still waiting or running at `deadline`; they are run all the same, at the latest while the
  // destructor waits. May be called again.
  bool Drain(absl::Time deadline) VL_EXCLUDES(mutex_);

  // Tasks that are waiting or running.
  int outstanding_count() const VL_EXCLUDES(mutex_);

 private:
  void RunTasks() VL_EXCLUDES(mutex_);

  const WorkerPoolOptions options_;
  mutable Mutex mutex_;
  CondVar task_or_drain_;
  CondVar all_done_;
  std::deque<std::function<void()>> queue_ VL_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_ VL_GUARDED_BY(mutex_);
  int running_count_ VL_GUARDED_BY(mutex_) = 0;
  bool draining_ VL_GUARDED_BY(mutex_) = false;
};

}  // namespace valueloop

#endif  // VALUELOOP_COMMON_WORKER_POOL_H_
