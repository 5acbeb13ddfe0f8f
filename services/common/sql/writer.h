// The single writer of a database: a thread with its connection that commits commands in groups.
// Internal; see Database.
#ifndef VALUELOOP_COMMON_SQL_WRITER_H_
#define VALUELOOP_COMMON_SQL_WRITER_H_

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/sql/database.h"
#include "common/sql/session.h"

namespace valueloop::sql {

class Writer {
 public:
  // `options` and `stats` outlive the writer.
  Writer(std::unique_ptr<Session> session, const DatabaseOptions& options, DatabaseStats& stats);
  ~Writer();  // Runs what is waiting.
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  absl::Status Run(Database::Command command, absl::Duration timeout);
  void RunAsync(Database::Command command, Database::Done done, absl::Duration timeout);
  // Runs `command` outside any transaction.
  absl::Status RunAlone(Database::Command command, absl::Duration timeout);

 private:
  using Clock = std::chrono::steady_clock;
  enum class State { kWaiting, kBegun, kDone, kAbandoned };
  struct Task {
    Database::Command command;
    Database::Done done;  // Empty if a caller waits on `changed`.
    Clock::time_point deadline;
    bool alone = false;
    State state = State::kWaiting;  // This and the next two: under mutex_.
    absl::Status result;
    std::condition_variable changed;
  };
  using TaskPtr = std::shared_ptr<Task>;

  absl::Status Enqueue(const TaskPtr& task);
  absl::Status Wait(const TaskPtr& task);
  void Loop();
  // The next task, marked as begun. Tasks past their deadline are finished on the way. If
  // `in_group`, one that wants to run alone stays in the queue.
  TaskPtr Next(bool in_group);
  void RunGroup(const TaskPtr& first);
  // Runs one command in a savepoint. `group` becomes an error if the whole transaction is lost.
  absl::Status RunInSavepoint(const Task& task, absl::Status& group);
  absl::Status Call(const Task& task);
  void RunAfterCommit();
  void Finish(const TaskPtr& task, absl::Status status);

  const DatabaseOptions& options_;
  DatabaseStats& stats_;
  const std::unique_ptr<Session> session_;  // Used on the writer thread only.
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<TaskPtr> queue_;  // Under mutex_.
  bool stopping_ = false;      // Under mutex_.
  std::thread thread_;         // Last: starts when all else is ready.
};

}  // namespace valueloop::sql

#endif  // VALUELOOP_COMMON_SQL_WRITER_H_
