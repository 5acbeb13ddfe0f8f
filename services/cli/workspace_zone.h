// The time zone that days on the command line are meant in.
#ifndef VALUELOOP_CLI_WORKSPACE_ZONE_H_
#define VALUELOOP_CLI_WORKSPACE_ZONE_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cli/context.h"

namespace valueloop::cli {

// Asks scoring. FAILED_PRECONDITION if this machine does not know the zone.
absl::StatusOr<absl::TimeZone> WorkspaceZone(Context& context);

}  // namespace valueloop::cli

#endif  // VALUELOOP_CLI_WORKSPACE_ZONE_H_
