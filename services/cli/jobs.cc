#include "cli/jobs.h"

#include <memory>

#include "absl/time/clock.h"
#include "cli/progress.h"
#include "common/status.h"
#include "fmt/format.h"

namespace valueloop::cli {

using common::v1::Job;

absl::StatusOr<Job> WaitForJob(Context& context, const std::string& name,
                               const std::string& label) {
  constexpr absl::Duration kReconnectPatience = absl::Seconds(30);
  VL_ASSIGN_OR_RETURN(rpc::Channel* const channel, context.Connect(Target::kScoring));
  Progress progress(context, label, context.T("步", "steps"));
  common::v1::GetJobRequest request;
  request.set_name(name);
  absl::Time last_news = absl::Now();
  while (true) {
    rpc::CallOptions options;
    options.timeout = absl::InfiniteDuration();
    const std::unique_ptr<rpc::ClientStream> stream =
        channel->OpenStream("valueloop.common.v1.JobService/WatchJob", options);
    stream->Write(request);
    stream->WritesDone();
    Job job;
    while (stream->Read(job)) {
      last_news = absl::Now();
      progress.Update(job.done_count(), job.total_count(), job.done_count(), job.message());
      if (job.state() == Job::STATE_SUCCEEDED) return job;
      if (job.state() == Job::STATE_FAILED) {
        return absl::FailedPreconditionError(fmt::format("{}: {}", job.kind(), job.error()));
      }
    }
    const absl::Status status = stream->Finish();
    if (!status.ok() && status.code() != absl::StatusCode::kUnavailable) return status;
    if (absl::Now() - last_news > kReconnectPatience) {
      return absl::UnavailableError(
          fmt::format("{}: lost sight of it: {}", name, MessageOf(status)));
    }
    absl::SleepFor(absl::Milliseconds(300));
  }
}

}  // namespace valueloop::cli
