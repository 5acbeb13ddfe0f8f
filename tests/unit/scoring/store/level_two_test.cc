#include "scoring/store/level_two.h"

#include <random>
#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace valueloop::scoring {
namespace {

using ::testing::ElementsAre;
using ::testing::Optional;

TEST(LevelTwoTest, AFramedValueComesBackForItsKeyOnly) {
  const std::string value = FrameValue("key", std::string("\0answer", 7));
  EXPECT_THAT(UnframeValue("key", value), Optional(std::string("\0answer", 7)));
  EXPECT_EQ(UnframeValue("another key", value), std::nullopt);
}

TEST(LevelTwoTest, NoPoisonedValueIsEverTakenForAnAnswer) {
  const std::string key = "valueloop:score:v1:default:c1:2026-06-30B:1.0.0";
  const std::string good = FrameValue(key, "a serialized score");
  std::mt19937_64 random(42);
  for (int i = 0; i < 10'000; ++i) {
    std::string bad = good;
    switch (i % 5) {
      case 0:  // One bit flipped.
        bad[random() % bad.size()] ^= static_cast<char>(1u << (random() % 8));
        break;
      case 1:  // Cut short.
        bad.resize(random() % bad.size());
        break;
      case 2:  // Something else altogether.
        for (char& c : bad) c = static_cast<char>(random());
        break;
      case 3:  // Another customer's.
        bad = FrameValue("valueloop:score:v1:default:c2:2026-06-30B:1.0.0", "another score");
        break;
      default:  // With something behind it.
        bad += static_cast<char>(random());
        break;
    }
    ASSERT_EQ(UnframeValue(key, bad), std::nullopt) << i;
  }
}

TEST(LevelTwoTest, NoTwoDifferentNamesShareARedisKey) {
  const std::set<std::string> keys = {
      MakeRedisKey({.workspace = "a", .customer_id = "b:c", .variant = "B"}, 1),
      MakeRedisKey({.workspace = "a:b", .customer_id = "c", .variant = "B"}, 1),
      MakeRedisKey({.workspace = "a", .customer_id = "b%3Ac", .variant = "B"}, 1),
      MakeRedisKey({.workspace = "a", .customer_id = "b", .variant = "c:B"}, 1),
      MakeRedisKey({.workspace = "a", .customer_id = "b:c", .variant = "B"}, 2),
      MakeRedisKey({.workspace = "a",
                    .customer_id = "b:c",
                    .variant = "B",
                    .ticket = {.flush_count = 1, .invalidation_count = 0}},
                   1),
      MakeRedisKey({.workspace = "a",
                    .customer_id = "b:c",
                    .variant = "B",
                    .ticket = {.flush_count = 0, .invalidation_count = 1}},
                   1)};
  EXPECT_EQ(keys.size(), 7u);
}

TEST(LevelTwoTest, WithoutRedisEverythingIsAMissAtOnce) {
  LevelTwo cache(nullptr, {});
  const LevelTwoKey keys[] = {{.workspace = "w", .customer_id = "c", .variant = "B"}};
  EXPECT_FALSE(cache.enabled());
  cache.Keep(keys[0], "x");
  EXPECT_THAT(cache.Find(keys), ElementsAre(std::nullopt));
}

}  // namespace
}  // namespace valueloop::scoring
