// Every rule of the compiler: a change of the telecom plan that breaks it, and a legal neighbour
// that does not. What a case expects is exactly what the change adds to the findings of the sample.
#ifndef VALUELOOP_TESTS_UNIT_STRATEGY_DOMAIN_RULES_H_
#define VALUELOOP_TESTS_UNIT_STRATEGY_DOMAIN_RULES_H_

#include <algorithm>
#include <map>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "unit/strategy/domain/sample.h"

namespace valueloop::strategy {

struct Rule {
  std::string_view needle;  // Stands once in the sample.
  std::string_view replacement;
  std::vector<std::string> adds;  // "CODE subject"; empty: legal.
  std::string_view line;          // Stands first, in the changed text, on the line of adds[0].
};

inline void PrintTo(const Rule& rule, std::ostream* out) {
  *out << rule.needle << " => " << rule.replacement;
}

inline std::string Named(const Finding& finding) {
  return std::string(InfoOf(finding.code).name) +
         (finding.subjects.empty() ? "" : " " + finding.subjects[0]);
}

// The findings of `source` beyond those of the sample.
inline std::vector<Finding> Added(const std::string& source) {
  static const std::map<std::string, int> of_sample = [] {
    std::map<std::string, int> counts;
    for (const Finding& finding : Compile(TelecomSource(), "t.yaml").findings)
      ++counts[Named(finding)];
    return counts;
  }();
  std::map<std::string, int> known = of_sample;
  std::vector<Finding> added;
  for (const Finding& finding : Compile(source, "t.yaml").findings) {
    if (known[Named(finding)]-- <= 0) added.push_back(finding);
  }
  return added;
}

// Compiles the changed sample and expects what the rule says, and nothing else.
inline void ExpectFinds(const Rule& rule) {
  const std::string source = Replaced(TelecomSource(), rule.needle, rule.replacement);
  const std::vector<Finding> added = Added(source);
  std::vector<std::string> names;
  for (const Finding& finding : added) names.push_back(Named(finding));
  EXPECT_THAT(names, ::testing::UnorderedElementsAreArray(rule.adds));
  if (rule.adds.empty()) return;
  const auto first = std::find_if(added.begin(), added.end(), [&rule](const Finding& finding) {
    return Named(finding) == rule.adds[0];
  });
  ASSERT_NE(first, added.end());
  EXPECT_EQ(first->place.line, LineOf(source, rule.line)) << Format(*first);
  EXPECT_FALSE(first->expected.empty()) << Format(*first);
  EXPECT_FALSE(first->actual.empty()) << Format(*first);
}

}  // namespace valueloop::strategy

#endif  // VALUELOOP_TESTS_UNIT_STRATEGY_DOMAIN_RULES_H_
