#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/status.h"
#include "scoring/store/attribute_text.h"
#include "scoring/store/snapshot_store.h"
#include "scoring/store/sql_ledger_store.h"
#include "testing/status_matchers.h"
#include "testing/temp_dir.h"

namespace valueloop::scoring {
namespace {

using ::testing::ElementsAre;
using testing::IsOkAndHolds;
using testing::StatusIs;
constexpr absl::StatusCode kFailedPrecondition = absl::StatusCode::kFailedPrecondition;

SnapshotRow Row(const std::string& customer_id) {
  return {.customer_id = customer_id,
          .state = ScoreState::kOk,
          .customer_class = CustomerClass::kPotential,
          .realised_value = -1.5,
          .expected_value = 0.1,
          .value_score = 12.25,
          .match_coverage = 0.5,
          .alive_probability = 1.0 / 3,
          .attributes = "owner t li\n"};
}

class SnapshotStoreContractTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto database =
        sql::Database::Open("sqlite:" + folder_.File("scoring.db"),
                            {.migrations = {sql::CommonMigrations(), LedgerMigrations()}});
    ASSERT_THAT(database, testing::IsOk());
    database_ = *std::move(database);
    store_ = std::make_unique<SnapshotStore>(*database_, clock_);
  }

  int64_t Begin() {
    const auto id = database_->Write([&](sql::Session& session) {
      return store_->Begin(session, "default",
                           {.as_of = absl::CivilDay(1997, 9, 30), .model_version = 4});
    });
    EXPECT_THAT(id, testing::IsOk());
    return id.value_or(0);
  }

  void Append(int64_t id, const std::vector<SnapshotRow>& rows) {
    EXPECT_THAT(database_->Write([&](sql::Session& session) {
      return store_->Append(session, "default", id, rows);
    }),
                testing::IsOk());
  }

  absl::Status Complete(int64_t id, int64_t count) {
    return database_->Write(
        [&](sql::Session& session) { return store_->Complete(session, "default", id, count); });
  }

  int64_t Make(const std::vector<SnapshotRow>& rows) {
    const int64_t id = Begin();
    Append(id, rows);
    EXPECT_THAT(Complete(id, static_cast<int64_t>(rows.size())), testing::IsOk());
    return id;
  }

  std::vector<std::string> CustomersOf(int64_t id, const std::string& after, int64_t limit) {
    std::vector<std::string> customers;
    EXPECT_THAT(store_->Scan("default", id, after, limit,
                             [&](const SnapshotRow& row) {
                               customers.push_back(row.customer_id);
                               return absl::OkStatus();
                             }),
                testing::IsOk());
    return customers;
  }

  int64_t RowCount() {
    const auto count = database_->Read([](sql::Session& session) {
      return session.QueryValue<int64_t>("SELECT COUNT(*) FROM snapshot_scores");
    });
    return count.ok() ? count->value_or(-1) : -1;
  }

  testing::TempDir folder_;
  FakeClock clock_{absl::FromUnixSeconds(1767225600)};
  std::unique_ptr<sql::Database> database_;
  std::unique_ptr<SnapshotStore> store_;
};

TEST_F(SnapshotStoreContractTest, NobodySeesASnapshotBeforeItIsComplete) {
  EXPECT_THAT(store_->RequireNewest("default"), StatusIs(kFailedPrecondition));
  const int64_t id = Begin();
  Append(id, {Row("a")});
  EXPECT_THAT(store_->Newest("default"), IsOkAndHolds(std::optional<Snapshot>()));
  EXPECT_EQ(ReasonOf(store_->Get("default", id).status()), "SNAPSHOT_EXPIRED");
  EXPECT_EQ(ReasonOf(store_->RequireNewest("default").status()), "NO_SNAPSHOT");
  VL_ASSERT_OK(Complete(id, 1));
  VL_ASSERT_OK_AND_ASSIGN(const Snapshot newest, store_->RequireNewest("default"));
  EXPECT_EQ(newest, (Snapshot{.id = id,
                              .as_of = absl::CivilDay(1997, 9, 30),
                              .model_version = 4,
                              .customer_count = 1,
                              .complete_micros = 1767225600000000}));
  EXPECT_EQ(store_->completions(), 1);
  EXPECT_THAT(Complete(id, 1), StatusIs(absl::StatusCode::kAborted));
}

TEST_F(SnapshotStoreContractTest, RowsComeBackAsTheyWere) {
  const int64_t id = Make({Row("b"), Row("a"), Row("c")});
  EXPECT_THAT(CustomersOf(id, "", 10), ElementsAre("a", "b", "c"));
  EXPECT_THAT(CustomersOf(id, "a", 1), ElementsAre("b"));
  std::vector<SnapshotRow> rows;
  VL_ASSERT_OK(store_->Scan("default", id, "", 1, [&](const SnapshotRow& row) {
    rows.push_back(row);
    return absl::OkStatus();
  }));
  EXPECT_THAT(rows, ElementsAre(Row("a")));
}

TEST_F(SnapshotStoreContractTest, AnErrorOfTheCallerEndsTheScan) {
  const int64_t id = Make({Row("a"), Row("b")});
  int seen = 0;
  EXPECT_THAT(store_->Scan("default", id, "", 10,
                           [&](const SnapshotRow&) {
                             ++seen;
                             return absl::CancelledError("enough");
                           }),
              StatusIs(absl::StatusCode::kCancelled));
  EXPECT_EQ(seen, 1);
}

TEST_F(SnapshotStoreContractTest, PurgeKeepsTheNewestThreeAndWhatIsBeingBuilt) {
  const int64_t abandoned = Begin();
  Append(abandoned, {Row("a")});
  const int64_t first = Make({Row("a"), Row("b")});
  const int64_t second = Make({Row("a")});
  Make({Row("a")});
  Make({Row("a")});
  const int64_t building = Begin();
  Append(building, {Row("a")});
  VL_ASSERT_OK(store_->Purge("default", [] { return false; }));
  EXPECT_EQ(ReasonOf(store_->Get("default", first).status()), "SNAPSHOT_EXPIRED");
  EXPECT_THAT(store_->Get("default", second), testing::IsOk());
  EXPECT_EQ(RowCount(), 4);  // Three kept, and the one being built.
  VL_EXPECT_OK(Complete(building, 1));
}

TEST_F(SnapshotStoreContractTest, AStoppedPurgeIsFinishedByTheNext) {
  const int64_t first = Make({Row("a"), Row("b")});
  for (int i = 0; i < kKeptSnapshots; ++i) Make({Row("a")});
  int asked = 0;
  VL_ASSERT_OK(store_->Purge("default", [&] { return ++asked > 1; }));
  EXPECT_EQ(RowCount(), 5);
  EXPECT_EQ(ReasonOf(store_->Get("default", first).status()), "SNAPSHOT_EXPIRED");
  VL_ASSERT_OK(store_->Purge("default", [] { return false; }));
  EXPECT_EQ(RowCount(), kKeptSnapshots);
}

TEST_F(SnapshotStoreContractTest, WaitingEndsWhenASnapshotIsComplete) {
  const int64_t seen = store_->completions();
  std::jthread maker([this] { Make({Row("a")}); });
  store_->WaitBeyond(seen, absl::Now() + absl::Seconds(20), [] { return false; });
  EXPECT_EQ(store_->completions(), seen + 1);
}

TEST(AttributeTextTest, FindsEveryKindOfValue) {
  CustomerSummary summary;
  const auto add = [&](const std::string& name, AttributeValue value) {
    summary.attributes.push_back({.name = name, .day = 1, .value = std::move(value)});
  };
  add("flag", true);
  add("owner", std::string("100 %\nli"));
  add("tenure", 2.5);
  const std::string text = EncodeAttributes(summary, absl::CivilDay(2026, 1, 1));
  EXPECT_EQ(FindAttribute(text, "owner"), AttributeValue(std::string("100 %\nli")));
  EXPECT_EQ(FindAttribute(text, "tenure"), AttributeValue(2.5));
  EXPECT_EQ(FindAttribute(text, "flag"), AttributeValue(true));
  EXPECT_EQ(FindAttribute(text, "own"), std::nullopt);
}

}  // namespace
}  // namespace valueloop::scoring
