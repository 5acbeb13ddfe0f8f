#include "common/rpc/workspace_rpc.h"

#include <string>
#include <utility>
#include <vector>

#include "common/ids.h"
#include "common/status.h"
#include "google/protobuf/util/time_util.h"
#include "valueloop/common/v1/workspace.pb.h"

namespace valueloop::rpc {
namespace {

namespace v1 = ::valueloop::common::v1;
using google::protobuf::util::TimeUtil;

void ToProto(const Workspace& workspace, v1::Workspace& out) {
  out.set_name("workspaces/" + workspace.id);
  out.set_currency(workspace.currency);
  out.set_time_zone(workspace.time_zone_name);
  out.set_fiscal_start_month(workspace.fiscal_start_month);
  *out.mutable_create_time() = TimeUtil::MicrosecondsToTimestamp(workspace.create_micros);
}

absl::Status Create(WorkspaceStore& store, const v1::CreateWorkspaceRequest& request,
                    v1::Workspace& response) {
  Workspace wanted;
  wanted.id = request.workspace_id();
  const v1::Workspace& given = request.workspace();
  if (!given.currency().empty()) wanted.currency = given.currency();
  if (!given.time_zone().empty()) wanted.time_zone_name = given.time_zone();
  if (given.fiscal_start_month() != 0) wanted.fiscal_start_month = given.fiscal_start_month();
  VL_ASSIGN_OR_RETURN(const Workspace created, store.Create(wanted));
  ToProto(created, response);
  return absl::OkStatus();
}

absl::Status Get(WorkspaceStore& store, const v1::GetWorkspaceRequest& request,
                 v1::Workspace& response) {
  VL_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                      ParseResourceName("name", "workspaces/*", request.name()));
  VL_ASSIGN_OR_RETURN(const Workspace workspace, store.Get(parts[0]));
  ToProto(workspace, response);
  return absl::OkStatus();
}

absl::Status List(WorkspaceStore& store, const v1::ListWorkspacesRequest& request,
                  v1::ListWorkspacesResponse& response) {
  constexpr std::string_view kRequestKey = "workspaces";
  VL_ASSIGN_OR_RETURN(const int page_size, ParsePageSize(request.page_size()));
  VL_ASSIGN_OR_RETURN(const std::vector<std::string> token,
                      ParsePageToken(kRequestKey, request.page_token()));
  VL_ASSIGN_OR_RETURN(std::vector<Workspace> workspaces,
                      store.List(token.empty() ? "" : token[0], page_size + 1));
  const bool more = workspaces.size() > static_cast<size_t>(page_size);
  if (more) workspaces.pop_back();
  for (const Workspace& workspace : workspaces) ToProto(workspace, *response.add_workspaces());
  if (more) response.set_next_page_token(MakePageToken(kRequestKey, {workspaces.back().id}));
  return absl::OkStatus();
}

}  // namespace

WorkspaceRpc::WorkspaceRpc(WorkspaceStore& store)
    : Service("valueloop.common.v1.WorkspaceService") {
  Unary<v1::CreateWorkspaceRequest, v1::Workspace>(
      "CreateWorkspace",
      [&store](CallContext&, const v1::CreateWorkspaceRequest& request, v1::Workspace& response) {
        return Create(store, request, response);
      });
  Unary<v1::GetWorkspaceRequest, v1::Workspace>(
      "GetWorkspace", [&store](CallContext&, const v1::GetWorkspaceRequest& request,
                               v1::Workspace& response) { return Get(store, request, response); });
  Unary<v1::ListWorkspacesRequest, v1::ListWorkspacesResponse>(
      "ListWorkspaces",
      [&store](CallContext&, const v1::ListWorkspacesRequest& request,
               v1::ListWorkspacesResponse& response) { return List(store, request, response); });
}

}  // namespace valueloop::rpc
