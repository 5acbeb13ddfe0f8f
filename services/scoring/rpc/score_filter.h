// The filter and the order of ListScores.
//
//   filter = term { "AND" term }      term = field op value      op = "=" "!=" "<" "<=" ">" ">="
//   value = number | word | "text", where \" and \\ stand for themselves
//
// Fields are class, the numbers of NumberField, and every other name is an attribute of the
// customer. What a customer does not have matches no term. Text compares by its bytes, a value of
// another kind matches nothing; a word is text too, and true and false are what they say.
#ifndef VALUELOOP_SCORING_RPC_SCORE_FILTER_H_
#define VALUELOOP_SCORING_RPC_SCORE_FILTER_H_

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "scoring/domain/policy.h"
#include "scoring/store/snapshot_store.h"

namespace valueloop::scoring {

inline constexpr size_t kMaxFilterBytes = 2048;
inline constexpr size_t kMaxFilterTerms = 20;

enum class NumberField {
  kExpectedValue,
  kRealisedValue,
  kValueScore,
  kMatchScore,
  kValueAtStake,
  kAliveProbability,
};
// As in the contract, such as expected_value; unset for any other name.
std::optional<NumberField> ParseNumberField(std::string_view name);
std::optional<double> NumberOf(const SnapshotRow& row, NumberField field);

class ScoreFilter {
 public:
  // INVALID_ARGUMENT, field filter, says what stands at which column. Empty text matches all.
  static absl::StatusOr<ScoreFilter> Parse(std::string_view text);

  bool Matches(const SnapshotRow& row) const;

 private:
  friend class FilterParser;
  enum class Op { kEqual, kNotEqual, kLess, kLessOrEqual, kGreater, kGreaterOrEqual };
  // A number, true or false, or text. A word that reads as more than one is all of them.
  struct Value {
    std::string text;
    std::optional<double> number;
    std::optional<bool> flag;
  };
  struct ClassTerm {
    CustomerClass customer_class;
  };
  struct NumberTerm {
    NumberField field;
    double value = 0;
  };
  struct AttributeTerm {
    std::string name;
    Value value;
  };
  struct Term {
    Op op = Op::kEqual;
    std::variant<ClassTerm, NumberTerm, AttributeTerm> what;
  };

  template <typename T>
  static bool Compare(Op op, const T& left, const T& right);
  static bool MatchesTerm(const Term& term, const SnapshotRow& row);

  std::vector<Term> terms_;
};

// Unset customers come last in both directions; ties are ordered by the customer's id.
struct ScoreOrder {
  std::optional<NumberField> field;  // Unset: by the customer's id.
  bool descending = false;

  // INVALID_ARGUMENT, field order_by.
  static absl::StatusOr<ScoreOrder> Parse(std::string_view text);
};

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_RPC_SCORE_FILTER_H_
