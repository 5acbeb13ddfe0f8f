#include "common/workspace/workspace_store.h"

#include <memory>

#include "testing/status_matchers.h"
#include "testing/temp_dir.h"

namespace valueloop {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using testing::StatusIs;

class WorkspaceStoreTest : public ::testing::Test {
 protected:
  void SetUp() override { Open(); }

  void Open() {
    store_.reset();
    database_.reset();
    auto database = sql::Database::Open(
        "sqlite:" + folder_.path() + "/w.db",
        {.migrations = {sql::CommonMigrations(), WorkspaceStore::Migrations()}});
    ASSERT_THAT(database, testing::IsOk());
    database_ = *std::move(database);
    auto store = WorkspaceStore::Open(*database_, clock_);
    ASSERT_THAT(store, testing::IsOk());
    store_ = *std::move(store);
  }

  testing::TempDir folder_;
  FakeClock clock_{absl::FromUnixSeconds(1767225600)};  // 2026-01-01T00:00Z.
  std::unique_ptr<sql::Database> database_;
  std::unique_ptr<WorkspaceStore> store_;
};

TEST_F(WorkspaceStoreTest, DefaultExistsFromTheFirstStartAndIsMadeOnce) {
  VL_ASSERT_OK_AND_ASSIGN(const Workspace first, store_->Get("default"));
  EXPECT_EQ(first.currency, "CNY");
  EXPECT_EQ(first.time_zone_name, "Asia/Shanghai");
  EXPECT_EQ(first.fiscal_start_month, 1);
  clock_.Advance(absl::Hours(1));
  Open();
  VL_ASSERT_OK_AND_ASSIGN(const Workspace again, store_->Get("default"));
  EXPECT_EQ(again.create_micros, first.create_micros);
}

TEST_F(WorkspaceStoreTest, CreatingTheSameAgainReturnsItAndOtherContentIsRefused) {
  const Workspace wanted{.id = "eu", .currency = "EUR", .time_zone_name = "Europe/Berlin"};
  VL_ASSERT_OK(store_->Create(wanted));
  VL_EXPECT_OK(store_->Create(wanted));
  Workspace other = wanted;
  other.currency = "USD";
  EXPECT_THAT(store_->Create(other), StatusIs(absl::StatusCode::kAlreadyExists, HasSubstr("eu")));
}

TEST_F(WorkspaceStoreTest, RefusesWhatIsNoCurrencyTimeZoneOrMonth) {
  constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;
  EXPECT_THAT(store_->Create({.id = "X"}), StatusIs(kInvalid, HasSubstr("workspace_id")));
  EXPECT_THAT(store_->Create({.id = "x", .currency = "eur"}),
              StatusIs(kInvalid, HasSubstr("currency")));
  for (const char* zone : {"", "Mars/Olympus", "localtime", "/etc/localtime", "../../etc/passwd"}) {
    EXPECT_THAT(store_->Create({.id = "x", .time_zone_name = zone}),
                StatusIs(kInvalid, HasSubstr("time_zone")))
        << zone;
  }
  EXPECT_THAT(store_->Create({.id = "x", .fiscal_start_month = 13}),
              StatusIs(kInvalid, HasSubstr("fiscal_start_month")));
}

TEST_F(WorkspaceStoreTest, AnUnknownWorkspaceIsNotFound) {
  EXPECT_THAT(store_->Get("nobody"), StatusIs(absl::StatusCode::kNotFound, HasSubstr("nobody")));
}

TEST_F(WorkspaceStoreTest, ListsInTheOrderOfIdsFromAfterTheLastOne) {
  VL_ASSERT_OK(store_->Create({.id = "b"}));
  VL_ASSERT_OK(store_->Create({.id = "a"}));
  VL_ASSERT_OK_AND_ASSIGN(const auto first, store_->List("", 2));
  EXPECT_THAT(first, ElementsAre(Field(&Workspace::id, "a"), Field(&Workspace::id, "b")));
  VL_ASSERT_OK_AND_ASSIGN(const auto rest, store_->List("b", 10));
  EXPECT_THAT(rest, ElementsAre(Field(&Workspace::id, "default")));
}

TEST_F(WorkspaceStoreTest, TodayIsTheDayInTheWorkspacesTimeZone) {
  VL_ASSERT_OK_AND_ASSIGN(const Workspace shanghai, store_->Get("default"));
  VL_ASSERT_OK_AND_ASSIGN(
      const Workspace honolulu,
      store_->Create({.id = "hi", .currency = "USD", .time_zone_name = "Pacific/Honolulu"}));
  EXPECT_EQ(store_->Today(shanghai), absl::CivilDay(2026, 1, 1));
  EXPECT_EQ(store_->Today(honolulu), absl::CivilDay(2025, 12, 31));
}

}  // namespace
}  // namespace valueloop
