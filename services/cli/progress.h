// A progress line on stderr, only on a terminal.
#ifndef VALUELOOP_CLI_PROGRESS_H_
#define VALUELOOP_CLI_PROGRESS_H_

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "cli/context.h"

namespace valueloop::cli {

// One line that is redrawn at most ten times a second: label, bar, share, rate and time left.
// Prints nothing unless the context wants progress.
class Progress {
 public:
  // `unit` is what `count` counts, such as "rows".
  Progress(const Context& context, std::string label, std::string unit);
  // Ends the line.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // `done` of `total` (0: not known) in any unit, for the bar; `count` things, for the rate.
  void Update(int64_t done, int64_t total, int64_t count, const std::string& note = "");

 private:
  const Context& context_;
  const std::string label_;
  const std::string unit_;
  const absl::Time start_;
  absl::Time last_draw_ = absl::InfinitePast();
  bool drawn_ = false;
};

// The line without the terminal's control codes; for tests.
std::string ProgressText(const std::string& label, const std::string& unit, int64_t done,
                         int64_t total, int64_t count, absl::Duration elapsed);

}  // namespace valueloop::cli

#endif  // VALUELOOP_CLI_PROGRESS_H_
