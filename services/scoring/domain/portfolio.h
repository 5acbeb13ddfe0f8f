// What all customers of a workspace add up to: the class matrix and the concentration of value.
#ifndef VALUELOOP_SCORING_DOMAIN_PORTFOLIO_H_
#define VALUELOOP_SCORING_DOMAIN_PORTFOLIO_H_

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "scoring/domain/policy.h"

namespace valueloop::scoring {

struct PortfolioEntry {
  CustomerClass customer_class = CustomerClass::kUnknown;
  double expected_value = 0;  // 0 if unknown.
  double value_at_stake = 0;
};

struct PortfolioCell {
  int64_t customer_count = 0;
  double expected_value = 0;
  double value_at_stake = 0;
};

struct ClassMatrix {
  std::array<PortfolioCell, kCustomerClassCount> by_class;  // By CustomerClass.
  PortfolioCell total;
};

// Sums in the order given, so that equal inputs give equal bits.
ClassMatrix ComputeClassMatrix(std::span<const PortfolioEntry> entries);

// METHODS E12 (A47: 80/20). Of raw values, negative ones included.
struct Concentration {
  int64_t customer_count = 0;
  double total = 0;
  // What the best ceil(0.2 n) customers have of the total; may exceed 1. Unset if the total <= 0.
  std::optional<double> top20_share;
  std::optional<double> gini;  // May exceed 1 with negative values. Unset if the total <= 0.
  double negative_share = 0;   // The share of customers whose value is below 0.
  double negative_sum = 0;     // What these add up to.
  // The smallest share of customers, best first, that make 80 % of the total. Unset if the total <=
  // 0.
  std::optional<double> share_making_80;
};
Concentration ComputeConcentration(std::span<const double> values);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_PORTFOLIO_H_
