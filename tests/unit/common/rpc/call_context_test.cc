#include "common/rpc/call_context.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace valueloop::rpc {
namespace {

using ::testing::MatchesRegex;

constexpr char kTrace[] = "0af7651916cd43dd8448eb211c80319c";
constexpr char kTraceparent[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

TEST(CallContextTest, TakesTheTraceFromTheCallerAndASpanOfItsOwn) {
  const CallContext context(absl::InfiniteFuture(), {{"traceparent", kTraceparent}});
  EXPECT_EQ(context.trace_id(), kTrace);
  EXPECT_THAT(context.traceparent(),
              MatchesRegex(std::string("00-") + kTrace + "-[0-9a-f]{16}-01"));
  EXPECT_NE(context.traceparent(), kTraceparent);
}

TEST(CallContextTest, MakesATraceUpIfTheCallerSentNoValidOne) {
  for (const char* bad : {"", "00-short", "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                          "00-00000000000000000000000000000000-b7ad6b7169203331-01",
                          "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
                          "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01"}) {
    const CallContext context(absl::InfiniteFuture(), {{"traceparent", bad}});
    EXPECT_THAT(context.trace_id(), MatchesRegex("[0-9a-f]{32}"));
    EXPECT_NE(context.trace_id(), kTrace) << bad;
  }
  EXPECT_NE(CallContext().trace_id(), CallContext().trace_id());
}

TEST(CallContextTest, FindsMetadata) {
  const CallContext context(absl::InfiniteFuture(), {{"a", "1"}, {"a", "2"}});
  EXPECT_EQ(context.FindMetadata("a"), "1");
  EXPECT_EQ(context.FindMetadata("b"), std::nullopt);
}

TEST(CallContextTest, DrainingStopsAndCancellingCancels) {
  CallContext context;
  int wake_count = 0;
  const CallContext::StopCallback wake(context, [&] { ++wake_count; });
  EXPECT_FALSE(context.stopping());
  context.NotifyDraining();
  context.NotifyDraining();
  EXPECT_TRUE(context.stopping());
  EXPECT_FALSE(context.cancelled());
  EXPECT_EQ(wake_count, 1);
  context.Cancel();
  context.Cancel();
  EXPECT_TRUE(context.cancelled());
  EXPECT_EQ(wake_count, 2);
}

TEST(CallContextTest, AStopCallbackRunsAtOnceIfItIsLateAndNeverOnceItIsGone) {
  CallContext context;
  int gone_count = 0;
  {
    const CallContext::StopCallback gone(context, [&] { ++gone_count; });
  }
  context.Cancel();
  EXPECT_EQ(gone_count, 0);
  int late_count = 0;
  const CallContext::StopCallback late(context, [&] { ++late_count; });
  EXPECT_EQ(late_count, 1);
}

}  // namespace
}  // namespace valueloop::rpc
