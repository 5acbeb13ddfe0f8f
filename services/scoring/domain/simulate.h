// A made-up ledger for demonstrations: the customers of a telecom operator.
//
// The process, per customer and with its own stream of random numbers, so that a ledger of 100
// customers is the beginning of one of 1,000:
// - It joins with its first purchase on a day spread evenly from first_day to 60 days before
// last_day.
// - Purchases are BG/NBD: a weekly rate ~ Gamma(0.9, 6), and after each repeat purchase it leaves
// with
//   a probability ~ Beta(0.7, 3.5). Nothing but referrals happens to it after it has left.
// - Amounts are Gamma-Gamma with p 5, q 4, v 60 (a mean of 100), times 1.3 in segment SG1, 1.6 in
// SG2,
//   0.8 in SG3 and 0.5 in SG4, to the cent; half the customers' purchases carry a margin of 30..50
//   %; 2 % of purchases are refunded within a fortnight.
// - Attributes on joining: segment (35, 20, 25, 20 %), and for most customers service_area (80 %
//   covered), signal_ok_ratio (0.88..1) and on_time_charge_ratio (0.75..1).
// - Two thirds are rated for m_need by one or two people in the last 300 days.
// - 10 % hold a monthly subscription; 8 % refer the customer after next, 70 % of them as type ONE,
//   for an incentive of 10.
// - Per active week: costs to serve 2 %, complaints 1 % (every second with a remedy), feedback 1 %,
//   information 1 %, partner transactions 0.3 %, adopted suggestions 0.1 %, contacts 2 %.
#ifndef VALUELOOP_SCORING_DOMAIN_SIMULATE_H_
#define VALUELOOP_SCORING_DOMAIN_SIMULATE_H_

#include <cstdint>
#include <functional>

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "scoring/domain/event.h"

namespace valueloop::scoring {

struct SimulationOptions {
  uint64_t start_value = 1;
  int customer_count = 1000;  // 1..10000000.
  absl::CivilDay first_day = absl::CivilDay(2025, 1, 1);
  absl::CivilDay last_day = absl::CivilDay(2026, 6, 30);  // At least 90 days after first_day.
};

// Hands every event to `sink`, customer by customer and in order of time within each; the same
// events for the same options and zone with every compiler. Fails with InvalidArgument (an option
// out of range).
absl::Status SimulateLedger(const SimulationOptions& options, absl::TimeZone zone,
                            const std::function<void(const Event&)>& sink);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_SIMULATE_H_
