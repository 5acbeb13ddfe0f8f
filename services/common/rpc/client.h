// Calls to a gRPC server: blocking, with a deadline always, and with our Status on both sides.
//
//   VL_ASSIGN_OR_RETURN(const auto channel, rpc::Channel::Create("127.0.0.1:7401"));
//   VL_RETURN_IF_ERROR(channel->Call("valueloop.scoring.v1.ScoreService/GetScore", request,
//   &response));
//
// An error has the server's code and message and, with common/status.h, its field, reason and retry
// delay. A method is named "package.Service/Method", with or without a leading slash.
#ifndef VALUELOOP_COMMON_RPC_CLIENT_H_
#define VALUELOOP_COMMON_RPC_CLIENT_H_

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace valueloop::rpc {

struct ChannelOptions {
  // Methods ("package.Service/Method") or whole services ("package.Service") that are safe to
  // repeat. Calls to them that fail with UNAVAILABLE before anything was answered are tried up to 4
  // times within their deadline. See IdempotentMethods.
  std::vector<std::string> retried;
};

// The retry policy for `retried` as gRPC service config JSON; the same text is published for
// clients in other languages.
std::string RetryServiceConfig(const std::vector<std::string>& retried);

// The methods of `services` (full names of linked contracts) that only read: those whose
// idempotency_level is set, and those named Get*, List*, Lookup*, Check* or Verify*.
std::vector<std::string> IdempotentMethods(const std::vector<std::string>& services);

struct CallOptions {
  absl::Duration timeout =
      absl::Seconds(10);  // absl::InfiniteDuration() only for streams that watch.
  std::vector<std::pair<std::string, std::string>> metadata;
  // Waits for a connection until the timeout instead of failing with UNAVAILABLE.
  bool wait_for_ready = false;
  // CallContext::traceparent() of the call this one serves; empty starts a trace.
  std::string traceparent;
};

enum class ReadResult { kMessage, kEnd, kTimeout };

// A streaming call of any kind. One thread may write while another reads; Cancel may be called by
// any.
class ClientStream {
 public:
  // Cancels the call if Finish has not been called.
  virtual ~ClientStream() = default;

  // Blocks while the server does not take more. False: the call is over; Finish says why.
  virtual bool Write(const google::protobuf::Message& request) = 0;

  // Tells the server that no more requests follow. False: the call is over.
  virtual bool WritesDone() = 0;

  // Waits for the next response. False: there are no more; Finish says how the call ended.
  virtual bool Read(google::protobuf::Message& response) = 0;

  // As Read, but returns kTimeout at `deadline`; a later read then receives what comes.
  virtual ReadResult ReadUntil(absl::Time deadline, google::protobuf::Message& response) = 0;

  // Ends the call as CANCELLED; blocked calls return. Thread-safe, also during Finish.
  virtual void Cancel() = 0;

  // Calls WritesDone if nobody did, discards what was not read, and returns how the call ended; a
  // malformed response is INTERNAL. No other call may be running or follow, save Cancel.
  virtual absl::Status Finish() = 0;
};

// Thread-safe. A connection is made when first needed and again when it breaks.
class Channel {
 public:
  // `address` is "host:port", "unix:/path" or any other gRPC target. Does not wait for the server.
  static absl::StatusOr<std::unique_ptr<Channel>> Create(std::string_view address,
                                                         ChannelOptions options = {});
  virtual ~Channel() = default;

  // Makes a unary call. UNAVAILABLE if there is no server, DEADLINE_EXCEEDED after options.timeout.
  virtual absl::Status Call(std::string_view method, const google::protobuf::Message& request,
                            google::protobuf::Message* response,
                            const CallOptions& options = {}) = 0;
  absl::Status Call(const google::protobuf::MethodDescriptor* method,
                    const google::protobuf::Message& request, google::protobuf::Message* response,
                    const CallOptions& options = {});

  // Starts a streaming call; never fails here: a call that cannot be made ends at once. The channel
  // must outlive the stream.
  virtual std::unique_ptr<ClientStream> OpenStream(std::string_view method,
                                                   const CallOptions& options = {}) = 0;

  // Waits for a connection and a SERVING answer of the server's health service for `service`
  // (empty: the server as a whole). DEADLINE_EXCEEDED, with the last error, if there is none in
  // `timeout`.
  virtual absl::Status WaitReady(absl::Duration timeout, std::string_view service = "") = 0;

  virtual const std::string& address() const = 0;
};

}  // namespace valueloop::rpc

#endif  // VALUELOOP_COMMON_RPC_CLIENT_H_
