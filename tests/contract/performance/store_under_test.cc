#include "contract/performance/store_under_test.h"

#include <utility>

#include "common/sql/database.h"
#include "common/sql/outbox.h"
#include "performance/store/sql_performance_store.h"
#include "testing/temp_dir.h"
#include "unit/performance/domain/telecom.h"

namespace valueloop::performance {
namespace {

class SqliteStoreUnderTest : public StoreUnderTest {
 public:
  explicit SqliteStoreUnderTest(const Clock& clock) : clock_(clock) { Open(); }

  PerformanceStore& store() override { return *store_; }
  void Reopen() override {
    store_.reset();
    outbox_.reset();
    database_.reset();
    Open();
  }
  int64_t OutboxCount() override { return outbox_->WaitingCount().value(); }

 private:
  void Open() {
    database_ =
        sql::Database::Open("sqlite:" + folder_.File("performance.db"),
                            {.migrations = {sql::CommonMigrations(), PerformanceMigrations()}})
            .value();
    outbox_ = std::make_unique<sql::Outbox>(*database_);
    store_ = std::make_unique<SqlPerformanceStore>(*database_, *outbox_, clock_);
  }

  testing::TempDir folder_;
  const Clock& clock_;
  std::unique_ptr<sql::Database> database_;
  std::unique_ptr<sql::Outbox> outbox_;
  std::unique_ptr<SqlPerformanceStore> store_;
};

}  // namespace

StoreKind SqliteStore() {
  return {.name = "Sqlite",
          .open = [](const Clock& clock) { return std::make_unique<SqliteStoreUnderTest>(clock); }};
}

BoundPlan TelecomPlan(int64_t version, const std::function<void(KpiBinding&)>& edit) {
  BoundPlan plan({.workspace = "default", .plan = "HL-2026"}, version, 2026, FiscalCalendar(),
                 Policy());
  for (KpiBinding binding : {Care(), Home()}) {
    if (edit != nullptr) edit(binding);
    plan.Add(std::move(binding));
  }
  return plan;
}

RecordedObservation CareIn(int month, double value) {
  RecordedObservation recorded;
  recorded.observation.kpi = "CARE";
  recorded.observation.period = {Frequency::kMonthly, 2026, month};
  recorded.observation.value = value;
  recorded.observation.source = "MANUAL";
  return recorded;
}

}  // namespace valueloop::performance
