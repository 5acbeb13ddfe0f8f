#include "cli/app.h"

#include <exception>
#include <iostream>

#include "cli/command.h"
#include "cli/context.h"
#include "common/status.h"
#include "fmt/format.h"

namespace valueloop::cli {
namespace {

void AddGlobalOptions(CLI::App& app, GlobalOptions& options) {
  app.add_option("--workspace", options.workspace, "namespace of customers and plans")
      ->capture_default_str();
  app.add_option("--scoring", options.scoring, "address of scoring, such as 127.0.0.1:7401");
  app.add_option("--strategy", options.strategy, "address of strategy");
  app.add_option("--performance", options.performance, "address of performance");
  app.add_option("-o,--output", options.output, "table, json, yaml or csv")->capture_default_str();
  app.add_option("--as-of", options.as_of, "day to answer for, YYYY-MM-DD; default: today");
  app.add_option("--lang", options.lang, "zh or en; default: from LANG");
  app.add_option("--timeout", options.timeout, "of one call")->capture_default_str();
  app.add_option("--data", options.data, "data folder of `up`")->capture_default_str();
}

}  // namespace

int Run(int argc, const char* const* argv, std::istream& in, std::ostream& out, std::ostream& err) {
  Context context(in, out, err);
  context.program = argc > 0 ? argv[0] : "valueloop";
  CLI::App app("valueloop: what customers are worth, what the strategy asks for, and how it goes.",
               "valueloop");
  app.footer(
      "Example:\n  valueloop up\n\nExit codes: 0 done, 1 failed, 2 done with rejects or "
      "findings, 64 wrong usage.");
  app.set_version_flag("--version", "valueloop " VL_VERSION);
  app.require_subcommand(1);
  app.fallthrough();  // Global flags may follow the command.
  AddGlobalOptions(app, context.options);
  AddUpCommand(app, context);
  AddTodayCommand(app, context);
  AddWorkspaceCommands(app, context);
  AddImportCommands(app, context);
  AddCustomerCommands(app, context);
  AddModelCommands(app, context);
  AddScoreCommands(app, context);
  AddPortfolioCommands(app, context);
  AddSegmentCommands(app, context);
  AddLifecycleCommands(app, context);
  AddInsightCommands(app, context);
  AddSimulateCommands(app, context);
  AddWatchCommand(app, context);
  AddPlanCommands(app, context);
  AddGapCommands(app, context);
  AddKpiCommands(app, context);
  AddVerifyCommand(app, context);
  AddSampleCommands(app, context);
  AddCallCommand(app, context);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {  // --help, --version
    return app.exit(success, out, err);
  } catch (const CLI::ParseError& error) {
    return PrintError(context, UsageError(error.what()));
  }
  absl::Status status = context.Resolve();
  if (status.ok()) {
    try {
      absl::StatusOr<int> code = context.action();
      out.flush();
      if (code.ok() && out) return *code;
      status = code.ok() ? absl::DataLossError("output: cannot be written") : code.status();
    } catch (const std::exception& exception) {
      status = absl::InternalError(exception.what());
    }
  }
  return PrintError(context, status);
}

}  // namespace valueloop::cli
