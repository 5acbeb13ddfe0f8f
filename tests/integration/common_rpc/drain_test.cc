#include <atomic>
#include <thread>

#include "common/mutex.h"
#include "common/status.h"
#include "integration/common_rpc/test_server.h"
#include "testing/status_matchers.h"

namespace valueloop::rpc {
namespace {

using valueloop::testing::IsOkAndHolds;
using valueloop::testing::StatusIs;

using DrainTest = RpcTest;

TEST_F(DrainTest, FinishesCallsInFlightAndQueuedOnesAndRefusesNewOnes) {
  Notification running;
  Notification release;
  service_.handlers.echo = [&](CallContext& context, const EchoRequest& request,
                               EchoResponse& response) {
    running.Notify();
    release.Wait();
    EXPECT_FALSE(context.cancelled());
    response.set_text("done " + request.text());
    return absl::OkStatus();
  };
  Notification watching;
  Notification draining;
  service_.handlers.repeat = [&](CallContext& context, const EchoRequest&, Writer<EchoResponse>&) {
    const CallContext::StopCallback on_stop(context, [&] { draining.Notify(); });
    watching.Notify();
    draining.Wait();
    EXPECT_TRUE(context.stopping());
    EXPECT_FALSE(context.cancelled());
    return absl::UnavailableError("watch: server is stopping");
  };
  StartServer({.worker_count = 1});
  std::thread first([&] { EXPECT_THAT(Echo("1"), IsOkAndHolds("done 1")); });
  running.Wait();
  const auto watch = channel_->OpenStream(kRepeat, {.timeout = absl::InfiniteDuration()});
  EXPECT_TRUE(watch->Write(Request("x")));
  watching.Wait();
  std::thread drain([&] { EXPECT_TRUE(server_->Drain(kLong)); });
  draining.Wait();  // The server refuses calls before it tells its streams.
  const absl::Status refused = Echo("new").status();
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kUnavailable));
  release.Notify();
  first.join();
  EXPECT_THAT(watch->Finish(),
              StatusIs(absl::StatusCode::kUnavailable, "watch: server is stopping"));
  drain.join();
}

TEST_F(DrainTest, CancelsWhatIsLeftAtTheTimeoutAndWaitsForTheHandler) {
  Notification running;
  std::atomic<bool> ended{false};
  service_.handlers.echo = [&](CallContext& context, const EchoRequest&, EchoResponse&) {
    Notification stop;
    const CallContext::StopCallback on_stop(context, [&] { stop.Notify(); });
    running.Notify();
    stop.Wait();
    EXPECT_TRUE(context.cancelled());
    ended = true;
    return absl::OkStatus();
  };
  StartServer();
  std::thread caller([&] { EXPECT_FALSE(Echo("x", {.timeout = kLong}).ok()); });
  running.Wait();
  EXPECT_FALSE(server_->Drain(absl::Milliseconds(20)));
  EXPECT_TRUE(ended);
  caller.join();
}

TEST_F(DrainTest, DoesNotRunQueuedCallsThatWereCancelled) {
  Notification running;
  std::atomic<int> run_count{0};
  service_.handlers.echo = [&](CallContext& context, const EchoRequest&, EchoResponse&) {
    ++run_count;
    running.Notify();
    Notification stop;
    const CallContext::StopCallback on_stop(context, [&] { stop.Notify(); });
    stop.Wait();
    return absl::OkStatus();
  };
  // The second call passes the serving thread, so that it is known to be queued.
  Notification queued;
  service_.handlers.fast = [&](CallContext&, const EchoRequest&, std::string&) {
    queued.Notify();
    return false;
  };
  StartServer({.worker_count = 1});
  std::thread first([&] { EXPECT_FALSE(Echo("1", {.timeout = kLong}).ok()); });
  running.Wait();
  std::thread second([&] {
    EchoResponse response;
    EXPECT_FALSE(channel_->Call(kEchoFast, Request("2"), &response, {.timeout = kLong}).ok());
  });
  queued.Wait();
  EXPECT_FALSE(server_->Drain(absl::Milliseconds(20)));
  first.join();
  second.join();
  // The second may have been started between the two cancellations, but then it ended at once.
  EXPECT_LE(run_count, 2);
  EXPECT_THAT(Echo("3"), StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(DrainTest, MayBeCalledAgainAndIsDoneByTheDestructorOtherwise) {
  StartServer();
  EXPECT_THAT(Echo("x"), IsOkAndHolds("x"));
  EXPECT_TRUE(server_->Drain(kLong));
  EXPECT_TRUE(server_->Drain(kLong));
  server_.reset();
  StartServer();
  EXPECT_THAT(Echo("x"), IsOkAndHolds("x"));
}

}  // namespace
}  // namespace valueloop::rpc
