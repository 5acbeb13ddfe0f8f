#include "common/redis/address.h"

#include <charconv>

#include "common/status.h"

namespace valueloop::redis {
namespace {

constexpr std::string_view kUnixPrefix = "unix:";
constexpr size_t kSocketPathLimit = 107;  // sun_path without its final NUL.
constexpr int kPortLimit = 65'535;

}  // namespace

absl::StatusOr<Address> ParseAddress(std::string_view text) {
  constexpr std::string_view kWant = "host:port or unix:/path";
  const std::string_view path =
      text.starts_with(kUnixPrefix) ? text.substr(kUnixPrefix.size()) : text;
  if (path.starts_with('/')) {
    if (path.size() > kSocketPathLimit)
      return InvalidField("redis", text, "a path of at most 107 bytes");
    return Address{.socket_path = std::string(path)};
  }
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return InvalidField("redis", text, kWant);
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find_first_of(":/@[]") != std::string_view::npos) {
    return InvalidField("redis", "another form", kWant);  // Not the text: it may hold a password.
  }
  const std::string_view port_text = text.substr(colon + 1);
  int port = 0;
  const auto [end, error] =
      std::from_chars(port_text.data(), port_text.data() + port_text.size(), port);
  const bool is_number = error == std::errc() && end == port_text.data() + port_text.size();
  if (host.empty() || !is_number || port < 1 || port > kPortLimit) {
    return InvalidField("redis", text, kWant);
  }
  return Address{.host = std::string(host), .port = port};
}

}  // namespace valueloop::redis
