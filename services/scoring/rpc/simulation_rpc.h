// valueloop.scoring.v1.SimulationService.
#ifndef VALUELOOP_SCORING_RPC_SIMULATION_RPC_H_
#define VALUELOOP_SCORING_RPC_SIMULATION_RPC_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/clock.h"
#include "common/rpc/service.h"
#include "common/workspace/workspace_store.h"
#include "scoring/store/ledger_store.h"
#include "scoring/store/score_signals.h"
#include "scoring/store/scorer.h"
#include "scoring/store/version_registry.h"
#include "scoring/store/version_store.h"
#include "valueloop/scoring/v1/simulation.pb.h"

namespace valueloop::scoring {

// All outlive the service.
struct SimulationSources {
  LedgerStore& ledger;
  VersionStore& version_store;
  VersionRegistry& versions;
  Scorer& scorer;
  ScoreSignals& signals;
  WorkspaceStore& workspaces;
  const Clock& clock;
};

// Reads only: whatever is asked, nothing is stored, remembered or cached.
class SimulationRpc : public rpc::Service {
 public:
  explicit SimulationRpc(const SimulationSources& sources);

 private:
  absl::Status HandleSimulateScore(const v1::SimulateScoreRequest& request,
                                   v1::SimulateScoreResponse& response);
  absl::Status HandleGetNextClass(const v1::GetNextClassRequest& request, v1::NextClass& response);

  const SimulationSources sources_;
};

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_RPC_SIMULATION_RPC_H_
