// The commands of `model` that are declared in a file of their own.
#ifndef VALUELOOP_CLI_MODEL_COMMANDS_H_
#define VALUELOOP_CLI_MODEL_COMMANDS_H_

#include "CLI/CLI.hpp"
#include "cli/context.h"

namespace valueloop::cli {

// evaluate, compare, monitor, data.
void AddModelChoiceCommands(CLI::App& group, Context& context);

}  // namespace valueloop::cli

#endif  // VALUELOOP_CLI_MODEL_COMMANDS_H_
