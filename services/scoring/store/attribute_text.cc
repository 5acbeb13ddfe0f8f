#include "scoring/store/attribute_text.h"

#include <charconv>

#include "fmt/format.h"

namespace valueloop::scoring {
namespace {

std::string Escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '%' || c == '\n' || c == '\r') {
      out += fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    } else {
      out += c;
    }
  }
  return out;
}

std::string Unescape(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    unsigned byte = 0;
    if (text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(text.data() + i + 1, text.data() + i + 3, byte, 16).ec == std::errc()) {
      out += static_cast<char>(byte);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace

std::string EncodeAttributes(const CustomerSummary& summary, absl::CivilDay as_of) {
  std::string out;
  for (const auto& [name, value] : AttributesAsOf(summary, as_of)) {
    const std::string key = Escape(name);
    if (const auto* text = std::get_if<std::string>(value)) {
      out += fmt::format("{} t {}\n", key, Escape(*text));
    } else if (const auto* number = std::get_if<double>(value)) {
      out += fmt::format("{} n {}\n", key, *number);
    } else if (const auto* flag = std::get_if<bool>(value)) {
      out += fmt::format("{} b {}\n", key, *flag);
    }
  }
  return out;
}

std::optional<AttributeValue> FindAttribute(std::string_view attributes, std::string_view name) {
  while (!attributes.empty()) {
    const size_t end = attributes.find('\n');
    std::string_view line = attributes.substr(0, end);
    attributes.remove_prefix(end == std::string_view::npos ? attributes.size() : end + 1);
    // Names have no spaces (ValidateAttributeName).
    if (!line.starts_with(name) || line.size() < name.size() + 3 || line[name.size()] != ' ') {
      continue;
    }
    const char kind = line[name.size() + 1];
    line.remove_prefix(name.size() + 3);
    if (kind == 't') return AttributeValue(Unescape(line));
    if (kind == 'b') return AttributeValue(line == "true");
    double number = 0;
    if (std::from_chars(line.data(), line.data() + line.size(), number).ec == std::errc()) {
      return AttributeValue(number);
    }
  }
  return std::nullopt;
}

}  // namespace valueloop::scoring
