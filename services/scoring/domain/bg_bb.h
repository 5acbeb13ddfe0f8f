// The BG/BB model of repeat purchases at discrete opportunities (every year, every month, every
// fair): while alive a customer buys at each with its own probability, Beta(alpha, beta) across
// customers, and before each it leaves for good with its own probability, Beta(gamma, delta).
// All parameters above 0.
// Source: Fader, Hardie & Shang, "Customer-Base Analysis in a Discrete-Time Noncontractual
// Setting" (2010).
//
// It is not one of the families of purchase_model.h: those are given the purchases of a customer
// in weeks, and purchases within one period, which count once here, cannot be told from them.
// DiscreteHistoryOf makes its histories from the ledger.
#ifndef VALUELOOP_SCORING_DOMAIN_BG_BB_H_
#define VALUELOOP_SCORING_DOMAIN_BG_BB_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "scoring/domain/optimizer.h"
#include "scoring/domain/summary.h"

namespace valueloop::scoring {

struct BgBbParams {
  double alpha = 0;  // The mean probability of buying at an opportunity, while alive, is
  double beta = 0;   // alpha / (alpha + beta).
  double gamma = 0;  // The mean probability of leaving before an opportunity is
  double delta = 0;  // gamma / (gamma + delta).
  friend bool operator==(const BgBbParams&, const BgBbParams&) = default;
};

// The opportunities after the one of the first purchase.
struct DiscreteHistory {
  int32_t repeat_count = 0;   // x: at how many the customer bought; 0..last.
  int32_t last = 0;           // t_x: the last of them; 0 exactly if repeat_count is 0.
  int32_t opportunities = 0;  // n: how many there were; last..100,000.
  friend bool operator==(const DiscreteHistory&, const DiscreteHistory&) = default;
};

struct WeightedDiscreteHistory {
  DiscreteHistory history;
  double weight = 1;
};

// How long an opportunity lasts: calendar periods, weeks from Monday.
enum class Period { kWeek, kMonth, kQuarter, kYear };
// WEEK, MONTH, QUARTER, YEAR.
std::string_view PeriodName(Period period);
double WeeksOf(Period period);

// The purchases (PurchasesAsOf) up to the end of `as_of` by calendar periods: the period of the
// first purchase is opportunity 0, every later one that had ended by then is an opportunity, and
// purchases within one of them count once. The running period is left out, since only its
// purchases and not its silence would be known. Unset: no purchase day in a period that has ended.
std::optional<DiscreteHistory> DiscreteHistoryOf(const CustomerSummary& summary,
                                                 absl::CivilDay as_of, Period period);

// Each fails with InvalidArgument naming the field out of its range.
absl::Status Validate(const BgBbParams& params);
absl::Status Validate(const DiscreteHistory& history);

// Equal histories collapsed with weights, sorted.
std::vector<WeightedDiscreteHistory> CompressDiscrete(std::span<const DiscreteHistory> histories);

// ln of the likelihood of one history. Fails as Validate.
absl::StatusOr<double> LogLikelihood(const BgBbParams& params, const DiscreteHistory& history);

// The weighted sum of log-likelihoods with exact derivatives in the log-parameters. Rows must be
// valid.
Derivatives LogLikelihoodDerivatives(const BgBbParams& params,
                                     std::span<const WeightedDiscreteHistory> rows);

// In what follows `more` is a number of opportunities after the last one of the history,
// 0..100,000; history {} is a new customer. Each fails as Validate, or naming `more`.

// The probability that the customer is alive at the last opportunity, and `more` after it.
absl::StatusOr<double> AliveProbability(const BgBbParams& params, const DiscreteHistory& history);
absl::StatusOr<double> AliveProbabilityAfter(const BgBbParams& params,
                                             const DiscreteHistory& history, int32_t more);

// At how many of the next `more` opportunities the customer is expected to buy.
absl::StatusOr<double> ExpectedPurchases(const BgBbParams& params, const DiscreteHistory& history,
                                         int32_t more);
absl::StatusOr<double> ExpectedPurchasesOfNew(const BgBbParams& params, int32_t more);

// The probability of buying at exactly `count` >= 0 of the next `more` opportunities.
absl::StatusOr<double> PurchaseProbability(const BgBbParams& params, const DiscreteHistory& history,
                                           int32_t count, int32_t more);

// The probability of buying at any of the next `more` opportunities.
absl::StatusOr<double> ProbabilityOfAnyPurchase(const BgBbParams& params,
                                                const DiscreteHistory& history, int32_t more);

// Expected opportunities the customer was alive at so far, of `opportunities`.
absl::StatusOr<double> Exposure(const BgBbParams& params, const DiscreteHistory& history);

// Purchases expected at all opportunities to come, the k-th of them divided by (1 + discount)^k
// (DERT). `discount` per opportunity, 0..1e6; InvalidArgument naming it where the sum is infinite:
// at 0 if gamma <= 1.
absl::StatusOr<double> DiscountedResidual(const BgBbParams& params, const DiscreteHistory& history,
                                          double discount);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_BG_BB_H_
