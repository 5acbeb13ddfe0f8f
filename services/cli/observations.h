// Files of KPI observations: CSV, or YAML in the shape of a plan's `observations` block.
#ifndef VALUELOOP_CLI_OBSERVATIONS_H_
#define VALUELOOP_CLI_OBSERVATIONS_H_

#include <cstdint>
#include <istream>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "valueloop/performance/v1/performance.pb.h"
#include "valueloop/strategy/v1/publication.pb.h"

namespace valueloop::cli {

// What a series without period names needs to know: the frequency of each KPI, and when the fiscal
// year begins.
struct PeriodCalendar {
  absl::CivilDay fiscal_start;
  int fiscal_year = 0;
  std::map<std::string, strategy::v1::Frequency> frequencies;  // By KPI.
};

// The name of period `index` (from 0) of the fiscal year: 2026-01, 2026-Q1 or 2026. OutOfRange if
// the year has fewer periods.
absl::StatusOr<std::string> PeriodName(const PeriodCalendar& calendar,
                                       strategy::v1::Frequency frequency, int index);

struct ReadObservation {
  int64_t line = 0;
  performance::v1::Observation observation;
};

struct ObservationFile {
  std::vector<ReadObservation> observations;
  std::vector<performance::v1::SeriesSetting> settings;
  std::vector<std::string> rejects;  // `line: reason` of rows that are none.
};

// CSV with the columns kpi, period and any of unit, value, numerator, denominator, target_to_date.
// Bad rows are returned as rejects. InvalidArgument for a bad header.
absl::StatusOr<ObservationFile> ReadObservationsCsv(std::istream& in);

// YAML: a mapping with `series` (or a whole plan with `observations`). Each series has `kpi`,
// optionally `org`, and either `actuals` or `numerator` and `denominator`, one number per period
// from the start of the fiscal year; `scale`; `target_to_date` of its last period; `targets` of the
// year's periods. InvalidArgument with the line for anything else, for anchors and aliases, and for
// KPIs the plan does not have.
absl::StatusOr<ObservationFile> ReadObservationsYaml(const std::string& text,
                                                     const PeriodCalendar& calendar);

}  // namespace valueloop::cli

#endif  // VALUELOOP_CLI_OBSERVATIONS_H_
