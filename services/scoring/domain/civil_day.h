// Calendar days: the ledger's times are UTC micros, a day is a calendar day of the workspace's
// zone.
#ifndef VALUELOOP_SCORING_DOMAIN_CIVIL_DAY_H_
#define VALUELOOP_SCORING_DOMAIN_CIVIL_DAY_H_

#include <cstdint>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace valueloop::scoring {

// The day in `zone` that contains the moment `micros` (UTC, since 1970).
inline absl::CivilDay DayOf(int64_t micros, absl::TimeZone zone) {
  return absl::ToCivilDay(absl::FromUnixMicros(micros), zone);
}

// Days since 1970-01-01; negative before.
inline int32_t DayNumber(absl::CivilDay day) {
  return static_cast<int32_t>(day - absl::CivilDay(1970, 1, 1));
}
absl::CivilDay DayFromNumber(int32_t number);

// DayNumber(DayOf(micros, zone)), faster: the offset from UTC is looked up once for all the moments
// between two changes of it.
int32_t DayNumberOf(int64_t micros, absl::TimeZone zone);

// The first moment of the day after `day`: events before it are within `as_of` = day (METHODS E10).
inline int64_t EndOfDayMicros(absl::CivilDay day, absl::TimeZone zone) {
  return absl::ToUnixMicros(absl::FromCivil(day + 1, zone));
}

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_CIVIL_DAY_H_
