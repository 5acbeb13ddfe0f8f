#include "common/utf8.h"

#include <string>

#include "gtest/gtest.h"

namespace valueloop {
namespace {

TEST(Utf8Test, AcceptsEveryLengthUpToTheLastCharacter) {
  for (const char* text : {"", "a", "\x7f", "\xc2\x80", "é", "客户", "\xed\x9f\xbf", "\xee\x80\x80",
                           "😀", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(IsValidUtf8(text)) << text;
  }
  EXPECT_TRUE(IsValidUtf8(std::string("a\0b", 3)));
}

TEST(Utf8Test, RefusesOverlongFormsSurrogatesAndTruncation) {
  for (const char* text :
       {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xc3", "\xe5\xae", "a\xe5\xae", "\xc3("}) {
    EXPECT_FALSE(IsValidUtf8(text)) << text;
  }
}

TEST(Utf8Test, PrefixEndsBetweenCharacters) {
  EXPECT_EQ(Utf8Prefix("客户", 100), "客户");
  EXPECT_EQ(Utf8Prefix("客户", 6), "客户");
  EXPECT_EQ(Utf8Prefix("客户", 5), "客");
  EXPECT_EQ(Utf8Prefix("客户", 3), "客");
  EXPECT_EQ(Utf8Prefix("客户", 2), "");
  EXPECT_EQ(Utf8Prefix("abc", 2), "ab");
}

}  // namespace
}  // namespace valueloop
