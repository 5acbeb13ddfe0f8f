#ifndef VALUELOOP_SCORING_RPC_MODEL_RPC_H_
#define VALUELOOP_SCORING_RPC_MODEL_RPC_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/clock.h"
#include "common/rpc/service.h"
#include "common/sql/job_store.h"
#include "common/workspace/workspace_store.h"
#include "scoring/store/version_store.h"
#include "valueloop/scoring/v1/model.pb.h"

namespace valueloop::scoring {

// valueloop.scoring.v1.ModelService. Fits are jobs of kind kFitKind (scoring_jobs.h).
class ModelRpc : public rpc::Service {
 public:
  // All outlive the service.
  ModelRpc(VersionStore& versions, sql::JobStore& jobs, WorkspaceStore& workspaces,
           const Clock& clock);

 private:
  absl::Status HandleFitModel(const v1::FitModelRequest& request, v1::FitModelResponse& response);
  absl::Status HandleCreateModel(const v1::CreateModelRequest& request, v1::Model& response);
  absl::Status HandleListModels(const v1::ListModelsRequest& request,
                                v1::ListModelsResponse& response);
  absl::Status HandleGetModel(const v1::GetModelRequest& request, v1::Model& response);
  absl::Status HandleActivateModel(const v1::ActivateModelRequest& request, v1::Model& response);

  absl::StatusOr<Workspace> FindWorkspace(std::string_view parent);
  absl::Status ReadModel(const std::string& workspace, int64_t version, v1::Model& response);

  VersionStore& versions_;
  sql::JobStore& jobs_;
  WorkspaceStore& workspaces_;
  const Clock& clock_;
};

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_RPC_MODEL_RPC_H_
