#include "common/rpc/client.h"

#include "common/rpc/service.h"
#include "test_service.pb.h"
#include "testing/status_matchers.h"

namespace valueloop::rpc {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Not;
using valueloop::testing::IsOk;
using valueloop::testing::StatusIs;

TEST(RetryServiceConfigTest, NamesServicesAndMethods) {
  EXPECT_EQ(RetryServiceConfig({"a.b.C/Get", "a.b.D"}),
            R"({"methodConfig":[{"name":[{"service":"a.b.C","method":"Get"},{"service":"a.b.D"}],)"
            R"("retryPolicy":{"maxAttempts":4,"initialBackoff":"0.1s","maxBackoff":"1s",)"
            R"("backoffMultiplier":2,"retryableStatusCodes":["UNAVAILABLE"]}}]})");
}

TEST(IdempotentMethodsTest, TakesReadingMethodsByTheirName) {
  EXPECT_THAT(IdempotentMethods({"valueloop.testing.v1.TestService"}), IsEmpty());
  EXPECT_THAT(IdempotentMethods({"grpc.health.v1.Health"}),
              Contains("grpc.health.v1.Health/Check"));
  EXPECT_THAT(IdempotentMethods({"grpc.health.v1.Health"}),
              Not(Contains("grpc.health.v1.Health/Watch")));
  EXPECT_THAT(IdempotentMethods({"no.such.Service"}), IsEmpty());
}

TEST(ChannelTest, RefusesAnEmptyAddress) {
  EXPECT_THAT(Channel::Create("").status(), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(ChannelTest, ACallWithoutAServerIsUnavailable) {
  VL_ASSERT_OK_AND_ASSIGN(const auto channel,
                          Channel::Create("unix:/nonexistent/socket", {.retried = {"a.B"}}));
  testing::v1::EchoResponse response;
  EXPECT_THAT(channel->Call("a.B/C", testing::v1::EchoRequest(), &response),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(channel->WaitReady(absl::Milliseconds(20)),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
}

}  // namespace
}  // namespace valueloop::rpc
