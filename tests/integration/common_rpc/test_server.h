// A server of the test contract on a free port, whose handlers a test replaces, and a channel to
// it.
#ifndef VALUELOOP_TESTS_INTEGRATION_COMMON_RPC_TEST_SERVER_H_
#define VALUELOOP_TESTS_INTEGRATION_COMMON_RPC_TEST_SERVER_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "common/metrics.h"
#include "common/rpc/client.h"
#include "common/rpc/server.h"
#include "common/rpc/service.h"
#include "gtest/gtest.h"
#include "test_service.pb.h"

namespace valueloop::rpc {

using testing::v1::EchoRequest;
using testing::v1::EchoRequestBytes;
using testing::v1::EchoResponse;

inline constexpr char kEcho[] = "valueloop.testing.v1.TestService/Echo";
inline constexpr char kEchoFast[] = "valueloop.testing.v1.TestService/EchoFast";
inline constexpr char kRepeat[] = "valueloop.testing.v1.TestService/Repeat";
inline constexpr char kJoin[] = "valueloop.testing.v1.TestService/Join";
inline constexpr char kChat[] = "valueloop.testing.v1.TestService/Chat";

// Longer than any wait of a test that passes.
inline constexpr absl::Duration kLong = absl::Seconds(30);

// What a test lets its methods do. Defaults: echo, echo without a worker, the text until the caller
// leaves, all texts in one, each text back.
struct Handlers {
  std::function<absl::Status(CallContext&, const EchoRequest&, EchoResponse&)> echo;
  std::function<bool(CallContext&, const EchoRequest&, std::string&)> fast;
  std::function<absl::Status(CallContext&, const EchoRequest&, Writer<EchoResponse>&)> repeat;
  std::function<absl::Status(CallContext&, Reader<EchoRequest>&, EchoResponse&)> join;
  std::function<absl::Status(CallContext&, Reader<EchoRequest>&, Writer<EchoResponse>&)> chat;
};

class TestService : public Service {
 public:
  TestService();
  Handlers handlers;
};

class RpcTest : public ::testing::Test {
 protected:
  // Replace handlers before this, not while calls are in flight.
  void StartServer(ServerOptions options = {});

  // A call with a text, which returns the answer's text.
  absl::StatusOr<std::string> Echo(std::string_view text, CallOptions options = {});

  static EchoRequest Request(std::string_view text);

  std::string metrics_address_;  // Empty: no HTTP endpoint, whose end takes two seconds.
  std::unique_ptr<Metrics> metrics_;
  TestService service_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<Channel> channel_;
};

}  // namespace valueloop::rpc

#endif  // VALUELOOP_TESTS_INTEGRATION_COMMON_RPC_TEST_SERVER_H_
