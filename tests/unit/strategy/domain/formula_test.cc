#include "strategy/domain/formula.h"

#include <map>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace valueloop::strategy {
namespace {

using ::testing::DoubleEq;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::valueloop::testing::IsOk;
using ::valueloop::testing::IsOkAndHolds;
using ::valueloop::testing::StatusIs;

absl::StatusOr<double> Evaluated(std::string_view text) {
  const absl::StatusOr<Formula> formula = Formula::Parse(text);
  if (!formula.ok()) return formula.status();
  const std::map<std::string, double, std::less<>> values = {{"A", 2}, {"B_1", 3}, {"e", 5}};
  return formula->Evaluate(
      [&values](std::string_view name) -> std::optional<double> {
        const auto found = values.find(name);
        return found == values.end() ? std::nullopt : std::optional(found->second);
      },
      12);
}

TEST(FormulaTest, FollowsPrecedenceAndAssociativity) {
  EXPECT_THAT(Evaluated("1 + 2 * 3"), IsOkAndHolds(DoubleEq(7)));
  EXPECT_THAT(Evaluated("(1 + 2) * 3"), IsOkAndHolds(DoubleEq(9)));
  EXPECT_THAT(Evaluated("10 - 4 - 3"), IsOkAndHolds(DoubleEq(3)));
  EXPECT_THAT(Evaluated("24 / 4 / 3"), IsOkAndHolds(DoubleEq(2)));
  EXPECT_THAT(Evaluated("-A + 3 * -B_1"), IsOkAndHolds(DoubleEq(-11)));
  EXPECT_THAT(Evaluated("A*B_1*MONTHS/1e1"), IsOkAndHolds(DoubleEq(7.2)));
  EXPECT_THAT(Evaluated("2*e"), IsOkAndHolds(DoubleEq(10)));
}

TEST(FormulaTest, NamesItsOperandsOnceAndWithoutMonths) {
  VL_ASSERT_OK_AND_ASSIGN(const Formula formula, Formula::Parse("B_1 * (A - B_1) * MONTHS"));
  EXPECT_THAT(formula.operands(), ElementsAre("B_1", "A"));
}

TEST(FormulaTest, RefusesWhatTheGrammarDoesNotHold) {
  for (const char* text : {"", " ", "A +", "* A", "A B", "(A", "A)", "A ^ 2", "A % 2", "1.2.3",
                           "1e999", "nan(", "A,B", "f(A)", "A\xC3\xA4", "."}) {
    EXPECT_THAT(Formula::Parse(text),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("formula: got")))
        << text;
  }
}

TEST(FormulaTest, BoundsItsRecursionButNotItsLength) {
  EXPECT_THAT(Formula::Parse(std::string(63, '(') + "A" + std::string(63, ')')), IsOk());
  EXPECT_THAT(Formula::Parse(std::string(10000, '(') + "A" + std::string(10000, ')')),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("at most 64 levels")));
  EXPECT_THAT(Formula::Parse(std::string(10000, '-') + "A"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("at most 64 levels")));
  std::string sum = "0";
  for (int i = 0; i < 10000; ++i) sum += "+1";
  EXPECT_THAT(Evaluated(sum), IsOkAndHolds(DoubleEq(10000)));
}

TEST(FormulaTest, TellsAnUnknownOperandFromAResultThatIsNotFinite) {
  EXPECT_THAT(Evaluated("A + NOBODY"), StatusIs(absl::StatusCode::kNotFound, HasSubstr("NOBODY")));
  EXPECT_THAT(Evaluated("A / (B_1 - 3)"), StatusIs(absl::StatusCode::kOutOfRange));
  EXPECT_THAT(Evaluated("0 / 0"), StatusIs(absl::StatusCode::kOutOfRange));
  EXPECT_THAT(Evaluated("1e300 * 1e300"), StatusIs(absl::StatusCode::kOutOfRange));
}

}  // namespace
}  // namespace valueloop::strategy
