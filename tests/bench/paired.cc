#include "bench/paired.h"

#include <algorithm>
#include <ctime>
#include <vector>

#include "fmt/format.h"

namespace valueloop::bench {
namespace {

// CPU of the whole process: what a writer thread does for the caller counts.
double CpuMicros() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

double MicrosPerUnit(const Work& work) {
  const double begin = CpuMicros();
  const int64_t unit_count = work();
  return (CpuMicros() - begin) / static_cast<double>(std::max<int64_t>(unit_count, 1));
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

void Compare(const std::string& what, const std::string& unit, const Side& ours,
             const Side& yardstick, int round_count) {
  MicrosPerUnit(ours.work);
  MicrosPerUnit(yardstick.work);
  std::vector<double> our_times;
  std::vector<double> their_times;
  std::vector<double> ratios;
  for (int i = 0; i < round_count; ++i) {
    our_times.push_back(MicrosPerUnit(ours.work));
    their_times.push_back(MicrosPerUnit(yardstick.work));
    ratios.push_back(our_times.back() / their_times.back());
  }
  const auto [least, most] = std::minmax_element(ratios.begin(), ratios.end());
  fmt::print("{}: {} {:.3f} us, {} {:.3f} us of CPU per {}, ratio {:.2f} ({:.2f} to {:.2f})\n",
             what, ours.name, Median(our_times), yardstick.name, Median(their_times), unit,
             Median(ratios), *least, *most);
}

}  // namespace valueloop::bench
