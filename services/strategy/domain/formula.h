// KPI formulas (METHODS E1): numbers, KPI ids, MONTHS, + - * / and parentheses.
#ifndef VALUELOOP_STRATEGY_DOMAIN_FORMULA_H_
#define VALUELOOP_STRATEGY_DOMAIN_FORMULA_H_

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace valueloop::strategy {

// The name that stands for the calendar months in the evaluated window: 12 for a year.
inline constexpr std::string_view kMonthsName = "MONTHS";

class Formula {
 public:
  // Fails with InvalidArgument, naming the column, if the text does not follow
  //   sum: product (('+' | '-') product)*;  product: factor (('*' | '/') factor)*;
  //   factor: number | name | '-' factor | '(' sum ')'
  // or nests deeper than 64.
  static absl::StatusOr<Formula> Parse(std::string_view text);

  // The KPI ids it uses, each once, in order of appearance; without MONTHS.
  const std::vector<std::string>& operands() const { return operands_; }

  // Computes the value from those of the operands, which `value_of` knows. NotFound names an
  // operand it does not know; OutOfRange: the result, or a step to it, is not finite, as after 1/0.
  using Lookup = std::function<std::optional<double>(std::string_view)>;
  absl::StatusOr<double> Evaluate(const Lookup& value_of, double months) const;

 private:
  friend class FormulaParser;
  enum class Op { kNumber, kOperand, kMonths, kAdd, kSubtract, kMultiply, kDivide, kNegate };
  // One step of the program in postfix order, so that evaluation needs no recursion.
  struct Step {
    Op op;
    double number = 0;   // kNumber.
    size_t operand = 0;  // kOperand: index into operands_.
  };

  Formula() = default;

  std::vector<Step> program_;
  std::vector<std::string> operands_;
};

}  // namespace valueloop::strategy

#endif  // VALUELOOP_STRATEGY_DOMAIN_FORMULA_H_
