// Whole small files, with a bound.
#ifndef VALUELOOP_CLI_INPUT_FILE_H_
#define VALUELOOP_CLI_INPUT_FILE_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "cli/context.h"

namespace valueloop::cli {

// The content of `name`, or of standard input for "-". NotFound if there is no such file,
// InvalidArgument if it is larger than `max_bytes`.
absl::StatusOr<std::string> ReadInput(Context& context, const std::string& name, size_t max_bytes);

// Writes `content` to `name`, or to standard output for "-" or "".
absl::Status WriteOutput(Context& context, const std::string& name, const std::string& content);

}  // namespace valueloop::cli

#endif  // VALUELOOP_CLI_INPUT_FILE_H_
