#include "common/rpc/server.h"

#include <algorithm>
#include <atomic>
#include <set>
#include <unordered_map>
#include <utility>

#include "absl/time/clock.h"
#include "common/log.h"
#include "common/mutex.h"
#include "common/rpc/call.h"
#include "common/rpc/grpc_lifetime.h"
#include "common/rpc/health.h"
#include "common/rpc/reflection.h"
#include "common/rpc/stream_call.h"
#include "common/rpc/unary_call.h"
#include "common/status.h"
#include "common/worker_pool.h"
#include "fmt/format.h"
#include "google/protobuf/stubs/logging.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"

namespace valueloop::rpc {
namespace {

// Without a limit, one connection's streams without bodies cost 12 KB each.
constexpr int kMaxConcurrentStreams = 128;
constexpr int kHandshakeTimeoutMs = 5000;

// Finds the method of every incoming call by its path.
class Dispatcher : public grpc::CallbackGenericService {
 public:
  Dispatcher(const CallResources& resources, HealthBoard& health)
      : resources_(resources), health_(health) {}

  void Add(const Service& service, Metrics& metrics) {
    for (const auto& [name, method] : service.methods()) {
      methods_.emplace(fmt::format("/{}/{}", service.full_name(), name),
                       std::make_unique<ServedMethod>(metrics, service, method));
      max_request_bytes_ = std::max(max_request_bytes_, method.options.max_request_bytes);
    }
  }

  size_t max_request_bytes() const { return max_request_bytes_; }
  void RefuseCalls() { refusing_.store(true, std::memory_order_release); }

  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* server_context) override {
    if (refusing_.load(std::memory_order_acquire)) {
      return new RefusedCall(
          WithRetryAfter(WithReason(absl::UnavailableError("server: shutting down"), "DRAINING"),
                         absl::Milliseconds(100)));
    }
    if (server_context->method() == kHealthWatchPath) return new HealthWatch(health_);
    const auto found = methods_.find(server_context->method());
    if (found == methods_.end()) {
      return new RefusedCall(absl::UnimplementedError(fmt::format(
          "method: got {}, want one of this server", Printable(server_context->method()))));
    }
    const ServedMethod& served = *found->second;
    if (served.method.type == MethodType::kUnary) {
      return new UnaryCall(*server_context, served, resources_);
    }
    return new StreamCall(*server_context, served, resources_);
  }

 private:
  const CallResources resources_;
  HealthBoard& health_;
  std::unordered_map<std::string, std::unique_ptr<ServedMethod>> methods_;
  size_t max_request_bytes_ = 0;
  std::atomic<bool> refusing_{false};
};

absl::Status CheckRegistrations(const std::vector<Service*>& services) {
  std::set<std::string> names;
  for (const Service* service : services) {
    VL_RETURN_IF_ERROR(service->status());
    if (!names.insert(service->full_name()).second) {
      return absl::FailedPreconditionError(
          fmt::format("service: got {} twice, want it once", service->full_name()));
    }
    for (int i = 0; i < service->descriptor()->method_count(); ++i) {
      const std::string& method = service->descriptor()->method(i)->name();
      if (service->methods().count(method) == 0) {
        log::Warning("rpc_method_not_served",
                     {{"service", service->full_name()}, {"method", method}});
      }
    }
  }
  return absl::OkStatus();
}

std::vector<std::string> NamesOf(const std::vector<Service*>& services) {
  std::vector<std::string> names;
  for (const Service* service : services) names.push_back(service->full_name());
  names.push_back("grpc.health.v1.Health");
  return names;
}

class GrpcServer : public Server {
 public:
  GrpcServer(const ServerOptions& options, const std::vector<Service*>& services, Metrics& metrics)
      : workers_({.name = "workers",
                  .thread_count = options.worker_count,
                  .queue_limit = options.queue_limit}),
        stream_threads_({.name = "streams",
                         .thread_count = options.max_stream_count,
                         .queue_limit = 0,
                         .retry_after = absl::Seconds(1)}),
        health_(NamesOf(services)),
        health_service_(health_),
        reflection_(MakeReflectionServices(NamesOf(services))),
        dispatcher_({workers_, stream_threads_, live_calls_}, health_) {
    for (const Service* service : services) dispatcher_.Add(*service, metrics);
    dispatcher_.Add(health_service_, metrics);
    for (const auto& service : reflection_) dispatcher_.Add(*service, metrics);
  }

  ~GrpcServer() override {
    if (server_ != nullptr) Drain(absl::ZeroDuration());
  }

  absl::Status Listen(const std::string& address) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort(address, grpc::InsecureServerCredentials(), &port_);
    builder.RegisterCallbackGenericService(&dispatcher_);
    // Methods with a smaller limit refuse by themselves.
    builder.SetMaxReceiveMessageSize(static_cast<int>(dispatcher_.max_request_bytes()));
    builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMaxConcurrentStreams);
    builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, kHandshakeTimeoutMs);
    // Otherwise two servers could share a port without noticing.
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    server_ = builder.BuildAndStart();
    if (server_ != nullptr) return absl::OkStatus();
    return absl::UnavailableError(fmt::format(
        "listen_address: got {}, want an address that is free to listen on", Printable(address)));
  }

  int port() const override { return port_; }

  void SetServing(bool serving) override { health_.SetServing(serving); }

  bool Drain(absl::Duration timeout) override {
    const MutexLock lock(drain_mutex_);
    if (drained_) return true;
    drained_ = true;
    const absl::Time deadline = absl::Now() + timeout;
    dispatcher_.RefuseCalls();
    health_.Shutdown();
    live_calls_.NotifyDraining();
    // gRPC answers calls that arrive while it shuts down with CANCELLED, which nobody retries; so
    // they get our UNAVAILABLE for as long as there is something to wait for.
    const bool in_time = live_calls_.WaitForNone(deadline);
    // Stops listening, cancels what is left at the deadline, and returns when the last call is
    // done; each is done only after its handler has returned.
    server_->Shutdown(absl::ToChronoTime(deadline));
    workers_.Drain(absl::InfiniteFuture());
    stream_threads_.Drain(absl::InfiniteFuture());
    return in_time;
  }

 private:
  WorkerPool workers_;
  WorkerPool stream_threads_;
  LiveCalls live_calls_;
  HealthBoard health_;
  HealthService health_service_;
  const std::vector<std::unique_ptr<Service>> reflection_;
  Dispatcher dispatcher_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
  Mutex drain_mutex_;
  bool drained_ VL_GUARDED_BY(drain_mutex_) = false;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const ServerOptions& options,
                                                      const std::vector<Service*>& services,
                                                      Metrics& metrics) {
  VL_RETURN_IF_ERROR(CheckRegistrations(services));
  KeepGrpcAlive();
  // protobuf would print unstructured lines about requests that we answer with INVALID_ARGUMENT.
  google::protobuf::SetLogHandler(nullptr);
  auto server = std::make_unique<GrpcServer>(options, services, metrics);
  VL_RETURN_IF_ERROR(server->Listen(options.listen_address));
  return server;
}

}  // namespace valueloop::rpc
