// plan import | validate | publish | show | list | export: the strategy compiler.
#include <ostream>

#include "cli/command.h"
#include "cli/input_file.h"
#include "cli/labels.h"
#include "cli/output.h"
#include "cli/policy_preview.h"
#include "cli/table.h"
#include "common/status.h"
#include "fmt/format.h"
#include "valueloop/strategy/v1/plan.pb.h"

namespace valueloop::cli {
namespace {

using strategy::v1::Finding;
using strategy::v1::Plan;
using strategy::v1::ValidationReport;

constexpr size_t kMaxPlanBytes = 32 << 20;

std::string StateLabel(const Plan& plan) {
  return WithoutPrefix(Plan::State_Name(plan.state()), "STATE_");
}

// `file:line:col: CODE subject: message`, and how to fix it on the next line.
void PrintFindings(Context& context, const std::string& file, const ValidationReport& report) {
  for (const Finding& finding : report.findings()) {
    std::string subjects;
    for (const std::string& subject : finding.subjects()) {
      subjects += (subjects.empty() ? " " : ",") + subject;
    }
    // The message says what is there and what is wanted.
    const std::string& text = context.T(finding.message_zh(), finding.message_en());
    const bool error = finding.severity() == Finding::SEVERITY_ERROR;
    const std::string& name = finding.file_name().empty() ? file : finding.file_name();
    context.out() << fmt::format("{}:{}:{}: {}{}{}: {}\n", name, finding.line(), finding.column(),
                                 error ? "" : context.T("警告 ", "warning "), finding.code(),
                                 subjects, text);
    const std::string& fix = context.T(finding.fix_zh(), finding.fix_en());
    if (!fix.empty()) context.out() << context.T("    改法：", "    fix: ") << fix << '\n';
  }
  if (report.total_count() > report.findings_size()) {
    context.out() << fmt::format(fmt::runtime(context.T("…… 共 {} 条\n", "... {} in all\n")),
                                 report.total_count());
  }
  context.out() << fmt::format(
      fmt::runtime(context.T("{}：{} 个错误，{} 个警告\n", "{}: {} errors, {} warnings\n")), file,
      report.error_count(), report.warning_count());
}

void PrintPlans(Context& context, const std::vector<Plan>& plans) {
  Table table({{context.T("计划", "PLAN")},
               {context.T("版本", "VERSION"), Table::Align::kRight},
               {context.T("状态", "STATE")},
               {context.T("财年", "YEAR"), Table::Align::kRight},
               {context.T("错误", "ERRORS"), Table::Align::kRight},
               {context.T("警告", "WARNINGS"), Table::Align::kRight},
               {context.T("名称", "NAME")}});
  for (const Plan& plan : plans) {
    table.AddRow({plan.plan_id(), fmt::format("{}", plan.version()), StateLabel(plan),
                  fmt::format("{}", plan.fiscal_year()), Count(plan.error_count()),
                  Count(plan.warning_count()), context.T(plan.name_zh(), plan.name_en())});
  }
  table.Print(context.out(), context.color_wanted());
}

void PrintPlan(Context& context, const Plan& plan) {
  PrintPlans(context, {plan});
  const auto& counts = plan.counts();
  context.out() << fmt::format(
      fmt::runtime(context.T("方向 {}，CSF {}，KPI {}，关键任务 {}，组织 {}，人员 {}，差距 {}\n",
                             "{} directions, {} CSFs, {} KPIs, {} key tasks, {} units, {} people, "
                             "{} gaps\n")),
      counts.direction_count(), counts.csf_count(), counts.kpi_count(), counts.key_task_count(),
      counts.org_unit_count(), counts.person_count(), counts.gap_count());
  context.out() << plan.name() << "  " << plan.fingerprint() << '\n';
}

struct FileOptions {
  std::string file;
};

absl::StatusOr<int> Validate(Context& context, const FileOptions& options) {
  strategy::v1::ValidatePlanRequest request;
  request.set_parent(context.Parent());
  VL_ASSIGN_OR_RETURN(*request.mutable_source(), ReadInput(context, options.file, kMaxPlanBytes));
  request.set_file_name(options.file);
  ValidationReport report;
  VL_RETURN_IF_ERROR(context.Call(
      Target::kStrategy, "valueloop.strategy.v1.StrategyService/ValidatePlan", request, &report));
  VL_RETURN_IF_ERROR(Print(context, report, [&] { PrintFindings(context, options.file, report); }));
  return report.error_count() > 0 ? kRejects : kDone;
}

absl::StatusOr<int> Import(Context& context, const FileOptions& options) {
  strategy::v1::ImportPlanRequest request;
  request.set_parent(context.Parent());
  VL_ASSIGN_OR_RETURN(*request.mutable_source(), ReadInput(context, options.file, kMaxPlanBytes));
  request.set_file_name(options.file);
  strategy::v1::ImportPlanResponse response;
  VL_RETURN_IF_ERROR(context.Call(
      Target::kStrategy, "valueloop.strategy.v1.StrategyService/ImportPlan", request, &response));
  VL_RETURN_IF_ERROR(Print(context, response, [&] {
    PrintFindings(context, options.file, response.report());
    if (response.has_plan()) PrintPlan(context, response.plan());
  }));
  if (!response.has_plan()) {
    return absl::InvalidArgumentError(
        fmt::format("{}: got no readable plan, want one; nothing was kept", options.file));
  }
  return response.report().error_count() > 0 ? kRejects : kDone;
}

struct PlanOptions {
  std::string plan;
  std::string output_file;
};

struct PublishOptions {
  std::string plan;
  bool dry_run = false;
};

absl::StatusOr<int> Publish(Context& context, const PublishOptions& options) {
  if (options.dry_run) return PreviewPlan(context, {.plan = options.plan});
  strategy::v1::PublishPlanRequest request;
  request.set_name(PlanName(context, options.plan));
  Plan plan;
  VL_RETURN_IF_ERROR(context.Call(
      Target::kStrategy, "valueloop.strategy.v1.StrategyService/PublishPlan", request, &plan));
  VL_RETURN_IF_ERROR(Print(context, plan, [&] { PrintPlan(context, plan); }));
  return kDone;
}

absl::StatusOr<int> Show(Context& context, const PlanOptions& options) {
  strategy::v1::GetPlanRequest request;
  request.set_name(PlanName(context, options.plan));
  Plan plan;
  VL_RETURN_IF_ERROR(context.Call(Target::kStrategy,
                                  "valueloop.strategy.v1.StrategyService/GetPlan", request, &plan));
  VL_RETURN_IF_ERROR(Print(context, plan, [&] { PrintPlan(context, plan); }));
  return kDone;
}

absl::StatusOr<int> List(Context& context, const NoOptions&) {
  strategy::v1::ListPlansRequest request;
  request.set_parent(context.Parent());
  strategy::v1::ListPlansResponse all;
  do {
    strategy::v1::ListPlansResponse page;
    VL_RETURN_IF_ERROR(context.Call(
        Target::kStrategy, "valueloop.strategy.v1.StrategyService/ListPlans", request, &page));
    all.mutable_plans()->MergeFrom(page.plans());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  VL_RETURN_IF_ERROR(Print(context, all, [&] {
    PrintPlans(context, {all.plans().begin(), all.plans().end()});
  }));
  return kDone;
}

absl::StatusOr<int> Export(Context& context, const PlanOptions& options) {
  strategy::v1::ExportPlanRequest request;
  request.set_name(PlanName(context, options.plan));
  strategy::v1::ExportPlanResponse response;
  VL_RETURN_IF_ERROR(context.Call(
      Target::kStrategy, "valueloop.strategy.v1.StrategyService/ExportPlan", request, &response));
  VL_RETURN_IF_ERROR(WriteOutput(context, options.output_file, response.source()));
  return kDone;
}

}  // namespace

void AddPlanCommands(CLI::App& app, Context& context) {
  CLI::App& group = AddGroup(app, "plan", "the strategy compiler");
  const auto validate = AddCommand<FileOptions>(
      group, context, "validate", "compile a plan and print every finding; keeps nothing",
      "valueloop plan validate strategy.yaml --lang zh", Validate);
  validate.app->add_option("file", validate.options->file, "YAML, or - for standard input")
      ->required();
  const auto import =
      AddCommand<FileOptions>(group, context, "import", "keep a plan as a draft, with its findings",
                              "valueloop plan import strategy.yaml", Import);
  import.app->add_option("file", import.options->file, "YAML, or - for standard input")->required();
  const auto publish = AddCommand<PublishOptions>(
      group, context, "publish", "publish a version; scoring and performance follow it",
      "valueloop plan publish HL-2026", Publish);
  publish.app->add_option("plan", publish.options->plan, "PLAN or PLAN@VERSION")->required();
  publish.app->add_flag("--dry-run", publish.options->dry_run,
                        "publish nothing: show which customers would change class");
  const auto show = AddCommand<PlanOptions>(group, context, "show", "state and counts of a version",
                                            "valueloop plan show HL-2026@1", Show);
  show.app->add_option("plan", show.options->plan, "PLAN or PLAN@VERSION")->required();
  AddCommand<NoOptions>(group, context, "list", "the newest version of every plan",
                        "valueloop plan list", List);
  const auto exported =
      AddCommand<PlanOptions>(group, context, "export", "the source text, byte for byte",
                              "valueloop plan export HL-2026 --file strategy.yaml", Export);
  exported.app->add_option("plan", exported.options->plan, "PLAN or PLAN@VERSION")->required();
  exported.app->add_option("-f,--file", exported.options->output_file, "default: standard output");
}

}  // namespace valueloop::cli
