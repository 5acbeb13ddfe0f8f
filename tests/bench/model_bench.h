// Fitting and scoring of many customers, in CPU seconds.
#ifndef VALUELOOP_TESTS_BENCH_MODEL_BENCH_H_
#define VALUELOOP_TESTS_BENCH_MODEL_BENCH_H_

#include <cstdint>

namespace valueloop::bench {

// Limits are printed for 1,000,000 customers only.
void BenchFits(int64_t customer_count);
void BenchScores(int64_t customer_count);
void BenchSummaries(int64_t customer_count);
// 10^4 customers to 10^7, or to `most`.
void BenchGrowth(int64_t most);

}  // namespace valueloop::bench

#endif  // VALUELOOP_TESTS_BENCH_MODEL_BENCH_H_
