#include "cli/rejects.h"

#include <cstdio>
#include <cstdlib>

#include "cli/context.h"
#include "cli/csv.h"
#include "cli/output.h"
#include "common/utf8.h"
#include "fmt/format.h"

namespace valueloop::cli {
namespace {

// A JSON string with its quotes. Bytes that are not UTF-8 become '?', since JSON cannot hold them.
std::string JsonString(const std::string& text) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string json = "\"";
  const bool utf8 = IsValidUtf8(text);
  for (const char c : text) {
    const auto byte = static_cast<uint8_t>(c);
    if (c == '"' || c == '\\') {
      json += '\\';
      json += c;
    } else if (byte < 0x20) {
      json += fmt::format("\\u00{}{}", kDigits[byte >> 4], kDigits[byte & 15]);
    } else {
      json += byte >= 0x80 && !utf8 ? '?' : c;
    }
  }
  return json + '"';
}

}  // namespace

RejectWriter::RejectWriter(std::string path, Format format, bool resume)
    : path_(std::move(path)), format_(format), resume_(resume) {
  if (!resume) {
    std::remove(path_.c_str());
    return;
  }
  std::ifstream old(path_, std::ios::binary);
  LineReader lines(old);
  Line line;
  while (old && lines.Next(line)) {
    const size_t digits = format == Format::kNdjson ? std::string("{\"line\":").size() : 0;
    if (line.text.size() <= digits) continue;
    const int64_t number = std::strtoll(line.text.c_str() + digits, nullptr, 10);
    if (number > 0) known_lines_.insert(number);
  }
}

absl::Status RejectWriter::Write(const Reject& reject) {
  ++count_;
  if (known_lines_.count(reject.line) > 0) return absl::OkStatus();
  if (!file_.is_open()) {
    file_.open(path_, std::ios::binary | (resume_ ? std::ios::app : std::ios::trunc));
    if (format_ == Format::kCsv && known_lines_.empty()) file_ << "line,reason,row\n";
  }
  if (format_ == Format::kCsv) {
    file_ << CsvLine({fmt::format("{}", reject.line), reject.reason, reject.raw});
  } else {
    file_ << fmt::format("{{\"line\":{},\"reason\":{},\"row\":{}}}\n", reject.line,
                         JsonString(reject.reason), JsonString(reject.raw));
  }
  return file_ ? absl::OkStatus() : Flush();
}

absl::Status RejectWriter::Flush() {
  if (!file_.is_open() && count_ == 0) return absl::OkStatus();
  if (file_.is_open()) file_.flush();
  if (!file_) {
    return FileError(path_, "cannot be written; name another file with --rejects");
  }
  return absl::OkStatus();
}

}  // namespace valueloop::cli
