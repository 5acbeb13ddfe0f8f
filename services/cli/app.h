// The whole command line, callable from tests.
#ifndef VALUELOOP_CLI_APP_H_
#define VALUELOOP_CLI_APP_H_

#include <iosfwd>

namespace valueloop::cli {

// Parses and runs one command line; returns the exit code (see context.h). Data goes to `out`,
// errors and progress to `err`.
int Run(int argc, const char* const* argv, std::istream& in, std::ostream& out, std::ostream& err);

}  // namespace valueloop::cli

#endif  // VALUELOOP_CLI_APP_H_
