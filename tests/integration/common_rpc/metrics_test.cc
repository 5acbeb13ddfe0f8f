// What Prometheus reads, over HTTP.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "integration/common_rpc/test_server.h"
#include "testing/status_matchers.h"

namespace valueloop::rpc {
namespace {

using ::testing::HasSubstr;
using valueloop::testing::IsOk;
using valueloop::testing::StatusIs;

using MetricsTest = RpcTest;

std::string HttpGet(int port, const std::string& path) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  const std::string request = "GET " + path + " HTTP/1.0\r\n\r\n";
  EXPECT_EQ(write(fd, request.data(), request.size()), static_cast<ssize_t>(request.size()));
  std::string answer;
  char buffer[4096];
  for (ssize_t size = 0; (size = read(fd, buffer, sizeof(buffer))) > 0;) {
    answer.append(buffer, static_cast<size_t>(size));
  }
  close(fd);
  return answer;
}

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

  const std::string text = HttpGet(metrics_->port(), "/metrics");
  const std::string service = R"(grpc_service="valueloop.testing.v1.TestService")";
  const std::string echo = R"(grpc_method="Echo",)" + service + R"(,grpc_type="unary")";
  EXPECT_THAT(text, HasSubstr("200 OK"));
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
