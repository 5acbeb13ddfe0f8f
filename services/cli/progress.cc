#include "cli/progress.h"

#include <algorithm>
#include <ostream>

#include "absl/time/clock.h"
#include "cli/table.h"
#include "fmt/format.h"

namespace valueloop::cli {
namespace {

constexpr int kBarCells = 24;

std::string ShortDuration(absl::Duration duration) {
  const int64_t seconds = absl::ToInt64Seconds(duration);
  if (seconds < 60) return fmt::format("{} s", seconds);
  if (seconds < 3600) return fmt::format("{}:{:02}", seconds / 60, seconds % 60);
  return fmt::format("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

}  // namespace

std::string ProgressText(const std::string& label, const std::string& unit, int64_t done,
                         int64_t total, int64_t count, absl::Duration elapsed) {
  std::string text = label;
  const double share =
      total > 0 ? std::min(1.0, static_cast<double>(done) / static_cast<double>(total)) : 0;
  if (total > 0) {
    const auto filled = static_cast<size_t>(share * kBarCells);
    text += fmt::format(" [{}{}] {:3.0f}%", std::string(filled, '#'),
                        std::string(kBarCells - filled, '.'), share * 100);
  }
  text += fmt::format("  {} {}", Count(count), unit);
  const double seconds = absl::ToDoubleSeconds(elapsed);
  if (seconds > 0.2 && count > 0) {
    text +=
        fmt::format("  {}/s", Count(static_cast<int64_t>(static_cast<double>(count) / seconds)));
  }
  if (seconds > 0.5 && share > 0 && share < 1) {
    text += "  " + ShortDuration(elapsed * ((1 - share) / share)) + " left";
  }
  return text;
}

Progress::Progress(const Context& context, std::string label, std::string unit)
    : context_(context), label_(std::move(label)), unit_(std::move(unit)), start_(absl::Now()) {}

Progress::~Progress() {
  if (drawn_) context_.err() << '\n';
}

void Progress::Update(int64_t done, int64_t total, int64_t count, const std::string& note) {
  if (!context_.progress_wanted()) return;
  const absl::Time now = absl::Now();
  const bool complete = total > 0 && done >= total;
  if (!complete && now - last_draw_ < absl::Milliseconds(100)) return;
  last_draw_ = now;
  drawn_ = true;
  std::string text = ProgressText(label_, unit_, done, total, count, now - start_);
  if (!note.empty()) text += "  " + note;
  // Return to the line's start, draw, clear the rest.
  context_.err() << '\r' << FitWidth(text, 100) << "\033[K" << std::flush;
}

}  // namespace valueloop::cli
