#include "common/day.h"

#include "testing/status_matchers.h"

namespace valueloop {
namespace {

using ::testing::HasSubstr;
using testing::IsOkAndHolds;
using testing::StatusIs;

TEST(DayTest, ReadsWhatIsWrittenAsADay) {
  EXPECT_EQ(ParseDay("2026-11-21"), absl::CivilDay(2026, 11, 21));
  EXPECT_EQ(ParseDay("2024-02-29"), absl::CivilDay(2024, 2, 29));
}

TEST(DayTest, RefusesEveryOtherSpellingAndDaysNoCalendarHas) {
  for (const char* text : {"", "2026", "2026-1-05", "2026-01-5", " 2026-01-05", "2026-01-05 ",
                           "2026/01/05", "-026-01-05", "2026-01-0x", "2026-02-29", "2026-13-01",
                           "2026-00-10", "2026-01-00", "2026-01-05T00:00:00"}) {
    EXPECT_EQ(ParseDay(text), std::nullopt) << text;
  }
}

TEST(DayTest, AWrongFieldIsNamed) {
  EXPECT_THAT(ParseDay("as_of", "2026-11-21"), IsOkAndHolds(absl::CivilDay(2026, 11, 21)));
  EXPECT_THAT(ParseDay("as_of", "today"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("as_of: got today, want a day as YYYY-MM-DD")));
}

}  // namespace
}  // namespace valueloop
