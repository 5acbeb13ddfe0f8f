#include "cli/input_file.h"

#include <filesystem>
#include <fstream>
#include <istream>
#include <ostream>

#include "fmt/format.h"

namespace valueloop::cli {

absl::StatusOr<std::string> ReadInput(Context& context, const std::string& name, size_t max_bytes) {
  std::ifstream file;
  if (name != "-") {
    std::error_code ignored;
    if (std::filesystem::is_directory(name, ignored)) {
      return absl::InvalidArgumentError(fmt::format("{}: got a folder, want a file", name));
    }
    file.open(name, std::ios::binary);
    if (!file) return FileError(name, "no such file");
  }
  std::istream& in = name == "-" ? context.in() : file;
  std::string content;
  std::string buffer(1 << 16, '\0');
  while (in.read(buffer.data(), static_cast<std::streamsize>(buffer.size())) || in.gcount() > 0) {
    content.append(buffer.data(), static_cast<size_t>(in.gcount()));
    if (content.size() > max_bytes) {
      return absl::InvalidArgumentError(
          fmt::format("{}: got more than {} bytes, want fewer", name, max_bytes));
    }
  }
  return content;
}

absl::Status WriteOutput(Context& context, const std::string& name, const std::string& content) {
  if (name.empty() || name == "-") {
    context.out() << content;
    return absl::OkStatus();
  }
  std::ofstream file(name, std::ios::binary | std::ios::trunc);
  file << content;
  file.close();
  if (!file) return FileError(name, "cannot be written");
  return absl::OkStatus();
}

}  // namespace valueloop::cli
