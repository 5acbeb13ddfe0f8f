#include "common/redis/breaker.h"

#include "gtest/gtest.h"

namespace valueloop::redis {
namespace {

using std::chrono::milliseconds;

constexpr Breaker::TimePoint kStart{std::chrono::hours(1)};

TEST(BreakerTest, StartsOpenUntilAProbeIsAnswered) {
  Breaker breaker(5, milliseconds(1000));
  EXPECT_TRUE(breaker.IsOpen());
  breaker.Close();
  EXPECT_FALSE(breaker.IsOpen());
}

TEST(BreakerTest, OpensAtTheLastOfSoManyFailuresWithinTheWindow) {
  Breaker breaker(5, milliseconds(1000));
  breaker.Close();
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(breaker.RecordFailure(kStart + milliseconds(250 * i)));
  EXPECT_FALSE(breaker.IsOpen());
  EXPECT_TRUE(breaker.RecordFailure(kStart + milliseconds(1000)));
  EXPECT_TRUE(breaker.IsOpen());
  EXPECT_FALSE(breaker.RecordFailure(kStart + milliseconds(1001)));  // Open already.
}

TEST(BreakerTest, ToleratesFailuresThatAreFarApart) {
  Breaker breaker(5, milliseconds(1000));
  breaker.Close();
  for (int i = 0; i < 50; ++i) EXPECT_FALSE(breaker.RecordFailure(kStart + milliseconds(251 * i)));
  EXPECT_FALSE(breaker.IsOpen());
}

TEST(BreakerTest, ForgetsFailuresWhenItCloses) {
  Breaker breaker(2, milliseconds(1000));
  breaker.Close();
  EXPECT_FALSE(breaker.RecordFailure(kStart));
  breaker.Open();
  breaker.Close();
  EXPECT_FALSE(breaker.RecordFailure(kStart));
  EXPECT_FALSE(breaker.IsOpen());
}

}  // namespace
}  // namespace valueloop::redis
