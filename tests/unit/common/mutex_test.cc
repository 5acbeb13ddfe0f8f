#include "common/mutex.h"

#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "gtest/gtest.h"

namespace valueloop {
namespace {

TEST(MutexTest, LetsOneThreadInAtATime) {
  constexpr int kThreadCount = 4;
  constexpr int kRounds = 10'000;
  Mutex mutex;
  int count = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreadCount; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kRounds; ++i) {
        const MutexLock lock(mutex);
        ++count;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(count, kThreadCount * kRounds);
}

TEST(MutexTest, CondVarHandsValuesFromThreadToThread) {
  Mutex mutex;
  CondVar changed;
  int turn = 0;
  std::thread other([&] {
    for (int i = 0; i < 100; ++i) {
      const MutexLock lock(mutex);
      while (turn % 2 == 0) changed.Wait(mutex);
      ++turn;
      changed.SignalAll();
    }
  });
  for (int i = 0; i < 100; ++i) {
    const MutexLock lock(mutex);
    while (turn % 2 == 1) changed.Wait(mutex);
    ++turn;
    changed.Signal();
  }
  other.join();
  EXPECT_EQ(turn, 200);
}

TEST(MutexTest, WaitUntilGivesUpAtTheDeadline) {
  Mutex mutex;
  CondVar never;
  const absl::Time deadline = absl::Now() + absl::Milliseconds(5);
  const MutexLock lock(mutex);
  while (never.WaitUntil(mutex, deadline)) {
  }
  EXPECT_GE(absl::Now(), deadline);
}

TEST(MutexTest, NotificationStaysNotified) {
  Notification done;
  EXPECT_FALSE(done.HasBeenNotified());
  EXPECT_FALSE(done.WaitFor(absl::Milliseconds(1)));
  std::thread other([&] { done.Notify(); });
  done.Wait();
  done.Notify();
  EXPECT_TRUE(done.WaitFor(absl::ZeroDuration()));
  EXPECT_TRUE(done.HasBeenNotified());
  other.join();
}

}  // namespace
}  // namespace valueloop
