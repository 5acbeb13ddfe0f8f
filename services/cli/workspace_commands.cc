// workspace create | list | show: the same namespace in all three services.
#include <ostream>

#include "cli/command.h"
#include "cli/output.h"
#include "cli/table.h"
#include "common/status.h"
#include "fmt/format.h"
#include "valueloop/common/v1/workspace.pb.h"

namespace valueloop::cli {
namespace {

using common::v1::CreateWorkspaceRequest;
using common::v1::GetWorkspaceRequest;
using common::v1::ListWorkspacesRequest;
using common::v1::ListWorkspacesResponse;
using common::v1::Workspace;

constexpr Target kAll[] = {Target::kScoring, Target::kStrategy, Target::kPerformance};

void PrintTable(Context& context, const std::vector<Workspace>& workspaces) {
  Table table({{context.T("工作区", "WORKSPACE")},
               {context.T("币种", "CURRENCY")},
               {context.T("时区", "TIME ZONE")},
               {context.T("财年起始月", "FISCAL START"), Table::Align::kRight}});
  for (const Workspace& workspace : workspaces) {
    table.AddRow({LastSegment(workspace.name()), workspace.currency(), workspace.time_zone(),
                  fmt::format("{}", workspace.fiscal_start_month())});
  }
  table.Print(context.out(), context.color_wanted());
}

struct CreateOptions {
  std::string id;
  std::string currency;
  std::string time_zone;
  int fiscal_start_month = 0;
};

// Idempotent by id in every service, so a run that failed half-way is simply repeated.
absl::StatusOr<int> Create(Context& context, const CreateOptions& options) {
  CreateWorkspaceRequest request;
  request.set_workspace_id(options.id);
  request.mutable_workspace()->set_currency(options.currency);
  request.mutable_workspace()->set_time_zone(options.time_zone);
  request.mutable_workspace()->set_fiscal_start_month(options.fiscal_start_month);
  Workspace created;
  for (const Target target : kAll) {
    VL_RETURN_IF_ERROR(
        Annotate(context.Call(target, "valueloop.common.v1.WorkspaceService/CreateWorkspace",
                              request, &created),
                 TargetName(target)));
  }
  VL_RETURN_IF_ERROR(Print(context, created, [&] { PrintTable(context, {created}); }));
  return kDone;
}

absl::StatusOr<int> List(Context& context, const NoOptions&) {
  ListWorkspacesResponse all;
  ListWorkspacesRequest request;
  request.set_page_size(1000);
  do {
    ListWorkspacesResponse page;
    VL_RETURN_IF_ERROR(context.Call(
        Target::kScoring, "valueloop.common.v1.WorkspaceService/ListWorkspaces", request, &page));
    all.mutable_workspaces()->MergeFrom(page.workspaces());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  VL_RETURN_IF_ERROR(Print(context, all, [&] {
    PrintTable(context, {all.workspaces().begin(), all.workspaces().end()});
  }));
  return kDone;
}

struct ShowOptions {
  std::string id;
};

absl::StatusOr<int> Show(Context& context, const ShowOptions& options) {
  GetWorkspaceRequest request;
  request.set_name("workspaces/" + (options.id.empty() ? context.options.workspace : options.id));
  Workspace workspace;
  for (const Target target : kAll) {
    VL_RETURN_IF_ERROR(
        Annotate(context.Call(target, "valueloop.common.v1.WorkspaceService/GetWorkspace", request,
                              &workspace),
                 TargetName(target)));
  }
  VL_RETURN_IF_ERROR(Print(context, workspace, [&] { PrintTable(context, {workspace}); }));
  return kDone;
}

}  // namespace

void AddWorkspaceCommands(CLI::App& app, Context& context) {
  CLI::App& group =
      AddGroup(app, "workspace", "namespaces with currency, time zone and fiscal year");
  const auto create = AddCommand<CreateOptions>(group, context, "create",
                                                "create a workspace in all three services",
                                                "valueloop workspace create retail --currency EUR "
                                                "--time-zone Europe/Berlin",
                                                Create);
  create.app->add_option("id", create.options->id, "[a-z][a-z0-9-]{0,62}")->required();
  create.app->add_option("--currency", create.options->currency, "ISO 4217; default CNY");
  create.app->add_option("--time-zone", create.options->time_zone, "IANA; default Asia/Shanghai");
  create.app->add_option("--fiscal-start-month", create.options->fiscal_start_month,
                         "1 to 12; default 1");
  AddCommand<NoOptions>(group, context, "list", "list the workspaces", "valueloop workspace list",
                        List);
  const auto show = AddCommand<ShowOptions>(group, context, "show", "show one workspace",
                                            "valueloop workspace show default", Show);
  show.app->add_option("id", show.options->id, "default: --workspace");
}

}  // namespace valueloop::cli
