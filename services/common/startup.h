// What every service program does around its start.
#ifndef VALUELOOP_COMMON_STARTUP_H_
#define VALUELOOP_COMMON_STARTUP_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/config.h"

namespace valueloop {

// The database to open: --store, or else the SQLite file {service}.db in the data folder, which is
// made if there is none. UNAVAILABLE if it cannot be made.
absl::StatusOr<std::string> StoreUrl(const ServiceConfig& config);

// `address` as it was asked for, with the port that was bound in place of its own; "unix:"
// addresses have no port and stay.
std::string BoundAddress(std::string_view address, int port);

// Prints the one line on standard output, "listening {address} metrics {address or none}": a parent
// that asked for port 0 reads the ports from it. Call it once the program serves.
void Announce(const ServiceConfig& config, int port, int metrics_port);

}  // namespace valueloop

#endif  // VALUELOOP_COMMON_STARTUP_H_
