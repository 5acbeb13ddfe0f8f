// A program run as a child of this one, which never outlives it.
#ifndef VALUELOOP_CLI_CHILD_H_
#define VALUELOOP_CLI_CHILD_H_

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace valueloop::cli {

// Used by one thread, which must be the one that lives longest: the kernel kills the child when the
// thread that started it ends.
class Child {
 public:
  // Starts `arguments[0]` (a path). Its standard error is appended to `log_path`, its standard
  // output can be read with ReadLine. It has a process group of its own, so that Ctrl-C reaches
  // only us.
  static absl::StatusOr<std::unique_ptr<Child>> Start(std::string name,
                                                      const std::vector<std::string>& arguments,
                                                      std::string log_path);
  // Kills it if it still runs.
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  const std::string& name() const { return name_; }

  // The next line of its output. DeadlineExceeded if none comes in `patience`; Aborted, with the
  // end of its log, if it ends before.
  absl::StatusOr<std::string> ReadLine(absl::Duration patience);

  // How it ended, in words, with the last lines of its log; empty while it runs.
  std::optional<std::string> Ended();

  void Terminate();  // SIGTERM
  void Kill();       // SIGKILL, and waits.

 private:
  Child(std::string name, std::string log_path, pid_t pid, int output);
  bool Reap();

  const std::string name_;
  const std::string log_path_;
  const pid_t pid_;
  const int output_;
  std::string unread_;
  bool reaped_ = false;
  int wait_status_ = 0;
};

// The full path of a program: beside this program, or in PATH; empty if it is nowhere.
std::string FindProgram(const std::string& name);

}  // namespace valueloop::cli

#endif  // VALUELOOP_CLI_CHILD_H_
