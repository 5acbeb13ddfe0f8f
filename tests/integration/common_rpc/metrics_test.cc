// What Prometheus reads, over HTTP.
#include <string>

#include "fmt/format.h"
#include "integration/common_rpc/test_server.h"
#include "testing/http.h"
#include "testing/status_matchers.h"

namespace valueloop::rpc {
namespace {

using ::testing::HasSubstr;
using valueloop::testing::IsOk;
using valueloop::testing::StatusIs;

using MetricsTest = RpcTest;

TEST_F(MetricsTest, CountsCallsByMethodTypeAndCode) {
  service_.handlers.echo = [](CallContext&, const EchoRequest& request, EchoResponse&) {
    return request.text() == "bad" ? absl::NotFoundError("x") : absl::OkStatus();
  };
  metrics_address_ = "127.0.0.1:0";
  StartServer();
  EXPECT_THAT(Echo("good"), IsOk());
  EXPECT_THAT(Echo("good"), IsOk());
  EXPECT_THAT(Echo("bad"), StatusIs(absl::StatusCode::kNotFound));
  const auto chat = channel_->OpenStream(kChat);
  EXPECT_THAT(chat->Finish(), IsOk());
  EXPECT_TRUE(server_->Drain(kLong));

  const std::string text =
      testing::HttpGet(fmt::format("127.0.0.1:{}", metrics_->port()), "/metrics");
  const std::string service = R"(grpc_service="valueloop.testing.v1.TestService")";
  const std::string echo = R"(grpc_method="Echo",)" + service + R"(,grpc_type="unary")";
  EXPECT_THAT(text, HasSubstr("grpc_server_started_total{" + echo + "} 3"));
  EXPECT_THAT(text, HasSubstr(R"(grpc_server_handled_total{grpc_code="OK",)" + echo + "} 2"));
  EXPECT_THAT(text,
              HasSubstr(R"(grpc_server_handled_total{grpc_code="NOT_FOUND",)" + echo + "} 1"));
  EXPECT_THAT(text, HasSubstr("grpc_server_handling_seconds_count{" + echo + "} 3"));
  EXPECT_THAT(text, HasSubstr("grpc_server_handling_seconds_bucket{" + echo + R"(,le="0.0001"})"));
  EXPECT_THAT(text, HasSubstr(R"(grpc_server_handled_total{grpc_code="OK",grpc_method="Chat",)" +
                              service + R"(,grpc_type="bidi_stream"} 1)"));
}

}  // namespace
}  // namespace valueloop::rpc
