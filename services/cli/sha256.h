// SHA-256 (FIPS 180-4), for identities made of content.
#ifndef VALUELOOP_CLI_SHA256_H_
#define VALUELOOP_CLI_SHA256_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace valueloop::cli {

class Sha256 {
 public:
  Sha256();
  void Update(std::string_view bytes);
  // The digest as 64 hexadecimal digits; the object must not be used after.
  std::string HexDigest();

 private:
  void Block(const uint8_t* bytes);

  std::array<uint32_t, 8> state_;
  std::array<uint8_t, 64> buffer_{};
  size_t buffered_ = 0;
  uint64_t total_bytes_ = 0;
};

std::string Sha256Hex(std::string_view bytes);

}  // namespace valueloop::cli

#endif  // VALUELOOP_CLI_SHA256_H_
