#include "cli/line_reader.h"

#include "common/status.h"
#include "common/utf8.h"
#include "fmt/format.h"

namespace valueloop::cli {

bool LineReader::Next(Line& line) {
  if (!pushed_back_.empty()) {
    line = std::move(pushed_back_.front());
    pushed_back_.pop_front();
    return true;
  }
  line = Line{};
  std::streambuf* const buffer = in_.rdbuf();
  int c = buffer->sbumpc();
  if (c == std::char_traits<char>::eof()) return false;
  for (; c != std::char_traits<char>::eof(); c = buffer->sbumpc()) {
    ++bytes_read_;
    if (c == '\n') break;
    if (line.text.size() < kMaxLineBytes) {
      line.text.push_back(static_cast<char>(c));
    } else {
      line.too_long = true;
    }
  }
  line.number = ++number_;
  if (!line.too_long && !line.text.empty() && line.text.back() == '\r') line.text.pop_back();
  if (line.number == 1 && line.text.rfind("\xEF\xBB\xBF", 0) == 0) line.text.erase(0, 3);
  return true;
}

absl::Status CheckLine(const Line& line) {
  if (line.too_long) {
    return absl::InvalidArgumentError(
        fmt::format("line: got more than {} bytes, want fewer", LineReader::kMaxLineBytes));
  }
  if (line.text.find('\0') != std::string::npos) {
    return absl::InvalidArgumentError("line: got a NUL byte, want text");
  }
  if (!IsValidUtf8(line.text)) return InvalidField("line", line.text, "valid UTF-8");
  return absl::OkStatus();
}

}  // namespace valueloop::cli
