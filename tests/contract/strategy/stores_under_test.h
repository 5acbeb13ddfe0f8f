// The stores of plans and gaps that the contract tests of this folder run against.
#ifndef VALUELOOP_TESTS_CONTRACT_STRATEGY_STORES_UNDER_TEST_H_
#define VALUELOOP_TESTS_CONTRACT_STRATEGY_STORES_UNDER_TEST_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "strategy/store/gap_store.h"
#include "strategy/store/plan_store.h"

namespace valueloop::strategy {

// An empty database of the test's own, removed with it.
class StoresUnderTest {
 public:
  virtual ~StoresUnderTest() = default;
  virtual PlanStore& plans() = 0;
  virtual GapStore& gaps() = 0;
  // Closes the database and opens it again, as a restart does.
  virtual void Reopen() = 0;
};

struct StoreKind {
  std::string name;
  std::function<std::unique_ptr<StoresUnderTest>()> open;
};

StoreKind SqliteStores();

// A source for plan `plan` that differs with `note`.
PlanImport ImportOf(std::string_view plan, std::string_view note);

// Imports and publishes a version with a payload that names it; ends the test on an error.
PlanVersion PublishNew(PlanStore& plans, std::string_view plan, std::string_view note);

}  // namespace valueloop::strategy

#endif  // VALUELOOP_TESTS_CONTRACT_STRATEGY_STORES_UNDER_TEST_H_
