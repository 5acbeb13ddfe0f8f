#include "performance/rpc/follow_loop.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "common/log.h"
#include "common/status.h"

namespace valueloop::performance {
namespace {

// Messages that follow one another this closely are taken as one where only the newest counts.
constexpr absl::Duration kGathering = absl::Milliseconds(20);

}  // namespace

FollowLoop::FollowLoop(std::string name, rpc::Channel& channel, Attempt attempt,
                       FollowTiming timing)
    : name_(std::move(name)), channel_(channel), attempt_(std::move(attempt)), timing_(timing) {}

FollowLoop::~FollowLoop() { Stop(); }

void FollowLoop::Start() {
  thread_ = std::thread([this] { Run(); });
}

void FollowLoop::Stop() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    CancelStreams();
  }
  changed_.SignalAll();
  if (thread_.joinable()) thread_.join();
}

void FollowLoop::Restart() {
  {
    const MutexLock lock(mutex_);
    restarting_ = true;
    CancelStreams();
  }
  changed_.SignalAll();
}

void FollowLoop::CancelStreams() {
  for (rpc::ClientStream* const stream : streams_) stream->Cancel();
}

void FollowLoop::Run() {
  absl::Duration backoff = timing_.min_backoff;
  bool reported = false;  // One line per outage.
  for (;;) {
    {
      const MutexLock lock(mutex_);
      if (stopping_) return;
      restarting_ = false;
    }
    const absl::Time start = absl::Now();
    const absl::Status status = RunAttempt();
    connected_ = false;
    if (absl::Now() - start > timing_.ready_wait + timing_.max_backoff) {
      backoff = timing_.min_backoff;
      reported = false;
    }
    const MutexLock lock(mutex_);
    if (stopping_) return;
    if (restarting_) continue;
    if (!reported)
      log::Warning("follow_interrupted", {{"name", name_}, {"error", MessageOf(status)}});
    reported = true;
    const absl::Time next = absl::Now() + backoff;
    while (!stopping_ && !restarting_ && changed_.WaitUntil(mutex_, next)) {
    }
    backoff = std::min(2 * backoff, timing_.max_backoff);
  }
}

absl::Status FollowLoop::RunAttempt() {
  VL_RETURN_IF_ERROR(channel_.WaitReady(timing_.ready_wait));
  connected_ = true;
  return attempt_(*this);
}

absl::Status FollowLoop::WithStream(std::string_view method, const rpc::CallOptions& options,
                                    absl::FunctionRef<absl::Status(rpc::ClientStream&)> use) {
  const std::unique_ptr<rpc::ClientStream> stream = channel_.OpenStream(method, options);
  {
    const MutexLock lock(mutex_);
    if (stopping_ || restarting_) return absl::CancelledError("follow: got stopped");
    streams_.insert(stream.get());
  }
  absl::Status status = use(*stream);
  const MutexLock lock(mutex_);
  streams_.erase(stream.get());
  return status;
}

absl::Status FollowLoop::Follow(std::string_view method, const google::protobuf::Message& request,
                                google::protobuf::Message& response, bool newest_only,
                                absl::FunctionRef<absl::Status()> on_message) {
  const rpc::CallOptions options{.timeout = absl::InfiniteDuration()};
  return WithStream(method, options, [&](rpc::ClientStream& stream) -> absl::Status {
    if (!stream.Write(request) || !stream.WritesDone()) return stream.Finish();
    for (;;) {
      switch (stream.ReadUntil(absl::Now() + timing_.silence, response)) {
        case rpc::ReadResult::kEnd:
          return stream.Finish();
        case rpc::ReadResult::kTimeout:
          VL_RETURN_IF_ERROR(channel_.WaitReady(timing_.ready_wait));
          break;
        case rpc::ReadResult::kMessage:
          while (newest_only && stream.ReadUntil(absl::Now() + kGathering, response) ==
                                    rpc::ReadResult::kMessage) {
          }
          VL_RETURN_IF_ERROR(on_message());
          break;
      }
    }
  });
}

absl::Status FollowLoop::Call(std::string_view method, const google::protobuf::Message& request,
                              google::protobuf::Message& response, absl::Duration timeout) {
  return WithStream(method, {.timeout = timeout}, [&](rpc::ClientStream& stream) -> absl::Status {
    const bool answered = stream.Write(request) && stream.WritesDone() && stream.Read(response);
    VL_RETURN_IF_ERROR(stream.Finish());
    return answered ? absl::OkStatus() : absl::InternalError("answer: got none, want one");
  });
}

}  // namespace valueloop::performance
