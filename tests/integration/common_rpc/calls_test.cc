#include <atomic>
#include <stdexcept>
#include <thread>

#include "absl/time/clock.h"
#include "common/log.h"
#include "common/mutex.h"
#include "common/status.h"
#include "integration/common_rpc/test_server.h"
#include "testing/status_matchers.h"

namespace valueloop::rpc {
namespace {

using ::testing::HasSubstr;
using valueloop::testing::IsOkAndHolds;
using valueloop::testing::StatusIs;

using CallsTest = RpcTest;

TEST_F(CallsTest, AnswersAUnaryCall) {
  StartServer();
  EXPECT_THAT(Echo("客户 1"), IsOkAndHolds("客户 1"));
  EXPECT_THAT(Echo(""), IsOkAndHolds(""));
}

TEST_F(CallsTest, AnswersFromTheFastPathOrFallsBackToTheHandler) {
  service_.handlers.fast = [](CallContext&, const EchoRequest& request, std::string& bytes) {
    EchoResponse response;
    response.set_text("hit");
    return request.text() == "cached" && response.SerializeToString(&bytes);
  };
  StartServer();
  EchoResponse response;
  VL_ASSERT_OK(channel_->Call(kEchoFast, Request("cached"), &response));
  EXPECT_EQ(response.text(), "hit");
  VL_ASSERT_OK(channel_->Call(kEchoFast, Request("other"), &response));
  EXPECT_EQ(response.text(), "other");
}

TEST_F(CallsTest, AnswersARequestThatIsTooLargeForTheFastPath) {
  StartServer();
  EchoResponse response;
  const std::string text(100'000, 'x');
  VL_ASSERT_OK(channel_->Call(kEchoFast, Request(text), &response));
  EXPECT_EQ(response.text(), text);
}

TEST_F(CallsTest, NamesTheFieldWithInvalidUtf8) {
  StartServer();
  EchoRequestBytes request;
  request.add_items()->set_name("good");
  request.add_items()->mutable_child()->set_name("bad \xff");
  EchoResponse response;
  for (const char* method : {kEcho, kEchoFast}) {
    const absl::Status status = channel_->Call(method, request, &response);
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument,
                                 "items[1].child.name: got invalid UTF-8, want UTF-8 text "
                                 "without NUL"));
    EXPECT_EQ(FieldOf(status), "items[1].child.name");
  }
}

TEST_F(CallsTest, NamesTheStringWithANulAndAcceptsZeroBytesElsewhere) {
  StartServer();
  EchoRequest request = Request("fine");
  request.set_number(2.0);  // Six zero bytes.
  request.add_items()->set_data(std::string(3, '\0'));
  EchoResponse response;
  VL_EXPECT_OK(channel_->Call(kEcho, request, &response));
  request.add_tags("a");
  request.add_tags(std::string("b\0c", 3));
  EXPECT_THAT(channel_->Call(kEcho, request, &response),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("tags[1]: got a NUL byte")));
}

TEST_F(CallsTest, RefusesMalformedBytes) {
  StartServer();
  // An item whose name says it has 100 bytes and ends after one.
  EchoRequest broken;
  broken.GetReflection()->MutableUnknownFields(&broken)->AddLengthDelimited(2, "\x0a\x64x");
  EchoResponse response;
  EXPECT_THAT(channel_->Call(kEcho, broken, &response),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("request: got malformed bytes, want a serialized "
                                 "valueloop.testing.v1.EchoRequest")));
}

TEST_F(CallsTest, RefusesAMessageAboveTheMethodsLimit) {
  StartServer();
  EchoResponse response;
  const absl::Status live =
      channel_->Call(kEchoFast, Request(std::string(200'000, 'x')), &response);
  EXPECT_THAT(live,
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("want at most 131072")));
  EXPECT_EQ(ReasonOf(live), "MESSAGE_TOO_LARGE");
  EXPECT_THAT(channel_->Call(kEcho, Request(std::string(5'000'000, 'x')), &response),
              StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(Echo("still serving"), IsOkAndHolds("still serving"));
}

TEST_F(CallsTest, RefusesAnUnknownMethod) {
  StartServer();
  EchoResponse response;
  EXPECT_THAT(channel_->Call("valueloop.testing.v1.TestService/Nothing", Request("x"), &response),
              StatusIs(absl::StatusCode::kUnimplemented, HasSubstr("/Nothing, want one")));
}

TEST_F(CallsTest, CarriesFieldReasonAndRetryDelayOfAnError) {
  service_.handlers.echo = [](CallContext&, const EchoRequest&, EchoResponse&) {
    return WithRetryAfter(WithReason(InvalidField("amount", "-1", "more than 0"), "BAD_AMOUNT"),
                          absl::Milliseconds(1500));
  };
  StartServer();
  const absl::Status status = Echo("x").status();
  EXPECT_THAT(status,
              StatusIs(absl::StatusCode::kInvalidArgument, "amount: got -1, want more than 0"));
  EXPECT_EQ(FieldOf(status), "amount");
  EXPECT_EQ(ReasonOf(status), "BAD_AMOUNT");
  EXPECT_EQ(RetryAfterOf(status), absl::Milliseconds(1500));
}

TEST_F(CallsTest, CutsAHugeMessageBetweenCharacters) {
  std::string message;
  while (message.size() < 100'000) message += "客户";
  service_.handlers.echo = [&](CallContext&, const EchoRequest&, EchoResponse&) {
    return absl::NotFoundError(message);
  };
  StartServer();
  const absl::Status status = Echo("x").status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kNotFound, HasSubstr("客户")));
  EXPECT_LE(status.message().size(), 1024u);
  EXPECT_EQ(status.message().size() % 3, 0u);
}

TEST_F(CallsTest, TurnsAnExceptionIntoInternalAndGoesOnServing) {
  service_.handlers.echo = [](CallContext&, const EchoRequest& request, EchoResponse&) {
    if (request.text() == "number") throw 7;
    if (request.text() == "throw") throw std::runtime_error("secret");
    return absl::OkStatus();
  };
  StartServer();
  EXPECT_THAT(Echo("throw"), StatusIs(absl::StatusCode::kInternal, "handler: failed unexpectedly"));
  EXPECT_THAT(Echo("number"), StatusIs(absl::StatusCode::kInternal));
  EXPECT_THAT(Echo("x"), IsOkAndHolds(""));
}

TEST_F(CallsTest, EndsAtTheDeadlineAndTellsTheHandler) {
  Notification stopped;
  service_.handlers.echo = [&](CallContext& context, const EchoRequest&, EchoResponse&) {
    EXPECT_LE(context.deadline(), absl::Now() + absl::Seconds(1));
    const CallContext::StopCallback on_stop(context, [&] { stopped.Notify(); });
    stopped.Wait();
    EXPECT_TRUE(context.cancelled());
    return absl::OkStatus();
  };
  StartServer();
  EXPECT_THAT(Echo("x", {.timeout = absl::Milliseconds(50)}),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_TRUE(server_->Drain(kLong));  // The handler is done with what it captured.
  EXPECT_TRUE(stopped.HasBeenNotified());
}

TEST_F(CallsTest, RefusesWhatTheQueueCannotHoldAndSaysWhenToRetry) {
  Notification running;
  Notification release;
  service_.handlers.echo = [&](CallContext&, const EchoRequest&, EchoResponse&) {
    running.Notify();
    release.Wait();
    return absl::OkStatus();
  };
  StartServer({.worker_count = 1, .queue_limit = 0});
  std::thread first([&] { VL_EXPECT_OK(Echo("first")); });
  running.Wait();
  const absl::Status status = Echo("second").status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("workers: ")));
  EXPECT_EQ(ReasonOf(status), "QUEUE_FULL");
  EXPECT_EQ(RetryAfterOf(status), absl::Milliseconds(100));
  release.Notify();
  first.join();
}

TEST_F(CallsTest, DoesNotRunACallWhoseDeadlinePassedInTheQueue) {
  Notification running;
  Notification release;
  std::atomic<int> run_count{0};
  service_.handlers.echo = [&](CallContext&, const EchoRequest&, EchoResponse&) {
    ++run_count;
    running.Notify();
    release.Wait();
    return absl::OkStatus();
  };
  std::atomic<int64_t> late_deadline_us{0};
  service_.handlers.fast = [&](CallContext& context, const EchoRequest&, std::string&) {
    late_deadline_us = absl::ToUnixMicros(context.deadline());
    return false;
  };
  StartServer({.worker_count = 1, .queue_limit = 10});
  std::thread first([&] { VL_EXPECT_OK(Echo("first")); });
  running.Wait();
  EchoResponse response;
  EXPECT_THAT(
      channel_->Call(kEchoFast, Request("late"), &response, {.timeout = absl::Milliseconds(300)}),
      StatusIs(absl::StatusCode::kDeadlineExceeded));
  // The server counts from the arrival, so its deadline is a little after the caller's.
  while (absl::ToUnixMicros(absl::Now()) <= late_deadline_us) std::this_thread::yield();
  release.Notify();
  first.join();
  EXPECT_TRUE(server_->Drain(kLong));
  EXPECT_EQ(run_count, 1);
}

TEST_F(CallsTest, PassesMetadataAndTheTraceOn) {
  std::string seen;
  std::string trace_id;
  std::string onward;
  service_.handlers.echo = [&](CallContext& context, const EchoRequest&, EchoResponse&) {
    seen = std::string(context.FindMetadata("x-note").value_or("none"));
    trace_id = context.trace_id();
    onward = context.traceparent();
    return absl::OkStatus();
  };
  StartServer();
  VL_ASSERT_OK(
      Echo("x", {.metadata = {{"x-note", "hello"}},
                 .traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}));
  EXPECT_EQ(seen, "hello");
  EXPECT_EQ(trace_id, "0af7651916cd43dd8448eb211c80319c");
  EXPECT_THAT(onward, HasSubstr("00-0af7651916cd43dd8448eb211c80319c-"));
}

TEST_F(CallsTest, LogsAFailedCallWithoutItsMessage) {
  service_.handlers.echo = [](CallContext&, const EchoRequest&, EchoResponse&) {
    return WithReason(InvalidField("customer", "mr-smith", "a known one"), "NO_SUCH_CUSTOMER");
  };
  StartServer();
  Mutex mutex;
  std::string lines;
  const log::ScopedSink sink([&](std::string_view line) {
    const MutexLock lock(mutex);
    lines += std::string(line) + "\n";
  });
  EXPECT_THAT(Echo("x"), StatusIs(absl::StatusCode::kInvalidArgument));
  const MutexLock lock(mutex);
  EXPECT_THAT(
      lines, HasSubstr(R"("event":"rpc_failed","method":"valueloop.testing.v1.TestService/Echo")"));
  EXPECT_THAT(lines, HasSubstr(R"("reason":"NO_SUCH_CUSTOMER","field":"customer")"));
  EXPECT_THAT(lines, Not(HasSubstr("mr-smith")));
}

}  // namespace
}  // namespace valueloop::rpc
