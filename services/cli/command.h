// How a command is declared: a name, what it does, an example, its options and the function that
// runs it.
#ifndef VALUELOOP_CLI_COMMAND_H_
#define VALUELOOP_CLI_COMMAND_H_

#include <functional>
#include <memory>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
#include "cli/context.h"

namespace valueloop::cli {

// A command being declared. `options` lives as long as the parser; bind its fields to CLI options.
template <typename Options>
struct Command {
  CLI::App* app;
  Options* options;
};

template <typename Options>
Command<Options> AddCommand(CLI::App& parent, Context& context, const std::string& name,
                            const std::string& description, const std::string& example,
                            absl::StatusOr<int> (*run)(Context&, const Options&)) {
  auto options = std::make_shared<Options>();
  CLI::App* const app = parent.add_subcommand(name, description);
  app->footer("Example:\n  " + example);
  app->callback([&context, options, run] {
    context.action = [&context, options, run] { return run(context, *options); };
  });
  return {app, options.get()};
}

// A command that only holds others.
inline CLI::App& AddGroup(CLI::App& parent, const std::string& name,
                          const std::string& description) {
  CLI::App* const app = parent.add_subcommand(name, description);
  app->require_subcommand(1);
  return *app;
}

struct NoOptions {};

// One per file of commands.
void AddUpCommand(CLI::App& app, Context& context);
void AddTodayCommand(CLI::App& app, Context& context);
void AddWorkspaceCommands(CLI::App& app, Context& context);
void AddImportCommands(CLI::App& app, Context& context);
void AddCustomerCommands(CLI::App& app, Context& context);
// Into the group of the customer commands.
void AddPersonCommands(CLI::App& group, Context& context);
void AddModelCommands(CLI::App& app, Context& context);
void AddScoreCommands(CLI::App& app, Context& context);
void AddPortfolioCommands(CLI::App& app, Context& context);
// These two after AddPortfolioCommands, to whose group they add.
void AddSegmentCommands(CLI::App& app, Context& context);
void AddLifecycleCommands(CLI::App& app, Context& context);
void AddInsightCommands(CLI::App& app, Context& context);
// Into the group `portfolio`.
void AddCallsCommand(CLI::App& portfolio, Context& context);
// After those of scores and of the portfolio, whose groups it adds to.
void AddSimulateCommands(CLI::App& app, Context& context);
void AddWatchCommand(CLI::App& app, Context& context);
void AddPlanCommands(CLI::App& app, Context& context);
void AddGapCommands(CLI::App& app, Context& context);
void AddKpiCommands(CLI::App& app, Context& context);
void AddVerifyCommand(CLI::App& app, Context& context);
void AddSampleCommands(CLI::App& app, Context& context);
void AddCallCommand(CLI::App& app, Context& context);

}  // namespace valueloop::cli

#endif  // VALUELOOP_CLI_COMMAND_H_
