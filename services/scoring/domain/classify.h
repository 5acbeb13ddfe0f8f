// Value score and class of a customer (A46; METHODS E6).
#ifndef VALUELOOP_SCORING_DOMAIN_CLASSIFY_H_
#define VALUELOOP_SCORING_DOMAIN_CLASSIFY_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "scoring/domain/match.h"
#include "scoring/domain/policy.h"

namespace valueloop::scoring {

// The expected values of all customers when a policy was first applied; frozen from then on.
class ReferenceDistribution {
 public:
  ReferenceDistribution() = default;
  // Values must be finite; in any order.
  explicit ReferenceDistribution(std::vector<double> values);

  bool empty() const { return sorted_.empty(); }
  size_t size() const { return sorted_.size(); }

  // 100 x (count below + half of count equal) / n, in [0, 100]; 0 if empty.
  double ScoreOf(double value) const;

  // The least value of the smallest set of best customers that makes at least `percent` % of all
  // positive expected value, ties included; unset if no value is positive.
  std::optional<double> CumulativeThreshold(double percent) const;

  // Text: a header line and one value per line, ascending.
  std::string Encode() const;
  // Fails with DataLoss if `text` is not what Encode made.
  static absl::StatusOr<ReferenceDistribution> Decode(std::string_view text);

  friend bool operator==(const ReferenceDistribution&, const ReferenceDistribution&) = default;

 private:
  std::vector<double> sorted_;
};

struct Classification {
  CustomerClass customer_class = CustomerClass::kUnknown;
  std::optional<double> value_score;  // 0..100; unset without a reference or an expected value.
  // How far above (+) or below (-) the cut: in score points for PERCENTILE, else in currency units.
  std::optional<double> value_distance;
  std::optional<double> match_distance;  // In points of the match score.
};

// At or above a cut is high: high value and match STRATEGIC, high value PROFIT, high match
// POTENTIAL, neither ORDINARY. UNKNOWN if the value is unknown, nothing is rated, or coverage <
// coverage_min.
Classification Classify(const ScoringPolicy& policy, const ReferenceDistribution* reference,
                        std::optional<double> expected_value, const MatchResult& match);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_CLASSIFY_H_
