#include "common/sql/fingerprint.h"

#include <fmt/format.h>

#include "absl/numeric/int128.h"

namespace valueloop::sql {

std::string Fingerprint(std::string_view bytes) {
  const absl::uint128 prime = absl::MakeUint128(0x0000000001000000, 0x000000000000013B);
  absl::uint128 hash = absl::MakeUint128(0x6c62272e07bb0142, 0x62b821756295c58d);
  for (const char byte : bytes) {
    hash ^= static_cast<unsigned char>(byte);
    hash *= prime;
  }
  return fmt::format("{:016x}{:016x}", absl::Uint128High64(hash), absl::Uint128Low64(hash));
}

}  // namespace valueloop::sql
