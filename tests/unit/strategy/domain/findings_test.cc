#include "strategy/domain/findings.h"

#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace valueloop::strategy {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;

Finding WeightFinding() {
  return {.code = Code::kWeightSum,
          .subjects = {"C1"},
          .file = "plan.yaml",
          .place = {.line = 12, .column = 3},
          .expected = "100",
          .actual = "99"};
}

TEST(FindingsTest, EveryCodeHasItsTextsInBothLanguagesAndANameOfItsOwn) {
  std::set<std::string_view> names;
  for (const CodeInfo& info : AllCodes()) {
    EXPECT_EQ(&InfoOf(info.code), &info);
    EXPECT_EQ(CodeOfName(info.name), info.code);
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
    for (const Language language : {Language::kChinese, Language::kEnglish}) {
      EXPECT_FALSE(info.Text(language).empty()) << info.name;
      EXPECT_FALSE(info.Hint(language).empty()) << info.name;
    }
  }
  EXPECT_EQ(CodeOfName("NO_SUCH_CODE"), std::nullopt);
}

TEST(FindingsTest, FormatLeadsAnEditorToThePlace) {
  EXPECT_EQ(Format(WeightFinding()), "plan.yaml:12:3: WEIGHT_SUM C1: got 99, want 100");
}

TEST(FindingsTest, MessageSaysItInPlainWords) {
  EXPECT_EQ(Message(WeightFinding(), Language::kEnglish),
            "A set of weights does not add up (C1): got 99, want 100");
  EXPECT_EQ(Message(WeightFinding(), Language::kChinese),
            "一组权重之和不等于总数（C1）：实际 99，应为 100");
}

TEST(FindingsTest, OrderIsByCodeThenSubjectThenPlace) {
  Findings findings;
  findings.Add(Code::kPbcWeightSum, {"p"}, {1, 1}, "", "");
  findings.Add(Code::kWeightSum, {"B"}, {2, 1}, "", "");
  findings.Add(Code::kWeightSum, {"A"}, {9, 1}, "", "");
  findings.Add(Code::kWeightSum, {"A"}, {3, 1}, "", "");
  EXPECT_THAT(
      std::move(findings).Take("f"),
      ElementsAre(Field(&Finding::place, Place{3, 1}), Field(&Finding::place, Place{9, 1}),
                  Field(&Finding::place, Place{2, 1}), Field(&Finding::place, Place{1, 1})));
}

TEST(FindingsTest, NumbersShowWhatSomeoneTyped) {
  EXPECT_EQ(Number(99.9), "99.9");
  EXPECT_EQ(Number(0.1 + 0.2), "0.3");
  EXPECT_EQ(Number(7896.6), "7896.6");
  EXPECT_EQ(Number(100), "100");
}

}  // namespace
}  // namespace valueloop::strategy
