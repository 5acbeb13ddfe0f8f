#include "common/predicate.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "common/status.h"
#include "common/text_rule.h"
#include "fmt/format.h"

namespace valueloop {
namespace {

bool IsWordStart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsWordPart(char c) { return IsWordStart(c) || IsDigit(c) || c == '.' || c == '-' || c == '+'; }

enum class TokenKind { kEnd, kWord, kNumber, kText, kSymbol };

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string_view text;  // Without the quotes of a text.
  double number = 0;
  size_t column = 1;
};

}  // namespace

// Recursive descent, at most Predicate::kMaxDepth deep.
class PredicateParser {
 public:
  explicit PredicateParser(std::string_view text) : text_(text) {}

  absl::StatusOr<Predicate> Parse() {
    VL_RETURN_IF_ERROR(Next());
    VL_RETURN_IF_ERROR(ParseOr(0).status());
    if (token_.kind != TokenKind::kEnd) return Unexpected("and, or, or the end");
    return std::move(predicate_);
  }

 private:
  using Node = Predicate::Node;
  using Kind = Predicate::Kind;
  using Operator = Predicate::Operator;

  absl::Status Unexpected(std::string_view want) const {
    const std::string got = token_.kind == TokenKind::kEnd ? std::string("the end")
                                                           : fmt::format("\"{}\"", token_.text);
    return At(got, token_.column, want);
  }

  static absl::Status At(std::string_view got, size_t column, std::string_view want) {
    return InvalidField("predicate", fmt::format("{} at column {}", Printable(got), column), want);
  }

  // Reads the next token into token_.
  absl::Status Next() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
    const size_t start = at_;
    token_ = {.column = start + 1};
    if (start == text_.size()) return absl::OkStatus();
    const char c = text_[start];
    if (c == '\'' || c == '"') {
      const size_t end = text_.find(c, start + 1);
      if (end == std::string_view::npos) {
        return At(text_.substr(start), start + 1, "a closing quote");
      }
      token_.kind = TokenKind::kText;
      token_.text = text_.substr(start + 1, end - start - 1);
      at_ = end + 1;
    } else if (IsWordStart(c)) {
      while (at_ < text_.size() && IsWordPart(text_[at_])) ++at_;
      token_.kind = TokenKind::kWord;
      token_.text = text_.substr(start, at_ - start);
    } else if (IsDigit(c) || c == '-' || c == '.') {
      while (at_ < text_.size() && IsWordPart(text_[at_])) ++at_;
      token_.kind = TokenKind::kNumber;
      token_.text = text_.substr(start, at_ - start);
      const char* const last = token_.text.data() + token_.text.size();
      const auto [end, error] = std::from_chars(token_.text.data(), last, token_.number);
      if (error != std::errc() || end != last || !std::isfinite(token_.number)) {
        return Unexpected("a number, or a quoted text");
      }
    } else {
      const bool two = (c == '!' || c == '<' || c == '>') && text_.substr(start + 1, 1) == "=";
      token_.kind = TokenKind::kSymbol;
      token_.text = text_.substr(start, two ? 2 : 1);
      at_ += token_.text.size();
      if (token_.text == "!" ||
          (!two && std::string_view("()[],=<>").find(c) == std::string_view::npos)) {
        return Unexpected("a name, a literal or an operator");
      }
    }
    return absl::OkStatus();
  }

  bool IsWord(std::string_view word) const {
    return token_.kind == TokenKind::kWord && token_.text == word;
  }
  bool IsSymbol(std::string_view symbol) const {
    return token_.kind == TokenKind::kSymbol && token_.text == symbol;
  }

  size_t Add(Node node) {
    predicate_.nodes_.push_back(std::move(node));
    return predicate_.nodes_.size() - 1;
  }

  absl::StatusOr<size_t> ParseOr(int depth) { return ParseChain(Kind::kOr, "or", depth); }
  absl::StatusOr<size_t> ParseAnd(int depth) { return ParseChain(Kind::kAnd, "and", depth); }

  absl::StatusOr<size_t> ParseChain(Kind kind, std::string_view word, int depth) {
    Node node{.kind = kind};
    while (true) {
      VL_ASSIGN_OR_RETURN(const size_t child,
                          kind == Kind::kOr ? ParseAnd(depth) : ParseFactor(depth));
      node.children.push_back(child);
      if (!IsWord(word)) break;
      VL_RETURN_IF_ERROR(Next());
    }
    return node.children.size() == 1 ? node.children[0] : Add(std::move(node));
  }

  absl::StatusOr<size_t> ParseFactor(int depth) {
    if (depth >= Predicate::kMaxDepth) {
      return Unexpected(fmt::format("at most {} levels", Predicate::kMaxDepth));
    }
    if (IsWord("not")) {
      VL_RETURN_IF_ERROR(Next());
      VL_ASSIGN_OR_RETURN(const size_t child, ParseFactor(depth + 1));
      return Add({.kind = Kind::kNot, .children = {child}});
    }
    if (IsSymbol("(")) {
      VL_RETURN_IF_ERROR(Next());
      VL_ASSIGN_OR_RETURN(const size_t child, ParseOr(depth + 1));
      if (!IsSymbol(")")) return Unexpected("\")\"");
      VL_RETURN_IF_ERROR(Next());
      return child;
    }
    return ParseComparison();
  }

  absl::StatusOr<size_t> ParseComparison() {
    if (token_.kind != TokenKind::kWord || IsWord("and") || IsWord("or") || IsWord("in")) {
      return Unexpected("the name of an attribute");
    }
    Node node{.name = std::string(token_.text)};
    VL_RETURN_IF_ERROR(Next());
    if (IsWord("in")) {
      node.kind = Kind::kIn;
      VL_RETURN_IF_ERROR(Next());
      if (!IsSymbol("[")) return Unexpected("\"[\"");
      do {
        VL_RETURN_IF_ERROR(Next());
        VL_RETURN_IF_ERROR(ParseLiteral(node));
      } while (IsSymbol(","));
      if (!IsSymbol("]")) return Unexpected("\",\" or \"]\"");
      VL_RETURN_IF_ERROR(Next());
      return Add(std::move(node));
    }
    constexpr std::string_view kOperators[] = {"=", "!=", "<", "<=", ">", ">="};
    const auto* const found = std::find(std::begin(kOperators), std::end(kOperators), token_.text);
    if (token_.kind != TokenKind::kSymbol || found == std::end(kOperators)) {
      return Unexpected("=, !=, <, <=, >, >= or in");
    }
    node.comparison = static_cast<Operator>(found - std::begin(kOperators));
    VL_RETURN_IF_ERROR(Next());
    VL_RETURN_IF_ERROR(ParseLiteral(node));
    return Add(std::move(node));
  }

  absl::Status ParseLiteral(Node& node) {
    if (token_.kind == TokenKind::kNumber) {
      node.literals.emplace_back(token_.number);
    } else if (IsWord("true") || IsWord("false")) {
      node.literals.emplace_back(IsWord("true"));
    } else if (token_.kind == TokenKind::kText || token_.kind == TokenKind::kWord) {
      node.literals.emplace_back(std::string(token_.text));
    } else {
      return Unexpected("a literal");
    }
    return Next();
  }

  const std::string_view text_;
  size_t at_ = 0;
  Token token_;
  Predicate predicate_;
};

absl::StatusOr<Predicate> Predicate::Parse(std::string_view text) {
  VL_RETURN_IF_ERROR(ValidateText("predicate", text, kMaxBytes));
  return PredicateParser(text).Parse();
}

PredicateOutcome Predicate::Evaluate(const AttributeLookup& lookup) const {
  return nodes_.empty() ? PredicateOutcome::kUnrated : EvaluateNode(nodes_.size() - 1, lookup);
}

PredicateOutcome Predicate::EvaluateNode(size_t index, const AttributeLookup& lookup) const {
  const Node& node = nodes_[index];
  if (node.kind == Kind::kNot) {
    const PredicateOutcome outcome = EvaluateNode(node.children[0], lookup);
    if (outcome == PredicateOutcome::kUnrated) return outcome;
    return outcome == PredicateOutcome::kTrue ? PredicateOutcome::kFalse : PredicateOutcome::kTrue;
  }
  // An "or" is settled by the first true part, an "and" by the first false one.
  const PredicateOutcome settles =
      node.kind == Kind::kAnd ? PredicateOutcome::kFalse : PredicateOutcome::kTrue;
  PredicateOutcome result =
      settles == PredicateOutcome::kTrue ? PredicateOutcome::kFalse : PredicateOutcome::kTrue;
  const auto add = [&](PredicateOutcome outcome) {
    if (outcome != PredicateOutcome::kFalse && outcome != PredicateOutcome::kTrue) result = outcome;
    if (outcome == settles) result = settles;
    return outcome == settles;
  };
  if (node.kind == Kind::kOr || node.kind == Kind::kAnd) {
    for (const size_t child : node.children) {
      if (add(EvaluateNode(child, lookup))) break;
    }
    return result;
  }
  const AttributeValue* value = lookup(node.name);
  if (value == nullptr) return PredicateOutcome::kUnrated;
  if (node.kind == Kind::kCompare) return Compare(*value, node.comparison, node.literals[0]);
  for (const AttributeValue& literal : node.literals) {
    if (add(Compare(*value, Operator::kEqual, literal))) break;
  }
  return result;
}

PredicateOutcome Predicate::Compare(const AttributeValue& value, Operator comparison,
                                    const AttributeValue& literal) {
  if (value.index() != literal.index() || std::holds_alternative<std::monostate>(value)) {
    return PredicateOutcome::kUnrated;
  }
  const bool ordered = comparison != Operator::kEqual && comparison != Operator::kNotEqual;
  if (ordered && std::holds_alternative<bool>(value)) return PredicateOutcome::kUnrated;
  const auto holds = [&] {
    switch (comparison) {
      case Operator::kEqual:
        return value == literal;
      case Operator::kNotEqual:
        return value != literal;
      case Operator::kLess:
        return value < literal;
      case Operator::kLessEqual:
        return value <= literal;
      case Operator::kGreater:
        return value > literal;
      case Operator::kGreaterEqual:
        return value >= literal;
    }
    return false;
  };
  return holds() ? PredicateOutcome::kTrue : PredicateOutcome::kFalse;
}

std::vector<std::string> Predicate::Names() const {
  std::vector<std::string> names;
  for (const Node& node : nodes_) {
    const bool is_new = std::find(names.begin(), names.end(), node.name) == names.end();
    if (!node.name.empty() && is_new) names.push_back(node.name);
  }
  return names;
}

}  // namespace valueloop
