// Stored plans and compilations as messages.
#ifndef VALUELOOP_STRATEGY_RPC_PLAN_MESSAGES_H_
#define VALUELOOP_STRATEGY_RPC_PLAN_MESSAGES_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "strategy/domain/compile.h"
#include "strategy/store/plan_store.h"
#include "valueloop/strategy/v1/plan.pb.h"

namespace valueloop::strategy {

// More findings than this are counted, not listed.
inline constexpr int kMaxListedFindings = 2000;

void SetPlan(const PlanVersion& version, v1::Plan& message);

// The revision in an etag; empty for an empty etag. INVALID_ARGUMENT if it was never one.
absl::StatusOr<std::optional<int64_t>> ParseEtag(std::string_view etag);

// What the store keeps of a compilation that has a plan.
PlanFacts FactsOf(const Compilation& compilation);

void SetReport(const Compilation& compilation, v1::ValidationReport& report);

// Every code there is, in the order of reports.
void SetFindingCodes(v1::ListFindingCodesResponse& response);

}  // namespace valueloop::strategy

#endif  // VALUELOOP_STRATEGY_RPC_PLAN_MESSAGES_H_
