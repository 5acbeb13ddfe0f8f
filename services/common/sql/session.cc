#include "common/sql/session.h"

#include <fmt/format.h>

#include <cmath>

#include "common/sql/connection.h"
#include "common/sql/sql_text.h"
#include "common/status.h"

namespace valueloop::sql {
namespace {

// NaN would silently become NULL in one database and stay NaN in another.
absl::Status RefuseNan(std::string_view sql, std::span<const Parameter> parameters) {
  for (size_t i = 0; i < parameters.size(); ++i) {
    if (parameters[i].kind() == ValueKind::kReal && std::isnan(parameters[i].real())) {
      return absl::InternalError(fmt::format("parameter {}: got NaN, want a number or NULL; in {}",
                                             i + 1, FirstWords(sql)));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckNulls(std::string_view sql, const Cell* cells, std::span<const bool> nullable) {
  for (size_t i = 0; i < nullable.size(); ++i) {
    if (cells[i].null && !nullable[i]) {
      return absl::InternalError(
          fmt::format("column {}: got NULL, want a value; in {}", i + 1, FirstWords(sql)));
    }
  }
  return absl::OkStatus();
}

// Marks a statement as in use, so that a row function may run the same text again.
class BusyMark {
 public:
  explicit BusyMark(Statement& statement) : statement_(statement) { statement_.busy = true; }
  ~BusyMark() { statement_.busy = false; }
  BusyMark(const BusyMark&) = delete;
  BusyMark& operator=(const BusyMark&) = delete;

 private:
  Statement& statement_;
};

}  // namespace

Session::Session(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}
Session::~Session() = default;

absl::StatusOr<int64_t> Session::Execute(std::string_view sql,
                                         std::initializer_list<Parameter> parameters) {
  return RunExecute(sql, {parameters.begin(), parameters.size()});
}

absl::StatusOr<int64_t> Session::Execute(std::string_view sql, const Parameters& parameters) {
  return RunExecute(sql, parameters);
}

absl::StatusOr<int64_t> Session::RunExecute(std::string_view sql,
                                            std::span<const Parameter> parameters) {
  VL_RETURN_IF_ERROR(RefuseNan(sql, parameters));
  VL_ASSIGN_OR_RETURN(Statement* const statement, connection_->Prepare(sql, parameters, {}));
  try {
    statement->Bind(parameters);
    if (statement->Execute()) {
      connection_->Drop(statement);
      return absl::InternalError(fmt::format("rows: got one, want none; in {}", FirstWords(sql)));
    }
    return statement->AffectedRows();
  } catch (...) {
    absl::Status status = connection_->CurrentException(sql);
    connection_->Drop(statement);
    return status;
  }
}

absl::Status Session::RunQuery(std::string_view sql, std::span<const Parameter> parameters,
                               std::span<const ValueKind> kinds, std::span<const bool> nullable,
                               OnCells on_cells) {
  VL_RETURN_IF_ERROR(RefuseNan(sql, parameters));
  VL_ASSIGN_OR_RETURN(Statement* const statement, connection_->Prepare(sql, parameters, kinds));
  absl::Status status;
  bool in_row_function = false;
  try {
    const BusyMark mark(*statement);
    statement->Bind(parameters);
    for (bool has_row = statement->Execute(); has_row; has_row = statement->Fetch()) {
      status = CheckNulls(sql, statement->cells(), nullable);
      in_row_function = true;
      if (status.ok()) status = on_cells(statement->cells());
      in_row_function = false;
      if (!status.ok()) break;
    }
  } catch (...) {
    if (in_row_function) {
      connection_->Drop(statement);
      throw;  // The row function's own; Writer and ReaderPool make a Status of it.
    }
    status = connection_->CurrentException(sql);
  }
  if (!status.ok()) connection_->Drop(statement);
  return status;
}

absl::Status Session::SecondRow(std::string_view sql) {
  return absl::InternalError(
      fmt::format("rows: got two, want at most one; in {}", FirstWords(sql)));
}

absl::StatusOr<int64_t> Session::NowMicros() {
  VL_ASSIGN_OR_RETURN(const std::optional<int64_t> now,
                      QueryValue<int64_t>(Connection::NowMicrosSql()));
  return now.value_or(0);
}

absl::Status Session::BeginWrite() { return Execute("BEGIN IMMEDIATE").status(); }
absl::Status Session::BeginRead() { return Execute("BEGIN").status(); }
absl::Status Session::Commit() { return Execute("COMMIT").status(); }

void Session::Rollback() {
  after_commit_.clear();
  // The database may have rolled back by itself (disk full, I/O error); then there is nothing to
  // do.
  if (InTransaction()) Execute("ROLLBACK").IgnoreError();
}

bool Session::InTransaction() const { return connection_->InTransaction(); }

}  // namespace valueloop::sql
