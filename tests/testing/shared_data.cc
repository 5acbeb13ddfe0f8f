#include "testing/shared_data.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace valueloop::testing {

std::optional<std::string> SharedDataPath(std::string_view file) {
  const char* folder = std::getenv("VALUELOOP_SHARED_DATA");
  const std::filesystem::path base =
      folder != nullptr ? std::filesystem::path(folder)
                        : std::filesystem::path(VL_SOURCE_DIR) / ".." / "shared" / "data";
  const std::filesystem::path path = base / file;
  if (!std::filesystem::exists(path)) return std::nullopt;
  return path.string();
}

std::string RepositoryPath(std::string_view file) {
  return (std::filesystem::path(VL_SOURCE_DIR) / file).string();
}

std::string ReadFileOrDie(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    std::fprintf(stderr, "cannot read %s\n", path.c_str());
    std::abort();
  }
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

bool SharedDataRequired() {
  const char* value = std::getenv("VALUELOOP_REQUIRE_DATA");
  return value != nullptr && std::string_view(value) == "1";
}

}  // namespace valueloop::testing
