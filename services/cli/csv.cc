#include "cli/csv.h"

#include "common/status.h"
#include "fmt/format.h"

namespace valueloop::cli {

absl::Status SplitCsv(std::string_view record, std::vector<std::string>& cells) {
  cells.clear();
  size_t at = 0;
  while (true) {
    std::string cell;
    if (at < record.size() && record[at] == '"') {
      ++at;
      while (true) {
        const size_t quote = record.find('"', at);
        if (quote == std::string_view::npos) {
          return absl::FailedPreconditionError(
              fmt::format("column {}: got a quote that is never closed", cells.size() + 1));
        }
        cell += record.substr(at, quote - at);
        at = quote + 1;
        if (at >= record.size() || record[at] != '"') break;
        cell += '"';
        ++at;
      }
      if (at < record.size() && record[at] != ',') {
        return absl::InvalidArgumentError(fmt::format(
            "column {}: got text after a closing quote, want a comma", cells.size() + 1));
      }
    } else {
      const size_t comma = std::min(record.find(',', at), record.size());
      cell = record.substr(at, comma - at);
      at = comma;
      if (cell.find('"') != std::string::npos) {
        return absl::InvalidArgumentError(
            fmt::format("column {}: got a quote inside an unquoted cell, want it doubled in quotes",
                        cells.size() + 1));
      }
    }
    if (cell.size() > CsvReader::kMaxCellBytes) {
      return absl::InvalidArgumentError(fmt::format("column {}: got {} bytes, want at most {}",
                                                    cells.size() + 1, cell.size(),
                                                    CsvReader::kMaxCellBytes));
    }
    cells.push_back(std::move(cell));
    if (at >= record.size()) return absl::OkStatus();
    ++at;  // The comma; a record that ends with one has an empty last cell.
  }
}

bool CsvReader::Next(CsvRecord& record) {
  record = CsvRecord{};
  Line line;
  do {
    if (!lines_.Next(line)) return false;
  } while (line.text.empty());
  record.line = line.number;
  record.raw = line.text;
  record.status = CheckLine(line);
  if (!record.status.ok()) return true;
  record.status = SplitCsv(record.raw, record.cells);

  std::vector<Line> more;
  std::string joined = record.raw;
  while (record.status.code() == absl::StatusCode::kFailedPrecondition) {
    Line next;
    const bool usable = joined.size() < kMaxRecordBytes && lines_.Next(next);
    if (!usable || !CheckLine(next).ok()) {
      if (usable) lines_.PushBack(std::move(next));
      break;
    }
    joined += "\n" + next.text;
    more.push_back(std::move(next));
    // Quotes are balanced at the earliest on a line that has one.
    if (more.back().text.find('"') == std::string::npos) continue;
    record.status = SplitCsv(joined, record.cells);
  }
  if (record.status.ok()) {
    record.raw = std::move(joined);
    return true;
  }
  record.status = absl::InvalidArgumentError(MessageOf(record.status));
  record.cells.clear();
  while (!more.empty()) {
    lines_.PushBack(std::move(more.back()));
    more.pop_back();
  }
  return true;
}

}  // namespace valueloop::cli
