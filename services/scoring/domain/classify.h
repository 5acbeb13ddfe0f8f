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
  void SumUp();

  std::vector<double> sorted_;
  std::vector<double> coarse_;     // Every 256th of them: a search begins in the cache.
  std::vector<double> best_sums_;  // Of the best 1, 2, ... values above 0.
  double positive_sum_ = 0;
};

struct Classification {
  CustomerClass customer_class = CustomerClass::kUnknown;
  std::optional<double> value_score;  // 0..100; unset without a reference or an expected value.
  // How far above (+) or below (-) the cut that is in force: in score points for PERCENTILE, else
  // in currency units. 0 or more exactly on the high side.
  std::optional<double> value_distance;
  std::optional<double> match_distance;  // In points of the match score.
};

// On which sides a customer was before; nothing is remembered, see hysteresis.h.
struct FormerSides {
  bool high_value = false;
  bool high_match = false;
};

// Where a quantity is, whatever was before: at or above the cut, below cut - band, or between.
enum class CutSide { kUnknown, kLow, kBand, kHigh };
// Of the expected value. CUMULATIVE: the band is the customers that make the next `hysteresis_band`
// percent. UNKNOWN without a value, or without the reference that the rule needs.
CutSide ValueSide(const ScoringPolicy& policy, const ReferenceDistribution* reference,
                  std::optional<double> expected_value);
// UNKNOWN if nothing is rated or coverage < coverage_min.
CutSide MatchSide(const ScoringPolicy& policy, const MatchResult& match);

// At or above a cut is high, and within the band below it for who was high before: high value and
// match STRATEGIC, high value PROFIT, high match POTENTIAL, neither ORDINARY. UNKNOWN if the value
// is unknown, nothing is rated, or coverage < coverage_min.
Classification Classify(const ScoringPolicy& policy, const ReferenceDistribution* reference,
                        std::optional<double> expected_value, const MatchResult& match,
                        const FormerSides& former = {});

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_CLASSIFY_H_
