#include "integration/common_rpc/test_server.h"

#include "fmt/format.h"
#include "testing/status_matchers.h"

namespace valueloop::rpc {

TestService::TestService() : Service("valueloop.testing.v1.TestService") {
  handlers.echo = [](CallContext&, const EchoRequest& request, EchoResponse& response) {
    response.set_text(request.text());
    return absl::OkStatus();
  };
  handlers.fast = [](CallContext&, const EchoRequest& request, std::string& bytes) {
    EchoResponse response;
    response.set_text("fast " + request.text());
    return response.SerializeToString(&bytes);
  };
  handlers.repeat = [](CallContext&, const EchoRequest& request, Writer<EchoResponse>& writer) {
    EchoResponse response;
    response.set_text(request.text());
    while (writer.Write(response)) {
    }
    return absl::CancelledError("caller left");
  };
  handlers.join = [](CallContext&, Reader<EchoRequest>& reader, EchoResponse& response) {
    EchoRequest request;
    while (reader.Read(request)) response.mutable_text()->append(request.text());
    return reader.status();
  };
  handlers.chat = [](CallContext&, Reader<EchoRequest>& reader, Writer<EchoResponse>& writer) {
    EchoRequest request;
    while (reader.Read(request)) {
      EchoResponse response;
      response.set_text(request.text());
      if (!writer.Write(response)) break;
    }
    return reader.status();
  };
  const auto echo = [this](CallContext& context, const EchoRequest& request,
                           EchoResponse& response) {
    return handlers.echo(context, request, response);
  };
  Unary<EchoRequest, EchoResponse>("Echo", echo);
  UnaryWithFastPath<EchoRequest, EchoResponse>(
      "EchoFast",
      [this](CallContext& context, const EchoRequest& request, std::string& bytes) {
        return handlers.fast(context, request, bytes);
      },
      echo, {.max_request_bytes = kLiveMaxRequestBytes});
  ServerStream<EchoRequest, EchoResponse>(
      "Repeat",
      [this](CallContext& context, const EchoRequest& request, Writer<EchoResponse>& writer) {
        return handlers.repeat(context, request, writer);
      });
  ClientStream<EchoRequest, EchoResponse>(
      "Join", [this](CallContext& context, Reader<EchoRequest>& reader, EchoResponse& response) {
        return handlers.join(context, reader, response);
      });
  BidiStream<EchoRequest, EchoResponse>(
      "Chat",
      [this](CallContext& context, Reader<EchoRequest>& reader, Writer<EchoResponse>& writer) {
        return handlers.chat(context, reader, writer);
      });
}

void RpcTest::StartServer(ServerOptions options) {
  VL_ASSERT_OK_AND_ASSIGN(metrics_, Metrics::Start(metrics_address_));
  VL_ASSERT_OK_AND_ASSIGN(server_, Server::Start(options, {&service_}, *metrics_));
  VL_ASSERT_OK_AND_ASSIGN(channel_, Channel::Create(fmt::format("127.0.0.1:{}", server_->port())));
}

absl::StatusOr<std::string> RpcTest::Echo(std::string_view text, CallOptions options) {
  EchoResponse response;
  const absl::Status status = channel_->Call(kEcho, Request(text), &response, options);
  if (!status.ok()) return status;
  return response.text();
}

EchoRequest RpcTest::Request(std::string_view text) {
  EchoRequest request;
  request.set_text(std::string(text));
  return request;
}

}  // namespace valueloop::rpc
