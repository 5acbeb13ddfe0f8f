// One connection inside one transaction: what a read or a write command gets to work with.
//
//   VL_ASSIGN_OR_RETURN(const int64_t changed_count,
//       session.Execute("UPDATE customers SET name = :name WHERE workspace = :workspace AND id =
//       :id",
//                       {name, workspace, id}));
//   VL_RETURN_IF_ERROR(session.Query("SELECT id, amount FROM events WHERE workspace = :workspace",
//       {workspace}, [&](std::string_view id, std::optional<int64_t> amount) {
//         total += amount.value_or(0);
//       }));
//   VL_ASSIGN_OR_RETURN(const bool found, session.QueryOne("SELECT a, b FROM t WHERE id = :id",
//   {id},
//       [&](int64_t a, const std::string& b) { row = {a, b}; }));
//   VL_ASSIGN_OR_RETURN(const std::optional<int64_t> count,
//       session.QueryValue<int64_t>("SELECT COUNT(*) FROM t"));
//
// Placeholders are `:name`, bound by position, every name once in a statement; a wrong number of
// parameters is refused. Statements are prepared once per connection and kept by their text, so SQL
// is a constant, never joined from values. The types of the columns are those of the row function's
// parameters (see ColumnOf); NULL for a type that is not optional is INTERNAL. A row function
// returns absl::Status, an error ends the query, or nothing.
//
// No exception leaves a Session, except from a row function. Errors: ALREADY_EXISTS (a unique key),
// FAILED_PRECONDITION (another constraint), UNAVAILABLE (busy, I/O error), RESOURCE_EXHAUSTED (disk
// full), DATA_LOSS (damaged file), INTERNAL (wrong SQL); messages name the statement's first words,
// never a value. Not thread-safe.
#ifndef VALUELOOP_COMMON_SQL_SESSION_H_
#define VALUELOOP_COMMON_SQL_SESSION_H_

#include <array>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/sql/parameter.h"

namespace valueloop::sql {

class Connection;

namespace internal {

template <typename F>
struct RowFunction : RowFunction<decltype(&F::operator())> {};
template <typename C, typename R, typename... Columns>
struct RowFunction<R (C::*)(Columns...) const> {
  static constexpr size_t kCount = sizeof...(Columns);
  static constexpr std::array<ValueKind, kCount> kKinds = {
      ColumnOf<std::remove_cvref_t<Columns>>::kKind...};
  static constexpr std::array<bool, kCount> kNullable = {
      ColumnOf<std::remove_cvref_t<Columns>>::kNullable...};

  template <typename F, size_t... I>
  static absl::Status Call(F& function, const Cell* cells, std::index_sequence<I...>) {
    if constexpr (std::is_void_v<R>) {
      function(ColumnOf<std::remove_cvref_t<Columns>>::Get(cells[I])...);
      return absl::OkStatus();
    } else {
      return function(ColumnOf<std::remove_cvref_t<Columns>>::Get(cells[I])...);
    }
  }
};
template <typename C, typename R, typename... Columns>
struct RowFunction<R (C::*)(Columns...)> : RowFunction<R (C::*)(Columns...) const> {};

}  // namespace internal

class Session {
 public:
  explicit Session(std::unique_ptr<Connection> connection);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Runs a statement that returns no rows. Returns how many rows it changed.
  absl::StatusOr<int64_t> Execute(std::string_view sql,
                                  std::initializer_list<Parameter> parameters = {});
  absl::StatusOr<int64_t> Execute(std::string_view sql, const Parameters& parameters);

  // Calls `on_row` for every row, in the order of the result. Statements with RETURNING count.
  template <typename F>
  absl::Status Query(std::string_view sql, std::initializer_list<Parameter> parameters,
                     F&& on_row) {
    return QueryImpl(sql, {parameters.begin(), parameters.size()}, on_row);
  }
  template <typename F>
  absl::Status Query(std::string_view sql, const Parameters& parameters, F&& on_row) {
    return QueryImpl(sql, parameters, on_row);
  }

  // Like Query, for at most one row; says whether there was one. INTERNAL for a second row.
  template <typename F>
  absl::StatusOr<bool> QueryOne(std::string_view sql, std::initializer_list<Parameter> parameters,
                                F&& on_row) {
    return QueryOneImpl(sql, {parameters.begin(), parameters.size()}, on_row);
  }
  template <typename F>
  absl::StatusOr<bool> QueryOne(std::string_view sql, const Parameters& parameters, F&& on_row) {
    return QueryOneImpl(sql, parameters, on_row);
  }

  // The first column of the only row; empty if there is no row. T may be optional itself.
  template <typename T>
  absl::StatusOr<std::optional<T>> QueryValue(std::string_view sql,
                                              std::initializer_list<Parameter> parameters = {}) {
    std::optional<T> value;
    auto take = [&value](const T& column) { value = column; };
    absl::StatusOr<bool> found = QueryOneImpl(sql, {parameters.begin(), parameters.size()}, take);
    if (!found.ok()) return std::move(found).status();
    return value;
  }

  // The database's own clock, UTC micros, at least millisecond resolution. Leases go by it.
  absl::StatusOr<int64_t> NowMicros();

  // Runs `action` once the surrounding write is committed and before its caller is told, on the
  // writer thread: it must be short and must not call the database. Dropped if the write is rolled
  // back. For wake-ups and invalidations.
  void AfterCommit(std::function<void()> action) { after_commit_.push_back(std::move(action)); }

 private:
  friend class Writer;
  friend class ReaderPool;
  friend class SessionPeer;

  using OnCells = absl::FunctionRef<absl::Status(const Cell*)>;

  template <typename F>
  absl::Status QueryImpl(std::string_view sql, std::span<const Parameter> parameters, F& on_row) {
    using Function = internal::RowFunction<std::remove_cvref_t<F>>;
    return RunQuery(
        sql, parameters, Function::kKinds, Function::kNullable, [&on_row](const Cell* cells) {
          return Function::Call(on_row, cells, std::make_index_sequence<Function::kCount>());
        });
  }
  template <typename F>
  absl::StatusOr<bool> QueryOneImpl(std::string_view sql, std::span<const Parameter> parameters,
                                    F& on_row) {
    using Function = internal::RowFunction<std::remove_cvref_t<F>>;
    int row_count = 0;
    absl::Status status = RunQuery(
        sql, parameters, Function::kKinds, Function::kNullable,
        [&](const Cell* cells) -> absl::Status {
          if (++row_count > 1) return SecondRow(sql);
          return Function::Call(on_row, cells, std::make_index_sequence<Function::kCount>());
        });
    if (!status.ok()) return status;
    return row_count == 1;
  }

  absl::StatusOr<int64_t> RunExecute(std::string_view sql, std::span<const Parameter> parameters);
  absl::Status RunQuery(std::string_view sql, std::span<const Parameter> parameters,
                        std::span<const ValueKind> kinds, std::span<const bool> nullable,
                        OnCells on_cells);
  static absl::Status SecondRow(std::string_view sql);

  // Transaction control, for Writer and ReaderPool.
  absl::Status BeginWrite();
  absl::Status BeginRead();
  absl::Status Commit();
  void Rollback();  // Safe to call whatever state the connection is in.
  bool InTransaction() const;

  std::unique_ptr<Connection> connection_;
  std::vector<std::function<void()>> after_commit_;
};

}  // namespace valueloop::sql

#endif  // VALUELOOP_COMMON_SQL_SESSION_H_
