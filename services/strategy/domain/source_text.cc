#include "strategy/domain/source_text.h"

#include <cstddef>
#include <cstdint>
#include <string>

#include "fmt/format.h"
#include "strategy/domain/source.h"

namespace valueloop::strategy {
namespace {

// The length of the UTF-8 sequence that starts `text`, 0 if it is not valid: a stray or missing
// continuation byte, an overlong form, a surrogate, or a code point above U+10FFFF.
size_t SequenceLength(std::string_view text) {
  const auto byte = [&text](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t first = byte(0);
  if (first < 0x80) return 1;
  size_t length = 0;
  uint8_t low = 0x80;
  uint8_t high = 0xBF;
  if (first >= 0xC2 && first <= 0xDF) {
    length = 2;
  } else if (first >= 0xE0 && first <= 0xEF) {
    length = 3;
    if (first == 0xE0) low = 0xA0;
    if (first == 0xED) high = 0x9F;
  } else if (first >= 0xF0 && first <= 0xF4) {
    length = 4;
    if (first == 0xF0) low = 0x90;
    if (first == 0xF4) high = 0x8F;
  } else {
    return 0;
  }
  if (text.size() < length) return 0;
  if (byte(1) < low || byte(1) > high) return 0;
  for (size_t i = 2; i < length; ++i) {
    if (byte(i) < 0x80 || byte(i) > 0xBF) return 0;
  }
  return length;
}

bool IsControl(uint8_t byte) {
  return (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') || byte == 0x7F;
}

// True if the text from a tab in an indentation on holds something on that line.
bool LineHasContent(std::string_view rest) {
  const size_t i = rest.find_first_not_of(" \t");
  return i != std::string_view::npos && rest[i] != '\n' && rest[i] != '\r' && rest[i] != '#';
}

}  // namespace

bool CheckSourceText(std::string_view text, Findings& findings) {
  const auto refuse = [&findings](Place place, std::string expected, std::string actual) {
    findings.Add(Code::kSourceInvalid, {}, place, std::move(expected), std::move(actual));
    return false;
  };
  if (text.size() > kMaxSourceBytes) {
    return refuse({}, fmt::format("at most {} bytes", kMaxSourceBytes),
                  fmt::format("{} bytes", text.size()));
  }
  Place place{.line = 1, .column = 1};
  bool indenting = true;
  for (size_t i = 0; i < text.size();) {
    const auto byte = static_cast<uint8_t>(text[i]);
    const size_t length = SequenceLength(text.substr(i));
    if (length == 0) return refuse(place, "valid UTF-8", fmt::format("byte 0x{:02X}", byte));
    if (IsControl(byte)) {
      return refuse(place, "no control characters", fmt::format("byte 0x{:02X}", byte));
    }
    if (byte == '\t' && indenting && LineHasContent(text.substr(i))) {
      return refuse(place, "spaces in the indentation", "a tab");
    }
    if (byte == '\n') {
      place = {.line = place.line + 1, .column = 1};
      indenting = true;
    } else {
      place.column += static_cast<int>(length);
      indenting = indenting && (byte == ' ' || byte == '\t');
    }
    i += length;
  }
  return true;
}

}  // namespace valueloop::strategy
