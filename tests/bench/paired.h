// Measures two ways of doing a thing in turn, A B A B ..., and prints the ratio of their medians:
// on a shared machine absolute times drift, ratios within one run hold.
#ifndef VALUELOOP_TESTS_BENCH_PAIRED_H_
#define VALUELOOP_TESTS_BENCH_PAIRED_H_

#include <cstdint>
#include <functional>
#include <string>

namespace valueloop::bench {

// Does the work and returns how many units (rows, calls, scores) it did.
using Work = std::function<int64_t()>;

struct Side {
  std::string name;
  Work work;
};

// Runs one uncounted and `round_count` counted rounds and prints a line:
// "{what}: {ours} 1.23 us, {yardstick} 0.98 us of CPU per {unit}, ratio 1.26 (1.20 to 1.31)".
void Compare(const std::string& what, const std::string& unit, const Side& ours,
             const Side& yardstick, int round_count = 5);

}  // namespace valueloop::bench

#endif  // VALUELOOP_TESTS_BENCH_PAIRED_H_
