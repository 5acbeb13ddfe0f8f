// Tables for a terminal, with columns that stay aligned when they hold Chinese.
#ifndef VALUELOOP_CLI_TABLE_H_
#define VALUELOOP_CLI_TABLE_H_

#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace valueloop::cli {

// How many terminal cells `text` (UTF-8) takes: 2 for East Asian wide characters, 0 for combining
// ones, 1 for the rest; a byte that is not UTF-8 counts 1.
int DisplayWidth(std::string_view text);

// As much of `text` as fits into `cells`, with "…" at the end if something was cut.
std::string FitWidth(std::string_view text, int cells);

class Table {
 public:
  enum class Align { kLeft, kRight };
  struct Column {
    std::string title;
    Align align = Align::kLeft;
  };

  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // Missing cells are empty, cells too many are dropped.
  void AddRow(std::vector<std::string> cells);
  bool empty() const { return rows_.empty(); }

  // Titles in bold when `color`. Control characters in cells are printed as '?', so that data
  // cannot garble the terminal.
  void Print(std::ostream& out, bool color) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// A number for people: thousands separated, `decimals` places; "-" if unset.
std::string Number(std::optional<double> value, int decimals = 2);
std::string Count(int64_t value);
// "12.00 .. 34.50", the ends as Number prints them.
std::string IntervalText(double low, double high, int decimals = 2);

}  // namespace valueloop::cli

#endif  // VALUELOOP_CLI_TABLE_H_
