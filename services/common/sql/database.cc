#include "common/sql/database.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "common/sql/connection.h"
#include "common/sql/file_lock.h"
#include "common/sql/reader_pool.h"
#include "common/sql/session_peer.h"
#include "common/sql/writer.h"
#include "common/status.h"

namespace valueloop::sql {
namespace {

constexpr std::string_view kSqliteScheme = "sqlite:";

// The file a URL names, absolute and without symbolic links, so that two names of one file get one
// lock.
absl::StatusOr<std::string> PathOf(std::string_view url) {
  const std::string_view path =
      url.starts_with(kSqliteScheme) ? url.substr(kSqliteScheme.size()) : "";
  const bool is_safe = path.find_first_of(std::string_view("\"\0", 2)) == std::string_view::npos;
  if (path.empty() || path.starts_with(':') || path.ends_with('/') || !is_safe) {
    // Not the whole URL: another scheme's may hold a password.
    return InvalidField("database", url.substr(0, url.find(':')), "sqlite:/path/file.db");
  }
  std::error_code error;
  const std::filesystem::path file = std::filesystem::absolute(path, error);
  std::filesystem::create_directories(file.parent_path(), error);
  const std::filesystem::path canonical = std::filesystem::weakly_canonical(file, error);
  if (error) {
    return absl::UnavailableError(fmt::format("{}: {}, want a folder that can be written",
                                              Printable(file.string()), error.message()));
  }
  return canonical.string();
}

// Makes the file if there is none, for the owner only: it will hold customers' data.
absl::Status CreateFile(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    return absl::UnavailableError(
        fmt::format("{}: {}, want a file that can be written", Printable(path), strerror(errno)));
  }
  close(descriptor);
  return absl::OkStatus();
}

}  // namespace

Database::Database(DatabaseOptions options) : options_(std::move(options)) {}
Database::~Database() = default;

absl::StatusOr<std::unique_ptr<Database>> Database::Open(std::string_view url,
                                                         DatabaseOptions options) {
  VL_ASSIGN_OR_RETURN(const std::string path, PathOf(url));
  std::unique_ptr<Database> database(new Database(std::move(options)));
  VL_ASSIGN_OR_RETURN(database->lock_, FileLock::Acquire(path));
  VL_RETURN_IF_ERROR(Annotate(database->OpenFile(path), Printable(path)));
  return database;
}

absl::Status Database::OpenFile(const std::string& path) {
  VL_RETURN_IF_ERROR(CreateFile(path));
  VL_ASSIGN_OR_RETURN(std::unique_ptr<Connection> connection,
                      Connection::Open(path, false, options_.busy_timeout));
  auto session = std::make_unique<Session>(std::move(connection));
  std::error_code error;
  const bool is_small =
      std::filesystem::file_size(path, error) <= static_cast<uintmax_t>(options_.check_limit_bytes);
  VL_RETURN_IF_ERROR(SessionPeer::CheckIntegrity(*session, is_small && !error));
  VL_RETURN_IF_ERROR(ApplyMigrations(*session, options_.migrations));
  readers_ = std::make_unique<ReaderPool>(path, options_, stats_);
  writer_ = std::make_unique<Writer>(std::move(session), options_, stats_);
  return absl::OkStatus();
}

void Database::WriteAsync(Command command, Done done, absl::Duration timeout) {
  writer_->RunAsync(std::move(command), std::move(done), timeout);
}

absl::Status Database::RunWrite(absl::FunctionRef<absl::Status(Session&)> command,
                                absl::Duration timeout) {
  return writer_->Run(command, timeout);
}

absl::Status Database::RunRead(absl::FunctionRef<absl::Status(Session&)> query) {
  return readers_->Run(query);
}

absl::Status Database::Checkpoint(absl::Duration timeout) {
  return writer_->RunAlone([](Session& session) { return SessionPeer::Checkpoint(session); },
                           timeout);
}

}  // namespace valueloop::sql
