// What the customer gets out of us, what we get out of the customer, and how the two compare (A43).
#ifndef VALUELOOP_SCORING_DOMAIN_INSIGHT_EXCHANGE_H_
#define VALUELOOP_SCORING_DOMAIN_INSIGHT_EXCHANGE_H_

#include <cstdint>
#include <optional>

#include "absl/time/civil_time.h"
#include "scoring/domain/summary.h"

namespace valueloop::scoring {

// Margin less cost to serve and remedies of the 365 days that end with `as_of`, currency units.
double ValueToFirm(const CustomerSummary& summary, absl::CivilDay as_of, double margin_ratio);

// Currency units of one year.
struct ExchangeResult {
  int64_t customer_count = 0;
  int64_t with_value_case_count = 0;
  std::optional<double> value_to_customer;  // Of those with a value case, these two.
  std::optional<double> value_to_firm_of_compared;
  double value_to_firm = 0;

  // `gain`: over the latest cases of all offers; unset without one.
  void Add(double value_to_firm_of_customer, std::optional<double> gain);
  // Unset unless what we get is above 0.
  std::optional<double> ratio() const;
  std::optional<bool> both_gain() const;
};

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_INSIGHT_EXCHANGE_H_
