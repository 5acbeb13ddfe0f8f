// Generated customers for benchmarks, the same on every run of the same size and seed.
//
// The process: everybody buys for the first time on a day drawn evenly from the first 84, then as
// the BG/NBD model with CDNOW's parameters says (r .243, alpha 4.414 weeks, a .793, b 2.426), until
// the end of day 273; times are rounded up to whole days and purchases of one day merge. Spend per
// purchase day follows the Gamma-Gamma model (p 6.25, q 3.74, v 15.44), in cents.
#ifndef VALUELOOP_TESTS_BENCH_GENERATED_H_
#define VALUELOOP_TESTS_BENCH_GENERATED_H_

#include <cstdint>
#include <vector>

#include "scoring/domain/history.h"

namespace valueloop::bench {

struct PurchaseRow {
  int32_t customer = 0;
  int32_t day = 0;
  int64_t amount_micros = 0;
};

// Sorted by (customer, day); customers are numbered from 0 and have at least one row each.
std::vector<PurchaseRow> GeneratePurchases(int64_t customer_count, uint64_t seed = 20260630);

struct GeneratedCustomers {
  std::vector<scoring::PurchaseHistory> histories;
  std::vector<scoring::SpendHistory> spends;
};
// The histories of the same customers, without keeping their purchases.
GeneratedCustomers GenerateCustomers(int64_t customer_count, uint64_t seed = 20260630);

// The last day, 273.
inline constexpr int32_t kLastDay = 273;

}  // namespace valueloop::bench

#endif  // VALUELOOP_TESTS_BENCH_GENERATED_H_
