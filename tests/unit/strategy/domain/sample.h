// The telecom plan of samples/ and what compiling a changed copy of it finds.
#ifndef VALUELOOP_TESTS_UNIT_STRATEGY_DOMAIN_SAMPLE_H_
#define VALUELOOP_TESTS_UNIT_STRATEGY_DOMAIN_SAMPLE_H_

#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"
#include "strategy/domain/compile.h"
#include "testing/shared_data.h"

namespace valueloop::strategy {

inline const std::string& TelecomSource() {
  static const std::string source = valueloop::testing::ReadFileOrDie(
      valueloop::testing::RepositoryPath("samples/strategy-telecom.yaml"));
  return source;
}

// The text with its only occurrence of `needle` replaced; fails the test if there is not just one.
inline std::string Replaced(std::string text, std::string_view needle,
                            std::string_view replacement) {
  const size_t at = text.find(needle);
  EXPECT_NE(at, std::string::npos) << "no such text: " << needle;
  EXPECT_EQ(text.find(needle, at + 1), std::string::npos) << "not unique: " << needle;
  if (at != std::string::npos) text.replace(at, needle.size(), replacement);
  return text;
}

// The line, from 1, on which `needle` first stands; 0 if nowhere.
inline int LineOf(std::string_view text, std::string_view needle) {
  const size_t at = text.find(needle);
  if (at == std::string_view::npos) return 0;
  int line = 1;
  for (const char c : text.substr(0, at)) line += c == '\n' ? 1 : 0;
  return line;
}

// Each finding as "CODE subject" for readable comparisons; `severity` chooses which.
inline std::vector<std::string> CodesOf(const Compilation& compilation, Severity severity) {
  std::vector<std::string> codes;
  for (const Finding& finding : compilation.findings) {
    if (finding.severity() != severity) continue;
    codes.push_back(std::string(InfoOf(finding.code).name) +
                    (finding.subjects.empty() ? "" : " " + finding.subjects[0]));
  }
  return codes;
}

}  // namespace valueloop::strategy

#endif  // VALUELOOP_TESTS_UNIT_STRATEGY_DOMAIN_SAMPLE_H_
