#include <memory>
#include <string>
#include <vector>

#include "common/status.h"
#include "scoring/store/sql_ledger_store.h"
#include "scoring/store/version_store.h"
#include "testing/status_matchers.h"
#include "testing/temp_dir.h"

namespace valueloop::scoring {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::IsOkAndHolds;
using testing::StatusIs;
constexpr absl::StatusCode kNotFound = absl::StatusCode::kNotFound;

class CountingListener : public VersionListener {
 public:
  void OnVersionsChanged(const std::string& workspace, const ActiveVersions& active) override {
    changes.push_back({workspace, active});
  }
  std::vector<std::pair<std::string, ActiveVersions>> changes;
};

class VersionStoreContractTest : public ::testing::Test {
 protected:
  void SetUp() override { Open(); }

  void Open() {
    store_.reset();
    database_.reset();
    auto database =
        sql::Database::Open("sqlite:" + folder_.File("scoring.db"),
                            {.migrations = {sql::CommonMigrations(), LedgerMigrations()}});
    ASSERT_THAT(database, testing::IsOk());
    database_ = *std::move(database);
    store_ = std::make_unique<VersionStore>(*database_, clock_);
    store_->AddListener(&listener_);
  }

  testing::TempDir folder_;
  FakeClock clock_{absl::FromUnixSeconds(1767225600)};
  CountingListener listener_;
  std::unique_ptr<sql::Database> database_;
  std::unique_ptr<VersionStore> store_;
};

TEST_F(VersionStoreContractTest, NothingIsActiveInANewWorkspace) {
  EXPECT_THAT(store_->GetActive("default"), IsOkAndHolds(ActiveVersions{}));
  EXPECT_THAT(store_->GetModel("default", 1),
              StatusIs(kNotFound, HasSubstr("model: got version 1")));
  EXPECT_THAT(store_->GetPolicy("default", 0), StatusIs(kNotFound));
  EXPECT_THAT(store_->GetReference("default", 1), StatusIs(kNotFound));
}

TEST_F(VersionStoreContractTest, ModelsAreNumberedFromOnePerWorkspaceAndNeverChange) {
  EXPECT_THAT(store_->CreateModel("default", "a", ""), IsOkAndHolds(1));
  EXPECT_THAT(store_->CreateModel("default", "b", ""), IsOkAndHolds(2));
  EXPECT_THAT(store_->CreateModel("other", "c", ""), IsOkAndHolds(1));
  VL_ASSERT_OK_AND_ASSIGN(const StoredModel first, store_->GetModel("default", 1));
  EXPECT_EQ(first.payload, "a");
  EXPECT_FALSE(first.active);
  EXPECT_THAT(
      store_->ListModels("default", 100, 10),
      IsOkAndHolds(ElementsAre(Field(&StoredModel::version, 2), Field(&StoredModel::version, 1))));
  EXPECT_THAT(store_->ListModels("default", 2, 10),
              IsOkAndHolds(ElementsAre(Field(&StoredModel::version, 1))));
}

TEST_F(VersionStoreContractTest, ARequestIdMakesCreatingAModelSafeToRepeat) {
  EXPECT_THAT(store_->CreateModel("default", "a", "r1"), IsOkAndHolds(1));
  EXPECT_THAT(store_->CreateModel("default", "a", "r1"), IsOkAndHolds(1));
  EXPECT_THAT(store_->CreateModel("default", "other", "r1"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("request_id")));
}

TEST_F(VersionStoreContractTest, ActivatingIsReversibleLoggedAndSurvivesARestart) {
  VL_ASSERT_OK(store_->CreateModel("default", "a", ""));
  VL_ASSERT_OK(store_->CreateModel("default", "b", ""));
  VL_ASSERT_OK(store_->ActivateModel("default", 2));
  clock_.Advance(absl::Hours(1));
  VL_ASSERT_OK(store_->ActivateModel("default", 1));
  EXPECT_THAT(store_->ActivateModel("default", 3), StatusIs(kNotFound));
  Open();
  EXPECT_THAT(store_->GetActive("default"),
              IsOkAndHolds(ActiveVersions{.model = 1, .sequence = 2}));
  VL_ASSERT_OK_AND_ASSIGN(const StoredModel second, store_->GetModel("default", 2));
  EXPECT_FALSE(second.active);
  EXPECT_EQ(second.activate_micros, 1767225600 * 1'000'000ll);
}

TEST_F(VersionStoreContractTest, ListenersHearOfEveryChangeAndOnlyOfChanges) {
  VL_ASSERT_OK(store_->CreateModel("default", "a", ""));
  VL_ASSERT_OK(store_->ActivateModel("default", 1));
  VL_ASSERT_OK(store_->ActivateModel("default", 1));
  ASSERT_EQ(listener_.changes.size(), 1u);
  EXPECT_EQ(listener_.changes[0].first, "default");
  EXPECT_EQ(listener_.changes[0].second, (ActiveVersions{.model = 1, .sequence = 1}));
}

TEST_F(VersionStoreContractTest, APublicationIsAppliedOnceHoweverOftenItComes) {
  for (int i = 0; i < 3; ++i) {
    VL_ASSERT_OK_AND_ASSIGN(const ActiveVersions active,
                            store_->ApplyPolicy("default", "plans/P/versions/1", "p", "strategy",
                                                "cursor" + std::to_string(i)));
    EXPECT_EQ(active.policy, 1);
    EXPECT_EQ(active.sequence, 1);
  }
  EXPECT_THAT(store_->GetCursor("strategy"), IsOkAndHolds("cursor2"));
  VL_ASSERT_OK_AND_ASSIGN(const StoredPolicy policy, store_->GetPolicy("default", 1));
  EXPECT_EQ(policy.plan_version, "plans/P/versions/1");
  EXPECT_EQ(policy.payload, "p");
}

TEST_F(VersionStoreContractTest, AReferenceIsTakenOncePerPolicyAndComesBackWithIt) {
  VL_ASSERT_OK(store_->ApplyPolicy("default", "v1", "p", "strategy", "1"));
  VL_ASSERT_OK_AND_ASSIGN(ActiveVersions active, store_->TakeReference("default", 1, "first"));
  EXPECT_EQ(active.reference, 1);
  VL_ASSERT_OK(store_->TakeReference("default", 1, "too late"));
  VL_ASSERT_OK_AND_ASSIGN(const StoredReference reference, store_->GetReference("default", 1));
  EXPECT_EQ(reference.payload, "first");
  EXPECT_EQ(reference.policy_version, 1);

  VL_ASSERT_OK_AND_ASSIGN(active, store_->ApplyPolicy("default", "v2", "q", "strategy", "2"));
  EXPECT_EQ(active.policy, 2);
  EXPECT_EQ(active.reference, 0) << "another policy needs a reference of its own";
  VL_ASSERT_OK_AND_ASSIGN(active, store_->ApplyPolicy("default", "v1", "p", "strategy", "3"));
  EXPECT_EQ(active.policy, 1);
  EXPECT_EQ(active.reference, 1);
}

TEST_F(VersionStoreContractTest, AReferenceOfAPolicyThatIsNotActiveStaysAside) {
  VL_ASSERT_OK(store_->ApplyPolicy("default", "v1", "p", "strategy", "1"));
  VL_ASSERT_OK(store_->ApplyPolicy("default", "v2", "q", "strategy", "2"));
  VL_ASSERT_OK_AND_ASSIGN(const ActiveVersions active, store_->TakeReference("default", 1, "old"));
  EXPECT_EQ(active.policy, 2);
  EXPECT_EQ(active.reference, 0);
}

TEST_F(VersionStoreContractTest, TheLogSaysWhatWasActiveWhen) {
  EXPECT_THAT(store_->ListActivations("default"), IsOkAndHolds(IsEmpty()));
  VL_ASSERT_OK(store_->CreateModel("default", "a", ""));
  VL_ASSERT_OK(store_->ActivateModel("default", 1));
  clock_.Advance(absl::Hours(1));
  VL_ASSERT_OK(store_->ApplyPolicy("default", "v1", "p", "strategy", "1"));
  clock_.Advance(absl::Hours(1));
  VL_ASSERT_OK(store_->TakeReference("default", 1, "first"));
  VL_ASSERT_OK(store_->ActivateModel("default", 1));  // It is: no change.
  constexpr int64_t kStart = 1767225600 * 1'000'000ll;
  constexpr int64_t kHour = 3600 * 1'000'000ll;
  EXPECT_THAT(store_->ListActivations("default"),
              IsOkAndHolds(ElementsAre(VersionActivation{{.model = 1, .sequence = 1}, kStart},
                                       VersionActivation{{1, 1, 0, 2}, kStart + kHour},
                                       VersionActivation{{1, 1, 1, 3}, kStart + 2 * kHour})));
  EXPECT_THAT(store_->ListActivations("other"), IsOkAndHolds(IsEmpty()));
}

TEST_F(VersionStoreContractTest, APolicyIsFoundByItsPublicationWithItsReference) {
  EXPECT_THAT(store_->FindPolicy("default", "v1"), StatusIs(kNotFound, HasSubstr("plan_version")));
  VL_ASSERT_OK(store_->ApplyPolicy("default", "v1", "p", "strategy", "1"));
  VL_ASSERT_OK_AND_ASSIGN(VersionStore::PolicyOfPlan found, store_->FindPolicy("default", "v1"));
  EXPECT_EQ(found.policy, 1);
  EXPECT_EQ(found.reference, 0);
  VL_ASSERT_OK(store_->TakeReference("default", 1, "first"));
  VL_ASSERT_OK_AND_ASSIGN(found, store_->FindPolicy("default", "v1"));
  EXPECT_EQ(found.reference, 1);
}

TEST_F(VersionStoreContractTest, ADatabaseFromBeforeTheLogGetsWhatItsTablesTell) {
  sql::MigrationSet before = LedgerMigrations();
  before.migrations = before.migrations.first(3);
  const std::string url = "sqlite:" + folder_.File("old.db");
  {
    auto database = sql::Database::Open(url, {.migrations = {sql::CommonMigrations(), before}});
    ASSERT_THAT(database, testing::IsOk());
    VL_ASSERT_OK((*database)->Write([](sql::Session& session) -> absl::Status {
      for (const std::string_view insert :
           {"INSERT INTO model_activations VALUES ('default', 1, 2, 100)",
            "INSERT INTO policies VALUES ('default', 1, 'v1', 'p', 200)",
            "INSERT INTO value_references VALUES ('default', 1, 1, 'r', 300)",
            "INSERT INTO model_activations VALUES ('default', 4, 3, 400)"}) {
        VL_RETURN_IF_ERROR(session.Execute(insert, {}).status());
      }
      return absl::OkStatus();
    }));
  }
  auto database =
      sql::Database::Open(url, {.migrations = {sql::CommonMigrations(), LedgerMigrations()}});
  ASSERT_THAT(database, testing::IsOk());
  VersionStore store(**database, clock_);
  VL_ASSERT_OK_AND_ASSIGN(const std::vector<VersionActivation> log,
                          store.ListActivations("default"));
  std::vector<std::vector<int64_t>> rows;
  for (const VersionActivation& at : log) {
    rows.push_back(
        {at.activate_micros, at.versions.model, at.versions.policy, at.versions.reference});
  }
  using Row = std::vector<int64_t>;
  EXPECT_THAT(rows, ElementsAre(Row{100, 2, 0, 0}, Row{200, 2, 1, 0}, Row{300, 2, 1, 1},
                                Row{400, 3, 1, 1}));
}

TEST_F(VersionStoreContractTest, CursorsBelongToTheirStream) {
  EXPECT_THAT(store_->GetCursor("strategy"), IsOkAndHolds(IsEmpty()));
  VL_ASSERT_OK(store_->SaveCursor("strategy", "a"));
  VL_ASSERT_OK(store_->SaveCursor("other", "b"));
  VL_ASSERT_OK(store_->SaveCursor("strategy", "c"));
  EXPECT_THAT(store_->GetCursor("strategy"), IsOkAndHolds("c"));
}

}  // namespace
}  // namespace valueloop::scoring
