// What the models need to know of one customer: when it bought and how much it spent.
#ifndef VALUELOOP_SCORING_DOMAIN_HISTORY_H_
#define VALUELOOP_SCORING_DOMAIN_HISTORY_H_

#include <cstdint>
#include <optional>

#include "absl/status/status.h"

namespace valueloop::scoring {

// The purchase days of a customer, in the models' terms. All times in weeks after the first
// purchase.
struct PurchaseHistory {
  int32_t repeat_count = 0;  // x: purchase days after the first one; at least 0.
  double last_weeks = 0;     // t_x: the last purchase; 0 exactly if repeat_count is 0.
  double age_weeks = 0;      // T: the end of the observation; at least last_weeks.
  // The sum of ln of the weeks from each purchase to the next: how regular they were. Read only by
  // the likelihood of the regular families (cnbd.h). Unset without a repeat purchase, and where the
  // purchase days are not known.
  std::optional<double> log_gap_sum = std::nullopt;
  friend bool operator==(const PurchaseHistory&, const PurchaseHistory&) = default;
};

// The repeat purchase days on which something was spent (METHODS E10: zero amounts are no spend).
struct SpendHistory {
  int32_t count = 0;  // At least 0.
  double mean =
      0;  // Mean net amount of those days in units of the currency; 0 exactly if count is 0.
  friend bool operator==(const SpendHistory&, const SpendHistory&) = default;
};

// Fails with InvalidArgument naming the field: finite, 0 <= last_weeks <= age_weeks, and last_weeks
// is 0 exactly if repeat_count is 0; log_gap_sum, where set, finite, and not set if that is 0.
absl::Status Validate(const PurchaseHistory& history);
// Fails with InvalidArgument naming the field: count >= 0, mean finite, above 0 exactly if count
// is.
absl::Status Validate(const SpendHistory& spend);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_HISTORY_H_
