#include "scoring/store/level_one.h"

#include <memory>
#include <string>

#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace valueloop::scoring {
namespace {

using ::testing::IsNull;
using ::testing::Pointee;

const absl::Time kNow = absl::FromUnixSeconds(1767225600);

LevelOne::Answer Text(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

TEST(LevelOneTest, FindsWhatWasKeptUntilItExpires) {
  LevelOne cache({.time_to_live = absl::Seconds(10)});
  cache.Keep("w/c", "B", Text("score"), cache.TakeTicket("w/c"), kNow);
  EXPECT_THAT(cache.Find("w/c", "B", kNow + absl::Seconds(9)), Pointee(std::string("score")));
  EXPECT_THAT(cache.Find("w/c", "F", kNow), IsNull());
  EXPECT_THAT(cache.Find("w/c", "B", kNow + absl::Seconds(10)), IsNull());
  EXPECT_EQ(cache.bytes(), 0u) << "an expired answer leaves";
}

TEST(LevelOneTest, InvalidatingDropsAllAnswersOfOneOwnerOnly) {
  LevelOne cache({});
  for (const char* owner : {"w/a", "w/b"}) {
    for (const char* key : {"B", "F"}) {
      cache.Keep(owner, key, Text("x"), cache.TakeTicket(owner), kNow);
    }
  }
  cache.Invalidate("w/a");
  EXPECT_THAT(cache.Find("w/a", "B", kNow), IsNull());
  EXPECT_THAT(cache.Find("w/a", "F", kNow), IsNull());
  EXPECT_THAT(cache.Find("w/b", "B", kNow), Pointee(std::string("x")));
}

TEST(LevelOneTest, AnAnswerComputedBeforeAnInvalidationIsNotKept) {
  LevelOne cache({});
  const LevelOne::Ticket before = cache.TakeTicket("w/c");
  cache.Invalidate("w/c");
  cache.Keep("w/c", "B", Text("old"), before, kNow);
  EXPECT_THAT(cache.Find("w/c", "B", kNow), IsNull());
  const LevelOne::Ticket before_flush = cache.TakeTicket("w/c");
  cache.Flush();
  cache.Keep("w/c", "B", Text("old"), before_flush, kNow);
  EXPECT_THAT(cache.Find("w/c", "B", kNow), IsNull());
}

TEST(LevelOneTest, StaysWithinItsBytesAndDropsTheLeastRecentlyUsedFirst) {
  LevelOne cache({.max_bytes = 256 << 10});
  for (int i = 0; i < 5000; ++i) {
    const std::string owner = fmt::format("w/{}", i);
    cache.Keep(owner, "B", Text(std::string(300, 'x')), cache.TakeTicket(owner), kNow);
    // Asked for again and again, so it must stay.
    if (i >= 100) {
      ASSERT_NE(cache.Find("w/100", "B", kNow), nullptr) << i;
    }
  }
  EXPECT_LE(cache.bytes(), size_t{256} << 10);
  EXPECT_GT(cache.stats().eviction_count.load(), 4000);
  EXPECT_THAT(cache.Find("w/0", "B", kNow), IsNull());
}

TEST(LevelOneTest, WithNoBytesItKeepsNothing) {
  LevelOne cache({.max_bytes = 0});
  cache.Keep("w/c", "B", Text("x"), cache.TakeTicket("w/c"), kNow);
  EXPECT_THAT(cache.Find("w/c", "B", kNow), IsNull());
}

TEST(LevelOneTest, AFlushDropsEverything) {
  LevelOne cache({});
  for (int i = 0; i < 100; ++i) {
    const std::string owner = fmt::format("w/{}", i);
    cache.Keep(owner, "B", Text("x"), cache.TakeTicket(owner), kNow);
  }
  cache.Flush();
  EXPECT_EQ(cache.bytes(), 0u);
  EXPECT_THAT(cache.Find("w/7", "B", kNow), IsNull());
}

}  // namespace
}  // namespace valueloop::scoring
