#include "common/rpc/job_rpc.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/metrics.h"
#include "common/mutex.h"
#include "common/rpc/client.h"
#include "common/rpc/server.h"
#include "common/sql/job_runner.h"
#include "fmt/format.h"
#include "testing/status_matchers.h"
#include "testing/temp_dir.h"
#include "valueloop/common/v1/job.pb.h"

namespace valueloop::rpc {
namespace {

namespace v1 = ::valueloop::common::v1;
using ::testing::HasSubstr;
using testing::StatusIs;

class JobRpcTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto database = sql::Database::Open("sqlite:" + folder_.File("jobs.db"),
                                        {.migrations = {sql::CommonMigrations()}});
    ASSERT_THAT(database, testing::IsOk());
    database_ = *std::move(database);
    jobs_ = std::make_unique<sql::JobStore>(*database_);
    runner_ = std::make_unique<sql::JobRunner>(
        *jobs_, sql::JobRunnerOptions{.thread_count = 1, .owner = "test"});
    metrics_ = *Metrics::Start("");
    service_ = std::make_unique<JobRpc>(*jobs_);
    auto server = Server::Start({}, {service_.get()}, *metrics_);
    ASSERT_THAT(server, testing::IsOk());
    server_ = *std::move(server);
    channel_ = *Channel::Create(fmt::format("127.0.0.1:{}", server_->port()));
  }

  std::unique_ptr<ClientStream> Watch(const std::string& id) {
    v1::GetJobRequest request;
    request.set_name("workspaces/default/jobs/" + id);
    auto stream = channel_->OpenStream("valueloop.common.v1.JobService/WatchJob");
    stream->Write(request);
    stream->WritesDone();
    return stream;
  }

  testing::TempDir folder_;
  std::unique_ptr<sql::Database> database_;
  std::unique_ptr<sql::JobStore> jobs_;
  std::unique_ptr<sql::JobRunner> runner_;
  std::unique_ptr<Metrics> metrics_;
  std::unique_ptr<JobRpc> service_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<Channel> channel_;
};

TEST_F(JobRpcTest, WatchingSeesTheJobRunAndEndsWithItsResult) {
  Notification go;
  runner_->Register("COUNT", [&](sql::JobContext& context) -> absl::Status {
    if (absl::Status status = context.Progress(3, 10, "counting"); !status.ok()) return status;
    go.Wait();
    context.SetResult("workspaces/default/models/1");
    return absl::OkStatus();
  });
  VL_ASSERT_OK(runner_->Start());
  VL_ASSERT_OK(jobs_->Enqueue({.workspace = "default", .id = "j1", .kind = "COUNT"}));
  const auto stream = Watch("j1");
  v1::Job job;
  while (job.done_count() != 3) ASSERT_TRUE(stream->Read(job));
  EXPECT_EQ(job.state(), v1::Job::STATE_RUNNING);
  EXPECT_EQ(job.total_count(), 10);
  EXPECT_EQ(job.message(), "counting");
  go.Notify();
  while (stream->Read(job)) continue;
  VL_EXPECT_OK(stream->Finish());
  EXPECT_EQ(job.state(), v1::Job::STATE_SUCCEEDED);
  EXPECT_EQ(job.result(), "workspaces/default/models/1");
  VL_EXPECT_OK(runner_->Stop(absl::Seconds(5)));
}

TEST_F(JobRpcTest, AFailedJobSaysWhy) {
  runner_->Register("FAIL", [](sql::JobContext&) -> absl::Status {
    return absl::FailedPreconditionError("purchases: got 0, want at least 2");
  });
  VL_ASSERT_OK(runner_->Start());
  VL_ASSERT_OK(jobs_->Enqueue({.workspace = "default", .id = "j2", .kind = "FAIL"}));
  const auto stream = Watch("j2");
  v1::Job job;
  while (stream->Read(job)) continue;
  VL_EXPECT_OK(stream->Finish());
  EXPECT_EQ(job.state(), v1::Job::STATE_FAILED);
  EXPECT_THAT(job.error(), HasSubstr("got 0, want at least 2"));
}

TEST_F(JobRpcTest, AnUnknownJobIsNotFound) {
  v1::GetJobRequest request;
  v1::Job response;
  request.set_name("workspaces/default/jobs/none");
  EXPECT_THAT(channel_->Call("valueloop.common.v1.JobService/GetJob", request, &response),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(Watch("none")->Finish(), StatusIs(absl::StatusCode::kNotFound));
}

}  // namespace
}  // namespace valueloop::rpc
