#include "cli/endpoints.h"

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "common/status.h"
#include "fmt/format.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"

namespace valueloop::cli {
namespace {

constexpr size_t kMaxFileBytes = 64 << 10;

std::string FixedAddress(Target target) {
  return fmt::format("127.0.0.1:{}", 7401 + static_cast<int>(target));
}

}  // namespace

std::string EndpointsPath(const std::string& data_dir) { return data_dir + "/endpoints.json"; }

absl::Status WriteEndpoints(const std::string& data_dir, const Endpoints& endpoints) {
  google::protobuf::Struct json;
  for (const auto& [service, address] : endpoints.addresses) {
    (*json.mutable_fields())[service].set_string_value(address);
  }
  if (!endpoints.redis.empty()) (*json.mutable_fields())["redis"].set_string_value(endpoints.redis);
  (*json.mutable_fields())["pid"].set_number_value(static_cast<double>(endpoints.pid));
  google::protobuf::util::JsonPrintOptions print;
  print.add_whitespace = true;
  std::string text;
  if (!google::protobuf::util::MessageToJsonString(json, &text, print).ok()) {
    return absl::InternalError("endpoints.json: cannot be written as JSON");
  }
  const std::string path = EndpointsPath(data_dir);
  const std::string temporary = fmt::format("{}.{}", path, getpid());
  std::ofstream file(temporary, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file || std::rename(temporary.c_str(), path.c_str()) != 0) {
    std::remove(temporary.c_str());
    return FileError(path, "cannot be written");
  }
  return absl::OkStatus();
}

absl::StatusOr<Endpoints> ReadEndpoints(const std::string& data_dir) {
  const std::string path = EndpointsPath(data_dir);
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(fmt::format("{}: no such file", path));
  std::string text(kMaxFileBytes, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(file.gcount()));
  google::protobuf::Struct json;
  if (!google::protobuf::util::JsonStringToMessage(text, &json).ok()) {
    return absl::InvalidArgumentError(fmt::format("{}: got no JSON object, want one", path));
  }
  Endpoints endpoints;
  for (const auto& [key, value] : json.fields()) {
    if (key == "pid") {
      endpoints.pid = static_cast<int64_t>(value.number_value());
    } else if (key == "redis") {
      endpoints.redis = value.string_value();
    } else {
      endpoints.addresses[key] = value.string_value();
    }
  }
  const bool gone =
      endpoints.pid <= 0 || (kill(static_cast<pid_t>(endpoints.pid), 0) != 0 && errno == ESRCH);
  if (gone) return absl::NotFoundError(fmt::format("{}: its `up` has ended", path));
  return endpoints;
}

absl::StatusOr<std::string> FindEndpoint(const GlobalOptions& options, Target target) {
  const std::string* const flags[] = {&options.scoring, &options.strategy, &options.performance};
  const char* const variables[] = {"VALUELOOP_SCORING", "VALUELOOP_STRATEGY",
                                   "VALUELOOP_PERFORMANCE"};
  const auto index = static_cast<size_t>(target);
  if (!flags[index]->empty()) return *flags[index];
  if (const char* value = std::getenv(variables[index]); value != nullptr && *value != '\0') {
    return std::string(value);
  }
  const absl::StatusOr<Endpoints> running = ReadEndpoints(options.data);
  if (running.ok()) {
    const auto found = running->addresses.find(std::string(TargetName(target)));
    if (found != running->addresses.end()) return found->second;
  } else if (running.status().code() != absl::StatusCode::kNotFound) {
    return running.status();
  }
  return FixedAddress(target);
}

}  // namespace valueloop::cli
