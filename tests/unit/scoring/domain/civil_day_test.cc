#include "scoring/domain/civil_day.h"

#include <random>
#include <string>

#include "gtest/gtest.h"

namespace valueloop::scoring {
namespace {

TEST(CivilDayTest, NumbersAndDaysAreTheSameThing) {
  for (int32_t number = -80'000; number <= 80'000; ++number) {
    const absl::CivilDay day = DayFromNumber(number);
    ASSERT_EQ(day, absl::CivilDay(1970, 1, 1) + number);
    ASSERT_EQ(DayNumber(day), number);
  }
}

TEST(CivilDayTest, TheFastDayIsTheCalendarsInEveryZone) {
  std::mt19937_64 random(1);
  for (const char* name : {"UTC", "Asia/Shanghai", "America/New_York", "Australia/Lord_Howe",
                           "Pacific/Apia", "Africa/Casablanca"}) {
    absl::TimeZone zone;
    ASSERT_TRUE(absl::LoadTimeZone(name, &zone)) << name;
    for (int i = 0; i < 20'000; ++i) {
      // From 1900 to 2199.
      const auto micros =
          static_cast<int64_t>(random() % 9'467'107'200'000'000) - 2'208'988'800'000'000;
      ASSERT_EQ(DayNumberOf(micros, zone), DayNumber(DayOf(micros, zone))) << name << ' ' << micros;
    }
    // Both sides of a change of the offset, and of midnight.
    absl::TimeZone::CivilTransition change;
    absl::Time time = absl::FromUnixSeconds(1'500'000'000);
    for (int i = 0; i < 20 && zone.NextTransition(time, &change); ++i) {
      time = zone.At(change.to).trans;
      for (const int64_t seconds : {-86'400, -3600, -1, 0, 1, 3600, 86'400}) {
        const int64_t micros = absl::ToUnixMicros(time) + seconds * 1'000'000;
        ASSERT_EQ(DayNumberOf(micros, zone), DayNumber(DayOf(micros, zone))) << name;
        ASSERT_EQ(DayNumberOf(micros - 1, zone), DayNumber(DayOf(micros - 1, zone))) << name;
      }
    }
  }
}

}  // namespace
}  // namespace valueloop::scoring
