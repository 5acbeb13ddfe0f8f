// The three matches of a customer with the strategy that governs: positioning, capability, values
// (METHODS E5; not the organisation's own strategic match, A96).
#ifndef VALUELOOP_SCORING_DOMAIN_MATCH_H_
#define VALUELOOP_SCORING_DOMAIN_MATCH_H_

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/civil_time.h"
#include "scoring/domain/policy.h"
#include "scoring/domain/summary.h"

namespace valueloop::scoring {

// The metrics every customer has without an attribute. An attribute of the same name comes first:
// other systems may know of a time before the ledger.
struct CustomerMetrics {
  std::optional<double> tenure_months;        // Since the first purchase or subscription.
  std::optional<double> days_since_purchase;  // Since the last purchase day.
  double purchase_count = 0;                  // Purchase days.
  double purchase_amount = 0;                 // Purchases less refunds, currency units.
  std::optional<double> alive_probability;
};
// tenure_months, days_since_purchase, purchase_count, purchase_amount, alive_probability.
const std::array<std::string_view, 5>& MetricNames();

enum class RatedBy { kNothing, kPerson, kPredicate, kMetric };

struct CriterionResult {
  std::string criterion;
  MatchKind kind = MatchKind::kPosition;
  double weight = 0;  // Its share of the score, renormalised over what is rated; 0 if unrated.
  std::optional<double> rating;  // 0..100.
  RatedBy rated_by = RatedBy::kNothing;
  std::vector<std::string> raters;  // If people rated it.
};

struct MatchResult {
  std::optional<double> score;  // SM, 0..100; unset if nothing is rated.
  std::array<std::optional<double>, kMatchKindCount> by_kind;  // Match_k by MatchKind.
  double coverage = 0;  // 0..1: rated weight over all weight.
  std::vector<CriterionResult> criteria;
};

// Match_k is the weighted mean of its rated criteria, SM that of the matches with at least one.
MatchResult ComputeMatch(const CompiledPolicy& policy, const CustomerSummary& summary,
                         const CustomerMetrics& metrics, absl::CivilDay as_of);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_MATCH_H_
