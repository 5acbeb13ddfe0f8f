#include "scoring/rpc/model_rpc.h"

#include <cstdint>
#include <limits>
#include <random>
#include <utility>
#include <vector>

#include "common/ids.h"
#include "common/log.h"
#include "common/status.h"
#include "fmt/format.h"
#include "google/protobuf/util/json_util.h"
#include "scoring/rpc/day_field.h"
#include "scoring/rpc/fit_job.h"
#include "scoring/rpc/model_name.h"
#include "scoring/rpc/model_proto.h"

namespace valueloop::scoring {
namespace {

// Parts as given, without what only the service says.
v1::Model GivenModel(const v1::Model& model) {
  v1::Model given;
  given.set_origin("GIVEN");
  for (const v1::ModelPart& part : model.parts()) {
    v1::ModelPart& out = *given.add_parts();
    out.set_segment(part.segment());
    out.set_family(part.family());
    for (const v1::Parameter& parameter : part.parameters()) {
      v1::Parameter& kept = *out.add_parameters();
      kept.set_parameter(parameter.parameter());
      kept.set_value(parameter.value());
    }
  }
  return given;
}

}  // namespace

ModelRpc::ModelRpc(VersionStore& versions, sql::JobStore& jobs, WorkspaceStore& workspaces,
                   const Clock& clock)
    : Service("valueloop.scoring.v1.ModelService"),
      versions_(versions),
      jobs_(jobs),
      workspaces_(workspaces),
      clock_(clock) {
  using rpc::CallContext;
  Unary<v1::FitModelRequest, v1::FitModelResponse>(
      "FitModel", [this](CallContext&, const auto& request, auto& response) {
        return HandleFitModel(request, response);
      });
  Unary<v1::CreateModelRequest, v1::Model>(
      "CreateModel", [this](CallContext&, const auto& request, auto& response) {
        return HandleCreateModel(request, response);
      });
  Unary<v1::ListModelsRequest, v1::ListModelsResponse>(
      "ListModels", [this](CallContext&, const auto& request, auto& response) {
        return HandleListModels(request, response);
      });
  Unary<v1::GetModelRequest, v1::Model>("GetModel",
                                        [this](CallContext&, const auto& request, auto& response) {
                                          return HandleGetModel(request, response);
                                        });
  Unary<v1::ActivateModelRequest, v1::Model>(
      "ActivateModel", [this](CallContext&, const auto& request, auto& response) {
        return HandleActivateModel(request, response);
      });
}

absl::StatusOr<Workspace> ModelRpc::FindWorkspace(std::string_view parent) {
  VL_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                      ParseResourceName("parent", "workspaces/*", parent));
  return workspaces_.Get(parts[0]);
}

absl::Status ModelRpc::ReadModel(const std::string& workspace, int64_t version,
                                 v1::Model& response) {
  VL_ASSIGN_OR_RETURN(const StoredModel stored, versions_.GetModel(workspace, version));
  VL_ASSIGN_OR_RETURN(response, ModelToProto(workspace, stored));
  return absl::OkStatus();
}

absl::Status ModelRpc::HandleFitModel(const v1::FitModelRequest& request,
                                      v1::FitModelResponse& response) {
  VL_ASSIGN_OR_RETURN(const Workspace workspace, FindWorkspace(request.parent()));
  VL_RETURN_IF_ERROR(ValidateFit(request));
  VL_RETURN_IF_ERROR(
      ParsePastDayField("until", request.until(), workspaces_.Today(workspace)).status());
  sql::NewJob job{.workspace = workspace.id, .kind = kFitKind};
  if (request.request_id().empty()) {
    std::random_device device;
    job.id = fmt::format("fit-{}-{:08x}", absl::ToUnixMicros(clock_.Now()), device());
  } else {
    VL_RETURN_IF_ERROR(ValidateRequestId("request_id", request.request_id()));
    job.id = fmt::format("fit-{}", request.request_id());
  }
  // Printing fails for invalid UTF-8 only, which no handler ever sees.
  (void)google::protobuf::util::MessageToJsonString(request, &job.payload);
  const absl::StatusOr<sql::Job> added = jobs_.Enqueue(job);
  if (absl::IsAlreadyExists(added.status())) {
    return InvalidField("request_id", request.request_id(), "a new one for another request");
  }
  VL_RETURN_IF_ERROR(added.status());
  response.set_job(fmt::format("workspaces/{}/jobs/{}", workspace.id, added->id));
  return absl::OkStatus();
}

absl::Status ModelRpc::HandleCreateModel(const v1::CreateModelRequest& request,
                                         v1::Model& response) {
  VL_ASSIGN_OR_RETURN(const Workspace workspace, FindWorkspace(request.parent()));
  if (!request.request_id().empty()) {
    VL_RETURN_IF_ERROR(ValidateRequestId("request_id", request.request_id()));
  }
  const v1::Model given = GivenModel(request.model());
  VL_RETURN_IF_ERROR(Annotate(ModelFromProto(given).status(), "model"));
  VL_ASSIGN_OR_RETURN(const int64_t version, versions_.CreateModel(workspace.id, EncodeModel(given),
                                                                   request.request_id()));
  log::Info("model_created", {{"workspace", workspace.id}, {"version", version}});
  return ReadModel(workspace.id, version, response);
}

absl::Status ModelRpc::HandleListModels(const v1::ListModelsRequest& request,
                                        v1::ListModelsResponse& response) {
  VL_ASSIGN_OR_RETURN(const Workspace workspace, FindWorkspace(request.parent()));
  VL_ASSIGN_OR_RETURN(const int page_size, ParsePageSize(request.page_size()));
  VL_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                      ParsePageToken(request.parent(), request.page_token()));
  int64_t before = std::numeric_limits<int64_t>::max();
  if (!parts.empty()) {
    VL_ASSIGN_OR_RETURN(before, ParseModelVersion("page_token", parts[0]));
  }
  VL_ASSIGN_OR_RETURN(const std::vector<StoredModel> models,
                      versions_.ListModels(workspace.id, before, page_size + 1));
  for (const StoredModel& stored : models) {
    if (response.models_size() == page_size) {
      const int64_t last = response.models(page_size - 1).version();
      response.set_next_page_token(MakePageToken(request.parent(), {fmt::format("{}", last)}));
      break;
    }
    v1::Model& model = *response.add_models();
    VL_ASSIGN_OR_RETURN(model, ModelToProto(workspace.id, stored));
    // Trials are long; who wants them asks for the one version.
    if (model.has_choice()) model.mutable_choice()->clear_evaluations();
  }
  return absl::OkStatus();
}

absl::Status ModelRpc::HandleGetModel(const v1::GetModelRequest& request, v1::Model& response) {
  VL_ASSIGN_OR_RETURN(const ModelPlace place, ParseModelName("name", request.name()));
  VL_ASSIGN_OR_RETURN(const Workspace workspace, workspaces_.Get(place.workspace));
  VL_ASSIGN_OR_RETURN(const int64_t version, ResolveModelVersion(versions_, "name", place));
  return ReadModel(workspace.id, version, response);
}

absl::Status ModelRpc::HandleActivateModel(const v1::ActivateModelRequest& request,
                                           v1::Model& response) {
  VL_ASSIGN_OR_RETURN(const ModelPlace place, ParseModelName("name", request.name()));
  VL_ASSIGN_OR_RETURN(const Workspace workspace, workspaces_.Get(place.workspace));
  VL_ASSIGN_OR_RETURN(const int64_t version, ParseModelVersion("name", place.version));
  VL_ASSIGN_OR_RETURN(const ActiveVersions active, versions_.ActivateModel(workspace.id, version));
  log::Info("model_activated",
            {{"workspace", workspace.id}, {"version", version}, {"sequence", active.sequence}});
  return ReadModel(workspace.id, version, response);
}

}  // namespace valueloop::scoring
