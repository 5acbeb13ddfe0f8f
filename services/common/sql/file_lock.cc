#include "common/sql/file_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "common/status.h"

namespace valueloop::sql {
namespace {

// The process id its holder wrote into the lock file; for the message only.
std::string HolderOf(int descriptor) {
  char buffer[32] = {};
  const ssize_t size = pread(descriptor, buffer, sizeof(buffer) - 1, 0);
  std::string holder;
  for (ssize_t i = 0; i < size && buffer[i] >= '0' && buffer[i] <= '9'; ++i) holder += buffer[i];
  return holder.empty() ? "another process" : fmt::format("process {}", holder);
}

}  // namespace

absl::StatusOr<std::unique_ptr<FileLock>> FileLock::Acquire(const std::string& path) {
  const std::string lock_path = path + ".lock";
  const int descriptor = open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) {
    return absl::UnavailableError(fmt::format("{}: {}, want a folder that can be written",
                                              Printable(lock_path), strerror(errno)));
  }
  std::unique_ptr<FileLock> lock(new FileLock(descriptor));
  int result;
  do {
    result = flock(descriptor, LOCK_EX | LOCK_NB);
  } while (result != 0 && errno == EINTR);
  if (result != 0 && errno == EWOULDBLOCK) {
    return WithReason(
        absl::FailedPreconditionError(fmt::format("{}: in use by {}, want it for this process "
                                                  "alone; stop the other one or use another data "
                                                  "folder",
                                                  Printable(path), HolderOf(descriptor))),
        "DATABASE_IN_USE");
  }
  if (result != 0) {
    return absl::UnavailableError(fmt::format("{}: {}, want a file system with locks",
                                              Printable(lock_path), strerror(errno)));
  }
  // Best effort: the lock holds without it.
  const std::string holder = fmt::format("{}\n", getpid());
  if (ftruncate(descriptor, 0) == 0) {
    [[maybe_unused]] const ssize_t size = pwrite(descriptor, holder.data(), holder.size(), 0);
  }
  return lock;
}

FileLock::~FileLock() { close(descriptor_); }

}  // namespace valueloop::sql
