// The stores that the contract suite runs on, and a plan to run it with.
#ifndef VALUELOOP_TESTS_CONTRACT_PERFORMANCE_STORE_UNDER_TEST_H_
#define VALUELOOP_TESTS_CONTRACT_PERFORMANCE_STORE_UNDER_TEST_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/clock.h"
#include "performance/store/performance_store.h"

namespace valueloop::performance {

class StoreUnderTest {
 public:
  virtual ~StoreUnderTest() = default;
  virtual PerformanceStore& store() = 0;
  // Closes and opens the same database.
  virtual void Reopen() = 0;
  virtual int64_t OutboxCount() = 0;
};

struct StoreKind {
  std::string name;
  std::function<std::unique_ptr<StoreUnderTest>(const Clock&)> open;
};

StoreKind SqliteStore();

// A version of a plan with the telecom sample's CARE and HOME, monthly from January 2026.
BoundPlan TelecomPlan(int64_t version, const std::function<void(KpiBinding&)>& edit = nullptr);

// CARE's value of a month.
RecordedObservation CareIn(int month, double value);

}  // namespace valueloop::performance

#endif  // VALUELOOP_TESTS_CONTRACT_PERFORMANCE_STORE_UNDER_TEST_H_
