#include "common/config.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <iostream>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/string_view.h"
#include "common/status.h"
#include "fmt/format.h"

namespace valueloop {
namespace {

constexpr int kExitWrongUsage = 64;

std::string EnvironmentName(std::string_view option) {
  std::string name = "VALUELOOP_";
  for (const char c : option) {
    name += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return name;
}

// Adds `--option=value` for every option that is set in the environment but not as a flag. CLI11's
// own envname comes after its file, and ours is flag > environment > file.
void AddEnvironment(const CLI::App& app, std::vector<std::string>& arguments) {
  for (const CLI::Option* option : app.get_options()) {
    const std::vector<std::string>& names = option->get_lnames();
    if (names.empty() || names.front() == "help") continue;
    const std::string flag = "--" + names.front();
    const bool given = std::any_of(arguments.begin(), arguments.end(), [&](const std::string& arg) {
      return arg == flag || arg.rfind(flag + "=", 0) == 0;
    });
    const char* value = std::getenv(EnvironmentName(names.front()).c_str());
    if (!given && value != nullptr && *value != '\0')
      arguments.push_back(fmt::format("{}={}", flag, value));
  }
}

// CLI11 would take the next argument for the missing value of "--option=".
absl::Status RequireValues(const std::vector<std::string>& arguments) {
  for (const std::string& argument : arguments) {
    if (argument.size() > 3 && argument.rfind("--", 0) == 0 && argument.back() == '=') {
      return InvalidField(argument.substr(2, argument.size() - 3), "no value", "one");
    }
  }
  return absl::OkStatus();
}

absl::Status RequireLoopback(std::string_view option, std::string_view address, bool insecure) {
  if (address.empty() || insecure || IsLoopback(address)) return absl::OkStatus();
  return WithReason(
      InvalidField(
          option, address,
          "a loopback address such as 127.0.0.1: the connection has neither encryption nor "
          "authentication, so whoever reaches it reads and changes all data (--insecure "
          "accepts that)"),
      "INSECURE_ADDRESS");
}

absl::Status RequirePort(std::string_view option, std::string_view address) {
  if (address.rfind("unix:", 0) == 0 && option != "metrics_address") return absl::OkStatus();
  const size_t colon = address.rfind(':');
  const std::string_view port =
      colon == std::string_view::npos ? std::string_view() : address.substr(colon + 1);
  const bool digits =
      !port.empty() && port.size() <= 5 &&
      std::all_of(port.begin(), port.end(), [](unsigned char c) { return std::isdigit(c); });
  if (colon == 0 || !digits || std::stoi(std::string(port)) > 65535) {
    return InvalidField(option, address, "host:port with a port up to 65535");
  }
  return absl::OkStatus();
}

absl::Status Check(ServiceConfig& config, const std::string& level, const std::string& drain) {
  if (config.metrics_address == "none") config.metrics_address.clear();
  if (config.redis_address == "none") config.redis_address.clear();
  VL_RETURN_IF_ERROR(log::ParseLevel(level, config.log_level));
  if (!absl::ParseDuration(drain, &config.drain_timeout) ||
      config.drain_timeout < absl::ZeroDuration() || config.drain_timeout > absl::Hours(1)) {
    return InvalidField("drain_timeout", drain, "a duration such as 10s, from 0s to 1h");
  }
  if (config.worker_count < 1 || config.worker_count > 256) {
    return InvalidField("worker_count", std::to_string(config.worker_count), "1 to 256");
  }
  if (config.queue_limit < 0 || config.queue_limit > 100000) {
    return InvalidField("queue_limit", std::to_string(config.queue_limit), "0 to 100000");
  }
  VL_RETURN_IF_ERROR(RequirePort("listen_address", config.listen_address));
  VL_RETURN_IF_ERROR(RequireLoopback("listen_address", config.listen_address, config.insecure));
  if (config.metrics_address.empty()) return absl::OkStatus();
  VL_RETURN_IF_ERROR(RequirePort("metrics_address", config.metrics_address));
  return RequireLoopback("metrics_address", config.metrics_address, config.insecure);
}

}  // namespace

ServiceConfig DefaultConfig(std::string_view service) {
  const int offset = service == "strategy" ? 2 : service == "performance" ? 3 : 1;
  ServiceConfig config;
  config.service = std::string(service);
  config.listen_address = fmt::format("127.0.0.1:{}", 7400 + offset);
  config.metrics_address = fmt::format("127.0.0.1:{}", 9400 + offset);
  return config;
}

bool IsLoopback(std::string_view address) {
  if (address.rfind("unix:", 0) == 0) return true;
  const std::string_view host = address.substr(0, address.rfind(':'));
  if (host == "localhost" || host == "[::1]") return true;
  // Only a full dotted quad: "127.evil.example" is a host name.
  return host.rfind("127.", 0) == 0 && std::count(host.begin(), host.end(), '.') == 3 &&
         std::all_of(host.begin(), host.end(),
                     [](unsigned char c) { return std::isdigit(c) || c == '.'; });
}

absl::StatusOr<ServiceConfig> LoadConfig(int argc, const char* const* argv,
                                         const ServiceConfig& defaults) {
  ServiceConfig config = defaults;
  std::string level = "info";
  switch (defaults.log_level) {
    case log::Level::kDebug:
      level = "debug";
      break;
    case log::Level::kInfo:
      break;
    case log::Level::kWarning:
      level = "warning";
      break;
    case log::Level::kError:
      level = "error";
      break;
  }
  std::string drain = absl::FormatDuration(defaults.drain_timeout);

  CLI::App app(fmt::format("valueloop {} service. Every option --some-name is also read from "
                           "VALUELOOP_SOME_NAME and from the file given by --config.",
                           defaults.service),
               fmt::format("valueloop-{}", defaults.service));
  app.option_defaults()->always_capture_default();
  app.set_config("--config", "", "TOML or INI file with options");
  app.allow_config_extras(CLI::config_extras_mode::error);
  app.add_option("--listen-address", config.listen_address, "host:port to serve gRPC on");
  app.add_option("--metrics-address", config.metrics_address, "host:port of /metrics, or none");
  app.add_option("--data-dir", config.data_dir, "folder of the SQLite files");
  app.add_option("--store", config.store, "database URL; empty: SQLite in the data folder");
  app.add_option("--redis", config.redis_address, "host:port, unix:/path or none");
  app.add_option("--worker-count", config.worker_count, "threads for calls that may block");
  app.add_option("--queue-limit", config.queue_limit, "calls that may wait for a thread");
  app.add_option("--drain-timeout", drain, "time for calls in flight at shutdown");
  app.add_option("--log-level", level, "debug, info, warning or error");
  app.add_option("--scoring", config.scoring, "address of the scoring service");
  app.add_option("--strategy", config.strategy, "address of the strategy service");
  app.add_option("--performance", config.performance, "address of the performance service");
  app.add_flag("--insecure", config.insecure, "allow addresses that other machines can reach");
  for (auto& [name, value] : config.extra) app.add_option("--" + name, value);

  std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  VL_RETURN_IF_ERROR(RequireValues(arguments));
  AddEnvironment(app, arguments);
  std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them from the back.
  try {
    app.parse(std::move(arguments));
  } catch (const CLI::CallForHelp&) {
    config.help_text = app.help();
    return config;
  } catch (const CLI::ParseError& error) {
    return absl::InvalidArgumentError(fmt::format("options: got {}", error.what()));
  }
  VL_RETURN_IF_ERROR(Check(config, level, drain));
  return config;
}

int RunService(int argc, const char* const* argv, const ServiceConfig& defaults,
               const std::function<absl::Status(const ServiceConfig&)>& serve) {
  const absl::StatusOr<ServiceConfig> config = LoadConfig(argc, argv, defaults);
  if (!config.ok()) {
    std::cerr << fmt::format("valueloop-{}: {}\n", defaults.service, MessageOf(config.status()));
    return kExitWrongUsage;
  }
  if (!config->help_text.empty()) {
    std::cout << config->help_text;
    return EXIT_SUCCESS;
  }
  log::Configure(config->service, config->log_level);
  const absl::Status status = serve(*config);
  if (status.ok()) return EXIT_SUCCESS;
  log::Error("service_failed", {{"error", MessageOf(status)}});
  return EXIT_FAILURE;
}

}  // namespace valueloop
