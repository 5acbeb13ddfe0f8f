#include "common/redis/address.h"

#include "testing/status_matchers.h"

namespace valueloop::redis {
namespace {

using ::testing::HasSubstr;
using testing::StatusIs;

TEST(ParseAddressTest, ReadsHostsAndPorts) {
  VL_ASSERT_OK_AND_ASSIGN(const Address named, ParseAddress("cache.example:6379"));
  EXPECT_EQ(named.host, "cache.example");
  EXPECT_EQ(named.port, 6379);
  VL_ASSERT_OK_AND_ASSIGN(const Address v6, ParseAddress("[::1]:1"));
  EXPECT_EQ(v6.host, "::1");
  EXPECT_EQ(v6.port, 1);
}

TEST(ParseAddressTest, ReadsSocketPaths) {
  for (const char* text : {"unix:/run/redis:1.sock", "/run/redis:1.sock"}) {
    VL_ASSERT_OK_AND_ASSIGN(const Address address, ParseAddress(text));
    EXPECT_EQ(address.socket_path, "/run/redis:1.sock");
  }
}

TEST(ParseAddressTest, RefusesOtherForms) {
  for (const std::string text : {"", "localhost", ":6379", "a:", "a:0", "a:65536", "a:12x", "a:-1",
                                 "::1:6379", "unix:relative"}) {
    EXPECT_THAT(ParseAddress(text),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("want host:port")))
        << text;
  }
  EXPECT_THAT(ParseAddress("/" + std::string(200, 'x')),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("107")));
}

TEST(ParseAddressTest, DoesNotRepeatAPassword) {
  const absl::Status status = ParseAddress("redis://:secret@host:6379").status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(std::string(status.message()).find("secret"), std::string::npos);
}

}  // namespace
}  // namespace valueloop::redis
