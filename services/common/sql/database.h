// A service's database: one writer that commits many commands at once, and readers beside it.
//
//   VL_ASSIGN_OR_RETURN(const auto database,
//       sql::Database::Open("sqlite:/var/lib/valueloop/scoring.db",
//                           {.migrations = {sql::CommonMigrations(),
//                           scoring::EmbeddedMigrations()}}));
//   VL_RETURN_IF_ERROR(database->Write([&](sql::Session& session) -> absl::Status { ... }));
//   VL_ASSIGN_OR_RETURN(const Row row,
//       database->Read([&](sql::Session& session) -> absl::StatusOr<Row> { ... }));
#ifndef VALUELOOP_COMMON_SQL_DATABASE_H_
#define VALUELOOP_COMMON_SQL_DATABASE_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/sql/migrations.h"
#include "common/sql/session.h"

namespace valueloop::sql {

class FileLock;
class ReaderPool;
class Writer;

struct DatabaseOptions {
  std::vector<MigrationSet> migrations;  // Applied in this order.
  // Reads at a time; as many as there are worker threads that read.
  int reader_count = 4;
  // How long a read waits for one of them before it is RESOURCE_EXHAUSTED.
  absl::Duration reader_wait = absl::Seconds(1);
  // Write commands waiting; one more is RESOURCE_EXHAUSTED with a retry delay.
  size_t queue_limit = 10'000;
  // A commit takes in at most so many commands, and none that starts later than this after the
  // first.
  int group_limit = 1'000;
  absl::Duration group_duration = absl::Milliseconds(2);
  // How long a writer waits for another process (a backup, a shell) to let go of the file.
  absl::Duration busy_timeout = absl::Seconds(1);
  // A file up to this size is checked for damage when it is opened (about 1 s per GB); of a larger
  // one only the header and the schema.
  int64_t check_limit_bytes = 128 << 20;
};

// Totals since Open; read at any time from any thread.
struct DatabaseStats {
  std::atomic<int64_t> commit_count{0};
  std::atomic<int64_t> commit_failure_count{0};
  std::atomic<int64_t> command_count{0};
  std::atomic<int64_t> command_failure_count{0};  // Commands that returned an error of their own.
  std::atomic<int64_t> rejected_count{0};         // Queue full.
  std::atomic<int64_t> after_commit_failure_count{0};  // Actions that threw.
  std::atomic<int64_t> queue_length{0};                // Now.
  std::atomic<int64_t> read_count{0};
};

// Thread-safe.
class Database {
 public:
  using Command = std::function<absl::Status(Session&)>;
  using Done = std::function<void(absl::Status)>;
  static constexpr absl::Duration kWriteTimeout = absl::Seconds(10);

  // Opens the database at `url` ("sqlite:/path/file.db"; the folder and the file are made if
  // absent, readable by the owner only), takes it for this process alone and applies the
  // migrations. INVALID_ARGUMENT: the URL; FAILED_PRECONDITION: another process has it, or see
  // ApplyMigrations; DATA_LOSS: the file is damaged or not a database; UNAVAILABLE: it cannot be
  // opened.
  static absl::StatusOr<std::unique_ptr<Database>> Open(std::string_view url,
                                                        DatabaseOptions options);

  // Runs the commands still waiting, then closes.
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // Runs `command` on the writer thread and returns once it is on disk. `command` returns
  // absl::Status or absl::StatusOr<T>, and so does Write. If it returns an error or throws, its
  // changes alone are rolled back. It runs at most once; an error of the commit is returned to
  // every command of the group, and nothing of them is kept. DEADLINE_EXCEEDED: not begun within
  // `timeout`, and it never will be. A command that has begun is waited for, so that it may refer
  // to the caller's locals. RESOURCE_EXHAUSTED: queue or disk full.
  template <typename F>
  auto Write(F&& command, absl::Duration timeout = kWriteTimeout) {
    using Result = std::invoke_result_t<F&, Session&>;
    if constexpr (std::is_same_v<Result, absl::Status>) {
      return RunWrite(command, timeout);
    } else {
      Result result = absl::UnknownError("not run");
      absl::Status status = RunWrite(
          [&](Session& session) {
            result = command(session);
            return result.status();
          },
          timeout);
      if (!status.ok()) result = std::move(status);
      return result;
    }
  }

  // The same without waiting; `done` is called exactly once, on the writer thread or, if the
  // command is not accepted, on the caller's: it must be short and must not call Write or Read.
  void WriteAsync(Command command, Done done, absl::Duration timeout = kWriteTimeout);

  // Runs `query` on a read-only connection in one transaction: everything it reads is of one
  // moment, and everything acknowledged before is seen. Returns what `query` returns, absl::Status
  // or absl::StatusOr<T>. Must not be called inside a read or a write.
  template <typename F>
  auto Read(F&& query) {
    using Result = std::invoke_result_t<F&, Session&>;
    if constexpr (std::is_same_v<Result, absl::Status>) {
      return RunRead(query);
    } else {
      Result result = absl::UnknownError("not run");
      absl::Status status = RunRead([&](Session& session) {
        result = query(session);
        return result.status();
      });
      if (!status.ok()) result = std::move(status);
      return result;
    }
  }

  // Moves everything from the write-ahead log into the file and empties the log; after an erase.
  absl::Status Checkpoint(absl::Duration timeout = kWriteTimeout);

  // True if no other process can have the database open: whatever it says is running, is not.
  bool IsExclusive() const { return true; }

  const DatabaseStats& stats() const { return stats_; }

 private:
  explicit Database(DatabaseOptions options);
  absl::Status OpenFile(const std::string& path);
  absl::Status RunWrite(absl::FunctionRef<absl::Status(Session&)> command, absl::Duration timeout);
  absl::Status RunRead(absl::FunctionRef<absl::Status(Session&)> query);

  const DatabaseOptions options_;
  DatabaseStats stats_;
  std::unique_ptr<FileLock> lock_;  // First in, last out.
  std::unique_ptr<ReaderPool> readers_;
  std::unique_ptr<Writer> writer_;
};

}  // namespace valueloop::sql

#endif  // VALUELOOP_COMMON_SQL_DATABASE_H_
