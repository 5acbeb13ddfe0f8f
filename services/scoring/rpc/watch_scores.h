// The scores of a set of customers, now and whenever they change.
#ifndef VALUELOOP_SCORING_RPC_WATCH_SCORES_H_
#define VALUELOOP_SCORING_RPC_WATCH_SCORES_H_

#include "absl/status/status.h"
#include "common/rpc/call_context.h"
#include "common/rpc/service.h"
#include "scoring/rpc/simulation_rpc.h"

namespace valueloop::scoring {

absl::Status WatchScores(const SimulationSources& sources, rpc::CallContext& context,
                         const v1::WatchScoresRequest& request,
                         rpc::Writer<v1::WatchScoresResponse>& writer);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_RPC_WATCH_SCORES_H_
