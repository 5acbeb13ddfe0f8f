// The difference between two scores, reason by reason, in parts that add up exactly.
#ifndef VALUELOOP_SCORING_DOMAIN_REASON_CHANGES_H_
#define VALUELOOP_SCORING_DOMAIN_REASON_CHANGES_H_

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scoring/domain/reasons.h"

namespace valueloop::scoring {

struct ReasonChange {
  ReasonCode code = ReasonCode::kSegmentMean;
  std::string subject;  // The criterion, for match reasons.
  double before = 0;    // Its contribution to each score; 0 if absent.
  double after = 0;
  double change = 0;     // after - before.
  double displayed = 0;  // To 2 decimals; the displayed ones add up to the total to 2 decimals.
  std::optional<double> actual_before;  // The customer's own quantity; unset if absent.
  std::optional<double> actual_after;
};

// The reasons that changed, the largest change first. Their changes add up to the difference of the
// sums of contributions, up to rounding of doubles. A criterion rated from another source than
// before is one change, under the code it has now.
std::vector<ReasonChange> CompareReasons(std::span<const Reason> before,
                                         std::span<const Reason> after);

// Such as `repeat purchases: 3 -> 4`; `language_code` "zh" (and zh-*) gives Chinese, anything else
// English.
std::string RenderReasonChange(const ReasonChange& change, std::string_view language_code);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_REASON_CHANGES_H_
