#include "common/shutdown_signal.h"

#include <unistd.h>

#include <thread>

#include "gtest/gtest.h"

namespace valueloop {
namespace {

TEST(ShutdownSignalTest, WaitReturnsAfterSigtermOrSigint) {
  for (const int number : {SIGTERM, SIGINT}) {
    ShutdownSignal shutdown;
    EXPECT_FALSE(shutdown.WaitFor(absl::ZeroDuration()));
    ASSERT_EQ(raise(number), 0);
    shutdown.Wait();
    EXPECT_TRUE(shutdown.WaitFor(absl::ZeroDuration()));
  }
}

TEST(ShutdownSignalTest, TriggerWakesAWaitingThread) {
  ShutdownSignal shutdown;
  std::thread waiting([&] { shutdown.Wait(); });
  shutdown.Trigger();
  waiting.join();
  EXPECT_TRUE(shutdown.WaitFor(absl::Hours(1)));
}

TEST(ShutdownSignalTest, WaitForGivesUp) {
  ShutdownSignal shutdown;
  EXPECT_FALSE(shutdown.WaitFor(absl::Milliseconds(5)));
}

TEST(ShutdownSignalTest, WritingToAClosedPipeDoesNotKillTheProcess) {
  const ShutdownSignal shutdown;
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  close(ends[0]);
  EXPECT_EQ(write(ends[1], "x", 1), -1);
  EXPECT_EQ(errno, EPIPE);
  close(ends[1]);
}

}  // namespace
}  // namespace valueloop
