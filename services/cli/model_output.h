// How choices, evaluations, comparisons and monitors of models are printed for people.
#ifndef VALUELOOP_CLI_MODEL_OUTPUT_H_
#define VALUELOOP_CLI_MODEL_OUTPUT_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "cli/context.h"
#include "valueloop/scoring/v1/model_choice.pb.h"

namespace valueloop::cli {

// The reason, every family tried, and the chosen one's holdout.
void PrintChoice(Context& context, const scoring::v1::ModelChoice& choice);
// What was foretold and what came: totals, by frequency, over time, and how intervals held.
void PrintHoldout(Context& context, const scoring::v1::HoldoutEvaluation& holdout);
void PrintComparison(Context& context, const scoring::v1::ModelComparison& comparison);
void PrintMonitor(Context& context, const scoring::v1::ModelMonitor& monitor);

// Days as "273", "273d" or "39w"; at least 1. InvalidArgument names `field`.
absl::StatusOr<int> ParseDays(std::string_view field, std::string_view text);

}  // namespace valueloop::cli

#endif  // VALUELOOP_CLI_MODEL_OUTPUT_H_
