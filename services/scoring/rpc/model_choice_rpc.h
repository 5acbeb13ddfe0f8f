// ModelService.EvaluateModel, CompareModels, MonitorModel and ExportModelData: what a model is
// worth before and after it is activated.
#ifndef VALUELOOP_SCORING_RPC_MODEL_CHOICE_RPC_H_
#define VALUELOOP_SCORING_RPC_MODEL_CHOICE_RPC_H_

#include "absl/status/status.h"
#include "common/rpc/service.h"
#include "common/workspace/workspace_store.h"
#include "scoring/store/ledger_store.h"
#include "scoring/store/scorer.h"
#include "scoring/store/version_registry.h"
#include "scoring/store/version_store.h"
#include "valueloop/scoring/v1/model_choice.pb.h"

namespace valueloop::scoring {

struct ModelChoiceSources {
  LedgerStore& ledger;
  VersionStore& versions;
  VersionRegistry& registry;
  Scorer& scorer;
  WorkspaceStore& workspaces;
};

// Makes `model_service` answer the four methods; before the server starts. The sources outlive it.
// Each reads the whole ledger in pages and ends with CANCELLED once nobody waits for the answer.
void RegisterModelChoice(rpc::Service& model_service, const ModelChoiceSources& sources);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_RPC_MODEL_CHOICE_RPC_H_
