// Values that travel between C++ and a database: what is bound in a statement's place and what a
// column of its result holds. Three types are portable between the databases we support: 64-bit
// integers (times as UTC micros, booleans as 0 and 1), doubles and UTF-8 text; each may be NULL.
#ifndef VALUELOOP_COMMON_SQL_PARAMETER_H_
#define VALUELOOP_COMMON_SQL_PARAMETER_H_

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace valueloop::sql {

enum class ValueKind : unsigned char { kInteger, kReal, kText };

// Integers that fit into BIGINT whatever their value. A size_t needs a cast by whoever knows its
// range.
template <typename T>
concept FitsBigint =
    std::integral<T> && !std::same_as<T, char> && (sizeof(T) < 8 || std::is_signed_v<T>);

// One bound value. Text is referred to, not copied: a Parameter lives for one call only.
class Parameter {
 public:
  template <FitsBigint T>
  Parameter(T value) : kind_(ValueKind::kInteger), integer_(value) {}  // NOLINT: converts by intent
  Parameter(double value) : kind_(ValueKind::kReal), real_(value) {}   // NOLINT
  Parameter(std::string_view value) : kind_(ValueKind::kText), text_(value) {}    // NOLINT
  Parameter(const std::string& value) : kind_(ValueKind::kText), text_(value) {}  // NOLINT
  Parameter(const char* value) : kind_(ValueKind::kText), text_(value) {}         // NOLINT
  template <typename T>
  Parameter(const std::optional<T>& value)  // NOLINT: nullopt is NULL
      : Parameter(value.has_value() ? Parameter(*value) : Null(Parameter(T()).kind())) {}

  static Parameter Null(ValueKind kind) {
    Parameter parameter(0);
    parameter.kind_ = kind;
    parameter.null_ = true;
    return parameter;
  }

  ValueKind kind() const { return kind_; }
  bool is_null() const { return null_; }
  int64_t integer() const { return integer_; }
  double real() const { return real_; }
  std::string_view text() const { return text_; }

 private:
  ValueKind kind_;
  bool null_ = false;
  int64_t integer_ = 0;
  double real_ = 0;
  std::string_view text_;
};

// For a number of parameters known at run time only; see Placeholders in sql_text.h.
using Parameters = std::vector<Parameter>;

// One column of one row; valid inside the row function only.
struct Cell {
  bool null = true;
  long long integer = 0;  // long long and not int64_t: the type SOCI exchanges.
  double real = 0;
  std::string text;
};

// How a C++ type reads a cell. The types a row function may take are exactly these.
template <typename T>
struct ColumnOf;  // Not defined: take int64_t, double, bool, std::string, std::string_view or
                  // optional.
template <>
struct ColumnOf<int64_t> {
  static constexpr ValueKind kKind = ValueKind::kInteger;
  static constexpr bool kNullable = false;
  static int64_t Get(const Cell& cell) { return cell.integer; }
};
template <>
struct ColumnOf<bool> {
  static constexpr ValueKind kKind = ValueKind::kInteger;
  static constexpr bool kNullable = false;
  static bool Get(const Cell& cell) { return cell.integer != 0; }
};
template <>
struct ColumnOf<double> {
  static constexpr ValueKind kKind = ValueKind::kReal;
  static constexpr bool kNullable = false;
  static double Get(const Cell& cell) { return cell.real; }
};
template <>
struct ColumnOf<std::string> {
  static constexpr ValueKind kKind = ValueKind::kText;
  static constexpr bool kNullable = false;
  static const std::string& Get(const Cell& cell) { return cell.text; }
};
template <>
struct ColumnOf<std::string_view> {
  static constexpr ValueKind kKind = ValueKind::kText;
  static constexpr bool kNullable = false;
  static std::string_view Get(const Cell& cell) { return cell.text; }
};
template <typename T>
struct ColumnOf<std::optional<T>> {
  static constexpr ValueKind kKind = ColumnOf<T>::kKind;
  static constexpr bool kNullable = true;
  static std::optional<T> Get(const Cell& cell) {
    if (cell.null) return std::nullopt;
    return T(ColumnOf<T>::Get(cell));
  }
};

}  // namespace valueloop::sql

#endif  // VALUELOOP_COMMON_SQL_PARAMETER_H_
