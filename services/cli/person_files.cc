#include "cli/person_files.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>

#include "cli/context.h"

namespace valueloop::cli {
namespace {

bool IsWord(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool Names(std::string_view line, std::string_view name) {
  if (name.empty()) return false;
  for (size_t at = line.find(name); at != std::string_view::npos; at = line.find(name, at + 1)) {
    const size_t end = at + name.size();
    const bool begins = at == 0 || !IsWord(line[at - 1]) || !IsWord(name.front());
    const bool ends = end == line.size() || !IsWord(line[end]) || !IsWord(name.back());
    if (begins && ends) return true;
  }
  return false;
}

}  // namespace

absl::StatusOr<int64_t> RemoveLinesNaming(const std::string& file,
                                          const std::vector<std::string>& names) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return FileError(file, "cannot be read");
  const std::string cleaned_file = file + ".cleaned";
  std::ofstream out(cleaned_file, std::ios::binary | std::ios::trunc);
  int64_t removed_count = 0;
  for (std::string line; std::getline(in, line);) {
    const bool names_one =
        std::ranges::any_of(names, [&line](const std::string& name) { return Names(line, name); });
    if (names_one) {
      ++removed_count;
    } else {
      out << line << '\n';
    }
  }
  out.close();
  std::error_code error;
  if (out && !in.bad()) std::filesystem::rename(cleaned_file, file, error);
  if (!out || in.bad() || error) {
    std::filesystem::remove(cleaned_file, error);
    return FileError(file, "cannot be written");
  }
  return removed_count;
}

}  // namespace valueloop::cli
