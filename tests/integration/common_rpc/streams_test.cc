#include <atomic>
#include <thread>

#include "absl/time/clock.h"
#include "common/mutex.h"
#include "common/status.h"
#include "integration/common_rpc/test_server.h"
#include "testing/status_matchers.h"

namespace valueloop::rpc {
namespace {

using ::testing::HasSubstr;
using valueloop::testing::IsOk;
using valueloop::testing::StatusIs;

using StreamsTest = RpcTest;

TEST_F(StreamsTest, ServerStreamSendsMessagesAndThenItsStatus) {
  service_.handlers.repeat = [](CallContext&, const EchoRequest& request,
                                Writer<EchoResponse>& writer) {
    EchoResponse response;
    for (int i = 0; i < 3; ++i) {
      response.set_text(request.text() + std::to_string(i));
      if (!writer.Write(response)) break;
    }
    return WithReason(absl::NotFoundError("fourth: none"), "NO_FOURTH");
  };
  StartServer();
  const auto stream = channel_->OpenStream(kRepeat);
  EXPECT_TRUE(stream->Write(Request("m")));
  EXPECT_TRUE(stream->WritesDone());
  EchoResponse response;
  std::string all;
  while (stream->Read(response)) all += response.text() + ",";
  EXPECT_EQ(all, "m0,m1,m2,");
  const absl::Status status = stream->Finish();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kNotFound, "fourth: none"));
  EXPECT_EQ(ReasonOf(status), "NO_FOURTH");
}

TEST_F(StreamsTest, ClientStreamAnswersOnceAllMessagesAreIn) {
  StartServer();
  const auto stream = channel_->OpenStream(kJoin);
  for (const char* text : {"a", "b", "c"}) EXPECT_TRUE(stream->Write(Request(text)));
  EXPECT_TRUE(stream->WritesDone());
  EchoResponse response;
  ASSERT_TRUE(stream->Read(response));
  EXPECT_EQ(response.text(), "abc");
  EXPECT_FALSE(stream->Read(response));
  EXPECT_THAT(stream->Finish(), IsOk());
}

TEST_F(StreamsTest, BidiStreamTakesTurns) {
  StartServer();
  const auto stream = channel_->OpenStream(kChat);
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(stream->Write(Request(std::to_string(i))));
    EchoResponse response;
    ASSERT_TRUE(stream->Read(response));
    ASSERT_EQ(response.text(), std::to_string(i));
  }
  EXPECT_TRUE(stream->WritesDone());
  EXPECT_THAT(stream->Finish(), IsOk());
}

TEST_F(StreamsTest, BidiStreamReadsAndWritesFromTwoThreads) {
  constexpr int kCount = 5000;
  StartServer();
  const auto stream = channel_->OpenStream(kChat, {.timeout = kLong});
  std::thread writer([&] {
    for (int i = 0; i < kCount; ++i) ASSERT_TRUE(stream->Write(Request(std::string(1000, 'x'))));
    EXPECT_TRUE(stream->WritesDone());
  });
  int count = 0;
  EchoResponse response;
  while (stream->Read(response)) ++count;
  writer.join();
  EXPECT_THAT(stream->Finish(), IsOk());
  EXPECT_EQ(count, kCount);
}

TEST_F(StreamsTest, FinishDiscardsWhatWasNotRead) {
  StartServer();
  const auto stream = channel_->OpenStream(kChat);
  EXPECT_TRUE(stream->Write(Request("a")));
  EXPECT_TRUE(stream->Write(Request("b")));
  EXPECT_THAT(stream->Finish(), IsOk());
}

TEST_F(StreamsTest, CancellationEndsTheHandlerAndBlockedCallsOfTheClient) {
  Notification ended;
  std::atomic<bool> cancelled{false};
  service_.handlers.repeat = [&](CallContext& context, const EchoRequest& request,
                                 Writer<EchoResponse>& writer) {
    EchoResponse response;
    response.set_text(request.text());
    while (writer.Write(response)) {
    }
    cancelled = context.cancelled();
    ended.Notify();
    return absl::OkStatus();
  };
  StartServer();
  const auto stream = channel_->OpenStream(kRepeat, {.timeout = absl::InfiniteDuration()});
  EXPECT_TRUE(stream->Write(Request("x")));
  EchoResponse response;
  ASSERT_TRUE(stream->Read(response));
  stream->Cancel();
  EXPECT_THAT(stream->Finish(), StatusIs(absl::StatusCode::kCancelled));
  EXPECT_TRUE(ended.WaitFor(kLong));
  EXPECT_TRUE(cancelled);
}

TEST_F(StreamsTest, AReaderTellsACancelledCallFromTheEndOfTheMessages) {
  Notification reading;
  Notification ended;
  absl::Status seen;
  service_.handlers.join = [&](CallContext&, Reader<EchoRequest>& reader, EchoResponse&) {
    EchoRequest request;
    while (reader.Read(request)) reading.Notify();
    seen = reader.status();
    ended.Notify();
    return reader.status();
  };
  StartServer();
  const auto stream = channel_->OpenStream(kJoin);
  EXPECT_TRUE(stream->Write(Request("x")));
  reading.Wait();
  stream->Cancel();
  EXPECT_THAT(stream->Finish(), StatusIs(absl::StatusCode::kCancelled));
  ASSERT_TRUE(ended.WaitFor(kLong));
  EXPECT_THAT(seen, StatusIs(absl::StatusCode::kCancelled));
}

TEST_F(StreamsTest, AStopCallbackWakesAHandlerThatWaitsForSomethingElse) {
  Notification waiting;
  service_.handlers.repeat = [&](CallContext& context, const EchoRequest&,
                                 Writer<EchoResponse>&) -> absl::Status {
    Notification stop;
    const CallContext::StopCallback on_stop(context, [&] { stop.Notify(); });
    waiting.Notify();
    stop.Wait();
    return absl::UnavailableError("watch: server is stopping");
  };
  StartServer();
  const auto stream = channel_->OpenStream(kRepeat);
  EXPECT_TRUE(stream->Write(Request("x")));
  waiting.Wait();
  stream->Cancel();
  EXPECT_THAT(stream->Finish(), StatusIs(absl::StatusCode::kCancelled));
  EXPECT_TRUE(server_->Drain(kLong));
}

TEST_F(StreamsTest, AMalformedMessageEndsTheStreamNamingTheField) {
  StartServer();
  const auto stream = channel_->OpenStream(kChat);
  EXPECT_TRUE(stream->Write(Request("good")));
  EchoRequestBytes bad;
  bad.set_text("\xc3(");
  EXPECT_TRUE(stream->Write(bad));
  const absl::Status status = stream->Finish();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("text: got invalid")));
  EXPECT_EQ(FieldOf(status), "text");
}

TEST_F(StreamsTest, AHandlerThatIgnoresARefusedMessageFailsAllTheSame) {
  service_.handlers.join = [](CallContext&, Reader<EchoRequest>& reader, EchoResponse&) {
    EchoRequest request;
    while (reader.Read(request)) {
    }
    return absl::OkStatus();
  };
  StartServer();
  const auto stream = channel_->OpenStream(kJoin);
  EchoRequestBytes bad;
  bad.set_text("\xff");
  EXPECT_TRUE(stream->Write(bad));
  EXPECT_THAT(stream->Finish(), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(StreamsTest, ReadUntilTimesOutAndALaterReadGetsTheMessage) {
  Notification send;
  service_.handlers.repeat = [&](CallContext&, const EchoRequest&, Writer<EchoResponse>& writer) {
    send.Wait();
    EchoResponse response;
    response.set_text("late");
    writer.Write(response);
    return absl::OkStatus();
  };
  StartServer();
  const auto stream = channel_->OpenStream(kRepeat);
  EXPECT_TRUE(stream->Write(Request("x")));
  EchoResponse response;
  EXPECT_EQ(stream->ReadUntil(absl::Now() + absl::Milliseconds(20), response),
            ReadResult::kTimeout);
  send.Notify();
  EXPECT_EQ(stream->ReadUntil(absl::Now() + kLong, response), ReadResult::kMessage);
  EXPECT_EQ(response.text(), "late");
  EXPECT_EQ(stream->ReadUntil(absl::Now() + kLong, response), ReadResult::kEnd);
  EXPECT_THAT(stream->Finish(), IsOk());
}

TEST_F(StreamsTest, AStreamBeyondThePoolIsRefusedWithARetryDelay) {
  StartServer({.max_stream_count = 1});
  const auto first = channel_->OpenStream(kChat);
  EchoResponse response;
  ASSERT_TRUE(first->Write(Request("x")));
  ASSERT_TRUE(first->Read(response));
  const auto second = channel_->OpenStream(kChat);
  EXPECT_FALSE(second->Read(response));
  const absl::Status status = second->Finish();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("streams: ")));
  EXPECT_EQ(RetryAfterOf(status), absl::Seconds(1));
  EXPECT_THAT(first->Finish(), IsOk());
}

TEST_F(StreamsTest, AStreamThatIsNotFinishedIsCancelledByItsDestructor) {
  Notification reading;
  Notification ended;
  service_.handlers.chat = [&](CallContext&, Reader<EchoRequest>& reader, Writer<EchoResponse>&) {
    EchoRequest request;
    while (reader.Read(request)) reading.Notify();
    ended.Notify();
    return reader.status();
  };
  StartServer();
  auto stream = channel_->OpenStream(kChat, {.timeout = absl::InfiniteDuration()});
  EXPECT_TRUE(stream->Write(Request("x")));
  reading.Wait();
  stream.reset();
  EXPECT_TRUE(ended.WaitFor(kLong));
  EXPECT_TRUE(server_->Drain(kLong));
}

TEST_F(StreamsTest, ACallThatCannotConnectEndsAsUnavailable) {
  StartServer();
  server_->Drain(absl::ZeroDuration());
  const auto stream = channel_->OpenStream(kChat);
  EchoResponse response;
  EXPECT_FALSE(stream->Read(response));
  EXPECT_THAT(stream->Finish(), StatusIs(absl::StatusCode::kUnavailable));
}

}  // namespace
}  // namespace valueloop::rpc
