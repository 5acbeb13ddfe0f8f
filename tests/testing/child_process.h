#ifndef VALUELOOP_TESTS_TESTING_CHILD_PROCESS_H_
#define VALUELOOP_TESTS_TESTING_CHILD_PROCESS_H_

#include <sys/types.h>

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "testing/eventually.h"

namespace valueloop::testing {

// A program started by the test, with its standard output and error captured. It never outlives the
// test: the destructor kills it, and the kernel does if the test itself dies.
class ChildProcess {
 public:
  // How it ended: `code` of a normal exit, or the `signal` that ended it.
  struct Exit {
    int code = 0;
    int signal = 0;
  };

  // `arguments` begins with the program's path (or a name that is looked up in PATH); `environment`
  // is added to the test's own.
  static absl::StatusOr<std::unique_ptr<ChildProcess>> Start(
      const std::vector<std::string>& arguments,
      const std::map<std::string, std::string>& environment = {});
  // This test program itself, with `--child=MODE` and `arguments`; see child_main.h.
  static absl::StatusOr<std::unique_ptr<ChildProcess>> StartSelf(
      const std::string& mode, const std::vector<std::string>& arguments = {});
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }
  void Signal(int signal_number);
  // Waits for its end; empty if it still runs after `patience`.
  std::optional<Exit> Wait(std::chrono::milliseconds patience = kPatience);
  // SIGTERM, then SIGKILL if it has not ended within `patience`; returns how it ended.
  Exit Stop(std::chrono::milliseconds patience = kPatience);
  Exit Kill();  // SIGKILL, and waits.
  bool IsRunning();

  // What it has written so far.
  std::string Output() const;
  std::string Errors() const;
  // Whether all it will ever write is in Output().
  bool OutputEnded() const;
  // Waits until its output contains `text`; false if it ended, or `patience` did, without.
  bool WaitForOutput(const std::string& text, std::chrono::milliseconds patience = kPatience);

 private:
  ChildProcess(pid_t pid, int output, int errors);
  void Collect(int descriptor, std::string& text, bool& ended);

  const pid_t pid_;
  std::optional<Exit> exit_;
  mutable std::mutex mutex_;
  std::string output_;  // Under mutex_, as is errors_.
  std::string errors_;
  bool output_ended_ = false;
  bool errors_ended_ = false;
  std::thread output_reader_;
  std::thread errors_reader_;
};

}  // namespace valueloop::testing

#endif  // VALUELOOP_TESTS_TESTING_CHILD_PROCESS_H_
