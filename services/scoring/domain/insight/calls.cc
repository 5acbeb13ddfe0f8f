#include "scoring/domain/insight/calls.h"

#include <string_view>
#include <tuple>

namespace valueloop::scoring {

void SetDue(Call& call, int32_t first_event_day, int32_t as_of) {
  call.due_day = call.last_contact_day.value_or(first_event_day) + call.cadence_days;
  call.overdue_days = as_of - call.due_day;
  call.priority.reset();
  if (call.overdue_days >= 0 && call.expected_value.value_or(-1) >= 0) {
    call.priority = call.overdue_days * *call.expected_value;
  }
}

bool IsBefore(const Call& left, const Call& right) {
  // Priorities are at least 0.
  const auto key = [](const Call& call) {
    return std::tuple(-call.priority.value_or(-1), -call.overdue_days,
                      std::string_view(call.customer_id));
  };
  return key(left) < key(right);
}

}  // namespace valueloop::scoring
