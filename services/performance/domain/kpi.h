// A KPI of a published plan, bound to a fiscal year and a unit: everything its evaluation needs to
// know besides the observations.
#ifndef VALUELOOP_PERFORMANCE_DOMAIN_KPI_H_
#define VALUELOOP_PERFORMANCE_DOMAIN_KPI_H_

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "performance/domain/calendar.h"

namespace valueloop::performance {

// Numbers in targets and observations stay within +-1e15, so that no sum or product overflows.
inline constexpr double kMaxMagnitude = 1e15;

enum class Polarity { kHigher, kLower, kRange, kMilestone };

// How the periods of a year become one number: total, plain mean, latest, ratio of sums.
enum class Aggregation { kSum, kAvg, kLast, kRatio };

// HIGHER, LOWER, RANGE, MILESTONE; SUM, AVG, LAST, RATIO. Parsing fails with InvalidArgument,
// naming the field `polarity` or `aggregation`.
std::string_view PolarityName(Polarity polarity);
absl::StatusOr<Polarity> ParsePolarity(std::string_view text);
std::string_view AggregationName(Aggregation aggregation);
absl::StatusOr<Aggregation> ParseAggregation(std::string_view text);

// Where a RANGE KPI should stay: [low, high]; at `tolerance` outside it, achievement is 0.
struct Range {
  double low = 0;
  double high = 0;
  double tolerance = 0;

  friend bool operator==(const Range&, const Range&) = default;
};

// Where observations come from. `service` SCORING makes performance fetch them itself.
struct KpiSource {
  std::string service;
  std::string metric;          // For SCORING: coverage or class_revenue_share.
  std::string customer_class;  // For class_revenue_share: STRATEGIC, PROFIT, POTENTIAL or ORDINARY.

  friend bool operator==(const KpiSource&, const KpiSource&) = default;
};

// A MILESTONE done by the end of its due day scores 100; each day late costs 100 / grace_days.
inline constexpr int kDefaultGraceDays = 30;

struct KpiBinding {
  std::string kpi;
  // The unit whose cell of the KPI this is; empty for the KPI of the plan as a whole.
  std::string unit;
  std::string name_zh;
  std::string name_en;
  std::string measure;  // Unit of measure, such as MCNY or PERCENT.
  Polarity polarity = Polarity::kHigher;
  Aggregation aggregation = Aggregation::kSum;
  Frequency frequency = Frequency::kMonthly;
  std::string formula;
  KpiSource source;
  std::string owner;  // The accountable person.
  std::string org;    // The unit whose scorecard shows the KPI.
  double weight = 0;  // Share of the plan's total of 100; see GlobalWeight.
  // Factor on numerator / denominator, such as 100 for PERCENT; an observation may bring its own.
  double scale = 1;

  FiscalCalendar calendar;
  int fiscal_year = 0;
  std::optional<double> baseline;
  std::optional<double> year_target;
  std::optional<double> floor;
  std::optional<double> stretch;
  std::optional<Range> range;         // RANGE only, and required there.
  std::optional<absl::CivilDay> due;  // MILESTONE only, and required there.
  int grace_days = kDefaultGraceDays;

  // Targets of the periods, first to last; empty for the default phasing of targets.h.
  std::vector<double> period_targets;
  // Targets to date by period index (1-based); they override the phasing.
  std::map<int, double> targets_to_date;

  friend bool operator==(const KpiBinding&, const KpiBinding&) = default;
};

// InvalidArgument, naming the field, unless: ids are not empty; numbers are finite and within
// kMaxMagnitude; weight >= 0; scale > 0; floor, target and stretch do not contradict the polarity
// (equal is allowed); RANGE has low <= high and tolerance >= 0; MILESTONE has a due day and
// grace_days >= 0; period_targets is empty or complete; targets_to_date has indexes of the year.
absl::Status ValidateBinding(const KpiBinding& binding);

// A KPI's share of the plan's total of 100: weight of its CSF times its weight within it, over 100.
double GlobalWeight(double csf_weight, double kpi_weight);

// The factor numerator / denominator needs when nobody gives one: 100 for PERCENT, 10 000 for
// PER_10K, else 1.
double DefaultScale(std::string_view measure);

// Whether a new version of the plan breaks the KPI's series of observations: only a change of unit
// of measure, polarity, aggregation or formula does.
bool SplitsSeries(const KpiBinding& before, const KpiBinding& after);

// +1 for HIGHER, -1 for LOWER, 0 for the others. Multiplies differences, never divides.
double Direction(Polarity polarity);

}  // namespace valueloop::performance

#endif  // VALUELOOP_PERFORMANCE_DOMAIN_KPI_H_
