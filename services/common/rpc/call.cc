#include "common/rpc/call.h"

#include <exception>
#include <utility>

#include "absl/time/clock.h"
#include "common/log.h"
#include "common/rpc/stream_call.h"
#include "common/rpc/wire_status.h"
#include "common/status.h"
#include "fmt/format.h"

namespace valueloop::rpc {
namespace {

constexpr uint64_t kLoggedSuccessEvery = 1000;

Metadata ToMetadata(const std::multimap<grpc::string_ref, grpc::string_ref>& received) {
  Metadata metadata;
  for (const auto& [key, value] : received) {
    metadata.emplace(std::string(key.data(), key.size()), std::string(value.data(), value.size()));
  }
  return metadata;
}

absl::Time ToTime(std::chrono::system_clock::time_point deadline) {
  return deadline == std::chrono::system_clock::time_point::max() ? absl::InfiniteFuture()
                                                                  : absl::FromChrono(deadline);
}

// True for what is our fault and not the caller's.
bool IsServerFault(absl::StatusCode code) {
  return code == absl::StatusCode::kInternal || code == absl::StatusCode::kUnknown ||
         code == absl::StatusCode::kDataLoss || code == absl::StatusCode::kUnavailable;
}

}  // namespace

grpc::Status ToGrpcStatus(const absl::Status& status) {
  WireStatus wire = ToWire(status);
  return {static_cast<grpc::StatusCode>(wire.code), std::move(wire.message),
          std::move(wire.details)};
}

void LiveCalls::Begin() {
  const MutexLock lock(mutex_);
  ++count_;
}

void LiveCalls::End() {
  const MutexLock lock(mutex_);
  if (--count_ == 0) none_.SignalAll();
}

bool LiveCalls::WaitForNone(absl::Time deadline) {
  const MutexLock lock(mutex_);
  while (count_ > 0) {
    if (!none_.WaitUntil(mutex_, deadline)) return count_ == 0;
  }
  return true;
}

void LiveCalls::AddStream(StreamCall* call) {
  const MutexLock lock(mutex_);
  streams_.insert(call);
  if (draining_) call->NotifyDraining();
}

void LiveCalls::RemoveStream(StreamCall* call) {
  const MutexLock lock(mutex_);
  streams_.erase(call);
}

void LiveCalls::NotifyDraining() {
  const MutexLock lock(mutex_);
  draining_ = true;
  for (StreamCall* call : streams_) call->NotifyDraining();
}

Call::Call(grpc::CallbackServerContext& server_context, const ServedMethod& served,
           const CallResources& resources)
    : live_calls_(resources.live_calls),
      server_context_(server_context),
      served_(served),
      start_(absl::Now()),
      context_(ToTime(server_context.deadline()), ToMetadata(server_context.client_metadata())) {
  live_calls_.Begin();
  served_.metrics.CountStarted();
}

void Call::Complete(const absl::Status& status) {
  Record(status);
  Finish(ToGrpcStatus(status));
}

void Call::CompleteWith(grpc::ByteBuffer response) {
  Record(absl::OkStatus());
  response_ = std::move(response);
  StartWriteAndFinish(&response_, grpc::WriteOptions(), grpc::Status::OK);
}

void Call::NoteFailedRead() {
  if (server_context_.IsCancelled()) context_.Cancel();
}

absl::Status Call::StillWanted() const {
  if (absl::Now() >= context_.deadline()) {
    return absl::DeadlineExceededError("call: got its turn after its deadline");
  }
  if (context_.cancelled()) return absl::CancelledError("call: cancelled before it was run");
  return absl::OkStatus();
}

absl::Status Call::CheckSize(size_t bytes) const {
  const size_t limit = served_.method.options.max_request_bytes;
  if (bytes <= limit) return absl::OkStatus();
  return WithReason(absl::ResourceExhaustedError(
                        fmt::format("request: got {} bytes, want at most {}", bytes, limit)),
                    "MESSAGE_TOO_LARGE");
}

absl::Status Call::Guarded(const std::function<absl::Status()>& handler) const {
  std::string thrown;
  try {
    return handler();
  } catch (const std::exception& error) {
    thrown = error.what();
  } catch (...) {
    thrown = "not a std::exception";
  }
  log::Error("rpc_handler_threw",
             {{"method", served_.full_name}, {"error", thrown}, {"trace_id", context_.trace_id()}});
  return absl::InternalError("handler: failed unexpectedly");
}

void Call::Record(const absl::Status& status) const {
  const absl::Duration took = absl::Now() - start_;
  served_.metrics.CountHandled(status.code(), took);
  const double took_ms = absl::ToDoubleMilliseconds(took);
  if (status.ok()) {
    if (served_.success_count.fetch_add(1, std::memory_order_relaxed) % kLoggedSuccessEvery != 0) {
      return;
    }
    log::Info(
        "rpc_sample",
        {{"method", served_.full_name}, {"took_ms", took_ms}, {"trace_id", context_.trace_id()}});
    return;
  }
  // A caller's mistake may quote a customer id in its message; the field and the reason do not.
  const bool ours = IsServerFault(status.code());
  log::Write(ours ? log::Level::kError : log::Level::kInfo, "rpc_failed",
             {{"method", served_.full_name},
              {"code", CodeName(status.code())},
              {"reason", ReasonOf(status)},
              {"field", FieldOf(status)},
              {"error", ours ? MessageOf(status) : std::string()},
              {"took_ms", took_ms},
              {"trace_id", context_.trace_id()}});
}

RefusedCall::RefusedCall(const absl::Status& status) { Finish(ToGrpcStatus(status)); }

}  // namespace valueloop::rpc
