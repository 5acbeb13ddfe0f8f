// What-ifs: everything one customer's score is computed from, and what it would be if more had
// happened, or less.
#ifndef VALUELOOP_SCORING_DOMAIN_SIMULATE_H_
#define VALUELOOP_SCORING_DOMAIN_SIMULATE_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "scoring/domain/score.h"

namespace valueloop::scoring {

// A customer that the one of the case has referred.
struct CaseNeighbour {
  std::string customer_id;
  std::optional<CustomerSummary> summary;  // Unset: nothing is known of it yet.
  std::vector<ReferralClaim> claims;       // All claims on it, of all referrers.
};

// One customer with its neighbours, owned, so that scores of variants need no store.
struct CustomerCase {
  std::string customer_id;
  CustomerSummary summary;
  std::vector<ReferralClaim> claims;    // On this customer.
  std::vector<CaseNeighbour> referred;  // Each once.
  int64_t ledger_revision = 0;
};

// As ComputeScore of ScoreInputs.
absl::StatusOr<Score> ComputeScore(const ScoreContext& context, const CustomerCase& customer);
// The same for many customers, in their order.
std::vector<absl::StatusOr<Score>> ComputeScores(const ScoreContext& context,
                                                 std::span<const CustomerCase> customers);

struct WhatIf {
  std::vector<Event> events;  // Of the customer; at most kMaxWhatIfEvents.
  // Percent, -100..1000: of every purchase to date with its margin and refunds; of every cost to
  // serve to date.
  double spend_change_percent = 0;
  double service_cost_change_percent = 0;
  friend bool operator==(const WhatIf&, const WhatIf&) = default;
};
inline constexpr size_t kMaxWhatIfEvents = 1000;

// The customers that referrals among `events` name: a case must have those that are known.
std::vector<std::string> ReferredIn(std::span<const Event> events);

// Changes `customer` as if: first the percentages, then the events. InvalidArgument names the
// field; `customer` is of no use then.
absl::Status ApplyWhatIf(const WhatIf& what_if, absl::TimeZone zone, CustomerCase& customer);

// What was there before `day`: the case without the events of that day and later ones, of the
// neighbours too. Attributes and ratings with a date are events.
CustomerCase CutBefore(const CustomerCase& customer, absl::CivilDay day);

// The days after `after` up to `until` on which something happened that the score depends on:
// events of the customer or of customers it referred, and referrals of any of them; rising, once
// each.
std::vector<absl::CivilDay> DaysWithEvents(const CustomerCase& customer, absl::CivilDay after,
                                           absl::CivilDay until);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_SIMULATE_H_
