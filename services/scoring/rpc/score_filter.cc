#include "scoring/rpc/score_filter.h"

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "common/status.h"
#include "fmt/format.h"
#include "scoring/store/attribute_text.h"

namespace valueloop::scoring {
namespace {

constexpr std::array<std::pair<std::string_view, NumberField>, 6> kNumberFields = {{
    {"expected_value", NumberField::kExpectedValue},
    {"realised_value", NumberField::kRealisedValue},
    {"value_score", NumberField::kValueScore},
    {"match_score", NumberField::kMatchScore},
    {"value_at_stake", NumberField::kValueAtStake},
    {"alive_probability", NumberField::kAliveProbability},
}};

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool IsWordByte(char c) {
  return IsLetter(c) || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '+' ||
         static_cast<unsigned char>(c) >= 0x80;
}

std::optional<double> ParseNumber(std::string_view text) {
  double number = 0;
  const char* const last = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), last, number);
  if (error != std::errc() || stop != last || !std::isfinite(number)) return std::nullopt;
  return number;
}

}  // namespace

std::optional<NumberField> ParseNumberField(std::string_view name) {
  for (const auto& [known, field] : kNumberFields) {
    if (known == name) return field;
  }
  return std::nullopt;
}

std::optional<double> NumberOf(const SnapshotRow& row, NumberField field) {
  switch (field) {
    case NumberField::kExpectedValue:
      return row.expected_value;
    case NumberField::kRealisedValue:
      return row.realised_value;
    case NumberField::kValueScore:
      return row.value_score;
    case NumberField::kMatchScore:
      return row.match_score;
    case NumberField::kValueAtStake:
      return row.value_at_stake;
    case NumberField::kAliveProbability:
      return row.alive_probability;
  }
  return std::nullopt;
}

// Reads from left to right; every function begins behind spaces and ends behind what it took.
class FilterParser {
 public:
  explicit FilterParser(std::string_view text) : text_(text) {}

  absl::StatusOr<ScoreFilter> Parse() {
    ScoreFilter filter;
    SkipSpaces();
    if (AtEnd()) return filter;
    for (;;) {
      if (filter.terms_.size() == kMaxFilterTerms) {
        return Fail(fmt::format("at most {} terms", kMaxFilterTerms));
      }
      VL_ASSIGN_OR_RETURN(ScoreFilter::Term term, TakeTerm());
      filter.terms_.push_back(std::move(term));
      SkipSpaces();
      if (AtEnd()) return filter;
      const std::string_view word = TakeWord();
      if (word != "AND") {
        at_ -= word.size();
        return Fail("AND or the end");
      }
      SkipSpaces();
    }
  }

 private:
  using Op = ScoreFilter::Op;

  bool AtEnd() const { return at_ == text_.size(); }
  void SkipSpaces() {
    while (!AtEnd() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }
  absl::Status Fail(std::string_view want) const {
    const std::string got =
        AtEnd() ? fmt::format("its end at column {}", at_ + 1)
                : fmt::format("\"{}\" at column {}", text_.substr(at_, 16), at_ + 1);
    return InvalidField("filter", got, want);
  }
  std::string_view TakeWord() {
    const size_t start = at_;
    while (!AtEnd() && IsWordByte(text_[at_])) ++at_;
    return text_.substr(start, at_ - start);
  }

  absl::StatusOr<ScoreFilter::Term> TakeTerm() {
    const size_t start = at_;
    if (AtEnd() || !IsLetter(text_[at_])) return Fail("a field, such as class");
    const std::string_view field = TakeWord();
    SkipSpaces();
    ScoreFilter::Term term;
    VL_ASSIGN_OR_RETURN(term.op, TakeOp());
    SkipSpaces();
    const size_t value_at = at_;
    VL_ASSIGN_OR_RETURN(ScoreFilter::Value value, TakeValue());
    if (field == "class") {
      const std::optional<CustomerClass> customer_class = ParseCustomerClass(value.text);
      if (!customer_class.has_value() || (term.op != Op::kEqual && term.op != Op::kNotEqual)) {
        at_ = customer_class.has_value() ? start : value_at;
        return Fail("class = or != STRATEGIC, PROFIT, POTENTIAL, ORDINARY or UNKNOWN");
      }
      term.what = ScoreFilter::ClassTerm{*customer_class};
    } else if (const std::optional<NumberField> number = ParseNumberField(field)) {
      if (!value.number.has_value()) {
        at_ = value_at;
        return Fail("a number");
      }
      term.what = ScoreFilter::NumberTerm{*number, *value.number};
    } else {
      term.what = ScoreFilter::AttributeTerm{std::string(field), std::move(value)};
    }
    return term;
  }

  absl::StatusOr<Op> TakeOp() {
    constexpr std::array<std::pair<std::string_view, Op>, 6> kOps = {{
        {"!=", Op::kNotEqual},
        {"<=", Op::kLessOrEqual},
        {">=", Op::kGreaterOrEqual},
        {"=", Op::kEqual},
        {"<", Op::kLess},
        {">", Op::kGreater},
    }};
    for (const auto& [text, op] : kOps) {
      if (!text_.substr(at_).starts_with(text)) continue;
      at_ += text.size();
      return op;
    }
    return Fail("=, !=, <, <=, > or >=");
  }

  absl::StatusOr<ScoreFilter::Value> TakeValue() {
    ScoreFilter::Value value;
    if (!AtEnd() && text_[at_] == '"') {
      VL_ASSIGN_OR_RETURN(value.text, TakeQuoted());
      return value;
    }
    const std::string_view word = TakeWord();
    if (word.empty()) return Fail("a number, a word or \"text\"");
    value.text = word;
    value.number = ParseNumber(word);
    if (word == "true" || word == "false") value.flag = word == "true";
    return value;
  }

  absl::StatusOr<std::string> TakeQuoted() {
    std::string out;
    for (++at_; !AtEnd(); ++at_) {
      if (text_[at_] == '"') {
        ++at_;
        return out;
      }
      if (text_[at_] == '\\') {
        ++at_;
        if (AtEnd() || (text_[at_] != '"' && text_[at_] != '\\')) return Fail("\\\" or \\\\");
      }
      out += text_[at_];
    }
    return Fail("a closing quote");
  }

  const std::string_view text_;
  size_t at_ = 0;
};

absl::StatusOr<ScoreFilter> ScoreFilter::Parse(std::string_view text) {
  if (text.size() > kMaxFilterBytes) {
    return InvalidField("filter", fmt::format("{} bytes", text.size()),
                        fmt::format("at most {}", kMaxFilterBytes));
  }
  return FilterParser(text).Parse();
}

template <typename T>
bool ScoreFilter::Compare(Op op, const T& left, const T& right) {
  switch (op) {
    case Op::kEqual:
      return left == right;
    case Op::kNotEqual:
      return left != right;
    case Op::kLess:
      return left < right;
    case Op::kLessOrEqual:
      return left <= right;
    case Op::kGreater:
      return left > right;
    case Op::kGreaterOrEqual:
      return left >= right;
  }
  return false;
}

bool ScoreFilter::MatchesTerm(const Term& term, const SnapshotRow& row) {
  if (const auto* by_class = std::get_if<ClassTerm>(&term.what)) {
    return Compare(term.op, row.customer_class, by_class->customer_class);
  }
  if (const auto* by_number = std::get_if<NumberTerm>(&term.what)) {
    const std::optional<double> number = NumberOf(row, by_number->field);
    return number.has_value() && Compare(term.op, *number, by_number->value);
  }
  const auto& wanted = std::get<AttributeTerm>(term.what);
  const std::optional<AttributeValue> found = FindAttribute(row.attributes, wanted.name);
  if (!found.has_value()) return false;
  if (const auto* number = std::get_if<double>(&*found)) {
    return wanted.value.number.has_value() && Compare(term.op, *number, *wanted.value.number);
  }
  if (const auto* flag = std::get_if<bool>(&*found)) {
    return wanted.value.flag.has_value() && Compare(term.op, *flag, *wanted.value.flag);
  }
  const auto* text = std::get_if<std::string>(&*found);
  return text != nullptr && Compare(term.op, *text, wanted.value.text);
}

bool ScoreFilter::Matches(const SnapshotRow& row) const {
  for (const Term& term : terms_) {
    if (!MatchesTerm(term, row)) return false;
  }
  return true;
}

absl::StatusOr<ScoreOrder> ScoreOrder::Parse(std::string_view text) {
  ScoreOrder order;
  if (text.empty()) return order;
  const std::string_view field = text.starts_with('-') ? text.substr(1) : text;
  order.descending = text.starts_with('-');
  order.field = ParseNumberField(field);
  if (!order.field.has_value()) {
    return InvalidField("order_by", text,
                        "expected_value, realised_value, value_at_stake, value_score, match_score"
                        " or alive_probability, '-' before it for descending, or nothing");
  }
  return order;
}

}  // namespace valueloop::scoring
