// Whom to call (A103): a contact is due one cadence after the last, and the customer with the most
// value waiting the longest comes first.
#ifndef VALUELOOP_SCORING_DOMAIN_INSIGHT_CALLS_H_
#define VALUELOOP_SCORING_DOMAIN_INSIGHT_CALLS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "scoring/domain/policy.h"

namespace valueloop::scoring {

struct Call {
  std::string customer_id;
  CustomerClass customer_class = CustomerClass::kUnknown;
  std::optional<int32_t> last_contact_day;  // Day number; unset: none yet.
  int cadence_days = 0;
  int32_t due_day = 0;
  int32_t overdue_days = 0;  // Below 0: still ahead.
  std::optional<double> expected_value;
  std::optional<double> value_at_stake;
  // overdue_days x expected_value; unset if either is unknown or below 0.
  std::optional<double> priority;
};

// Sets due_day, overdue_days and priority from the rest. Without a contact the cadence counts from
// `first_event_day`.
void SetDue(Call& call, int32_t first_event_day, int32_t as_of);

// By priority, the largest first, unset last; then the longest overdue; then by customer.
bool IsBefore(const Call& left, const Call& right);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_INSIGHT_CALLS_H_
