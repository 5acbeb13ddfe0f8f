// A connection and its prepared statements. Internal to this folder: the only place, with its .cc
// files, where SOCI and the databases behind it are known.
#ifndef VALUELOOP_COMMON_SQL_CONNECTION_H_
#define VALUELOOP_COMMON_SQL_CONNECTION_H_

#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>  // Before anything that includes <sqlite3.h>.

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/sql/parameter.h"

namespace valueloop::sql {

// A prepared statement with room for its parameters and one row of its result.
class Statement {
 public:
  // Throws what SOCI throws.
  Statement(soci::session& session, const std::string& text, std::span<const Parameter> parameters,
            std::span<const ValueKind> columns);

  // Whether it can take these parameters and yield these columns.
  bool Fits(std::span<const Parameter> parameters, std::span<const ValueKind> columns) const;

  void Bind(std::span<const Parameter> parameters);
  bool Execute();  // Returns whether there is a (first) row, now in cells().
  bool Fetch();    // The next one.
  int64_t AffectedRows() { return statement_.get_affected_rows(); }
  const Cell* cells() const { return cells_.data(); }

  bool busy = false;  // A row function of its own query is running.

 private:
  struct Slot {
    ValueKind kind = ValueKind::kInteger;
    soci::indicator indicator = soci::i_ok;
    long long integer = 0;
    double real = 0;
    std::string text;
  };
  void ReadIndicators();

  std::vector<Slot>
      slots_;  // Never resized once bound: SOCI holds their addresses, as of the next two.
  std::vector<Cell> cells_;
  std::vector<soci::indicator> indicators_;
  std::vector<ValueKind> columns_;
  soci::statement statement_;
};

class Connection {
 public:
  // Opens an SQLite file that exists. A read-only connection refuses to write.
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const std::string& path, bool read_only,
                                                          absl::Duration busy_timeout);

  // A statement for `text` that is not busy, from the cache if there; it stays owned by this.
  absl::StatusOr<Statement*> Prepare(std::string_view text, std::span<const Parameter> parameters,
                                     std::span<const ValueKind> columns);
  // Closes a statement that failed or was not read to its end: a half-read one would keep its
  // snapshot.
  void Drop(const Statement* statement);

  // Runs text without parameters, rows dropped.
  absl::Status RunText(const char* text);
  // The first column of the first row, for pragmas.
  absl::StatusOr<std::string> TextOf(const char* text);
  bool InTransaction() const;

  // Inside a catch clause: the exception as a Status about `text`.
  absl::Status CurrentException(std::string_view text) const;

  // The clock of this kind of database, as a SELECT of one BIGINT.
  static std::string_view NowMicrosSql();

 private:
  static constexpr size_t kStatementLimit = 400;

  struct TextHash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  absl::Status StatusOf(int code, std::string_view message, std::string_view text) const;
  sqlite_api::sqlite3* handle() const;

  mutable soci::session session_;  // Before the statements, which refer to it.
  std::unordered_map<std::string, std::vector<std::unique_ptr<Statement>>, TextHash,
                     std::equal_to<>>
      statements_;
  size_t statement_count_ = 0;
};

}  // namespace valueloop::sql

#endif  // VALUELOOP_COMMON_SQL_CONNECTION_H_
