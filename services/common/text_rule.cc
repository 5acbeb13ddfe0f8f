#include "common/text_rule.h"

#include <cstdint>

#include "common/status.h"
#include "common/utf8.h"
#include "fmt/format.h"

namespace valueloop {

bool IsControl(std::string_view character) {
  const auto first = static_cast<uint8_t>(character[0]);
  if (character.size() == 1) return first < 0x20 || first == 0x7F;
  // C1: U+0080 to U+009F.
  return character.size() == 2 && first == 0xC2 && static_cast<uint8_t>(character[1]) < 0xA0;
}

absl::Status ValidateText(std::string_view field, std::string_view text, size_t max_bytes) {
  if (text.size() > max_bytes) {
    return InvalidField(field, fmt::format("{} bytes", text.size()),
                        fmt::format("at most {} bytes", max_bytes));
  }
  // Most text begins with printable ASCII, of which there is nothing to check.
  size_t plain = 0;
  while (plain < text.size() && text[plain] >= 0x20 && text[plain] < 0x7F) ++plain;
  for (std::string_view rest = text.substr(plain); !rest.empty();) {
    const size_t length = Utf8SequenceLength(rest);
    if (length == 0) return InvalidField(field, text, "valid UTF-8");
    if (IsControl(rest.substr(0, length)))
      return InvalidField(field, text, "no control characters");
    rest.remove_prefix(length);
  }
  return absl::OkStatus();
}

}  // namespace valueloop
