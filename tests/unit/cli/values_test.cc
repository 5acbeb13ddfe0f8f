#include "cli/values.h"

#include <cstdint>
#include <limits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace valueloop::cli {
namespace {

using ::testing::HasSubstr;
using testing::IsOkAndHolds;
using testing::StatusIs;

TEST(ParseMicrosTest, ReadsDecimalsExactly) {
  EXPECT_THAT(ParseMicros("amount", "12.50", false), IsOkAndHolds(12'500'000));
  EXPECT_THAT(ParseMicros("amount", "0.1", false), IsOkAndHolds(100'000));
  EXPECT_THAT(ParseMicros("amount", "+.000001", false), IsOkAndHolds(1));
  EXPECT_THAT(ParseMicros("amount", "-0", false), IsOkAndHolds(0));
  EXPECT_THAT(ParseMicros("amount", "9223372036854.775807", false),
              IsOkAndHolds(std::numeric_limits<int64_t>::max()));
}

TEST(ParseMicrosTest, RefusesMoreThanSixDecimalsEvenZeros) {
  EXPECT_THAT(ParseMicros("amount", "1.0000000", false),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("amount: got 1.0000000, want at most 6 decimals")));
}

TEST(ParseMicrosTest, RefusesNegativeUnlessAllowed) {
  EXPECT_THAT(ParseMicros("amount", "-5", false),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("want 0 or more")));
  EXPECT_THAT(ParseMicros("margin", "-5", true), IsOkAndHolds(-5'000'000));
}

TEST(ParseMicrosTest, RefusesWhatIsNoDecimalNumber) {
  for (const char* text :
       {"", ".", "-", "1e3", "inf", "nan", "1,000", "1.2.3", " 1", "0x10", "１"}) {
    EXPECT_THAT(ParseMicros("amount", text, true), StatusIs(absl::StatusCode::kInvalidArgument))
        << text;
  }
}

TEST(ParseMicrosTest, RefusesWhatDoesNotFit) {
  EXPECT_THAT(ParseMicros("amount", "9223372036854.775808", false),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("at most")));
  EXPECT_THAT(ParseMicros("amount", "99999999999999999999999", false),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("at most")));
}

TEST(ParseMomentTest, ADayIsItsFirstMomentInTheZone) {
  absl::TimeZone zone;
  ASSERT_TRUE(absl::LoadTimeZone("Asia/Shanghai", &zone));
  EXPECT_THAT(ParseMoment("occurred_at", "2026-01-31", zone),
              IsOkAndHolds(absl::FromUnixSeconds(1769788800)));  // 2026-01-30T16:00:00Z
}

TEST(ParseMomentTest, ADayWhoseMidnightDoesNotExistBeginsLater) {
  absl::TimeZone zone;
  ASSERT_TRUE(absl::LoadTimeZone("America/Sao_Paulo", &zone));
  // Summer time began at 2018-11-04 00:00, which became 01:00 (UTC-2).
  EXPECT_THAT(ParseMoment("occurred_at", "2018-11-04", zone),
              IsOkAndHolds(absl::FromUnixSeconds(1541300400)));
}

TEST(ParseMomentTest, AMomentNeedsItsOffset) {
  const absl::TimeZone utc = absl::UTCTimeZone();
  EXPECT_THAT(ParseMoment("occurred_at", "2026-01-31T12:00:00+08:00", utc),
              IsOkAndHolds(absl::FromUnixSeconds(1769832000)));
  EXPECT_THAT(ParseMoment("occurred_at", "2026-01-31T12:00:00", utc),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(ParseMomentTest, RefusesWhatIsNoDay) {
  for (const char* text : {"", "2026-02-30", "2026-13-01", "31/01/2026", "infinite-future", "now",
                           "1899-12-31", "2026-1-1", "2026-01-31 ", "20260131"}) {
    EXPECT_THAT(ParseMoment("occurred_at", text, absl::UTCTimeZone()),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("occurred_at")))
        << text;
  }
}

TEST(ParseNumberTest, RefusesWhatIsNotFinite) {
  EXPECT_THAT(ParseNumber("value", "-1.5e3"), IsOkAndHolds(-1500.0));
  for (const char* text : {"", "inf", "nan", "1e999", "1 ", "abc", "0x1p3"}) {
    EXPECT_THAT(ParseNumber("value", text), StatusIs(absl::StatusCode::kInvalidArgument)) << text;
  }
}

}  // namespace
}  // namespace valueloop::cli
