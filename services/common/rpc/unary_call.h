// A unary call: read one request, answer it on the serving thread or on a worker.
#ifndef VALUELOOP_COMMON_RPC_UNARY_CALL_H_
#define VALUELOOP_COMMON_RPC_UNARY_CALL_H_

#include "common/rpc/call.h"
#include "google/protobuf/arena.h"

namespace valueloop::rpc {

class UnaryCall final : public Call {
 public:
  UnaryCall(grpc::CallbackServerContext& server_context, const ServedMethod& served,
            const CallResources& resources);

  void OnReadDone(bool ok) override;

 private:
  // True if the call has been answered, or refused, without a worker.
  bool AnsweredInline();
  void RunOnWorker();
  absl::Status Parse();

  WorkerPool& workers_;
  grpc::ByteBuffer request_bytes_;
  google::protobuf::Arena arena_;
  google::protobuf::Message* request_ = nullptr;  // On the arena, once parsed.
};

}  // namespace valueloop::rpc

#endif  // VALUELOOP_COMMON_RPC_UNARY_CALL_H_
