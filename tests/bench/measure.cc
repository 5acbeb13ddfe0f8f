#include "bench/measure.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>

#include "fmt/format.h"
#include "scoring/domain/special_functions.h"

namespace valueloop::bench {
namespace {

volatile double sink = 0;

}  // namespace

double CpuSeconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

double LogGammaNanos() {
  constexpr int kCalls = 1'000'000;
  double best = 1e9;
  for (int round = 0; round < 5; ++round) {
    const double begin = CpuSeconds();
    double sum = 0;
    for (int i = 0; i < kCalls; ++i) sum += scoring::LogGamma(0.1 + 1e-4 * i);
    best = std::min(best, CpuSeconds() - begin);
    sink = sum;
  }
  return best / kCalls * 1e9;
}

double Measure(const std::string& what, const std::string& unit, double limit_seconds,
               const std::function<int64_t()>& work, int rounds) {
  static const double log_gamma_nanos = LogGammaNanos();
  double best = 1e9;
  int64_t units = 1;
  for (int round = 0; round < rounds; ++round) {
    const double begin = CpuSeconds();
    units = std::max<int64_t>(work(), 1);
    best = std::min(best, CpuSeconds() - begin);
  }
  const double each = best / static_cast<double>(units);
  fmt::print("{}: {:.3f} s of CPU for {} {}s ({:.3f} us each, {:.2f} M/s), {:.1f} log-gammas each",
             what, best, units, unit, each * 1e6, 1e-6 / each, each * 1e9 / log_gamma_nanos);
  if (limit_seconds > 0) {
    fmt::print("; want <= {} s: {}", limit_seconds, best <= limit_seconds ? "ok" : "MISSED");
  }
  fmt::print("\n");
  std::fflush(stdout);
  return best;
}

int64_t PeakBytesOf(const std::function<void()>& work) {
  std::fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    work();
    _exit(0);
  }
  rusage usage{};
  int status = 0;
  if (child < 0 || wait4(child, &status, 0, &usage) != child || status != 0) {
    fmt::print(stderr, "bench: the child to measure memory of failed\n");
    std::exit(1);
  }
  return int64_t{usage.ru_maxrss} * 1024;
}

}  // namespace valueloop::bench
