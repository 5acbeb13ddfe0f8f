#include "cli/child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <filesystem>
#include <fstream>

#include "absl/time/clock.h"
#include "fmt/format.h"

namespace valueloop::cli {
namespace {

constexpr size_t kLogLines = 5;

// The last lines of a log, indented.
std::string LogEnd(const std::string& path) {
  std::ifstream log(path, std::ios::binary);
  std::deque<std::string> last;
  for (std::string line; std::getline(log, line);) {
    last.push_back(line.substr(0, 400));
    if (last.size() > kLogLines) last.pop_front();
  }
  std::string text;
  for (const std::string& line : last) text += "\n    " + line;
  return text;
}

// Runs in the child; only async-signal-safe calls until exec.
[[noreturn]] void Become(char* const* arguments, pid_t parent, int output, int log) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);  // The parent was gone before the line above.
  setpgid(0, 0);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);
  const int null = open("/dev/null", O_RDONLY);
  dup2(null, STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  dup2(log, STDERR_FILENO);
  execv(arguments[0], arguments);
  _exit(127);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Child>> Child::Start(std::string name,
                                                    const std::vector<std::string>& arguments,
                                                    std::string log_path) {
  const int log = open(log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (log < 0) {
    return absl::UnavailableError(
        fmt::format("{}: cannot be written: {}", log_path, std::strerror(errno)));
  }
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    close(log);
    return absl::ResourceExhaustedError(fmt::format("pipe: {}", std::strerror(errno)));
  }
  std::vector<std::string> copies = arguments;
  std::vector<char*> pointers;
  for (std::string& argument : copies) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) Become(pointers.data(), parent, ends[1], log);
  close(log);
  close(ends[1]);
  if (pid < 0) {
    close(ends[0]);
    return absl::ResourceExhaustedError(fmt::format("fork: {}", std::strerror(errno)));
  }
  return std::unique_ptr<Child>(new Child(std::move(name), std::move(log_path), pid, ends[0]));
}

Child::Child(std::string name, std::string log_path, pid_t pid, int output)
    : name_(std::move(name)), log_path_(std::move(log_path)), pid_(pid), output_(output) {}

Child::~Child() {
  Kill();
  close(output_);
}

bool Child::Reap() {
  if (!reaped_ && waitpid(pid_, &wait_status_, WNOHANG) == pid_) reaped_ = true;
  return reaped_;
}

absl::StatusOr<std::string> Child::ReadLine(absl::Duration patience) {
  const absl::Time deadline = absl::Now() + patience;
  while (true) {
    const size_t end = unread_.find('\n');
    if (end != std::string::npos) {
      std::string line = unread_.substr(0, end);
      unread_.erase(0, end + 1);
      return line;
    }
    const absl::Duration left = deadline - absl::Now();
    if (left <= absl::ZeroDuration()) {
      return absl::DeadlineExceededError(fmt::format("{}: no answer within {} s; its log ends:{}",
                                                     name_, absl::ToDoubleSeconds(patience),
                                                     LogEnd(log_path_)));
    }
    pollfd waiting{output_, POLLIN, 0};
    const int ready = poll(&waiting, 1, static_cast<int>(absl::ToInt64Milliseconds(left)) + 1);
    if (ready <= 0) continue;
    char buffer[4096];
    const ssize_t count = read(output_, buffer, sizeof(buffer));
    if (count > 0) {
      unread_.append(buffer, static_cast<size_t>(count));
    } else if (count == 0) {
      // Its output is closed; that is its end, or soon will be.
      for (int i = 0; i < 100 && !Reap(); ++i) absl::SleepFor(absl::Milliseconds(10));
      return absl::AbortedError(Ended().value_or(fmt::format("{}: closed its output", name_)));
    }
  }
}

std::optional<std::string> Child::Ended() {
  if (!Reap()) return std::nullopt;
  const std::string how = WIFSIGNALED(wait_status_)
                              ? fmt::format("was killed by signal {}", WTERMSIG(wait_status_))
                              : fmt::format("ended with exit code {}", WEXITSTATUS(wait_status_));
  return fmt::format("{} {}; its log ({}) ends:{}", name_, how, log_path_, LogEnd(log_path_));
}

void Child::Terminate() {
  if (!Reap()) kill(pid_, SIGTERM);
}

void Child::Kill() {
  if (Reap()) return;
  kill(pid_, SIGKILL);
  while (waitpid(pid_, &wait_status_, 0) < 0 && errno == EINTR) {
  }
  reaped_ = true;
}

std::string FindProgram(const std::string& name) {
  std::error_code ignored;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", ignored);
  const auto beside = self.parent_path() / name;
  if (!self.empty() && access(beside.c_str(), X_OK) == 0) return beside.string();
  const char* const path = std::getenv("PATH");
  std::string folders = path == nullptr ? "" : path;
  size_t begin = 0;
  while (begin < folders.size()) {
    const size_t end = std::min(folders.find(':', begin), folders.size());
    const std::string candidate = folders.substr(begin, end - begin) + "/" + name;
    if (end > begin && access(candidate.c_str(), X_OK) == 0) return candidate;
    begin = end + 1;
  }
  return "";
}

}  // namespace valueloop::cli
