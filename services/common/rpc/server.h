// The gRPC server of a service program: one listening port, its services, the standard health
// service and server reflection (v1 and v1alpha).
//
//   VL_ASSIGN_OR_RETURN(const auto server, rpc::Server::Start(options, {&score_rpc}, *metrics));
//   shutdown.Wait();
//   server->SetServing(false);
//   server->Drain(config.drain_timeout);
#ifndef VALUELOOP_COMMON_RPC_SERVER_H_
#define VALUELOOP_COMMON_RPC_SERVER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/metrics.h"
#include "common/rpc/service.h"

namespace valueloop::rpc {

struct ServerOptions {
  std::string listen_address = "127.0.0.1:0";  // "host:port" or "unix:/path"; port 0: any free one.
  int worker_count = 4;                        // Threads for unary handlers.
  int queue_limit = 256;                       // Unary calls that may wait for one of them.
  int max_stream_count = 64;                   // Streaming calls at a time, a thread each.
};

// Every method counts grpc_server_started_total, grpc_server_handled_total and
// grpc_server_handling_seconds, and logs a line per failed call and per 1,000th success.
class Server {
 public:
  // Serves `services`, which the server does not own and which must outlive it, as does `metrics`.
  // Health is SERVING from the start. Fails with FAILED_PRECONDITION if a service has registered
  // something its contract does not have, and with UNAVAILABLE if the address cannot be bound.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const ServerOptions& options,
                                                       const std::vector<Service*>& services,
                                                       Metrics& metrics);

  // Drains with no time to spare, if Drain has not been called.
  virtual ~Server() = default;

  // The bound TCP port.
  virtual int port() const = 0;

  // What the health service answers, for the empty name and for each service's full name.
  virtual void SetServing(bool serving) = 0;

  // Ends serving: health becomes NOT_SERVING, new calls are refused with UNAVAILABLE, calls in
  // flight may finish within `timeout`, then the rest is cancelled. Returns when no handler runs
  // and none is queued: a handler that ignores its cancellation delays it. False if calls had to be
  // cancelled.
  virtual bool Drain(absl::Duration timeout) = 0;
};

}  // namespace valueloop::rpc

#endif  // VALUELOOP_COMMON_RPC_SERVER_H_
