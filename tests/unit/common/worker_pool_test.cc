#include "common/worker_pool.h"

#include <atomic>
#include <stdexcept>
#include <thread>

#include "absl/time/clock.h"
#include "common/log.h"
#include "common/status.h"
#include "testing/status_matchers.h"

namespace valueloop {
namespace {

using ::testing::HasSubstr;
using testing::StatusIs;

TEST(WorkerPoolTest, RunsEveryTaskOnce) {
  std::atomic<int> count{0};
  {
    WorkerPool pool({.name = "test", .thread_count = 4, .queue_limit = 10'000});
    for (int i = 0; i < 1000; ++i) VL_ASSERT_OK(pool.TrySubmit([&] { ++count; }));
  }
  EXPECT_EQ(count, 1000);
}

TEST(WorkerPoolTest, StartsTasksInTheOrderOfSubmission) {
  std::string order;
  WorkerPool pool({.name = "test", .thread_count = 1});
  for (const char c : {'a', 'b', 'c', 'd'}) {
    VL_ASSERT_OK(pool.TrySubmit([&order, c] { order += c; }));
  }
  EXPECT_TRUE(pool.Drain(absl::InfiniteFuture()));
  EXPECT_EQ(order, "abcd");
}

TEST(WorkerPoolTest, RefusesATaskBeyondThreadsAndQueueWithARetryDelay) {
  Notification release;
  WorkerPool pool({.name = "imports",
                   .thread_count = 2,
                   .queue_limit = 1,
                   .retry_after = absl::Milliseconds(250)});
  for (int i = 0; i < 3; ++i) VL_ASSERT_OK(pool.TrySubmit([&] { release.Wait(); }));
  EXPECT_EQ(pool.outstanding_count(), 3);
  const absl::Status full = pool.TrySubmit([] {});
  EXPECT_THAT(
      full, StatusIs(absl::StatusCode::kResourceExhausted, "imports: got 4 tasks, want at most 3"));
  EXPECT_EQ(ReasonOf(full), "QUEUE_FULL");
  EXPECT_EQ(RetryAfterOf(full), absl::Milliseconds(250));
  release.Notify();
  EXPECT_TRUE(pool.Drain(absl::InfiniteFuture()));
}

TEST(WorkerPoolTest, WithoutAQueueEveryThreadCanBeUsedAgain) {
  WorkerPool pool({.name = "streams", .thread_count = 1, .queue_limit = 0});
  for (int i = 0; i < 50; ++i) {
    Notification done;
    // The thread is free a moment after the task before has told us so.
    while (!pool.TrySubmit([&] { done.Notify(); }).ok()) std::this_thread::yield();
    done.Wait();
  }
  EXPECT_TRUE(pool.Drain(absl::InfiniteFuture()));
}

TEST(WorkerPoolTest, DrainFinishesQueuedTasksThenRefuses) {
  std::atomic<int> count{0};
  WorkerPool pool({.name = "test", .thread_count = 1});
  for (int i = 0; i < 100; ++i) VL_ASSERT_OK(pool.TrySubmit([&] { ++count; }));
  EXPECT_TRUE(pool.Drain(absl::InfiniteFuture()));
  EXPECT_EQ(count, 100);
  EXPECT_THAT(pool.TrySubmit([] {}), StatusIs(absl::StatusCode::kUnavailable));
}

TEST(WorkerPoolTest, DrainSaysWhenItsDeadlineWasTooEarly) {
  Notification release;
  std::atomic<bool> second_ran{false};
  WorkerPool pool({.name = "test", .thread_count = 1});
  VL_ASSERT_OK(pool.TrySubmit([&] { release.Wait(); }));
  VL_ASSERT_OK(pool.TrySubmit([&] { second_ran = true; }));
  EXPECT_FALSE(pool.Drain(absl::Now()));
  release.Notify();
  EXPECT_TRUE(pool.Drain(absl::InfiniteFuture()));
  EXPECT_TRUE(second_ran);
}

TEST(WorkerPoolTest, SurvivesATaskThatThrows) {
  std::string logged;
  const log::ScopedSink sink([&](std::string_view line) { logged += std::string(line); });
  std::atomic<bool> next_ran{false};
  WorkerPool pool({.name = "test", .thread_count = 1});
  VL_ASSERT_OK(pool.TrySubmit([] { throw std::runtime_error("broken"); }));
  VL_ASSERT_OK(pool.TrySubmit([&] { next_ran = true; }));
  EXPECT_TRUE(pool.Drain(absl::InfiniteFuture()));
  EXPECT_TRUE(next_ran);
  EXPECT_THAT(logged, HasSubstr(R"("event":"task_threw","pool":"test","error":"broken")"));
}

}  // namespace
}  // namespace valueloop
