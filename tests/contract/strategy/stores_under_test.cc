#include "contract/strategy/stores_under_test.h"

#include <utility>

#include "common/sql/database.h"
#include "fmt/format.h"
#include "strategy/store/embedded_migrations.h"
#include "strategy/store/sql_gap_store.h"
#include "strategy/store/sql_plan_store.h"
#include "testing/temp_dir.h"

namespace valueloop::strategy {
namespace {

class SqliteStoresUnderTest : public StoresUnderTest {
 public:
  SqliteStoresUnderTest() { Open(); }

  PlanStore& plans() override { return *plans_; }
  GapStore& gaps() override { return *gaps_; }
  void Reopen() override {
    gaps_.reset();
    plans_.reset();
    database_.reset();
    Open();
  }

 private:
  void Open() {
    database_ = sql::Database::Open("sqlite:" + folder_.File("strategy.db"),
                                    {.migrations = {sql::CommonMigrations(), EmbeddedMigrations()}})
                    .value();
    plans_ = SqlPlanStore::Open(*database_, fmt::format("epoch{}", ++open_count_)).value();
    gaps_ = std::make_unique<SqlGapStore>(*database_);
  }

  testing::TempDir folder_;
  int open_count_ = 0;
  std::unique_ptr<sql::Database> database_;
  std::unique_ptr<SqlPlanStore> plans_;
  std::unique_ptr<SqlGapStore> gaps_;
};

}  // namespace

StoreKind SqliteStores() {
  return {.name = "Sqlite", .open = [] { return std::make_unique<SqliteStoresUnderTest>(); }};
}

PlanImport ImportOf(std::string_view plan, std::string_view note) {
  return {.workspace = "default",
          .plan = std::string(plan),
          .source = fmt::format("meta: {{id: {}}}\n# {} \t 战略\r\n", plan, note),
          .file_name = "plan.yaml",
          .facts = {.name_zh = "计划",
                    .name_en = "plan",
                    .fiscal_year = 2026,
                    .fingerprint = std::string(note),
                    .warning_count = 2,
                    .direction_count = 1,
                    .csf_count = 2,
                    .kpi_count = 3,
                    .key_task_count = 4,
                    .org_unit_count = 5,
                    .person_count = 6,
                    .gap_count = 7},
          .now = 1'000};
}

PlanVersion PublishNew(PlanStore& plans, std::string_view plan, std::string_view note) {
  const PlanImport import = ImportOf(plan, note);
  const PlanVersion draft = plans.Import(import, {}).value();
  const std::string payload = fmt::format("{} {}", plan, draft.version);
  return plans.Publish(draft, import.facts, payload, 2'000, {}).value();
}

}  // namespace valueloop::strategy
