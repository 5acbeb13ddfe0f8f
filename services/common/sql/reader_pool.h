// A bounded set of read-only connections. Internal; see Database.
#ifndef VALUELOOP_COMMON_SQL_READER_POOL_H_
#define VALUELOOP_COMMON_SQL_READER_POOL_H_

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/sql/database.h"
#include "common/sql/session.h"

namespace valueloop::sql {

// Thread-safe.
class ReaderPool {
 public:
  ReaderPool(std::string path, const DatabaseOptions& options, DatabaseStats& stats);

  // Runs `query` in a read transaction of its own.
  absl::Status Run(absl::FunctionRef<absl::Status(Session&)> query);

 private:
  absl::StatusOr<std::unique_ptr<Session>> Acquire();
  void Release(std::unique_ptr<Session> session);  // nullptr: it was given up.

  const std::string path_;
  const DatabaseOptions& options_;
  DatabaseStats& stats_;
  std::mutex mutex_;
  std::condition_variable released_;
  std::vector<std::unique_ptr<Session>>
      idle_;            // Under mutex_; the last one used is the first again.
  int open_count_ = 0;  // Under mutex_; idle and in use.
};

}  // namespace valueloop::sql

#endif  // VALUELOOP_COMMON_SQL_READER_POOL_H_
