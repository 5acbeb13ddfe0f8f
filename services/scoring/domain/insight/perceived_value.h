// Perceived value (A37, A57..A60; METHODS B14, E13): what customers say they get and give, by
// dimension, as a weighted score, a ratio and a difference. The three are kept apart: ratio and
// difference may order customers differently.
#ifndef VALUELOOP_SCORING_DOMAIN_INSIGHT_PERCEIVED_VALUE_H_
#define VALUELOOP_SCORING_DOMAIN_INSIGHT_PERCEIVED_VALUE_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "scoring/domain/event.h"

namespace valueloop::scoring {

struct DimensionWeight {
  std::string dimension;
  double weight = 0;
  friend bool operator==(const DimensionWeight&, const DimensionWeight&) = default;
};

// FUNCTIONAL, EMOTIONAL, SOCIAL, ECONOMIC (A59) and MONEY, TIME, PSYCHOLOGICAL, OPPORTUNITY (A57),
// each 0.25.
const std::vector<DimensionWeight>& DefaultBenefitWeights();
const std::vector<DimensionWeight>& DefaultCostWeights();

// The weights divided by their sum; empty stands for `defaults`. InvalidArgument, naming `field`,
// unless every dimension is an id that comes once and every weight finite and above 0; at most 100.
absl::StatusOr<std::vector<DimensionWeight>> NormaliseWeights(
    std::string_view field, std::vector<DimensionWeight> weights,
    const std::vector<DimensionWeight>& defaults);

// A customer's latest scores, in the order of the weights; unset: never said in the period.
class PerceptionScores {
 public:
  PerceptionScores(std::span<const DimensionWeight> benefits,
                   std::span<const DimensionWeight> costs)
      : benefit_weights_(benefits), cost_weights_(costs) {
    Clear();
  }

  void Clear();
  // Later feedback first or last, but one order: what is added last wins.
  void Add(const Feedback& feedback);

  std::span<const std::optional<double>> benefits() const { return benefits_; }
  std::span<const std::optional<double>> costs() const { return costs_; }
  // Of benefits: the strongest rival's score said together with ours.
  std::span<const std::optional<double>> rivals() const { return rivals_; }
  bool empty() const;

 private:
  std::span<const DimensionWeight> benefit_weights_;
  std::span<const DimensionWeight> cost_weights_;
  std::vector<std::optional<double>> benefits_;
  std::vector<std::optional<double>> costs_;
  std::vector<std::optional<double>> rivals_;
};

// The weighted mean of the scores that are there, their weights divided by their sum; unset if none
// is.
std::optional<double> WeightedScore(std::span<const DimensionWeight> weights,
                                    std::span<const std::optional<double>> scores);
// The dimension with the largest weight times score, ties to the earlier; unset if none is rated.
std::optional<size_t> DominantDimension(std::span<const DimensionWeight> weights,
                                        std::span<const std::optional<double>> scores);
// Benefits over costs; unset without both or if the costs are 0.
std::optional<double> ValueRatio(std::optional<double> benefit, std::optional<double> cost);

struct DimensionResult {
  std::string dimension;
  double weight = 0;
  std::optional<double> score;         // Mean over the customers that rated it.
  std::optional<double> contribution;  // With the weights of unrated dimensions shared out.
  int64_t customer_count = 0;
  int64_t dominant_count = 0;  // Customers whose dominant dimension it is; of benefits only.
};

struct PerceivedValueResult {
  int64_t rated_customer_count = 0;
  std::vector<DimensionResult> benefits;
  std::vector<DimensionResult> costs;
  std::optional<double> perceived_value;
  double coverage = 0;
  std::string dominant_dimension;
  std::optional<double> value_ratio;      // Of sums.
  std::optional<double> delivered_value;  // Mean.
  int64_t compared_customer_count = 0;
  int64_t loyal_expected_count = 0;
};

class PerceivedValueCollector {
 public:
  PerceivedValueCollector(std::span<const DimensionWeight> benefits,
                          std::span<const DimensionWeight> costs)
      : benefit_weights_(benefits),
        cost_weights_(costs),
        benefits_(benefits.size()),
        costs_(costs.size()) {}

  // Each customer once.
  void Add(const PerceptionScores& scores);
  PerceivedValueResult Result() const;

 private:
  struct Sum {
    double score = 0;
    int64_t count = 0;
    int64_t dominant_count = 0;
  };
  static std::vector<DimensionResult> Results(std::span<const DimensionWeight> weights,
                                              std::span<const Sum> sums);

  std::span<const DimensionWeight> benefit_weights_;
  std::span<const DimensionWeight> cost_weights_;
  std::vector<Sum> benefits_;
  std::vector<Sum> costs_;
  int64_t rated_count_ = 0;
  int64_t compared_count_ = 0;
  int64_t loyal_count_ = 0;
  double benefit_sum_ = 0;
  double cost_sum_ = 0;
};

// Whether a ratio above 1 foretold who stayed (A37).
struct LoyaltyGroup {
  int64_t count = 0;
  int64_t kept_count = 0;
  std::optional<double> kept_ratio() const {
    if (count == 0) return std::nullopt;
    return static_cast<double>(kept_count) / static_cast<double>(count);
  }
};
struct LoyaltyResult {
  LoyaltyGroup above;
  LoyaltyGroup rest;
  void Add(double value_ratio, bool kept);
  std::optional<double> lift() const;  // above - rest; unset if a group is empty.
};

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_INSIGHT_PERCEIVED_VALUE_H_
