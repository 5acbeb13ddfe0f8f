#include "integration/cli/running_up.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "fmt/format.h"
#include "testing/eventually.h"

namespace valueloop::cli {
namespace {

constexpr std::chrono::milliseconds kStartPatience{60'000};

}  // namespace

void WriteFile(const std::string& path, const std::string& content) {
  std::ofstream(path, std::ios::binary) << content;
}

Outcome RunProgram(const std::vector<std::string>& arguments) {
  std::vector<std::string> line = {VL_BIN_DIR "/valueloop"};
  line.insert(line.end(), arguments.begin(), arguments.end());
  auto process = testing::ChildProcess::Start(line, {{"LANG", "C"}});
  if (!process.ok()) return {-1, "", process.status().ToString()};
  const auto exit = (*process)->Wait(kStartPatience);
  if (!exit) return {-1, (*process)->Output(), "did not end"};
  testing::Eventually([&] { return (*process)->OutputEnded(); });
  return {exit->signal != 0 ? -exit->signal : exit->code, (*process)->Output(),
          (*process)->Errors()};
}

RunningUp::RunningUp() : data_(folder_.File("data")) {
  auto process = testing::ChildProcess::Start(
      {VL_BIN_DIR "/valueloop", "up", "--port", "0", "--redis", "none", "--data", data_});
  if (!process.ok()) return;
  process_ = *std::move(process);
  ok_ = process_->WaitForOutput("ready\n", kStartPatience);
}

Outcome RunningUp::Run(std::vector<std::string> arguments) const {
  arguments.insert(arguments.end(), {"--data", data_});
  if (std::ranges::find(arguments, "--lang") == arguments.end()) {
    arguments.insert(arguments.end(), {"--lang", "en"});
  }
  return RunProgram(arguments);
}

std::vector<pid_t> RunningUp::Children(const std::string& program) const {
  std::vector<pid_t> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream stat(entry.path() / "stat");
    std::string text;
    std::getline(stat, text);
    // "pid (command) state ppid ..."
    const size_t close = text.rfind(')');
    if (close == std::string::npos || close + 4 >= text.size()) continue;
    const pid_t parent = std::atoi(text.c_str() + close + 4);
    std::ifstream arguments(entry.path() / "cmdline");
    std::string first;
    std::getline(arguments, first, '\0');
    if (parent == process_->pid() && first == VL_BIN_DIR "/" + program) {
      found.push_back(std::atoi(name.c_str()));
    }
  }
  return found;
}

}  // namespace valueloop::cli
