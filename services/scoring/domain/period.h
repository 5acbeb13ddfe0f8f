// What one customer brought between two days, and whether it stayed.
#ifndef VALUELOOP_SCORING_DOMAIN_PERIOD_H_
#define VALUELOOP_SCORING_DOMAIN_PERIOD_H_

#include "absl/time/civil_time.h"
#include "scoring/domain/summary.h"

namespace valueloop::scoring {

// Margin of purchases and charges less refunds over the days first..last, both included, in
// currency units; may be negative. What nobody recorded is taken at `margin_ratio`. Over adjoining
// periods it adds up to RealisedMargin (METHODS E7).
double MarginBetween(const CustomerSummary& summary, absl::CivilDay first, absl::CivilDay last,
                     double margin_ratio);

// Cost to serve and remedies over the days first..last, in currency units.
double ServiceCostBetween(const CustomerSummary& summary, absl::CivilDay first,
                          absl::CivilDay last);

// Whether a customer was there still: a purchase that no refund emptied or a charge on the days
// after `after` up to `last`, or a contract running at the end of `last`.
bool IsKept(const CustomerSummary& summary, absl::CivilDay after, absl::CivilDay last);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_PERIOD_H_
