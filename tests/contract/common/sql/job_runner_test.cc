#include "common/sql/job_runner.h"

#include <signal.h>

#include <latch>

#include "common/status.h"
#include "contract/common/sql/testing.h"
#include "testing/child_process.h"
#include "testing/eventually.h"

namespace valueloop::sql {
namespace {

using testing::ChildProcess;
using testing::Eventually;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;

class JobRunnerTest : public DatabaseTest {
 protected:
  void SetUp() override {
    DatabaseTest::SetUp();
    Use({}, {.owner = "test"});
  }
  void TearDown() override { Close(); }
  void Close() {
    runner_.reset();
    store_.reset();
  }
  void Use(JobOptions options, JobRunnerOptions runner_options) {
    Close();
    store_ = std::make_unique<JobStore>(*database_, options);
    runner_ = std::make_unique<JobRunner>(*store_, std::move(runner_options));
  }
  void Enqueue(const std::string& id, const std::string& payload = "") {
    VL_ASSERT_OK(
        store_->Enqueue({.workspace = "default", .id = id, .kind = "WORK", .payload = payload}));
  }
  bool Becomes(const std::string& id, JobState state) {
    return Eventually([&] {
      absl::StatusOr<Job> job = store_->Get("default", id);
      return job.ok() && job->state == state;
    });
  }

  std::unique_ptr<JobStore> store_;
  std::unique_ptr<JobRunner> runner_;
};

TEST_F(JobRunnerTest, RunsWhatWaitsAndWhatComes) {
  runner_->Register("WORK", [](JobContext& context) -> absl::Status {
    VL_RETURN_IF_ERROR(context.Progress(1, 1, "all"));
    context.SetResult("did " + context.job().payload);
    return absl::OkStatus();
  });
  Enqueue("before", "a");
  VL_ASSERT_OK(runner_->Start());
  ASSERT_TRUE(Becomes("before", JobState::kSucceeded));
  Enqueue("after", "b");
  ASSERT_TRUE(Becomes("after", JobState::kSucceeded));
  VL_ASSERT_OK_AND_ASSIGN(const Job job, store_->Get("default", "after"));
  EXPECT_EQ(job.result, "did b");
  EXPECT_EQ(job.message, "all");
  ASSERT_TRUE(Eventually([&] { return runner_->stats().succeeded_count == 2; }));
}

TEST_F(JobRunnerTest, TriesAgainAfterAnErrorOrAnException) {
  Use({.retry_delay = absl::Milliseconds(1)}, {});
  runner_->Register("WORK", [](JobContext& context) -> absl::Status {
    if (context.job().attempt == 1) return absl::UnavailableError("not yet");
    if (context.job().attempt == 2) throw std::runtime_error("oops");
    return absl::OkStatus();
  });
  VL_ASSERT_OK(runner_->Start());
  Enqueue("a");
  ASSERT_TRUE(Becomes("a", JobState::kSucceeded));
  EXPECT_EQ(store_->Get("default", "a")->attempt, 3);
}

TEST_F(JobRunnerTest, RenewsTheLeaseOfALongJob) {
  Use({.lease = absl::Milliseconds(300)}, {.renew_interval = absl::Milliseconds(20)});
  std::latch may_end(1);
  runner_->Register("WORK", [&](JobContext&) {
    may_end.wait();
    return absl::OkStatus();
  });
  VL_ASSERT_OK(runner_->Start());
  Enqueue("a");
  ASSERT_TRUE(Becomes("a", JobState::kRunning));
  const int64_t first_lease = store_->Get("default", "a")->lease_time;
  ASSERT_TRUE(
      Eventually([&] { return store_->Get("default", "a")->lease_time > first_lease + 400'000; }));
  may_end.count_down();
  ASSERT_TRUE(Becomes("a", JobState::kSucceeded));
  EXPECT_EQ(store_->Get("default", "a")->attempt, 1);
}

TEST_F(JobRunnerTest, CancelsAJobWhoseLeaseWasTaken) {
  Use({}, {.renew_interval = absl::Milliseconds(5)});
  std::atomic<bool> was_cancelled{false};
  absl::Status write;
  runner_->Register("WORK", [&](JobContext& context) {
    Eventually([&] { return context.IsCancelled(); });
    was_cancelled = context.IsCancelled();
    write = context.Write([](Session& session) {
      return session.Execute("INSERT INTO items (id) VALUES (1)").status();
    });
    return absl::OkStatus();
  });
  VL_ASSERT_OK(runner_->Start());
  Enqueue("a");
  ASSERT_TRUE(Becomes("a", JobState::kRunning));
  VL_ASSERT_OK(database_->Write([](Session& session) {
    return session.Execute("UPDATE jobs SET attempt = attempt + 1").status();
  }));
  ASSERT_TRUE(Eventually([&] { return runner_->stats().lost_count == 1; }));
  VL_ASSERT_OK(runner_->Stop(absl::Seconds(20)));  // What the handler wrote may be read now.
  EXPECT_TRUE(was_cancelled);
  EXPECT_THAT(write, StatusIs(absl::StatusCode::kAborted, HasSubstr("another process")));
  EXPECT_EQ(Count(), 0);
}

TEST_F(JobRunnerTest, GivesRunningJobsBackWhenItStops) {
  runner_->Register("WORK", [](JobContext& context) -> absl::Status {
    Eventually([&] { return context.IsCancelled(); });
    return absl::CancelledError("stopped");
  });
  VL_ASSERT_OK(runner_->Start());
  Enqueue("a");
  ASSERT_TRUE(Becomes("a", JobState::kRunning));
  VL_ASSERT_OK(runner_->Stop(absl::Seconds(20)));
  VL_ASSERT_OK_AND_ASSIGN(const Job job, store_->Get("default", "a"));
  EXPECT_EQ(job.state, JobState::kQueued);
  EXPECT_EQ(job.attempt, 0);
}

TEST_F(JobRunnerTest, DoesNotWaitLongerThanToldForAHandlerThatIgnoresTheStop) {
  std::latch may_end(1);
  runner_->Register("WORK", [&](JobContext&) {
    may_end.wait();
    return absl::OkStatus();
  });
  VL_ASSERT_OK(runner_->Start());
  Enqueue("a");
  ASSERT_TRUE(Becomes("a", JobState::kRunning));
  EXPECT_THAT(runner_->Stop(absl::Milliseconds(10)),
              StatusIs(absl::StatusCode::kDeadlineExceeded, HasSubstr("1 still running")));
  may_end.count_down();
  EXPECT_THAT(runner_->Stop(absl::Seconds(20)), IsOk());
}

TEST_F(JobRunnerTest, RunsAJobAgainThatAKilledProcessLeft) {
  VL_ASSERT_OK(store_->Enqueue({.workspace = "default", .id = "a", .kind = "WORK", .payload = ""}));
  Close();
  database_.reset();
  VL_ASSERT_OK_AND_ASSIGN(const auto child, ChildProcess::StartSelf("work", {Url()}));
  ASSERT_TRUE(child->WaitForOutput("running")) << child->Errors();
  EXPECT_EQ(child->Kill().signal, SIGKILL);

  Reopen();
  Use({}, {.owner = "second"});
  runner_->Register("WORK", [](JobContext&) { return absl::OkStatus(); });
  VL_ASSERT_OK(runner_->Start());
  // At once, not after the 30 s of the lease: the lock on the file proves that nobody else runs it.
  ASSERT_TRUE(Becomes("a", JobState::kSucceeded));
  VL_ASSERT_OK_AND_ASSIGN(const Job job, store_->Get("default", "a"));
  EXPECT_EQ(job.attempt, 2);
  EXPECT_EQ(job.owner, "second");
}

}  // namespace
}  // namespace valueloop::sql
