#include "common/redis/reply.h"

#include <hiredis/hiredis.h>

#include "testing/status_matchers.h"

namespace valueloop::redis {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::IsOkAndHolds;
using ::testing::Not;
using ::testing::Optional;
using testing::StatusIs;

redisReply Text(int type, std::string& text) {
  redisReply reply{};
  reply.type = type;
  reply.str = text.data();
  reply.len = text.size();
  return reply;
}

TEST(EncodeCommandTest, CountsBytesAndNotCharacters) {
  const std::string_view arguments[] = {"SET", "\xE4\xBD\xA0", std::string_view("a\0\r\n", 4), ""};
  EXPECT_EQ(
      EncodeCommand(arguments),
      std::string("*4\r\n$3\r\nSET\r\n$3\r\n\xE4\xBD\xA0\r\n$4\r\na\0\r\n\r\n$0\r\n\r\n", 38));
}

TEST(ReplyTest, ReadsValuesAndTheirAbsence) {
  std::string text("a\0b", 3);
  redisReply value = Text(REDIS_REPLY_STRING, text);
  redisReply nil{};
  nil.type = REDIS_REPLY_NIL;
  EXPECT_THAT(ToValue(value), IsOkAndHolds(Optional(text)));
  EXPECT_THAT(ToValue(nil), IsOkAndHolds(std::nullopt));
  redisReply* elements[] = {&nil, &value};
  redisReply array{};
  array.type = REDIS_REPLY_ARRAY;
  array.elements = 2;
  array.element = elements;
  VL_ASSERT_OK_AND_ASSIGN(const std::vector<Value> values, ToValues(array, 2));
  EXPECT_THAT(values, ElementsAre(std::nullopt, Optional(text)));
  EXPECT_THAT(ToValues(array, 3), StatusIs(absl::StatusCode::kInternal, HasSubstr("got 2 values")));
}

TEST(ReplyTest, KeepsOnlyTheFirstWordOfAnError) {
  std::string text = "WRONGTYPE key customer-4711 holds";
  const redisReply error = Text(REDIS_REPLY_ERROR, text);
  EXPECT_THAT(ToValue(error), StatusIs(absl::StatusCode::kInternal, HasSubstr("WRONGTYPE")));
  EXPECT_THAT(ToValues(error, 1), StatusIs(absl::StatusCode::kInternal, Not(HasSubstr("4711"))));
  EXPECT_THAT(ToStatus(error), StatusIs(absl::StatusCode::kInternal));
}

TEST(ReplyTest, TakesOkAndCountsAsConfirmation) {
  std::string text = "OK";
  EXPECT_THAT(ToStatus(Text(REDIS_REPLY_STATUS, text)), IsOk());
  redisReply count{};
  count.type = REDIS_REPLY_INTEGER;
  EXPECT_THAT(ToStatus(count), IsOk());
}

}  // namespace
}  // namespace valueloop::redis
