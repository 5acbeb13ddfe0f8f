#include "common/predicate.h"

#include <map>
#include <string>

#include "testing/status_matchers.h"

namespace valueloop {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;

const std::map<std::string, AttributeValue, std::less<>>& Customer() {
  static const auto* const attributes =
      new std::map<std::string, AttributeValue, std::less<>>{{"segment", std::string("SG1")},
                                                             {"tier", 2.0},
                                                             {"prepaid", false},
                                                             {"城市", std::string("北京")},
                                                             {"note", std::string("a b")}};
  return *attributes;
}

PredicateOutcome Evaluate(const std::string& text) {
  const absl::StatusOr<Predicate> predicate = Predicate::Parse(text);
  EXPECT_THAT(predicate, IsOk()) << text;
  if (!predicate.ok()) return PredicateOutcome::kUnrated;
  return predicate->Evaluate([](std::string_view name) -> const AttributeValue* {
    const auto found = Customer().find(name);
    return found == Customer().end() ? nullptr : &found->second;
  });
}

TEST(PredicateTest, ComparesTextNumbersAndBooleans) {
  EXPECT_EQ(Evaluate("segment in [SG1, SG2]"), PredicateOutcome::kTrue);
  EXPECT_EQ(Evaluate("segment in [SG3]"), PredicateOutcome::kFalse);
  EXPECT_EQ(Evaluate("segment != 'SG1'"), PredicateOutcome::kFalse);
  EXPECT_EQ(Evaluate("tier >= 2"), PredicateOutcome::kTrue);
  EXPECT_EQ(Evaluate("tier < 2.0e0"), PredicateOutcome::kFalse);
  EXPECT_EQ(Evaluate("tier>-1"), PredicateOutcome::kTrue);
  EXPECT_EQ(Evaluate("prepaid = false"), PredicateOutcome::kTrue);
  EXPECT_EQ(Evaluate("城市 = 北京"), PredicateOutcome::kTrue);
  EXPECT_EQ(Evaluate("note = \"a b\""), PredicateOutcome::kTrue);
  EXPECT_EQ(Evaluate("segment < SG2"), PredicateOutcome::kTrue);
}

TEST(PredicateTest, BindsNotBeforeAndBeforeOr) {
  EXPECT_EQ(Evaluate("tier = 2 or tier = 3 and prepaid = true"), PredicateOutcome::kTrue);
  EXPECT_EQ(Evaluate("(tier = 2 or tier = 3) and prepaid = true"), PredicateOutcome::kFalse);
  EXPECT_EQ(Evaluate("not prepaid = true and tier = 2"), PredicateOutcome::kTrue);
  EXPECT_EQ(Evaluate("not (tier = 2)"), PredicateOutcome::kFalse);
}

TEST(PredicateTest, AMissingAttributeIsUnratedAndNotFalse) {
  EXPECT_EQ(Evaluate("absent = 1"), PredicateOutcome::kUnrated);
  EXPECT_EQ(Evaluate("not absent = 1"), PredicateOutcome::kUnrated);
  EXPECT_EQ(Evaluate("absent = 1 and tier = 2"), PredicateOutcome::kUnrated);
  EXPECT_EQ(Evaluate("absent = 1 and tier = 3"), PredicateOutcome::kFalse);
  EXPECT_EQ(Evaluate("absent = 1 or tier = 2"), PredicateOutcome::kTrue);
  EXPECT_EQ(Evaluate("absent in [1, 2] or tier = 3"), PredicateOutcome::kUnrated);
}

TEST(PredicateTest, AnotherTypeIsUnrated) {
  EXPECT_EQ(Evaluate("tier = 'two'"), PredicateOutcome::kUnrated);
  EXPECT_EQ(Evaluate("segment = 1"), PredicateOutcome::kUnrated);
  EXPECT_EQ(Evaluate("prepaid > true"), PredicateOutcome::kUnrated);
  EXPECT_EQ(Evaluate("tier in ['two', 2]"), PredicateOutcome::kTrue);
}

TEST(PredicateTest, NamesTheColumnOfTheFault) {
  const std::pair<std::string, std::string> faults[] = {
      {"", "the end at column 1, want the name of an attribute"},
      {"segment", "the end at column 8, want =, !=, <, <=, >, >= or in"},
      {"segment in SG1", "\"SG1\" at column 12, want \"[\""},
      {"segment in []", "\"]\" at column 13, want a literal"},
      {"segment in [SG1", "the end at column 16, want \",\" or \"]\""},
      {"(tier = 2", "the end at column 10, want \")\""},
      {"tier = 2 tier = 3", "\"tier\" at column 10, want and, or, or the end"},
      {"tier = 5G", "\"5G\" at column 8, want a number"},
      {"tier = 'open", "at column 8, want a closing quote"},
      {"tier ! 2", "\"!\" at column 6"},
      {"tier = 2;", "\";\" at column 9"},
      {"tier == 2", "\"=\" at column 7, want a literal"},
      {"and = 2", "\"and\" at column 1"},
      {"tier = 1e999", "at column 8"},
      {"2 = tier", "\"2\" at column 1"}};
  for (const auto& [text, message] : faults) {
    EXPECT_THAT(Predicate::Parse(text),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(message)))
        << text;
  }
}

TEST(PredicateTest, RefusesHostileText) {
  const auto refused = [](const std::string& text) {
    EXPECT_THAT(Predicate::Parse(text), StatusIs(absl::StatusCode::kInvalidArgument));
  };
  refused(std::string(5000, 'a'));
  refused("tier = '\xFF'");
  refused(std::string("tier\0= 2", 8));
  refused(std::string(4000, '('));
  std::string nots;
  for (int i = 0; i < 40; ++i) nots += "not ";
  refused(nots + "tier = 2");
  refused(std::string(40, '(') + "tier = 2" + std::string(40, ')'));
  EXPECT_EQ(Evaluate(std::string(30, '(') + "tier = 2" + std::string(30, ')')),
            PredicateOutcome::kTrue);
}

TEST(PredicateTest, ListsTheAttributesItReads) {
  VL_ASSERT_OK_AND_ASSIGN(const Predicate predicate,
                          Predicate::Parse("a = 1 or b in [2] and not a = 3"));
  EXPECT_THAT(predicate.Names(), ElementsAre("a", "b"));
}

}  // namespace
}  // namespace valueloop
