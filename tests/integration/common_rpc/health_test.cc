#include <thread>

#include "grpc/health/v1/health.pb.h"
#include "integration/common_rpc/test_server.h"
#include "testing/status_matchers.h"

namespace valueloop::rpc {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;
using valueloop::testing::IsOk;
using valueloop::testing::StatusIs;

constexpr char kCheck[] = "grpc.health.v1.Health/Check";
constexpr char kWatch[] = "grpc.health.v1.Health/Watch";

class HealthTest : public RpcTest {
 protected:
  HealthCheckResponse::ServingStatus Check(const std::string& service) {
    HealthCheckRequest request;
    request.set_service(service);
    HealthCheckResponse response;
    EXPECT_THAT(channel_->Call(kCheck, request, &response), IsOk());
    return response.status();
  }

  std::unique_ptr<ClientStream> Watch(const std::string& service) {
    auto watch = channel_->OpenStream(kWatch, {.timeout = kLong});
    HealthCheckRequest request;
    request.set_service(service);
    EXPECT_TRUE(watch->Write(request));
    EXPECT_TRUE(watch->WritesDone());
    return watch;
  }
};

TEST_F(HealthTest, FlipsForTheServerAndForEachService) {
  StartServer();
  for (const char* service : {"", "valueloop.testing.v1.TestService"}) {
    EXPECT_EQ(Check(service), HealthCheckResponse::SERVING);
  }
  server_->SetServing(false);
  for (const char* service : {"", "valueloop.testing.v1.TestService"}) {
    EXPECT_EQ(Check(service), HealthCheckResponse::NOT_SERVING);
  }
  server_->SetServing(true);
  EXPECT_EQ(Check(""), HealthCheckResponse::SERVING);
}

TEST_F(HealthTest, DoesNotKnowOtherServices) {
  StartServer();
  HealthCheckRequest request;
  request.set_service("nobody");
  HealthCheckResponse response;
  EXPECT_THAT(channel_->Call(kCheck, request, &response), StatusIs(absl::StatusCode::kNotFound));
  const auto watch = Watch("nobody");
  ASSERT_TRUE(watch->Read(response));
  EXPECT_EQ(response.status(), HealthCheckResponse::SERVICE_UNKNOWN);
}

TEST_F(HealthTest, WatchSendsEveryChangeAndEndsWithTheServer) {
  StartServer();
  const auto watch = Watch("");
  HealthCheckResponse response;
  ASSERT_TRUE(watch->Read(response));
  EXPECT_EQ(response.status(), HealthCheckResponse::SERVING);
  server_->SetServing(false);
  ASSERT_TRUE(watch->Read(response));
  EXPECT_EQ(response.status(), HealthCheckResponse::NOT_SERVING);
  server_->SetServing(true);
  ASSERT_TRUE(watch->Read(response));
  EXPECT_EQ(response.status(), HealthCheckResponse::SERVING);
  EXPECT_TRUE(server_->Drain(kLong));
  ASSERT_TRUE(watch->Read(response));
  EXPECT_EQ(response.status(), HealthCheckResponse::NOT_SERVING);
  EXPECT_FALSE(watch->Read(response));
  EXPECT_THAT(watch->Finish(), StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(HealthTest, WatchesHoldNoStreamThread) {
  StartServer({.max_stream_count = 1});
  HealthCheckResponse response;
  std::vector<std::unique_ptr<ClientStream>> watches;
  for (int i = 0; i < 20; ++i) {
    watches.push_back(Watch(""));
    ASSERT_TRUE(watches.back()->Read(response));
  }
  const auto chat = channel_->OpenStream(kChat);
  EXPECT_TRUE(chat->Write(Request("x")));
  EchoResponse echo;
  EXPECT_TRUE(chat->Read(echo));
  EXPECT_THAT(chat->Finish(), IsOk());
}

TEST_F(HealthTest, WaitReadyReturnsOnceTheServerServes) {
  StartServer();
  EXPECT_THAT(channel_->WaitReady(kLong), IsOk());
  server_->SetServing(false);
  EXPECT_THAT(channel_->WaitReady(absl::Milliseconds(50)),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  std::thread waiter([&] { EXPECT_THAT(channel_->WaitReady(kLong), IsOk()); });
  server_->SetServing(true);
  waiter.join();
}

}  // namespace
}  // namespace valueloop::rpc
