#include "common/rpc/wire_status.h"

#include "common/status.h"
#include "common/utf8.h"
#include "testing/status_matchers.h"

namespace valueloop::rpc {
namespace {

using valueloop::testing::IsOk;
using valueloop::testing::StatusIs;

TEST(WireStatusTest, OkIsEmpty) {
  EXPECT_EQ(ToWire(absl::OkStatus()).code, 0);
  EXPECT_EQ(ToWire(absl::OkStatus()).details, "");
  EXPECT_THAT(FromWire({}), IsOk());
}

TEST(WireStatusTest, SurvivesTheRoundTrip) {
  for (int code = 1; code <= 16; ++code) {
    const absl::Status sent = WithRetryAfter(
        WithReason(WithField(absl::Status(static_cast<absl::StatusCode>(code), "a: b"), "a"), "R"),
        absl::Microseconds(1'500'001));
    EXPECT_EQ(FromWire(ToWire(sent)), sent);
  }
}

TEST(WireStatusTest, TheCodesNameIsNoReason) {
  EXPECT_EQ(ReasonOf(FromWire(ToWire(absl::NotFoundError("x")))), "");
}

TEST(WireStatusTest, StaysSmallWhateverTheStatusHolds) {
  std::string text;
  while (text.size() < 50'000) text += "é\xff\n客户";
  const absl::Status huge = WithRetryAfter(
      WithReason(WithField(absl::InvalidArgumentError(text), text), text), absl::Hours(1));
  const WireStatus wire = ToWire(huge);
  EXPECT_LE(wire.message.size(), 1024u);
  EXPECT_TRUE(IsValidUtf8(wire.message));
  EXPECT_LE(wire.details.size(), kMaxDetailsBytes);
  EXPECT_GT(wire.details.size(), 1000u);
  EXPECT_EQ(RetryAfterOf(FromWire(wire)), absl::Hours(1));
}

TEST(WireStatusTest, TakesAForeignStatusAsItIs) {
  EXPECT_THAT(FromWire({.code = 14, .message = "down", .details = "\xff\xff"}),
              StatusIs(absl::StatusCode::kUnavailable, "down"));
  EXPECT_THAT(FromWire({.code = 99, .message = "odd"}),
              StatusIs(absl::StatusCode::kUnknown, "odd"));
}

}  // namespace
}  // namespace valueloop::rpc
