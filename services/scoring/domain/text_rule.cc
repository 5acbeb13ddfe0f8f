#include "scoring/domain/text_rule.h"

#include <cstdint>

#include "common/status.h"
#include "fmt/format.h"

namespace valueloop::scoring {
namespace {

// Reads one character from the front of `text` and removes it; -1 if the bytes are not UTF-8.
int32_t TakeCharacter(std::string_view& text) {
  const auto first = static_cast<uint8_t>(text.front());
  text.remove_prefix(1);
  if (first < 0x80) return first;
  const int more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1;
  if (first < 0xC2 || first > 0xF4 || text.size() < static_cast<size_t>(more)) return -1;
  int32_t character = first & (0x3F >> more);
  for (int i = 0; i < more; ++i) {
    const auto next = static_cast<uint8_t>(text[static_cast<size_t>(i)]);
    if ((next >> 6) != 0x2) return -1;
    character = (character << 6) | (next & 0x3F);
  }
  text.remove_prefix(static_cast<size_t>(more));
  const bool overlong = (more == 2 && character < 0x800) || (more == 3 && character < 0x10000);
  const bool surrogate = character >= 0xD800 && character <= 0xDFFF;
  return overlong || surrogate || character > 0x10FFFF ? -1 : character;
}

}  // namespace

absl::Status ValidateText(std::string_view field, std::string_view text, size_t max_bytes) {
  if (text.size() > max_bytes) {
    return InvalidField(field, fmt::format("{} bytes", text.size()),
                        fmt::format("at most {} bytes", max_bytes));
  }
  std::string_view rest = text;
  while (!rest.empty()) {
    const int32_t character = TakeCharacter(rest);
    if (character < 0) return InvalidField(field, text, "valid UTF-8");
    if (character < 0x20 || (character >= 0x7F && character <= 0x9F)) {
      return InvalidField(field, text, "no control characters");
    }
  }
  return absl::OkStatus();
}

}  // namespace valueloop::scoring
