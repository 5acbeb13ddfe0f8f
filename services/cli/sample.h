// Generated customers with a realistic life, for demos and tests. No data of anybody is used.
//
// The process, per customer, each from its own engine std::mt19937_64 seeded by (start value,
// number), with distributions of our own, so that every compiler gives the same bytes:
//   - acquired on a day that is denser early: first day + 455 days x u^1.5;
//   - buys as BG/NBD: rate ~ Gamma(r = 0.6, alpha = 4 weeks), waits ~ Exponential(rate), and leaves
//   after
//     a repeat purchase with probability ~ Beta(a = 0.8, b = 2.8);
//   - spends as Gamma-Gamma: scale ~ Gamma(q = 3.74, v = 61.76), each purchase ~ Gamma(p = 6.25,
//   scale),
//     in CNY rounded to cents: 141 on average; independent of how often it buys;
//   - has attributes segment, service_area, signal_ok_ratio, on_time_charge_ratio and owner from
//   the
//     first day (one in twenty has none), and a rating of m_need (three in four), higher in the
//     segments the sample plan aims at;
//   - now and then: a refund of a purchase, a referral of a customer who comes later, a complaint
//   with its
//     remedy, feedback, a contact, cost to serve, information, knowledge, a partner transaction.
#ifndef VALUELOOP_CLI_SAMPLE_H_
#define VALUELOOP_CLI_SAMPLE_H_

#include <cstdint>
#include <functional>
#include <string_view>

#include "absl/time/civil_time.h"
#include "valueloop/scoring/v1/event.pb.h"

namespace valueloop::cli {

struct SampleOptions {
  int customer_count = 2500;
  uint64_t start_value = 1;
  absl::CivilDay first_day{2025, 1, 1};
  absl::CivilDay last_day{2026, 6, 30};
};

// Calls `emit` with every event: customers by number, each one's events by time.
void GenerateSample(const SampleOptions& options,
                    const std::function<void(const scoring::v1::Event&)>& emit);

// The sample plan (samples/strategy-telecom.yaml) and observations that put one of its KPIs in the
// red.
std::string_view SamplePlan();
std::string_view SampleRedObservations();

}  // namespace valueloop::cli

#endif  // VALUELOOP_CLI_SAMPLE_H_
