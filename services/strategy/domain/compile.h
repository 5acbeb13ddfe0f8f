// The strategy compiler: from a plan's source text to the plan and everything wrong with it.
#ifndef VALUELOOP_STRATEGY_DOMAIN_COMPILE_H_
#define VALUELOOP_STRATEGY_DOMAIN_COMPILE_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "strategy/domain/findings.h"
#include "strategy/domain/plan.h"

namespace valueloop::strategy {

struct Compilation {
  // Unset if the source cannot be read at all. With error findings the plan may miss fields and
  // hold references that lead nowhere: it must not be published.
  std::optional<Plan> plan;
  std::vector<Finding> findings;  // Ordered by code, then subjects.
  std::string fingerprint;        // Of the source's content (source.h); empty if it cannot be read.
  int error_count = 0;
  int warning_count = 0;

  bool ok() const { return plan.has_value() && error_count == 0; }
};

// Runs every pass and reports all findings in one run. A pure function; never throws; bounded in
// memory and recursion for any input. `file_name` only names the file in the findings.
Compilation Compile(std::string_view source, std::string_view file_name);

}  // namespace valueloop::strategy

#endif  // VALUELOOP_STRATEGY_DOMAIN_COMPILE_H_
