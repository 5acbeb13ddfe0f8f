#include "common/sql/connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <new>
#include <typeinfo>

#include "common/sql/clean_vfs.h"
#include "common/sql/sql_text.h"
#include "common/status.h"

namespace valueloop::sql {
namespace {

constexpr absl::Duration kBusyRetryDelay = absl::Milliseconds(200);
constexpr absl::Duration kDiskRetryDelay = absl::Seconds(5);

int KeepFirstColumn(void* target, int column_count, char** values, char** /*names*/) {
  auto& text = *static_cast<std::string*>(target);
  if (text.empty() && column_count > 0 && values[0] != nullptr) text = values[0];
  return 0;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const std::string& path,
                                                             bool read_only,
                                                             absl::Duration busy_timeout) {
  UseCleanVfs();
  auto connection = std::make_unique<Connection>();
  try {
    connection->session_.open(soci::sqlite3, fmt::format("dbname=\"{}\"", path));
    sqlite_api::sqlite3_extended_result_codes(connection->handle(), 1);
    sqlite_api::sqlite3_busy_timeout(connection->handle(),
                                     static_cast<int>(absl::ToInt64Milliseconds(busy_timeout)));
  } catch (const std::exception&) {
    return absl::UnavailableError(
        fmt::format("{}: cannot be opened, want a readable and writable file", Printable(path)));
  }
  // FULL: a commit that was acknowledged survives a power cut. secure_delete: an erased customer's
  // bytes are overwritten (with what clean_vfs.h adds to it). journal_size_limit gives the disk
  // back after a long read held the log.
  for (const char* pragma :
       {"PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", "PRAGMA foreign_keys = ON",
        "PRAGMA secure_delete = ON", "PRAGMA journal_size_limit = 16777216",
        "PRAGMA temp_store = MEMORY", "PRAGMA cache_size = -16384"}) {
    VL_RETURN_IF_ERROR(connection->RunText(pragma));
  }
  // The one writer touches indexes all over the file; what its cache cannot hold is written twice.
  VL_RETURN_IF_ERROR(
      connection->RunText(read_only ? "PRAGMA query_only = ON" : "PRAGMA cache_size = -65536"));
  return connection;
}

sqlite_api::sqlite3* Connection::handle() const {
  return static_cast<soci::sqlite3_session_backend*>(session_.get_backend())->conn_;
}

absl::StatusOr<Statement*> Connection::Prepare(std::string_view text,
                                               std::span<const Parameter> parameters,
                                               std::span<const ValueKind> columns) {
  auto found = statements_.find(text);
  if (found != statements_.end()) {
    for (const auto& statement : found->second) {
      if (!statement->busy && statement->Fits(parameters, columns)) return statement.get();
    }
  }
  VL_ASSIGN_OR_RETURN(const int placeholder_count, CountPlaceholders(text));
  if (placeholder_count != static_cast<int>(parameters.size())) {
    return absl::InternalError(fmt::format("parameters: got {}, want {}; in {}", parameters.size(),
                                           placeholder_count, FirstWords(text)));
  }
  if (statement_count_ >= kStatementLimit) {
    for (auto& [_, statements] : statements_) {
      statement_count_ -= std::erase_if(statements, [](const auto& s) { return !s->busy; });
    }
    std::erase_if(statements_, [](const auto& entry) { return entry.second.empty(); });
  }
  try {
    auto statement = std::make_unique<Statement>(session_, std::string(text), parameters, columns);
    auto& statements = statements_[std::string(text)];
    statements.push_back(std::move(statement));
    ++statement_count_;
    return statements.back().get();
  } catch (...) {
    return CurrentException(text);
  }
}

void Connection::Drop(const Statement* statement) {
  for (auto entry = statements_.begin(); entry != statements_.end(); ++entry) {
    const size_t dropped_count =
        std::erase_if(entry->second, [&](const auto& s) { return s.get() == statement; });
    if (dropped_count == 0) continue;
    statement_count_ -= dropped_count;
    if (entry->second.empty()) statements_.erase(entry);
    return;
  }
}

absl::Status Connection::RunText(const char* text) { return TextOf(text).status(); }

absl::StatusOr<std::string> Connection::TextOf(const char* text) {
  std::string first;
  const int code = sqlite_api::sqlite3_exec(handle(), text, KeepFirstColumn, &first, nullptr);
  if (code != SQLITE_OK) return StatusOf(code, sqlite_api::sqlite3_errmsg(handle()), text);
  return first;
}

bool Connection::InTransaction() const { return sqlite_api::sqlite3_get_autocommit(handle()) == 0; }

absl::Status Connection::CurrentException(std::string_view text) const {
  try {
    throw;
  } catch (const soci::sqlite3_soci_error& error) {
    return StatusOf(error.result(), error.get_error_message(), text);
  } catch (const soci::soci_error& error) {
    // Preparing throws the general type; the reason is still on the connection.
    const int code = sqlite_api::sqlite3_extended_errcode(handle());
    return StatusOf(code == SQLITE_OK ? SQLITE_ERROR : code, error.get_error_message(), text);
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError("out of memory");
  } catch (const std::exception& error) {
    return absl::InternalError(
        fmt::format("unexpected {}; in {}", typeid(error).name(), FirstWords(text)));
  }
}

absl::Status Connection::StatusOf(int code, std::string_view message, std::string_view text) const {
  const std::string full = fmt::format("{}; in {}", Printable(message), FirstWords(text));
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return WithRetryAfter(WithReason(absl::UnavailableError(full), "DATABASE_BUSY"),
                            kBusyRetryDelay);
    case SQLITE_FULL:
      return WithRetryAfter(WithReason(absl::ResourceExhaustedError(full), "DISK_FULL"),
                            kDiskRetryDelay);
    case SQLITE_NOMEM:
      return absl::ResourceExhaustedError(full);
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
      return WithRetryAfter(WithReason(absl::UnavailableError(full), "DISK_ERROR"),
                            kDiskRetryDelay);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return WithReason(absl::DataLossError(full), "DATABASE_DAMAGED");
    case SQLITE_CONSTRAINT:
      if (code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY) {
        return absl::AlreadyExistsError(full);
      }
      return absl::FailedPreconditionError(full);
    default:
      return absl::InternalError(full);
  }
}

std::string_view Connection::NowMicrosSql() {
  return "SELECT CAST((julianday('now') - 2440587.5) * 86400000.0 + 0.5 AS INTEGER) * 1000";
}

}  // namespace valueloop::sql
