#include "strategy/domain/formula.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "common/status.h"
#include "fmt/format.h"
#include "strategy/domain/source.h"

namespace valueloop::strategy {
namespace {

constexpr int kMaxFormulaDepth = 64;

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsNameStart(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_'; }

}  // namespace

// Recursive descent with a bound on its depth.
class FormulaParser {
 public:
  explicit FormulaParser(std::string_view text) : text_(text) {}

  absl::StatusOr<Formula> Parse() {
    VL_RETURN_IF_ERROR(Sum(0));
    if (Next() != '\0') return Unexpected("an operator or the end");
    return std::move(formula_);
  }

 private:
  using Op = Formula::Op;

  absl::Status Sum(int depth) {
    VL_RETURN_IF_ERROR(Product(depth));
    for (char c = Next(); c == '+' || c == '-'; c = Next()) {
      ++at_;
      VL_RETURN_IF_ERROR(Product(depth));
      formula_.program_.push_back({.op = c == '+' ? Op::kAdd : Op::kSubtract});
    }
    return absl::OkStatus();
  }

  absl::Status Product(int depth) {
    VL_RETURN_IF_ERROR(Factor(depth));
    for (char c = Next(); c == '*' || c == '/'; c = Next()) {
      ++at_;
      VL_RETURN_IF_ERROR(Factor(depth));
      formula_.program_.push_back({.op = c == '*' ? Op::kMultiply : Op::kDivide});
    }
    return absl::OkStatus();
  }

  absl::Status Factor(int depth) {
    if (depth >= kMaxFormulaDepth) {
      return InvalidField("formula", "deeper nesting",
                          fmt::format("at most {} levels", kMaxFormulaDepth));
    }
    const char c = Next();
    if (c == '-') {
      ++at_;
      VL_RETURN_IF_ERROR(Factor(depth + 1));
      formula_.program_.push_back({.op = Op::kNegate});
      return absl::OkStatus();
    }
    if (c == '(') {
      ++at_;
      VL_RETURN_IF_ERROR(Sum(depth + 1));
      if (Next() != ')') return Unexpected("')'");
      ++at_;
      return absl::OkStatus();
    }
    if (IsDigit(c) || c == '.') return Number();
    if (IsNameStart(c)) return Name();
    return Unexpected("a number, a KPI id, MONTHS or '('");
  }

  absl::Status Number() {
    const size_t start = at_;
    while (at_ < text_.size() && (IsDigit(text_[at_]) || text_[at_] == '.')) ++at_;
    // An exponent, unless the letter starts something else.
    if (at_ + 1 < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
      size_t digit = at_ + 1;
      if (text_[digit] == '+' || text_[digit] == '-') ++digit;
      if (digit < text_.size() && IsDigit(text_[digit])) {
        while (digit < text_.size() && IsDigit(text_[digit])) ++digit;
        at_ = digit;
      }
    }
    const std::string_view token = text_.substr(start, at_ - start);
    const std::optional<double> value = ParseNumber(token);
    if (!value) return InvalidField("formula", token, "a finite number");
    formula_.program_.push_back({.op = Op::kNumber, .number = *value});
    return absl::OkStatus();
  }

  absl::Status Name() {
    const size_t start = at_;
    while (at_ < text_.size() && (IsNameStart(text_[at_]) || IsDigit(text_[at_]))) ++at_;
    const std::string_view name = text_.substr(start, at_ - start);
    if (name == kMonthsName) {
      formula_.program_.push_back({.op = Op::kMonths});
      return absl::OkStatus();
    }
    std::vector<std::string>& operands = formula_.operands_;
    const auto found = std::find(operands.begin(), operands.end(), name);
    const auto index = static_cast<size_t>(found - operands.begin());
    if (found == operands.end()) operands.emplace_back(name);
    formula_.program_.push_back({.op = Op::kOperand, .operand = index});
    return absl::OkStatus();
  }

  // The next character that is no space, not yet consumed; NUL at the end.
  char Next() {
    while (at_ < text_.size() && IsSpace(text_[at_])) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }

  absl::Status Unexpected(std::string_view want) const {
    const std::string got = at_ < text_.size()
                                ? fmt::format("'{}' at column {}", text_.substr(at_, 1), at_ + 1)
                                : "the end";
    return InvalidField("formula", got, want);
  }

  std::string_view text_;
  size_t at_ = 0;
  Formula formula_;
};

absl::StatusOr<Formula> Formula::Parse(std::string_view text) {
  return FormulaParser(text).Parse();
}

absl::StatusOr<double> Formula::Evaluate(const Lookup& value_of, double months) const {
  std::vector<double> stack;
  const auto pop = [&stack] {
    const double value = stack.back();
    stack.pop_back();
    return value;
  };
  for (const Step& step : program_) {
    switch (step.op) {
      case Op::kNumber:
        stack.push_back(step.number);
        continue;
      case Op::kMonths:
        stack.push_back(months);
        continue;
      case Op::kOperand: {
        const std::optional<double> value = value_of(operands_[step.operand]);
        if (!value) return absl::NotFoundError(operands_[step.operand]);
        stack.push_back(*value);
        continue;
      }
      case Op::kNegate:
        stack.back() = -stack.back();
        continue;
      default:
        break;
    }
    const double right = pop();
    const double left = pop();
    double result = 0;
    switch (step.op) {
      case Op::kAdd:
        result = left + right;
        break;
      case Op::kSubtract:
        result = left - right;
        break;
      case Op::kMultiply:
        result = left * right;
        break;
      default:
        result = left / right;
        break;
    }
    if (!std::isfinite(result)) return absl::OutOfRangeError("formula: not a finite number");
    stack.push_back(result);
  }
  return stack.back();
}

}  // namespace valueloop::strategy
