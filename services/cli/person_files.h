// Files of the user's that may name a person who was erased.
#ifndef VALUELOOP_CLI_PERSON_FILES_H_
#define VALUELOOP_CLI_PERSON_FILES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace valueloop::cli {

// Removes the lines that have one of `names` as a word of its own; returns how many. The file is
// replaced only once the new one is whole. NotFound with reason FILE if it cannot be read or
// written.
absl::StatusOr<int64_t> RemoveLinesNaming(const std::string& file,
                                          const std::vector<std::string>& names);

}  // namespace valueloop::cli

#endif  // VALUELOOP_CLI_PERSON_FILES_H_
