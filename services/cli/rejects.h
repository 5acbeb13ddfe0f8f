// The file beside an input that keeps its rejected rows, with line and reason.
#ifndef VALUELOOP_CLI_REJECTS_H_
#define VALUELOOP_CLI_REJECTS_H_

#include <cstdint>
#include <fstream>
#include <set>
#include <string>

#include "absl/status/status.h"

namespace valueloop::cli {

struct Reject {
  int64_t line = 0;
  std::string reason;
  std::string raw;
};

// Made when the first row is rejected; an older file of that name is removed, or, when an import is
// resumed, continued without repeating lines.
class RejectWriter {
 public:
  enum class Format { kCsv, kNdjson };

  RejectWriter(std::string path, Format format, bool resume);

  // NotFound with reason FILE if the file cannot be written.
  absl::Status Write(const Reject& reject);
  absl::Status Flush();

  const std::string& path() const { return path_; }
  int64_t count() const { return count_; }

 private:
  const std::string path_;
  const Format format_;
  const bool resume_;
  std::set<int64_t> known_lines_;  // In the file since before.
  std::ofstream file_;
  int64_t count_ = 0;
};

}  // namespace valueloop::cli

#endif  // VALUELOOP_CLI_REJECTS_H_
