#include "common/rpc/stream_call.h"

#include "common/rpc/message_bytes.h"
#include "common/rpc/message_check.h"
#include "common/status.h"

namespace valueloop::rpc {

StreamCall::StreamCall(grpc::CallbackServerContext& server_context, const ServedMethod& served,
                       const CallResources& resources)
    : Call(server_context, served, resources), live_calls_(resources.live_calls) {
  live_calls_.AddStream(this);
  const absl::Status started = resources.stream_threads.TrySubmit([this] { Run(); });
  if (!started.ok()) Complete(started);
}

StreamCall::~StreamCall() { live_calls_.RemoveStream(this); }

void StreamCall::Run() {
  absl::Status status = StillWanted();
  if (status.ok()) status = Guarded([&] { return method().stream(context(), *this); });
  if (status.ok()) {
    // A message was refused and the handler took that for the end.
    status = read_status();
    if (absl::IsCancelled(status)) status = absl::OkStatus();
  }
  Complete(status);
}

bool StreamCall::Read(google::protobuf::Message& request) {
  {
    const MutexLock lock(mutex_);
    if (read_step_ != Step::kIdle) return false;  // It has failed before.
    read_step_ = Step::kPending;
  }
  StartRead(&read_bytes_);
  {
    const MutexLock lock(mutex_);
    while (read_step_ == Step::kPending) changed_.Wait(mutex_);
    if (read_step_ == Step::kFailed) {
      if (context().cancelled()) read_status_ = absl::CancelledError("call: cancelled");
      return false;
    }
    read_step_ = Step::kIdle;
  }
  absl::Status status = CheckSize(read_bytes_.Length());
  if (status.ok()) {
    const FlatBytes bytes(read_bytes_);
    status = ParseRequest(bytes.view(), request);
  }
  read_bytes_.Clear();
  return status.ok() || RefuseMessage(status);
}

bool StreamCall::RefuseMessage(const absl::Status& status) {
  const MutexLock lock(mutex_);
  read_step_ = Step::kFailed;
  read_status_ = status;
  return false;
}

bool StreamCall::Write(const google::protobuf::Message& response) {
  {
    const MutexLock lock(mutex_);
    if (write_step_ != Step::kIdle || context().cancelled()) return false;
    write_step_ = Step::kPending;
  }
  write_bytes_ = ToBuffer(response);
  StartWrite(&write_bytes_);
  const MutexLock lock(mutex_);
  while (write_step_ == Step::kPending) changed_.Wait(mutex_);
  if (write_step_ == Step::kFailed) return false;
  write_step_ = Step::kIdle;
  return true;
}

absl::Status StreamCall::read_status() const {
  const MutexLock lock(mutex_);
  return read_status_;
}

void StreamCall::OnReadDone(bool ok) {
  if (!ok) NoteFailedRead();
  const MutexLock lock(mutex_);
  read_step_ = ok ? Step::kDone : Step::kFailed;
  changed_.SignalAll();
}

void StreamCall::OnWriteDone(bool ok) {
  if (!ok) context().Cancel();  // Nothing else makes a write fail; OnCancel may come later.
  const MutexLock lock(mutex_);
  write_step_ = ok ? Step::kDone : Step::kFailed;
  changed_.SignalAll();
}

}  // namespace valueloop::rpc
