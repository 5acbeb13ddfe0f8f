// Phasing: how the target of a year becomes the target to date.
//
// The path of targets to date runs over the periods 1..N of the year and ends at the year's target.
// Default: equal shares for SUM; linear from baseline to target for AVG, LAST and RATIO (flat
// without a baseline). A complete series of period targets replaces it (added up for SUM, averaged
// for AVG and RATIO, taken as it is for LAST). A target to date given for a period overrides both
// at that period; the default path then runs linearly through the given points.
#ifndef VALUELOOP_PERFORMANCE_DOMAIN_TARGETS_H_
#define VALUELOOP_PERFORMANCE_DOMAIN_TARGETS_H_

#include <map>
#include <optional>
#include <span>
#include <vector>

#include "performance/domain/kpi.h"

namespace valueloop::performance {

class TargetSeries {
 public:
  // `binding` must be valid. `targets_to_date` (by period index) adds to those of the binding and
  // wins over them: targets to date that came with observations.
  explicit TargetSeries(const KpiBinding& binding,
                        const std::map<int, double>& targets_to_date = {});

  // The year's target; without one, where the path of a complete series ends. Unset: no target.
  std::optional<double> year_target() const { return year_target_; }

  // Target to date at the end of period `index` (1..N) if every period up to it has data.
  std::optional<double> ToDate(int index) const;

  // The part of the path that period `index` (1..N) stands for, so that the period targets of 1..n
  // aggregate to ToDate(n).
  std::optional<double> OfPeriod(int index) const;

  // Target to date over the periods that have data (ascending, distinct, within 1..N): their sum,
  // mean, or the last one. A period without data is left out here as it is in the actual to date.
  std::optional<double> Over(std::span<const int> periods) const;

 private:
  Aggregation aggregation_;
  std::optional<double> year_target_;
  std::vector<double> path_;  // ToDate(1), ToDate(2), ... as far as it is known.
};

}  // namespace valueloop::performance

#endif  // VALUELOOP_PERFORMANCE_DOMAIN_TARGETS_H_
