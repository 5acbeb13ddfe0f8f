// A `valueloop up` of the test's own, and commands run against it.
#ifndef VALUELOOP_TESTS_INTEGRATION_CLI_RUNNING_UP_H_
#define VALUELOOP_TESTS_INTEGRATION_CLI_RUNNING_UP_H_

#include <memory>
#include <string>
#include <vector>

#include "testing/child_process.h"
#include "testing/temp_dir.h"

namespace valueloop::cli {

struct Outcome {
  int code = 0;
  std::string out;
  std::string err;
};

// Runs the program and waits for its end.
Outcome RunProgram(const std::vector<std::string>& arguments);

class RunningUp {
 public:
  // Starts it on free ports without Redis and waits for `ready`; ok() says whether that worked.
  RunningUp();

  bool ok() const { return ok_; }
  testing::ChildProcess& process() { return *process_; }
  const std::string& data_dir() const { return data_; }
  // A file in a folder of the test's own.
  std::string File(const std::string& name) const { return folder_.File(name); }

  // Runs a command against the services.
  Outcome Run(std::vector<std::string> arguments) const;

  // Process ids of the services by program name.
  std::vector<pid_t> Children(const std::string& program) const;

 private:
  testing::TempDir folder_;
  std::string data_;
  std::unique_ptr<testing::ChildProcess> process_;
  bool ok_ = false;
};

void WriteFile(const std::string& path, const std::string& content);

}  // namespace valueloop::cli

#endif  // VALUELOOP_TESTS_INTEGRATION_CLI_RUNNING_UP_H_
