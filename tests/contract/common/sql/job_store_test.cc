#include "common/sql/job_store.h"

#include "common/status.h"
#include "contract/common/sql/testing.h"
#include "testing/eventually.h"

namespace valueloop::sql {
namespace {

using ::testing::ElementsAre;
using testing::Eventually;
using ::testing::Field;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;

const NewJob kFit{.workspace = "default", .id = "fit-1", .kind = "FIT", .payload = "{}"};
const std::vector<std::string> kKinds = {"FIT", "RESCORE"};

class JobStoreTest : public DatabaseTest {
 protected:
  void SetUp() override {
    DatabaseTest::SetUp();
    Use({});
  }
  void Use(JobOptions options) { store_ = std::make_unique<JobStore>(*database_, options); }

  std::optional<Job> Claim(std::string_view owner = "me") {
    absl::StatusOr<std::optional<Job>> job = store_->Claim(kKinds, owner);
    EXPECT_THAT(job, IsOk());
    return job.ok() ? *job : std::nullopt;
  }
  Job Get(std::string_view id = "fit-1") {
    absl::StatusOr<Job> job = store_->Get("default", id);
    EXPECT_THAT(job, IsOk());
    return job.value_or(Job{});
  }

  std::unique_ptr<JobStore> store_;
};

TEST_F(JobStoreTest, AddsAJobOnce) {
  VL_ASSERT_OK_AND_ASSIGN(const Job first, store_->Enqueue(kFit));
  EXPECT_EQ(first.state, JobState::kQueued);
  EXPECT_GT(first.create_time, 0);
  ASSERT_TRUE(Claim().has_value());
  VL_ASSERT_OK_AND_ASSIGN(const Job again, store_->Enqueue(kFit));
  EXPECT_EQ(again.state, JobState::kRunning);
  EXPECT_EQ(again.create_time, first.create_time);
  NewJob other = kFit;
  other.payload = "{\"other\":1}";
  EXPECT_THAT(store_->Enqueue(other),
              StatusIs(absl::StatusCode::kAlreadyExists, HasSubstr("fit-1")));
}

TEST_F(JobStoreTest, AddsAJobOnlyWithItsWrite) {
  EXPECT_THAT(database_->Write([&](Session& session) -> absl::Status {
    VL_RETURN_IF_ERROR(store_->Enqueue(session, kFit));
    return absl::AbortedError("no");
  }),
              StatusIs(absl::StatusCode::kAborted));
  EXPECT_THAT(store_->Get("default", "fit-1"), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(JobStoreTest, GivesAJobToOneClaimantAndOnlyOfTheKindsItKnows) {
  VL_ASSERT_OK(store_->Enqueue(kFit));
  const std::vector<std::string> others = {"RESCORE"};
  VL_ASSERT_OK_AND_ASSIGN(const std::optional<Job> none, store_->Claim(others, "me"));
  EXPECT_FALSE(none.has_value());
  const std::optional<Job> job = Claim("first");
  ASSERT_TRUE(job.has_value());
  EXPECT_EQ(job->id, "fit-1");
  EXPECT_EQ(job->attempt, 1);
  EXPECT_FALSE(Claim("second").has_value());
  EXPECT_EQ(Get().owner, "first");
}

TEST_F(JobStoreTest, KeepsProgressAndResult) {
  VL_ASSERT_OK(store_->Enqueue(kFit));
  const std::optional<Job> job = Claim();
  ASSERT_TRUE(job.has_value());
  VL_ASSERT_OK(store_->Progress(*job, 3, 10, "iteration 3"));
  EXPECT_EQ(Get().done_count, 3);
  EXPECT_EQ(Get().total_count, 10);
  EXPECT_EQ(Get().message, "iteration 3");
  VL_ASSERT_OK(store_->Complete(*job, "{\"ok\":true}"));
  EXPECT_EQ(Get().state, JobState::kSucceeded);
  EXPECT_EQ(Get().result, "{\"ok\":true}");
}

TEST_F(JobStoreTest, RefusesEveryWriteOfAHolderWhoseLeaseRanOutAndWasTaken) {
  Use({.lease = absl::Milliseconds(5)});
  VL_ASSERT_OK(store_->Enqueue(kFit));
  const std::optional<Job> slow = Claim("slow");
  ASSERT_TRUE(slow.has_value());
  std::optional<Job> quick;
  ASSERT_TRUE(Eventually([&] { return (quick = Claim("quick")).has_value(); }));
  EXPECT_EQ(quick->attempt, 2);
  for (const absl::Status& status :
       {store_->Renew(*slow), store_->Progress(*slow, 1, 2, ""), store_->Complete(*slow, ""),
        store_->Fail(*slow, absl::InternalError("x")), store_->Release(*slow),
        store_->FencedWrite(*slow, [](Session& session) {
          return session.Execute("INSERT INTO items (id) VALUES (1)").status();
        })}) {
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kAborted));
    EXPECT_EQ(ReasonOf(status), "LEASE_LOST");
  }
  EXPECT_EQ(Count(), 0);
  EXPECT_THAT(store_->Complete(*quick, "done"), IsOk());
}

TEST_F(JobStoreTest, KeepsALeaseThatIsRenewed) {
  VL_ASSERT_OK(store_->Enqueue(kFit));
  const std::optional<Job> job = Claim();
  ASSERT_TRUE(job.has_value());
  ASSERT_TRUE(Eventually([&] {
    EXPECT_THAT(store_->Renew(*job), IsOk());
    return Get().lease_time > job->lease_time;
  }));
}

TEST_F(JobStoreTest, TriesThreeTimesAndFailsWithTheLastReason) {
  Use({.retry_delay = absl::ZeroDuration()});
  VL_ASSERT_OK(store_->Enqueue(kFit));
  for (int attempt = 1; attempt <= 3; ++attempt) {
    EXPECT_EQ(Get().state, JobState::kQueued);
    const std::optional<Job> job = Claim();
    ASSERT_TRUE(job.has_value());
    VL_ASSERT_OK(store_->Fail(*job, absl::UnavailableError("no " + std::to_string(attempt))));
  }
  EXPECT_EQ(Get().state, JobState::kFailed);
  EXPECT_THAT(Get().error, StatusIs(absl::StatusCode::kUnavailable, "no 3"));
  EXPECT_FALSE(Claim().has_value());
}

TEST_F(JobStoreTest, FailsAtOnceForAReasonThatCannotHeal) {
  VL_ASSERT_OK(store_->Enqueue(kFit));
  const std::optional<Job> job = Claim();
  ASSERT_TRUE(job.has_value());
  VL_ASSERT_OK(store_->Fail(*job, absl::FailedPreconditionError("no data")));
  EXPECT_EQ(Get().state, JobState::kFailed);
}

TEST_F(JobStoreTest, FailsAJobWhoseHoldersAllDisappeared) {
  Use({.lease = absl::ZeroDuration()});
  VL_ASSERT_OK(store_->Enqueue(kFit));
  for (int attempt = 1; attempt <= 3; ++attempt) ASSERT_TRUE(Claim().has_value());
  EXPECT_FALSE(Claim().has_value());
  EXPECT_EQ(Get().state, JobState::kFailed);
  EXPECT_THAT(std::string(Get().error.message()), HasSubstr("3 attempts"));
}

TEST_F(JobStoreTest, TakesBackWhatAnEndedProcessWasRunning) {
  VL_ASSERT_OK(store_->Enqueue(kFit));
  const std::optional<Job> before = Claim("dead");
  ASSERT_TRUE(before.has_value());
  EXPECT_THAT(store_->ReclaimAll(), testing::IsOkAndHolds(1));
  const std::optional<Job> after = Claim("alive");
  ASSERT_TRUE(after.has_value());
  EXPECT_EQ(after->attempt, 2);
  EXPECT_THAT(store_->Complete(*before, ""), StatusIs(absl::StatusCode::kAborted));
}

TEST_F(JobStoreTest, ListsTheNewestFirstPageByPage) {
  for (int i = 0; i < 5; ++i) {
    NewJob job = kFit;
    job.id = "fit-" + std::to_string(i);
    if (i == 2) job.kind = "RESCORE";
    VL_ASSERT_OK(store_->Enqueue(job));
  }
  VL_ASSERT_OK_AND_ASSIGN(const std::vector<Job> page, store_->List("default", {.limit = 2}));
  EXPECT_THAT(page, ElementsAre(Field(&Job::id, "fit-4"), Field(&Job::id, "fit-3")));
  VL_ASSERT_OK_AND_ASSIGN(const std::vector<Job> rest,
                          store_->List("default", {.kind = "FIT",
                                                   .limit = 10,
                                                   .before_time = page.back().create_time,
                                                   .before_id = page.back().id}));
  EXPECT_THAT(rest, ElementsAre(Field(&Job::id, "fit-1"), Field(&Job::id, "fit-0")));
  VL_ASSERT_OK_AND_ASSIGN(const std::vector<Job> other, store_->List("other", {}));
  EXPECT_THAT(other, ElementsAre());
}

TEST_F(JobStoreTest, DeletesOldFinishedJobsOnly) {
  VL_ASSERT_OK(store_->Enqueue(kFit));
  NewJob waiting = kFit;
  waiting.id = "fit-2";
  const std::optional<Job> job = Claim();
  ASSERT_TRUE(job.has_value());
  VL_ASSERT_OK(store_->Complete(*job, ""));
  VL_ASSERT_OK(store_->Enqueue(waiting));
  EXPECT_THAT(store_->Purge(absl::Hours(1), 100), testing::IsOkAndHolds(0));
  EXPECT_THAT(store_->Purge(-absl::Hours(1), 100), testing::IsOkAndHolds(1));
  EXPECT_EQ(Get("fit-2").state, JobState::kQueued);
}

}  // namespace
}  // namespace valueloop::sql
