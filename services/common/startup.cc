#include "common/startup.h"

#include <cstdio>
#include <filesystem>
#include <system_error>

#include "common/status.h"
#include "fmt/format.h"

namespace valueloop {

absl::StatusOr<std::string> StoreUrl(const ServiceConfig& config) {
  if (!config.store.empty()) return config.store;
  std::error_code error;
  std::filesystem::create_directories(config.data_dir, error);
  if (error) {
    return absl::UnavailableError(fmt::format("data-dir: got {}, want a folder: {}",
                                              Printable(config.data_dir), error.message()));
  }
  const std::filesystem::path folder(config.data_dir);
  return fmt::format("sqlite:{}", (folder / (config.service + ".db")).string());
}

std::string BoundAddress(std::string_view address, int port) {
  const size_t colon = address.rfind(':');
  if (address.starts_with("unix:") || colon == std::string_view::npos) return std::string(address);
  return fmt::format("{}:{}", address.substr(0, colon), port);
}

void Announce(const ServiceConfig& config, int port, int metrics_port) {
  const std::string metrics =
      config.metrics_address.empty() ? "none" : BoundAddress(config.metrics_address, metrics_port);
  fmt::print("listening {} metrics {}\n", BoundAddress(config.listen_address, port), metrics);
  std::fflush(stdout);
}

}  // namespace valueloop
