#include "scoring/domain/civil_day.h"

#include <limits>

namespace valueloop::scoring {
namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int64_t kMicrosPerDay = 86'400 * kMicrosPerSecond;

// The moments [from, until) in which a zone keeps one offset.
struct OffsetSpan {
  absl::TimeZone zone;
  int64_t from = 1;
  int64_t until = 0;
  int64_t offset_micros = 0;

  bool Covers(int64_t micros, absl::TimeZone other) const {
    return micros >= from && micros < until && zone == other;
  }
};

OffsetSpan SpanAround(int64_t micros, absl::TimeZone zone) {
  const absl::Time time = absl::FromUnixMicros(micros);
  OffsetSpan span{.zone = zone,
                  .from = std::numeric_limits<int64_t>::min(),
                  .until = std::numeric_limits<int64_t>::max(),
                  .offset_micros = int64_t{zone.At(time).offset} * kMicrosPerSecond};
  // A transition's own moment, at the new offset.
  const auto moment = [&](const absl::TimeZone::CivilTransition& transition) {
    return absl::ToUnixMicros(zone.At(transition.to).trans);
  };
  absl::TimeZone::CivilTransition transition;
  if (zone.PrevTransition(time + absl::Microseconds(1), &transition)) {
    span.from = moment(transition);
  }
  if (zone.NextTransition(time, &transition)) span.until = moment(transition);
  return span;
}

int64_t FloorDivide(int64_t value, int64_t by) { return value / by - (value % by < 0 ? 1 : 0); }

}  // namespace

// The proleptic Gregorian calendar in eras of 400 years that begin on 1 March.
absl::CivilDay DayFromNumber(int32_t number) {
  constexpr int64_t kDaysPerEra = 146'097;
  const int64_t shifted = int64_t{number} + 719'468;  // Days since 0000-03-01.
  const int64_t era = FloorDivide(shifted, kDaysPerEra);
  const int64_t day = shifted - era * kDaysPerEra;
  const int64_t year = (day - day / 1460 + day / 36'524 - day / 146'096) / 365;
  const int64_t day_of_year = day - (365 * year + year / 4 - year / 100);
  const int64_t month = (5 * day_of_year + 2) / 153;  // From March.
  const auto day_of_month = static_cast<int>(day_of_year - (153 * month + 2) / 5 + 1);
  const bool is_next_year = month >= 10;
  return absl::CivilDay(year + era * 400 + (is_next_year ? 1 : 0),
                        static_cast<int>(is_next_year ? month - 9 : month + 3), day_of_month);
}

int32_t DayNumberOf(int64_t micros, absl::TimeZone zone) {
  thread_local OffsetSpan span;
  if (!span.Covers(micros, zone)) span = SpanAround(micros, zone);
  return static_cast<int32_t>(FloorDivide(micros + span.offset_micros, kMicrosPerDay));
}

}  // namespace valueloop::scoring
