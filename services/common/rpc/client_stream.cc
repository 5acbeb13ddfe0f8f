#include "common/rpc/client_stream.h"

#include <atomic>
#include <utility>

#include "absl/time/clock.h"
#include "common/mutex.h"
#include "common/rpc/message_bytes.h"
#include "common/rpc/wire_status.h"
#include "common/status.h"
#include "fmt/format.h"
#include "grpcpp/generic/generic_stub.h"

namespace valueloop::rpc {
namespace {

class GrpcStream final : public ClientStream,
                         private grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  GrpcStream(const std::shared_ptr<grpc::Channel>& channel, std::string path,
             const CallOptions& options)
      : path_(std::move(path)), stub_(channel) {
    ApplyOptions(options, context_);
    stub_.PrepareBidiStreamingCall(&context_, path_, {}, this);
    // Operations start from outside of reactions until Finish gives the hold back.
    AddHold();
    StartCall();
  }

  ~GrpcStream() override {
    if (finished_) return;
    Cancel();
    static_cast<void>(GrpcStream::Finish());
  }

  bool Write(const google::protobuf::Message& request) override VL_EXCLUDES(mutex_) {
    write_bytes_ = ToBuffer(request);
    return RunWriteStep([this] { StartWrite(&write_bytes_); });
  }

  bool WritesDone() override VL_EXCLUDES(mutex_) {
    writes_done_ = true;
    return RunWriteStep([this] { StartWritesDone(); });
  }

  bool Read(google::protobuf::Message& response) override VL_EXCLUDES(mutex_) {
    return ReadUntil(absl::InfiniteFuture(), response) == ReadResult::kMessage;
  }

  ReadResult ReadUntil(absl::Time deadline, google::protobuf::Message& response) override
      VL_EXCLUDES(mutex_) {
    const ReadResult result = AwaitBytes(deadline);
    if (result != ReadResult::kMessage) return result;
    const FlatBytes bytes(read_bytes_);
    const absl::Status parsed = ParseResponse(bytes.view(), response);
    if (parsed.ok()) return ReadResult::kMessage;
    Cancel();
    const MutexLock lock(mutex_);
    malformed_ = parsed;
    return ReadResult::kEnd;
  }

  void Cancel() override {
    cancelled_ = true;
    context_.TryCancel();
  }

  absl::Status Finish() override VL_EXCLUDES(mutex_) {
    finished_ = true;
    if (!writes_done_) WritesDone();
    // gRPC reports the status only when every message before it has been read.
    while (AwaitBytes(absl::InfiniteFuture()) == ReadResult::kMessage) {
    }
    RemoveHold();
    const MutexLock lock(mutex_);
    while (!done_) changed_.Wait(mutex_);
    return malformed_.ok() ? FromGrpcStatus(status_, cancelled_) : malformed_;
  }

 private:
  enum class Step { kIdle, kPending, kDone, kFailed };

  // Runs one write-side operation and waits for it; false once one has failed.
  template <typename Start>
  bool RunWriteStep(Start start) VL_EXCLUDES(mutex_) {
    {
      const MutexLock lock(mutex_);
      if (write_step_ != Step::kIdle) return false;
      write_step_ = Step::kPending;
    }
    start();
    const MutexLock lock(mutex_);
    while (write_step_ == Step::kPending) changed_.Wait(mutex_);
    if (write_step_ == Step::kFailed) return false;
    write_step_ = Step::kIdle;
    return true;
  }

  ReadResult AwaitBytes(absl::Time deadline) VL_EXCLUDES(mutex_) {
    bool start = false;
    {
      const MutexLock lock(mutex_);
      if (read_step_ == Step::kFailed) return ReadResult::kEnd;
      start = read_step_ == Step::kIdle;
      read_step_ = start ? Step::kPending : read_step_;
    }
    if (start) StartRead(&read_bytes_);
    const MutexLock lock(mutex_);
    while (read_step_ == Step::kPending) {
      if (!changed_.WaitUntil(mutex_, deadline) && read_step_ == Step::kPending) {
        return ReadResult::kTimeout;
      }
    }
    if (read_step_ == Step::kFailed) return ReadResult::kEnd;
    read_step_ = Step::kIdle;
    return ReadResult::kMessage;
  }

  void OnReadDone(bool ok) override VL_EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    read_step_ = ok ? Step::kDone : Step::kFailed;
    changed_.SignalAll();
  }

  void OnWriteDone(bool ok) override VL_EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    write_step_ = ok ? Step::kDone : Step::kFailed;
    changed_.SignalAll();
  }

  void OnWritesDoneDone(bool ok) override { OnWriteDone(ok); }

  void OnDone(const grpc::Status& status) override VL_EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    status_ = status;
    done_ = true;
    changed_.SignalAll();
  }

  const std::string path_;
  grpc::ClientContext context_;
  grpc::GenericStub stub_;
  grpc::ByteBuffer read_bytes_;
  grpc::ByteBuffer write_bytes_;
  bool writes_done_ = false;  // The writing thread's, then Finish's.
  bool finished_ = false;
  std::atomic<bool> cancelled_{false};
  Mutex mutex_;
  CondVar changed_;
  Step read_step_ VL_GUARDED_BY(mutex_) = Step::kIdle;
  Step write_step_ VL_GUARDED_BY(mutex_) = Step::kIdle;
  absl::Status malformed_ VL_GUARDED_BY(mutex_);
  grpc::Status status_ VL_GUARDED_BY(mutex_);
  bool done_ VL_GUARDED_BY(mutex_) = false;
};

}  // namespace

void ApplyOptions(const CallOptions& options, grpc::ClientContext& context) {
  if (options.timeout != absl::InfiniteDuration()) {
    context.set_deadline(absl::ToChronoTime(absl::Now() + options.timeout));
  }
  context.set_wait_for_ready(options.wait_for_ready);
  for (const auto& [key, value] : options.metadata) context.AddMetadata(key, value);
  if (!options.traceparent.empty()) context.AddMetadata("traceparent", options.traceparent);
}

absl::Status FromGrpcStatus(const grpc::Status& status, bool cancelled_by_us) {
  if (status.error_code() == grpc::StatusCode::CANCELLED && status.error_details().empty() &&
      !cancelled_by_us) {
    return WithReason(absl::UnavailableError("call: dropped by a server that stops"), "DROPPED");
  }
  return FromWire({.code = static_cast<int>(status.error_code()),
                   .message = status.error_message(),
                   .details = status.error_details()});
}

absl::Status ParseResponse(std::string_view bytes, google::protobuf::Message& response) {
  if (response.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return absl::OkStatus();
  return absl::InternalError(fmt::format("response: got malformed bytes, want a serialized {}",
                                         response.GetDescriptor()->full_name()));
}

std::unique_ptr<ClientStream> StartStream(const std::shared_ptr<grpc::Channel>& channel,
                                          std::string path, const CallOptions& options) {
  return std::make_unique<GrpcStream>(channel, std::move(path), options);
}

}  // namespace valueloop::rpc
