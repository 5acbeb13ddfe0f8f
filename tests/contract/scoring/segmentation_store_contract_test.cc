#include <memory>
#include <string>

#include "common/status.h"
#include "fmt/format.h"
#include "scoring/store/segmentation_store.h"
#include "scoring/store/sql_ledger_store.h"
#include "testing/status_matchers.h"
#include "testing/temp_dir.h"

namespace valueloop::scoring {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::StatusIs;

class SegmentationStoreContractTest : public ::testing::Test {
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
    store_ = std::make_unique<SegmentationStore>(*database_, clock_);
  }

  std::vector<std::string> Ids(const std::string& workspace, const std::string& after, int limit) {
    std::vector<std::string> ids;
    const auto all = store_->List(workspace, after, limit);
    EXPECT_THAT(all, testing::IsOk());
    for (const StoredSegmentation& one : *all) ids.push_back(one.id);
    return ids;
  }

  testing::TempDir folder_;
  FakeClock clock_{absl::FromUnixSeconds(1'750'000'000)};
  std::unique_ptr<sql::Database> database_;
  std::unique_ptr<SegmentationStore> store_;
};

TEST_F(SegmentationStoreContractTest, WhatIsCreatedIsThereAfterAReopen) {
  VL_ASSERT_OK_AND_ASSIGN(const StoredSegmentation made, store_->Create("default", "tiers", "{}"));
  EXPECT_EQ(made.create_micros, 1'750'000'000'000'000);
  EXPECT_EQ(made.update_micros, made.create_micros);
  Open();
  VL_ASSERT_OK_AND_ASSIGN(const StoredSegmentation read, store_->Get("default", "tiers"));
  EXPECT_EQ(read, made);
  EXPECT_EQ(ReasonOf(store_->Get("other", "tiers").status()), "SEGMENTATION_NOT_FOUND");
}

TEST_F(SegmentationStoreContractTest, TheSameAgainIsWhatIsThereAndOtherContentIsRefused) {
  VL_ASSERT_OK_AND_ASSIGN(const StoredSegmentation made, store_->Create("default", "a", "1"));
  clock_.Advance(absl::Hours(1));
  VL_ASSERT_OK_AND_ASSIGN(const StoredSegmentation again, store_->Create("default", "a", "1"));
  EXPECT_EQ(again, made);
  EXPECT_THAT(store_->Create("default", "a", "2"), StatusIs(absl::StatusCode::kAlreadyExists));
}

TEST_F(SegmentationStoreContractTest, OfTwoEditorsTheSecondIsTold) {
  VL_ASSERT_OK_AND_ASSIGN(const StoredSegmentation made, store_->Create("default", "a", "1"));
  clock_.Advance(absl::Hours(1));
  VL_ASSERT_OK_AND_ASSIGN(const StoredSegmentation first,
                          store_->Update("default", "a", "2", made.etag));
  EXPECT_NE(first.etag, made.etag);
  EXPECT_GT(first.update_micros, made.update_micros);
  const auto second = store_->Update("default", "a", "3", made.etag);
  EXPECT_THAT(second, StatusIs(absl::StatusCode::kAborted));
  EXPECT_EQ(ReasonOf(second.status()), "ETAG_MISMATCH");
  EXPECT_EQ(store_->Get("default", "a")->payload, "2");
  // What changes nothing keeps the etag.
  EXPECT_EQ(store_->Update("default", "a", "2", first.etag)->etag, first.etag);
  EXPECT_THAT(store_->Update("default", "b", "2", made.etag),
              StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(SegmentationStoreContractTest, AnEtagOfADeletedOneIsNotThatOfItsSuccessor) {
  VL_ASSERT_OK_AND_ASSIGN(const StoredSegmentation made, store_->Create("default", "a", "1"));
  EXPECT_THAT(store_->Delete("default", "a", "x"), StatusIs(absl::StatusCode::kAborted));
  VL_EXPECT_OK(store_->Delete("default", "a", made.etag));
  EXPECT_THAT(store_->Delete("default", "a", ""), StatusIs(absl::StatusCode::kNotFound));
  clock_.Advance(absl::Microseconds(1));
  VL_ASSERT_OK_AND_ASSIGN(const StoredSegmentation anew, store_->Create("default", "a", "9"));
  EXPECT_NE(anew.etag, made.etag);
  EXPECT_THAT(store_->Update("default", "a", "2", made.etag), StatusIs(absl::StatusCode::kAborted));
}

TEST_F(SegmentationStoreContractTest, ListsByIdWithinAWorkspace) {
  for (const char* id : {"b", "a", "c", "B"}) VL_ASSERT_OK(store_->Create("default", id, id));
  VL_ASSERT_OK(store_->Create("other", "z", "z"));
  EXPECT_THAT(Ids("default", "", 10), ElementsAre("B", "a", "b", "c"));
  EXPECT_THAT(Ids("default", "a", 1), ElementsAre("b"));
  EXPECT_THAT(Ids("nowhere", "", 10), IsEmpty());
}

TEST_F(SegmentationStoreContractTest, AWorkspaceHoldsAThousand) {
  VL_ASSERT_OK(database_->Write([&](sql::Session& session) -> absl::Status {
    for (int64_t i = 0; i < kMaxSegmentations; ++i) {
      VL_RETURN_IF_ERROR(
          session
              .Execute("INSERT INTO segmentations (workspace, segmentation, revision, payload,"
                       " create_micros, update_micros) VALUES (:workspace, :id, 1, '{}', 1, 1)",
                       {"default", fmt::format("s{}", i)})
              .status());
    }
    return absl::OkStatus();
  }));
  const auto more = store_->Create("default", "more", "{}");
  EXPECT_THAT(more, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(ReasonOf(more.status()), "TOO_MANY_SEGMENTATIONS");
  VL_EXPECT_OK(store_->Create("other", "more", "{}"));
}

}  // namespace
}  // namespace valueloop::scoring
