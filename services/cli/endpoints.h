// Where the three services are: flag > VALUELOOP_SCORING ... > endpoints.json of a running `up` >
// the fixed ports 7401 to 7403.
#ifndef VALUELOOP_CLI_ENDPOINTS_H_
#define VALUELOOP_CLI_ENDPOINTS_H_

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "cli/context.h"

namespace valueloop::cli {

// The address to call. InvalidArgument if endpoints.json exists but cannot be read as one.
absl::StatusOr<std::string> FindEndpoint(const GlobalOptions& options, Target target);

// What `up` leaves for other commands in its data folder.
struct Endpoints {
  std::map<std::string, std::string> addresses;  // By TargetName.
  std::string redis;                             // Empty: none.
  int64_t pid = 0;                               // Of `up`.
};

std::string EndpointsPath(const std::string& data_dir);
// Writes a new file beside and renames it, so that a reader never sees half of it.
absl::Status WriteEndpoints(const std::string& data_dir, const Endpoints& endpoints);
// NotFound if there is no file, or the `up` that wrote it is gone.
absl::StatusOr<Endpoints> ReadEndpoints(const std::string& data_dir);

}  // namespace valueloop::cli

#endif  // VALUELOOP_CLI_ENDPOINTS_H_
