// Absolute CPU time, beside the speed of the machine in the same run.
#ifndef VALUELOOP_TESTS_BENCH_MEASURE_H_
#define VALUELOOP_TESTS_BENCH_MEASURE_H_

#include <cstdint>
#include <functional>
#include <string>

namespace valueloop::bench {

// CPU seconds of the whole process so far.
double CpuSeconds();

// Nanoseconds that one log-gamma takes now: best of 5 loops over a million arguments.
double LogGammaNanos();

// The best of `rounds` runs of `work`, which returns how many units it did. Prints
// "{what}: 0.312 s for 1000000 {unit}s (0.312 us each, 3.2 M/s), 11.2 log-gammas each; want <= 0.5
// s: ok". `limit_seconds` 0: no limit is printed. Returns the seconds.
double Measure(const std::string& what, const std::string& unit, double limit_seconds,
               const std::function<int64_t()>& work, int rounds = 5);

// The peak resident memory, in bytes, of a child process that does `work` only.
int64_t PeakBytesOf(const std::function<void()>& work);

}  // namespace valueloop::bench

#endif  // VALUELOOP_TESTS_BENCH_MEASURE_H_
