#include "fmt/format.h"
#include "integration/common_rpc/test_server.h"
#include "testing/status_matchers.h"

namespace valueloop::rpc {
namespace {

using ::testing::HasSubstr;
using valueloop::testing::StatusIs;

// Registers one method in the way a test wants to.
class OneMethod : public Service {
 public:
  template <typename Register>
  explicit OneMethod(Register add, std::string_view name = "valueloop.testing.v1.TestService")
      : Service(name) {
    add(*this);
  }
};

absl::Status StartWith(const std::vector<Service*>& services, ServerOptions options = {}) {
  auto metrics = Metrics::Start("");
  EXPECT_TRUE(metrics.ok());
  return Server::Start(options, services, **metrics).status();
}

absl::Status Answer(CallContext&, const EchoRequest&, EchoResponse&) { return absl::OkStatus(); }

TEST(StartTest, RefusesAMethodThatIsNotInTheContract) {
  OneMethod service([](Service& s) { s.Unary<EchoRequest, EchoResponse>("Ecko", Answer); });
  EXPECT_THAT(
      StartWith({&service}),
      StatusIs(absl::StatusCode::kFailedPrecondition,
               "service valueloop.testing.v1.TestService: method Ecko is not in the contract"));
}

TEST(StartTest, RefusesOtherMessageTypes) {
  OneMethod service([](Service& s) {
    s.Unary<EchoRequest, EchoRequest>(
        "Echo", [](CallContext&, const EchoRequest&, EchoRequest&) { return absl::OkStatus(); });
  });
  EXPECT_THAT(StartWith({&service}),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("returns valueloop.testing.v1.EchoRequest, the contract says")));
}

TEST(StartTest, RefusesAnotherKindOfStreaming) {
  OneMethod service([](Service& s) { s.Unary<EchoRequest, EchoResponse>("Chat", Answer); });
  EXPECT_THAT(StartWith({&service}),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("kind of streaming")));
}

TEST(StartTest, RefusesAMethodTwiceAServiceTwiceAndAnUnknownService) {
  OneMethod twice([](Service& s) {
    s.Unary<EchoRequest, EchoResponse>("Echo", Answer);
    s.Unary<EchoRequest, EchoResponse>("Echo", Answer);
  });
  EXPECT_THAT(StartWith({&twice}),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("registered twice")));
  OneMethod good([](Service& s) { s.Unary<EchoRequest, EchoResponse>("Echo", Answer); });
  EXPECT_THAT(StartWith({&good, &good}),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("twice, want it once")));
  OneMethod unknown([](Service&) {}, "valueloop.testing.v1.Missing");
  EXPECT_THAT(StartWith({&unknown}),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("linked contract")));
}

TEST_F(RpcTest, StartRefusesAnAddressThatIsInUse) {
  StartServer();
  TestService other;
  const std::string address = fmt::format("127.0.0.1:{}", server_->port());
  EXPECT_THAT(
      StartWith({&other}, {.listen_address = address}),
      StatusIs(absl::StatusCode::kUnavailable, HasSubstr("listen_address: got " + address)));
}

}  // namespace
}  // namespace valueloop::rpc
