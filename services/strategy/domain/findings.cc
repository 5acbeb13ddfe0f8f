#include "strategy/domain/findings.h"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "fmt/format.h"
#include "fmt/ranges.h"

namespace valueloop::strategy {
namespace {

constexpr auto kCodes = std::to_array<CodeInfo>({
#define VL_CODE(enumerator, name, severity, zh, en, hint_zh, hint_en) \
  CodeInfo{Code::enumerator, name, Severity::severity, zh, en, hint_zh, hint_en},
#include "strategy/domain/finding_codes.inc"
#undef VL_CODE
});

}  // namespace

std::span<const CodeInfo> AllCodes() { return kCodes; }

const CodeInfo& InfoOf(Code code) { return kCodes[static_cast<size_t>(code)]; }

std::optional<Code> CodeOfName(std::string_view name) {
  for (const CodeInfo& info : kCodes) {
    if (info.name == name) return info.code;
  }
  return std::nullopt;
}

std::string Format(const Finding& finding) {
  return fmt::format("{}:{}:{}: {}{}{}: got {}, want {}", finding.file, finding.place.line,
                     finding.place.column, InfoOf(finding.code).name,
                     finding.subjects.empty() ? "" : " ", fmt::join(finding.subjects, ","),
                     finding.actual, finding.expected);
}

std::string Message(const Finding& finding, Language language) {
  const std::string_view text = InfoOf(finding.code).Text(language);
  const std::string subjects = fmt::format("{}", fmt::join(finding.subjects, ", "));
  if (language == Language::kChinese) {
    return fmt::format("{}{}：实际 {}，应为 {}", text,
                       subjects.empty() ? "" : fmt::format("（{}）", subjects), finding.actual,
                       finding.expected);
  }
  return fmt::format("{}{}: got {}, want {}", text,
                     subjects.empty() ? "" : fmt::format(" ({})", subjects), finding.actual,
                     finding.expected);
}

void Findings::Add(Code code, std::vector<std::string> subjects, Place place, std::string expected,
                   std::string actual) {
  std::erase(subjects, "");  // The id of an object whose id is wrong.
  findings_.push_back(Finding{.code = code,
                              .subjects = std::move(subjects),
                              .file = {},
                              .place = place,
                              .expected = std::move(expected),
                              .actual = std::move(actual)});
}

bool Findings::HasErrors() const {
  return std::any_of(findings_.begin(), findings_.end(),
                     [](const Finding& finding) { return finding.severity() == Severity::kError; });
}

std::vector<Finding> Findings::Take(std::string_view file) && {
  for (Finding& finding : findings_) finding.file = file;
  const auto key = [](const Finding& finding) {
    return std::tie(finding.code, finding.subjects, finding.place.line, finding.place.column,
                    finding.expected, finding.actual);
  };
  std::stable_sort(findings_.begin(), findings_.end(),
                   [&key](const Finding& a, const Finding& b) { return key(a) < key(b); });
  return std::move(findings_);
}

std::string Number(double value) { return fmt::format("{:.10g}", value); }

}  // namespace valueloop::strategy
