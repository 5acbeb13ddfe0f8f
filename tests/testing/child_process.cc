#include "testing/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace valueloop::testing {
namespace {

constexpr int kExecFailed = 127;

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> EnvironmentWith(const std::map<std::string, std::string>& added) {
  std::vector<std::string> result;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    if (!added.contains(text.substr(0, text.find('=')))) result.push_back(text);
  }
  for (const auto& [name, value] : added) result.push_back(name + "=" + value);
  return result;
}

ChildProcess::Exit ExitOf(int wait_status) {
  if (WIFSIGNALED(wait_status)) return {.code = 0, .signal = WTERMSIG(wait_status)};
  return {.code = WEXITSTATUS(wait_status), .signal = 0};
}

}  // namespace

absl::StatusOr<std::unique_ptr<ChildProcess>> ChildProcess::Start(
    const std::vector<std::string>& arguments,
    const std::map<std::string, std::string>& environment) {
  // All memory is taken before the fork: after it, only async-signal-safe calls are allowed.
  std::vector<std::string> argument_texts = arguments;
  std::vector<std::string> environment_texts = EnvironmentWith(environment);
  const std::vector<char*> argument_pointers = Pointers(argument_texts);
  const std::vector<char*> environment_pointers = Pointers(environment_texts);
  int output[2];
  int errors[2];
  if (pipe2(output, O_CLOEXEC) != 0 || pipe2(errors, O_CLOEXEC) != 0) {
    return absl::InternalError(strerror(errno));
  }
  const pid_t pid = fork();
  if (pid < 0) return absl::InternalError(strerror(errno));
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(output[1], STDOUT_FILENO);
    dup2(errors[1], STDERR_FILENO);
    execvpe(argument_pointers[0], argument_pointers.data(), environment_pointers.data());
    _exit(kExecFailed);
  }
  close(output[1]);
  close(errors[1]);
  return std::unique_ptr<ChildProcess>(new ChildProcess(pid, output[0], errors[0]));
}

absl::StatusOr<std::unique_ptr<ChildProcess>> ChildProcess::StartSelf(
    const std::string& mode, const std::vector<std::string>& arguments) {
  std::vector<std::string> all = {"/proc/self/exe", "--child=" + mode};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return Start(all);
}

ChildProcess::ChildProcess(pid_t pid, int output, int errors)
    : pid_(pid),
      output_reader_([this, output] { Collect(output, output_, output_ended_); }),
      errors_reader_([this, errors] { Collect(errors, errors_, errors_ended_); }) {}

ChildProcess::~ChildProcess() {
  Kill();
  output_reader_.join();
  errors_reader_.join();
}

void ChildProcess::Collect(int descriptor, std::string& text, bool& ended) {
  char buffer[4096];
  for (;;) {
    const ssize_t size = read(descriptor, buffer, sizeof(buffer));
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) break;
    const std::lock_guard lock(mutex_);
    text.append(buffer, static_cast<size_t>(size));
  }
  close(descriptor);
  const std::lock_guard lock(mutex_);
  ended = true;
}

void ChildProcess::Signal(int signal_number) {
  if (!exit_.has_value()) kill(pid_, signal_number);
}

bool ChildProcess::IsRunning() {
  int wait_status = 0;
  if (!exit_.has_value() && waitpid(pid_, &wait_status, WNOHANG) == pid_) {
    exit_ = ExitOf(wait_status);
  }
  return !exit_.has_value();
}

std::optional<ChildProcess::Exit> ChildProcess::Wait(std::chrono::milliseconds patience) {
  Eventually([this] { return !IsRunning(); }, patience);
  return exit_;
}

ChildProcess::Exit ChildProcess::Stop(std::chrono::milliseconds patience) {
  Signal(SIGTERM);
  if (const std::optional<Exit> exit = Wait(patience)) return *exit;
  return Kill();
}

ChildProcess::Exit ChildProcess::Kill() {
  if (exit_.has_value()) return *exit_;
  kill(pid_, SIGKILL);
  int wait_status = 0;
  while (waitpid(pid_, &wait_status, 0) < 0 && errno == EINTR) {
  }
  exit_ = ExitOf(wait_status);
  return *exit_;
}

std::string ChildProcess::Output() const {
  const std::lock_guard lock(mutex_);
  return output_;
}

std::string ChildProcess::Errors() const {
  const std::lock_guard lock(mutex_);
  return errors_;
}

bool ChildProcess::OutputEnded() const {
  const std::lock_guard lock(mutex_);
  return output_ended_;
}

bool ChildProcess::WaitForOutput(const std::string& text, std::chrono::milliseconds patience) {
  const auto contains = [&] { return Output().find(text) != std::string::npos; };
  Eventually([&] { return contains() || OutputEnded(); }, patience);
  return contains();
}

}  // namespace valueloop::testing
