// Lines of a text of any size, one at a time, none longer than a bound.
#ifndef VALUELOOP_CLI_LINE_READER_H_
#define VALUELOOP_CLI_LINE_READER_H_

#include <cstdint>
#include <deque>
#include <istream>
#include <string>

#include "absl/status/status.h"

namespace valueloop::cli {

struct Line {
  int64_t number = 0;     // From 1.
  std::string text;       // Without the line end, LF or CRLF, and a byte order mark on line 1.
  bool too_long = false;  // `text` holds the first bytes only.
};

class LineReader {
 public:
  static constexpr size_t kMaxLineBytes = 1 << 20;

  explicit LineReader(std::istream& in) : in_(in) {}

  // False at the end.
  bool Next(Line& line);
  // Makes `line` the next one again.
  void PushBack(Line line) { pushed_back_.push_front(std::move(line)); }
  int64_t bytes_read() const { return bytes_read_; }

 private:
  std::istream& in_;
  std::deque<Line> pushed_back_;
  int64_t number_ = 0;
  int64_t bytes_read_ = 0;
};

// InvalidArgument if the line is too long, is not valid UTF-8 or contains NUL.
absl::Status CheckLine(const Line& line);

}  // namespace valueloop::cli

#endif  // VALUELOOP_CLI_LINE_READER_H_
