#include "common/sql/sql_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "absl/status/status.h"
#include "common/status.h"

namespace valueloop::sql {
namespace {

constexpr size_t kFirstWordsBytes = 60;

bool IsBlank(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }
bool IsNameByte(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// The end of the quoted text, identifier or comment that begins at `begin`; `begin` itself if none
// does; npos if it is not closed.
size_t SkipQuoted(std::string_view text, size_t begin) {
  const char c = text[begin];
  if (c == '\'' || c == '"') {
    // A doubled quote inside is two quoted texts in a row for this purpose.
    const size_t end = text.find(c, begin + 1);
    return end == std::string_view::npos ? end : end + 1;
  }
  if (text.substr(begin, 2) == "--") return std::min(text.find('\n', begin), text.size());
  if (text.substr(begin, 2) == "/*") {
    const size_t end = text.find("*/", begin + 2);
    return end == std::string_view::npos ? end : end + 2;
  }
  return begin;
}

absl::Status NotClosed(std::string_view text, size_t begin) {
  return absl::InvalidArgumentError(
      fmt::format("SQL: got a quote or comment that is not closed, at line {}; in {}",
                  1 + std::count(text.begin(), text.begin() + static_cast<ptrdiff_t>(begin), '\n'),
                  FirstWords(text)));
}

}  // namespace

absl::StatusOr<std::vector<std::string>> SplitStatements(std::string_view script) {
  std::vector<std::string> statements;
  std::string current;
  for (size_t i = 0; i < script.size();) {
    const size_t end = SkipQuoted(script, i);
    if (end == std::string_view::npos) return NotClosed(script, i);
    if (end > i) {
      const bool is_comment = script[i] == '-' || script[i] == '/';
      if (!is_comment) current += script.substr(i, end - i);
      i = end;
    } else if (script[i] == ';') {
      while (!current.empty() && IsBlank(current.back())) current.pop_back();
      if (!current.empty()) statements.push_back(std::move(current));
      current.clear();
      ++i;
    } else {
      if (!current.empty() || !IsBlank(script[i])) current += script[i];
      ++i;
    }
  }
  if (!current.empty()) {
    return absl::InvalidArgumentError(
        fmt::format("SQL: got text after the last ';', want none: {}", FirstWords(current)));
  }
  return statements;
}

absl::StatusOr<int> CountPlaceholders(std::string_view statement) {
  std::vector<std::string_view> names;
  for (size_t i = 0; i < statement.size();) {
    const size_t end = SkipQuoted(statement, i);
    if (end == std::string_view::npos) return NotClosed(statement, i);
    if (end > i) {
      i = end;
      continue;
    }
    const char c = statement[i];
    if (c == '?' || c == '$' || c == '@') {
      return absl::InvalidArgumentError(
          fmt::format("placeholder: got {}, want :name; in {}", c, FirstWords(statement)));
    }
    if (c != ':') {
      ++i;
      continue;
    }
    size_t name_end = i + 1;
    while (name_end < statement.size() && IsNameByte(statement[name_end])) ++name_end;
    const std::string_view name = statement.substr(i, name_end - i);
    if (name.size() < 2) {
      return absl::InvalidArgumentError(
          fmt::format("placeholder: got no name after ':'; in {}", FirstWords(statement)));
    }
    names.push_back(name);
    i = name_end;
  }
  const size_t count = names.size();
  std::ranges::sort(names);
  if (const auto twice = std::ranges::adjacent_find(names); twice != names.end()) {
    return absl::InvalidArgumentError(fmt::format(
        "placeholder {}: got two, want each name once; in {}", *twice, FirstWords(statement)));
  }
  return static_cast<int>(count);
}

std::string Placeholders(std::string_view name, int count) {
  std::string text;
  for (int i = 0; i < count; ++i)
    fmt::format_to(std::back_inserter(text), "{}:{}{}", i == 0 ? "" : ", ", name, i);
  return text;
}

std::string FirstWords(std::string_view statement) {
  std::string words;
  for (const char c : statement) {
    if (words.size() >= kFirstWordsBytes) break;
    if (IsBlank(c)) {
      if (!words.empty() && words.back() != ' ') words += ' ';
    } else if (c == '\'') {
      break;  // A literal is as good as a value.
    } else if (c > ' ' && c < 0x7f) {
      words += c;
    }
  }
  while (!words.empty() && words.back() == ' ') words.pop_back();
  return words;
}

}  // namespace valueloop::sql
