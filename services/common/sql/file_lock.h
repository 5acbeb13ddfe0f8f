#ifndef VALUELOOP_COMMON_SQL_FILE_LOCK_H_
#define VALUELOOP_COMMON_SQL_FILE_LOCK_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace valueloop::sql {

// Holds `{path}.lock` for this process. The kernel lets go of it when the process ends, however it
// ends; programs it starts do not inherit it.
class FileLock {
 public:
  // FAILED_PRECONDITION if another process holds the lock: the message names the file, the process
  // and what to do. UNAVAILABLE if the lock file cannot be made.
  static absl::StatusOr<std::unique_ptr<FileLock>> Acquire(const std::string& path);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace valueloop::sql

#endif  // VALUELOOP_COMMON_SQL_FILE_LOCK_H_
