#include "common/rpc/unary_call.h"

#include <string>

#include "common/rpc/message_bytes.h"
#include "common/rpc/message_check.h"
#include "common/status.h"

namespace valueloop::rpc {
namespace {

// Parsing this much takes the serving thread some 100 µs at worst.
constexpr size_t kMaxInlineBytes = size_t{64} << 10;

}  // namespace

UnaryCall::UnaryCall(grpc::CallbackServerContext& server_context, const ServedMethod& served,
                     const CallResources& resources)
    : Call(server_context, served, resources), workers_(resources.workers) {
  StartRead(&request_bytes_);
}

void UnaryCall::OnReadDone(bool ok) {
  if (!ok) {
    NoteFailedRead();
    const absl::Status wanted = StillWanted();
    Complete(wanted.ok() ? InvalidField("request", "none", "one message") : wanted);
    return;
  }
  const absl::Status size = CheckSize(request_bytes_.Length());
  if (!size.ok()) {
    Complete(size);
    return;
  }
  if (AnsweredInline()) return;
  const absl::Status queued = workers_.TrySubmit([this] { RunOnWorker(); });
  if (!queued.ok()) Complete(queued);
}

bool UnaryCall::AnsweredInline() {
  if (method().fast == nullptr || request_bytes_.Length() > kMaxInlineBytes) return false;
  absl::Status status = Parse();
  bool answered = false;
  std::string response_bytes;
  if (status.ok()) {
    status = Guarded([&] {
      answered = method().fast(context(), *request_, response_bytes);
      return absl::OkStatus();
    });
  }
  if (!status.ok()) {
    Complete(status);
    return true;
  }
  if (answered) CompleteWith(ToBuffer(response_bytes));
  return answered;
}

void UnaryCall::RunOnWorker() {
  absl::Status status = StillWanted();
  if (status.ok() && request_ == nullptr) status = Parse();
  google::protobuf::Message* response = nullptr;
  if (status.ok()) {
    response = method().response_prototype->New(&arena_);
    status = Guarded([&] { return method().unary(context(), *request_, *response); });
  }
  if (status.ok()) {
    CompleteWith(ToBuffer(*response));
  } else {
    Complete(status);
  }
}

absl::Status UnaryCall::Parse() {
  request_ = method().request_prototype->New(&arena_);
  const FlatBytes bytes(request_bytes_);
  return ParseRequest(bytes.view(), *request_);
}

}  // namespace valueloop::rpc
