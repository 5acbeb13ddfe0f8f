// What publishing a plan would do to the customers, asked before it is done.
#ifndef VALUELOOP_CLI_POLICY_PREVIEW_H_
#define VALUELOOP_CLI_POLICY_PREVIEW_H_

#include <string>

#include "absl/status/statusor.h"
#include "cli/context.h"

namespace valueloop::cli {

struct PreviewOptions {
  std::string plan;  // PLAN or PLAN@VERSION: published or not.
  int movers = 10;   // 1..200.
  int sample = 0;    // As sample_size of PreviewPolicy.
};

// "HL-2026" or "HL-2026@3" as a resource name.
std::string PlanName(const Context& context, const std::string& plan);

// Prints who would change class and the money that moves; stores nothing.
absl::StatusOr<int> PreviewPlan(Context& context, const PreviewOptions& options);

}  // namespace valueloop::cli

#endif  // VALUELOOP_CLI_POLICY_PREVIEW_H_
