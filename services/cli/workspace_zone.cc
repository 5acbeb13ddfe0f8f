#include "cli/workspace_zone.h"

#include "common/status.h"
#include "fmt/format.h"
#include "valueloop/common/v1/workspace.pb.h"

namespace valueloop::cli {

absl::StatusOr<absl::TimeZone> WorkspaceZone(Context& context) {
  common::v1::GetWorkspaceRequest request;
  request.set_name(context.Parent());
  common::v1::Workspace workspace;
  VL_RETURN_IF_ERROR(context.Call(
      Target::kScoring, "valueloop.common.v1.WorkspaceService/GetWorkspace", request, &workspace));
  absl::TimeZone zone;
  if (!absl::LoadTimeZone(workspace.time_zone(), &zone)) {
    return absl::FailedPreconditionError(
        fmt::format("time_zone: got {}, want one this machine knows; install the package tzdata",
                    workspace.time_zone()));
  }
  return zone;
}

}  // namespace valueloop::cli
