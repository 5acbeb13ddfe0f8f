// gap list: what performance found missed.
#include <ostream>

#include "cli/command.h"
#include "cli/labels.h"
#include "cli/output.h"
#include "cli/table.h"
#include "common/status.h"
#include "fmt/format.h"
#include "valueloop/strategy/v1/gap.pb.h"

namespace valueloop::cli {
namespace {

using strategy::v1::Gap;

struct ListOptions {
  std::string plan = "-";
  bool all = false;
};

absl::StatusOr<int> List(Context& context, const ListOptions& options) {
  strategy::v1::ListGapsRequest request;
  request.set_parent(context.Name("plans/" + options.plan));
  if (!options.all) request.set_state(Gap::STATE_OPEN);
  strategy::v1::ListGapsResponse all;
  do {
    strategy::v1::ListGapsResponse page;
    VL_RETURN_IF_ERROR(context.Call(Target::kStrategy, "valueloop.strategy.v1.GapService/ListGaps",
                                    request, &page));
    all.mutable_gaps()->MergeFrom(page.gaps());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  VL_RETURN_IF_ERROR(Print(context, all, [&] {
    Table table({{context.T("差距", "GAP")},
                 {context.T("计划", "PLAN")},
                 {"KPI"},
                 {context.T("组织", "UNIT")},
                 {context.T("状态", "STATE")},
                 {context.T("应为", "EXPECTED"), Table::Align::kRight},
                 {context.T("预计", "ACTUAL"), Table::Align::kRight},
                 {context.T("缺口", "MISSING"), Table::Align::kRight},
                 {context.T("原因", "REASON")}});
    for (const Gap& gap : all.gaps()) {
      table.AddRow({LastSegment(gap.name()), SegmentAfter(gap.name(), "plans"), gap.kpi(),
                    gap.org_unit(), WithoutPrefix(Gap::State_Name(gap.state()), "STATE_"),
                    Number(gap.expected()), Number(gap.actual()), Number(gap.amount()),
                    gap.reason()});
    }
    table.Print(context.out(), context.color_wanted());
  }));
  return kDone;
}

}  // namespace

void AddGapCommands(CLI::App& app, Context& context) {
  CLI::App& group = AddGroup(app, "gap", "gaps beside the published plans");
  const auto list = AddCommand<ListOptions>(group, context, "list", "open gaps, newest first",
                                            "valueloop gap list --all", List);
  list.app->add_option("--plan", list.options->plan, "default: all plans");
  list.app->add_flag("--all", list.options->all, "closed ones too");
}

}  // namespace valueloop::cli
