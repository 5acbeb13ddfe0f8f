// CSV as RFC 4180 says, read so that one bad row costs one row.
#ifndef VALUELOOP_CLI_CSV_H_
#define VALUELOOP_CLI_CSV_H_

#include <cstdint>
#include <istream>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "cli/line_reader.h"

namespace valueloop::cli {

struct CsvRecord {
  int64_t line = 0;  // Its first line, from 1.
  std::string raw;   // As it stands in the file.
  std::vector<std::string> cells;
  absl::Status status;  // Not OK: what is wrong with it; `cells` is empty.
};

class CsvReader {
 public:
  static constexpr size_t kMaxCellBytes = 64 << 10;
  static constexpr size_t kMaxRecordBytes = 1 << 20;

  explicit CsvReader(std::istream& in) : lines_(in) {}

  // Reads the next record; blank lines are skipped. False at the end. A quote that is never closed
  // spoils only the line it is on: the next record begins on the next line.
  bool Next(CsvRecord& record);

  int64_t bytes_read() const { return lines_.bytes_read(); }

 private:
  LineReader lines_;
};

// Splits one record. FailedPrecondition if it ends inside quotes (more lines may complete it),
// InvalidArgument if it is malformed.
absl::Status SplitCsv(std::string_view record, std::vector<std::string>& cells);

}  // namespace valueloop::cli

#endif  // VALUELOOP_CLI_CSV_H_
