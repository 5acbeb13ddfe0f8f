#include "common/rpc/job_rpc.h"

#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "common/ids.h"
#include "common/mutex.h"
#include "common/status.h"
#include "fmt/format.h"
#include "google/protobuf/util/message_differencer.h"
#include "google/protobuf/util/time_util.h"
#include "valueloop/common/v1/job.pb.h"

namespace valueloop::rpc {
namespace {

namespace v1 = ::valueloop::common::v1;
using google::protobuf::util::MessageDifferencer;
using google::protobuf::util::TimeUtil;

constexpr absl::Duration kWatchInterval = absl::Milliseconds(100);

v1::Job::State ToProto(sql::JobState state) {
  switch (state) {
    case sql::JobState::kQueued:
      return v1::Job::STATE_QUEUED;
    case sql::JobState::kRunning:
      return v1::Job::STATE_RUNNING;
    case sql::JobState::kSucceeded:
      return v1::Job::STATE_SUCCEEDED;
    case sql::JobState::kFailed:
      return v1::Job::STATE_FAILED;
  }
  return v1::Job::STATE_UNSPECIFIED;
}

void ToProto(const sql::Job& job, v1::Job& out) {
  out.set_name(fmt::format("workspaces/{}/jobs/{}", job.workspace, job.id));
  out.set_kind(job.kind);
  out.set_state(ToProto(job.state));
  out.set_done_count(job.done_count);
  out.set_total_count(job.total_count);
  out.set_message(job.message);
  out.set_result(job.result);
  if (job.state == sql::JobState::kFailed) out.set_error(MessageOf(job.error));
  out.set_attempt_count(static_cast<int32_t>(job.attempt));
  *out.mutable_create_time() = TimeUtil::MicrosecondsToTimestamp(job.create_time);
  *out.mutable_update_time() = TimeUtil::MicrosecondsToTimestamp(job.update_time);
}

absl::Status Get(sql::JobStore& store, const v1::GetJobRequest& request, v1::Job& response) {
  VL_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                      ParseResourceName("name", "workspaces/*/jobs/*", request.name()));
  VL_ASSIGN_OR_RETURN(const sql::Job job, store.Get(parts[0], parts[1]));
  ToProto(job, response);
  return absl::OkStatus();
}

bool Ended(const v1::Job& job) {
  return job.state() == v1::Job::STATE_SUCCEEDED || job.state() == v1::Job::STATE_FAILED;
}

// Any process may be running the job, so its row is looked at, ten times a second.
absl::Status Watch(sql::JobStore& store, CallContext& context, const v1::GetJobRequest& request,
                   Writer<v1::Job>& writer) {
  Mutex mutex;
  CondVar woken;
  const CallContext::StopCallback wake(context, [&] {
    MutexLock lock(mutex);
    woken.SignalAll();
  });
  v1::Job sent;
  while (!context.cancelled()) {
    v1::Job job;
    VL_RETURN_IF_ERROR(Get(store, request, job));
    if (!MessageDifferencer::Equals(job, sent)) {
      if (!writer.Write(job)) return absl::CancelledError("the caller has gone");
      sent = job;
    }
    if (Ended(job)) return absl::OkStatus();
    if (context.stopping()) return absl::UnavailableError("the server stops; watch again");
    MutexLock lock(mutex);
    woken.WaitUntil(mutex, absl::Now() + kWatchInterval);
  }
  return absl::CancelledError("the caller has gone");
}

}  // namespace

JobRpc::JobRpc(sql::JobStore& store) : Service("valueloop.common.v1.JobService") {
  Unary<v1::GetJobRequest, v1::Job>(
      "GetJob", [&store](CallContext&, const v1::GetJobRequest& request, v1::Job& response) {
        return Get(store, request, response);
      });
  ServerStream<v1::GetJobRequest, v1::Job>(
      "WatchJob",
      [&store](CallContext& context, const v1::GetJobRequest& request, Writer<v1::Job>& writer) {
        return Watch(store, context, request, writer);
      });
}

}  // namespace valueloop::rpc
