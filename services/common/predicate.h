// Predicates over customer attributes (METHODS E5): a plan says them, strategy checks that they can
// be read, scoring evaluates them. Such as
//   segment in [SG1, SG2] and (tier >= 2 or not prepaid = true)
//
// predicate  = and-part { "or" and-part }
// and-part   = factor { "and" factor }
// factor     = "not" factor | "(" predicate ")" | name operator literal | name "in" "[" literals
// "]" operator   = "=" "!=" "<" "<=" ">" ">=" literal    = number | true | false | word | 'text' |
// "text" Names and words start with a letter, '_' or a non-ASCII character and go on with those,
// digits, '.' and '-'. Text and words compare by bytes, numbers by value; only = and != compare
// booleans.
#ifndef VALUELOOP_COMMON_PREDICATE_H_
#define VALUELOOP_COMMON_PREDICATE_H_

#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"

namespace valueloop {

// monostate: no value. Numbers are finite; text is UTF-8 of at most 1024 bytes.
using AttributeValue = std::variant<std::monostate, std::string, double, bool>;

// A missing attribute, or one of another type than the literal, makes a comparison UNRATED; a whole
// predicate is UNRATED only if its outcome depends on such a comparison (Kleene's logic).
enum class PredicateOutcome { kFalse, kTrue, kUnrated };

// The attribute of that name, or nullptr. The pointer is used only until the next call.
using AttributeLookup = std::function<const AttributeValue*(std::string_view name)>;

class Predicate {
 public:
  static constexpr size_t kMaxBytes = 4096;
  static constexpr int kMaxDepth = 32;

  // Fails with InvalidArgument naming the column (in bytes, from 1), such as
  // `predicate: got "]" at column 12, want a literal`.
  static absl::StatusOr<Predicate> Parse(std::string_view text);

  PredicateOutcome Evaluate(const AttributeLookup& lookup) const;

  // The attributes it reads, each once, in the order of the text.
  std::vector<std::string> Names() const;

 private:
  friend class PredicateParser;
  enum class Kind { kOr, kAnd, kNot, kCompare, kIn };
  enum class Operator { kEqual, kNotEqual, kLess, kLessEqual, kGreater, kGreaterEqual };
  struct Node {
    Kind kind = Kind::kCompare;
    Operator comparison = Operator::kEqual;
    std::string name;
    std::vector<AttributeValue> literals;
    std::vector<size_t> children;  // Nodes before this one.
  };

  PredicateOutcome EvaluateNode(size_t index, const AttributeLookup& lookup) const;
  static PredicateOutcome Compare(const AttributeValue& value, Operator comparison,
                                  const AttributeValue& literal);

  std::vector<Node> nodes_;  // The last one is the root.
};

}  // namespace valueloop

#endif  // VALUELOOP_COMMON_PREDICATE_H_
