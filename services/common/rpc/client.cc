#include "common/rpc/client.h"

#include "absl/time/clock.h"
#include "common/rpc/client_stream.h"
#include "common/rpc/grpc_lifetime.h"
#include "common/rpc/message_bytes.h"
#include "common/status.h"
#include "fmt/format.h"
#include "google/protobuf/descriptor.pb.h"
#include "grpc/health/v1/health.pb.h"
#include "grpcpp/channel.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/security/credentials.h"

namespace valueloop::rpc {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

constexpr int kMaxResponseBytes = 64 << 20;
constexpr int kFirstReconnectMs = 100;
constexpr int kLastReconnectMs = 2000;

std::string WithSlash(std::string_view method) {
  return method.rfind('/', 0) == 0 ? std::string(method) : fmt::format("/{}", method);
}

bool StartsWithAny(const std::string& name, const std::vector<std::string_view>& prefixes) {
  for (const std::string_view prefix : prefixes) {
    if (name.rfind(prefix, 0) == 0) return true;
  }
  return false;
}

class GrpcChannel : public Channel {
 public:
  GrpcChannel(std::string address, std::shared_ptr<grpc::Channel> channel)
      : address_(std::move(address)), channel_(std::move(channel)) {}

  absl::Status Call(std::string_view method, const google::protobuf::Message& request,
                    google::protobuf::Message* response, const CallOptions& options) override {
    grpc::ClientContext context;
    ApplyOptions(options, context);
    grpc::GenericStub stub(channel_);
    grpc::CompletionQueue queue;
    const std::string path = WithSlash(method);
    const grpc::ByteBuffer request_bytes = ToBuffer(request);
    const auto call = stub.PrepareUnaryCall(&context, path, request_bytes, &queue);
    grpc::ByteBuffer response_bytes;
    grpc::Status status;
    call->StartCall();
    call->Finish(&response_bytes, &status, this);
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    if (!status.ok()) return FromGrpcStatus(status, /*cancelled_by_us=*/false);
    const FlatBytes bytes(response_bytes);
    return ParseResponse(bytes.view(), *response);
  }

  std::unique_ptr<ClientStream> OpenStream(std::string_view method,
                                           const CallOptions& options) override {
    return StartStream(channel_, WithSlash(method), options);
  }

  absl::Status WaitReady(absl::Duration timeout, std::string_view service) override {
    const absl::Time deadline = absl::Now() + timeout;
    HealthCheckRequest request;
    request.set_service(std::string(service));
    absl::Status last = absl::OkStatus();
    while (absl::Now() < deadline) {
      // The server tells when its health changes, so nothing is polled.
      const auto watch = OpenStream("grpc.health.v1.Health/Watch",
                                    {.timeout = deadline - absl::Now(), .wait_for_ready = true});
      watch->Write(request);
      watch->WritesDone();
      HealthCheckResponse response;
      while (watch->Read(response)) {
        if (response.status() == HealthCheckResponse::SERVING) return absl::OkStatus();
        last = absl::UnavailableError(fmt::format(
            "health: got {}", HealthCheckResponse::ServingStatus_Name(response.status())));
      }
      const absl::Status ended = watch->Finish();
      if (absl::IsUnimplemented(ended)) return ended;
      if (last.ok() || !absl::IsDeadlineExceeded(ended)) last = ended;
    }
    return absl::DeadlineExceededError(fmt::format("{}: not ready after {}: {}", address_,
                                                   absl::FormatDuration(timeout), MessageOf(last)));
  }

  const std::string& address() const override { return address_; }

 private:
  const std::string address_;
  const std::shared_ptr<grpc::Channel> channel_;
};

}  // namespace

std::string RetryServiceConfig(const std::vector<std::string>& retried) {
  std::string names;
  for (const std::string& entry : retried) {
    const size_t slash = entry.find('/');
    if (!names.empty()) names += ",";
    names += slash == std::string::npos
                 ? fmt::format(R"({{"service":"{}"}})", entry)
                 : fmt::format(R"({{"service":"{}","method":"{}"}})", entry.substr(0, slash),
                               entry.substr(slash + 1));
  }
  return fmt::format(
      R"({{"methodConfig":[{{"name":[{}],"retryPolicy":{{"maxAttempts":4,"initialBackoff":"0.1s",)"
      R"("maxBackoff":"1s","backoffMultiplier":2,"retryableStatusCodes":["UNAVAILABLE"]}}}}]}})",
      names);
}

std::vector<std::string> IdempotentMethods(const std::vector<std::string>& services) {
  using ContractOptions = google::protobuf::MethodOptions;
  std::vector<std::string> methods;
  for (const std::string& name : services) {
    const auto* service =
        google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(name);
    if (service == nullptr) continue;
    for (int i = 0; i < service->method_count(); ++i) {
      const auto& method = *service->method(i);
      if (method.options().idempotency_level() != ContractOptions::IDEMPOTENCY_UNKNOWN ||
          StartsWithAny(method.name(), {"Get", "List", "Lookup", "Check", "Verify"})) {
        methods.push_back(fmt::format("{}/{}", name, method.name()));
      }
    }
  }
  return methods;
}

absl::StatusOr<std::unique_ptr<Channel>> Channel::Create(std::string_view address,
                                                         ChannelOptions options) {
  if (address.empty()) return InvalidField("address", "", "host:port or unix:/path");
  KeepGrpcAlive();
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxResponseBytes);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kFirstReconnectMs);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kLastReconnectMs);
  // Our services are near; a proxy from the environment would only get in between.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  if (!options.retried.empty()) {
    arguments.SetServiceConfigJSON(RetryServiceConfig(options.retried));
  }
  std::string target(address);
  auto channel = grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(), arguments);
  return std::make_unique<GrpcChannel>(std::move(target), std::move(channel));
}

absl::Status Channel::Call(const google::protobuf::MethodDescriptor* method,
                           const google::protobuf::Message& request,
                           google::protobuf::Message* response, const CallOptions& options) {
  return Call(fmt::format("{}/{}", method->service()->full_name(), method->name()), request,
              response, options);
}

}  // namespace valueloop::rpc
