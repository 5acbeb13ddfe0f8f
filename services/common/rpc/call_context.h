// What a handler knows about the call it answers.
#ifndef VALUELOOP_COMMON_RPC_CALL_CONTEXT_H_
#define VALUELOOP_COMMON_RPC_CALL_CONTEXT_H_

#include <atomic>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "common/mutex.h"

namespace valueloop::rpc {

// Keys in lower case, as HTTP/2 sends them.
using Metadata = std::multimap<std::string, std::string>;

// Thread-safe. The framework makes one per call; a unit test may make its own:
//   rpc::CallContext context;
//   EXPECT_THAT(service.HandleGetScore(context, request, response), IsOk());
class CallContext {
 public:
  explicit CallContext(absl::Time deadline = absl::InfiniteFuture(), Metadata metadata = {});
  CallContext(const CallContext&) = delete;
  CallContext& operator=(const CallContext&) = delete;

  // When the caller stops waiting; absl::InfiniteFuture() if it named no deadline.
  absl::Time deadline() const { return deadline_; }

  // True once nobody waits for the answer: the caller cancelled, its deadline passed, its
  // connection broke, or a drain ran out of time. Long handlers look at it between steps and return
  // any status.
  bool cancelled() const { return cancelled_.load(std::memory_order_acquire); }

  // True if cancelled, and also once the server drains: a stream without an end, such as a watch,
  // then returns UNAVAILABLE, so that its client resumes elsewhere. Finite work goes on.
  bool stopping() const { return stopping_.load(std::memory_order_acquire); }

  // Runs `wake` on another thread when stopping() becomes true and when cancelled() does (at once
  // if the former already holds), for as long as the returned object lives. Its destructor waits
  // for a running `wake`; so do not destroy it while holding a lock that `wake` takes. `wake` must
  // not block and must not call Cancel; it usually signals a CondVar.
  class StopCallback {
   public:
    StopCallback(CallContext& context, std::function<void()> wake);
    ~StopCallback();
    StopCallback(const StopCallback&) = delete;
    StopCallback& operator=(const StopCallback&) = delete;

   private:
    CallContext& context_;
    std::list<std::function<void()>>::iterator place_;
  };

  // The first value of a metadata key, which is given in lower case.
  std::optional<std::string_view> FindMetadata(std::string_view key) const;

  // 32 hexadecimal digits from the caller's W3C `traceparent`; made up if it sent no valid one.
  const std::string& trace_id() const { return trace_id_; }

  // The `traceparent` to send with calls made on behalf of this one: same trace, a span of our own.
  const std::string& traceparent() const { return traceparent_; }

  // What the framework calls; in a unit test, what plays its part.
  void Cancel() VL_EXCLUDES(mutex_);
  void NotifyDraining() VL_EXCLUDES(mutex_);

 private:
  const absl::Time deadline_;
  const Metadata metadata_;
  std::string trace_id_;
  std::string traceparent_;
  std::atomic<bool> cancelled_{false};
  std::atomic<bool> stopping_{false};
  Mutex mutex_;
  std::list<std::function<void()>> stop_callbacks_ VL_GUARDED_BY(mutex_);
};

}  // namespace valueloop::rpc

#endif  // VALUELOOP_COMMON_RPC_CALL_CONTEXT_H_
