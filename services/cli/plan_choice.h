// Which plan a command means when it names none, and what its periods are called.
#ifndef VALUELOOP_CLI_PLAN_CHOICE_H_
#define VALUELOOP_CLI_PLAN_CHOICE_H_

#include <string>

#include "absl/status/statusor.h"
#include "cli/context.h"
#include "cli/observations.h"

namespace valueloop::cli {

// `plan`, or if it is empty the id of the newest publication that performance follows. NotFound if
// there is none.
absl::StatusOr<std::string> ChoosePlan(Context& context, const std::string& plan);

// From the publication of a plan's version in force.
absl::StatusOr<PeriodCalendar> CalendarOfPlan(Context& context, const std::string& plan);

}  // namespace valueloop::cli

#endif  // VALUELOOP_CLI_PLAN_CHOICE_H_
