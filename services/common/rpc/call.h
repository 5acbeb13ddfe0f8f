// One call in flight on the server: what unary and streaming calls have in common.
//
// Life of a call: gRPC asks the server for a reactor; the reactor is this object. It reaches
// Complete exactly once, on whatever thread, and touches itself no more after that; gRPC then calls
// OnDone, after every other reaction has returned, and OnDone deletes it.
#ifndef VALUELOOP_COMMON_RPC_CALL_H_
#define VALUELOOP_COMMON_RPC_CALL_H_

#include <atomic>
#include <functional>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/mutex.h"
#include "common/rpc/call_context.h"
#include "common/rpc/method_metrics.h"
#include "common/rpc/service.h"
#include "common/worker_pool.h"
#include "grpcpp/generic/async_generic_service.h"

namespace valueloop::rpc {

// A method as the server knows it.
struct ServedMethod {
  ServedMethod(Metrics& all_metrics, const Service& service, const Method& registered)
      : full_name(service.full_name() + "/" + registered.name),
        method(registered),
        metrics(all_metrics, service.full_name(), registered.name, registered.type) {}

  const std::string full_name;  // package.Service/Method
  const Method& method;
  const MethodMetrics metrics;
  mutable std::atomic<uint64_t> success_count{0};
};

class StreamCall;

// The calls in flight, so that a drain can wait for them and tell the streams. Thread-safe.
class LiveCalls {
 public:
  void Begin() VL_EXCLUDES(mutex_);
  void End() VL_EXCLUDES(mutex_);
  // False if some were still in flight at `deadline`.
  bool WaitForNone(absl::Time deadline) VL_EXCLUDES(mutex_);

  void AddStream(StreamCall* call) VL_EXCLUDES(mutex_);
  void RemoveStream(StreamCall* call) VL_EXCLUDES(mutex_);
  // Also tells streams that are added later.
  void NotifyDraining() VL_EXCLUDES(mutex_);

 private:
  Mutex mutex_;
  CondVar none_;
  int count_ VL_GUARDED_BY(mutex_) = 0;
  bool draining_ VL_GUARDED_BY(mutex_) = false;
  std::set<StreamCall*> streams_ VL_GUARDED_BY(mutex_);
};

// What all calls of a server share; outlives them.
struct CallResources {
  WorkerPool& workers;
  WorkerPool& stream_threads;
  LiveCalls& live_calls;
};

class Call : public grpc::ServerGenericBidiReactor {
 public:
  Call(grpc::CallbackServerContext& server_context, const ServedMethod& served,
       const CallResources& resources);
  ~Call() override { live_calls_.End(); }

  void OnCancel() override { context_.Cancel(); }
  void OnDone() override { delete this; }

 protected:
  // Counts and logs the outcome and ends the call with it. The object may be gone afterwards.
  void Complete(const absl::Status& status);
  // As Complete(OK), with a last message, which the object holds until OnDone.
  void CompleteWith(grpc::ByteBuffer response);

  // To be called when gRPC reports a failed read: tells the end of the messages from a
  // call that is over, without waiting for OnCancel.
  void NoteFailedRead();

  // Why a call must not be run any more: CANCELLED, DEADLINE_EXCEEDED or OK.
  absl::Status StillWanted() const;
  absl::Status CheckSize(size_t bytes) const;

  // Runs `handler`; INTERNAL, logged with what was thrown, if it throws.
  absl::Status Guarded(const std::function<absl::Status()>& handler) const;

  const Method& method() const { return served_.method; }
  CallContext& context() { return context_; }

 private:
  void Record(const absl::Status& status) const;

  LiveCalls& live_calls_;
  grpc::CallbackServerContext& server_context_;
  const ServedMethod& served_;
  const absl::Time start_;
  CallContext context_;
  grpc::ByteBuffer response_;
};

// A call that ends with a status as soon as it has begun.
class RefusedCall : public grpc::ServerGenericBidiReactor {
 public:
  explicit RefusedCall(const absl::Status& status);
  void OnDone() override { delete this; }
};

// `status` with its details, for gRPC.
grpc::Status ToGrpcStatus(const absl::Status& status);

}  // namespace valueloop::rpc

#endif  // VALUELOOP_COMMON_RPC_CALL_H_
