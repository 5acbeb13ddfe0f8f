// A streaming call of any kind: its handler has a thread of the stream pool and blocks on messages.
#ifndef VALUELOOP_COMMON_RPC_STREAM_CALL_H_
#define VALUELOOP_COMMON_RPC_STREAM_CALL_H_

#include "common/mutex.h"
#include "common/rpc/call.h"

namespace valueloop::rpc {

class StreamCall final : public Call, public MessageStream {
 public:
  StreamCall(grpc::CallbackServerContext& server_context, const ServedMethod& served,
             const CallResources& resources);
  ~StreamCall() override;

  void NotifyDraining() { context().NotifyDraining(); }

  // MessageStream, for the handler's thread or threads.
  bool Read(google::protobuf::Message& request) override VL_EXCLUDES(mutex_);
  bool Write(const google::protobuf::Message& response) override VL_EXCLUDES(mutex_);
  absl::Status read_status() const override VL_EXCLUDES(mutex_);

  // gRPC's reactions.
  void OnReadDone(bool ok) override VL_EXCLUDES(mutex_);
  void OnWriteDone(bool ok) override VL_EXCLUDES(mutex_);

 private:
  enum class Step { kIdle, kPending, kDone, kFailed };

  void Run();
  // Ends reading for good, with `status`.
  bool RefuseMessage(const absl::Status& status) VL_EXCLUDES(mutex_);

  LiveCalls& live_calls_;
  grpc::ByteBuffer read_bytes_;   // gRPC's while a read is pending.
  grpc::ByteBuffer write_bytes_;  // gRPC's while a write is pending.
  mutable Mutex mutex_;
  CondVar changed_;
  Step read_step_ VL_GUARDED_BY(mutex_) = Step::kIdle;
  Step write_step_ VL_GUARDED_BY(mutex_) = Step::kIdle;
  absl::Status read_status_ VL_GUARDED_BY(mutex_);
};

}  // namespace valueloop::rpc

#endif  // VALUELOOP_COMMON_RPC_STREAM_CALL_H_
