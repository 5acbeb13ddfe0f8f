// What a service program is told: flag > VALUELOOP_* variable > file (--config, TOML or INI) >
// default. Every option `--some-name` is VALUELOOP_SOME_NAME in the environment and `some-name` in
// the file.
#ifndef VALUELOOP_COMMON_CONFIG_H_
#define VALUELOOP_COMMON_CONFIG_H_

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/log.h"

namespace valueloop {

struct ServiceConfig {
  std::string service;          // Set by main, not an option: "scoring", in logs and --help.
  std::string listen_address;   // --listen-address, such as 127.0.0.1:7401; port 0: any free one.
  std::string metrics_address;  // --metrics-address, such as 127.0.0.1:9401; "none" becomes empty.
  std::string data_dir = "data";  // --data-dir, for SQLite files.
  std::string store;              // --store, a database URL; empty: an SQLite file in data_dir.
  std::string redis_address;      // --redis, host:port or unix:/path; "none" becomes empty.
  int worker_count = 4;           // --worker-count, 1 to 256.
  int queue_limit = 256;          // --queue-limit, 0 to 100000.
  absl::Duration drain_timeout = absl::Seconds(10);  // --drain-timeout, such as 10s; 0s to 1h.
  log::Level log_level = log::Level::kInfo;          // --log-level.
  std::string scoring = "127.0.0.1:7401";   // --scoring, --strategy, --performance: where the
  std::string strategy = "127.0.0.1:7402";  // other services are.
  std::string performance = "127.0.0.1:7403";
  bool insecure = false;  // --insecure: allows addresses other than loopback.

  // Options of one service only. Each key ("l2-timeout-ms") that main puts here with its default is
  // an option of that name, whose text the service checks itself.
  std::map<std::string, std::string> extra;

  // Not empty after --help: print it and exit with 0.
  std::string help_text;
};

// The defaults of a service: "scoring" listens on 7401 and 9401, "strategy" on 7402 and 9402,
// "performance" on 7403 and 9403, all on 127.0.0.1.
ServiceConfig DefaultConfig(std::string_view service);

// Reads flags, environment and file over `defaults`. INVALID_ARGUMENT, naming the option, for an
// unknown one or a value out of range, and for a listen or metrics address that other machines can
// reach, unless insecure: the connection has neither encryption nor authentication.
absl::StatusOr<ServiceConfig> LoadConfig(int argc, const char* const* argv,
                                         const ServiceConfig& defaults);

// True for 127.0.0.0/8, [::1], localhost and unix: addresses.
bool IsLoopback(std::string_view address);

// Runs a service program: `return RunService(argc, argv, DefaultConfig("scoring"), Serve);`.
// Configures the log, prints help or the error, and returns the exit code: 0 when `serve` returns
// OK or help was asked for, 64 for a wrong configuration, 1 when `serve` fails.
int RunService(int argc, const char* const* argv, const ServiceConfig& defaults,
               const std::function<absl::Status(const ServiceConfig&)>& serve);

}  // namespace valueloop

#endif  // VALUELOOP_COMMON_CONFIG_H_
