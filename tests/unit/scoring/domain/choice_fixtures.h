// Customers for the tests of choosing and monitoring: the CDNOW sample, and simulated ones.
#ifndef VALUELOOP_TESTS_UNIT_SCORING_DOMAIN_CHOICE_FIXTURES_H_
#define VALUELOOP_TESTS_UNIT_SCORING_DOMAIN_CHOICE_FIXTURES_H_

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "scoring/domain/holdout.h"
#include "scoring/domain/summary.h"

namespace valueloop::scoring {

// Fader, Hardie & Lee (2005).
inline constexpr BgNbdParams kPaperBgNbd{.r = 0.2426, .alpha = 4.4136, .a = 0.7929, .b = 2.4259};

// The last day of 1997's first 39 weeks, and of the 39 after.
inline constexpr absl::CivilDay kCdnowCalibrationEnd(1997, 9, 30);
inline constexpr absl::CivilDay kCdnowEnd(1998, 6, 30);

// One customer's purchases of 10 units of the currency each.
CustomerSummary BuyerOn(const std::vector<absl::CivilDay>& days);
// Adds a refund of `amount` units that names no purchase.
void RefundOn(CustomerSummary& summary, absl::CivilDay day, int64_t amount);

// By customer id, from customer_id,occurred_at,amount.
std::map<std::string, CustomerSummary> ReadCdnow(const std::string& path);

// What collectors are given of all of `customers`.
HoldoutData CollectHoldout(const std::map<std::string, CustomerSummary>& customers,
                           HoldoutWindow window);

struct Simulation {
  uint64_t seed = 1;
  int customers = 1000;
  BgNbdParams params = {.r = 0.8, .alpha = 6, .a = 0.9, .b = 2.5};
  // Purchases of one customer are Erlang with this shape: 1 is BG/NBD, more is regular.
  int regularity = 1;
  int arrival_days = 84;  // First purchases are spread evenly over the first days.
  int days = 546;
  double spend = 10;
};
// Customers as the BG/NBD model says, their purchases rounded to days; the first day is 2024-01-01.
std::vector<CustomerSummary> Simulate(const Simulation& simulation);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_TESTS_UNIT_SCORING_DOMAIN_CHOICE_FIXTURES_H_
