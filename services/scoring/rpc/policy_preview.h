// What a policy would do to the customers if it governed today.
#ifndef VALUELOOP_SCORING_RPC_POLICY_PREVIEW_H_
#define VALUELOOP_SCORING_RPC_POLICY_PREVIEW_H_

#include "absl/status/status.h"
#include "common/rpc/call_context.h"
#include "scoring/rpc/simulation_rpc.h"

namespace valueloop::scoring {

absl::Status PreviewPolicy(const SimulationSources& sources, rpc::CallContext& context,
                           const v1::PreviewPolicyRequest& request, v1::PolicyPreview& response);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_RPC_POLICY_PREVIEW_H_
