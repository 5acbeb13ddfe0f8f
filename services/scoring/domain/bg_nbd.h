// The BG/NBD model of repeat purchases without a contract: while alive a customer buys at its own
// Poisson rate (Gamma across customers), and after each repeat purchase it leaves for good with its
// own probability (Beta across customers). All times in weeks, all parameters above 0.
// Source: Fader, Hardie & Lee, "Counting Your Customers the Easy Way" (2005); the stable forms are
// derived from it and said beside each function (leaving.h, shared with MBG/NBD).
#ifndef VALUELOOP_SCORING_DOMAIN_BG_NBD_H_
#define VALUELOOP_SCORING_DOMAIN_BG_NBD_H_

#include <span>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "scoring/domain/history.h"
#include "scoring/domain/optimizer.h"
#include "scoring/domain/purchase_family.h"

namespace valueloop::scoring {

struct BgNbdParams {
  double r = 0;      // Shape of the purchase rate across customers.
  double alpha = 0;  // Its scale, in weeks: the mean rate is r / alpha per week.
  double a = 0;      // The mean probability of leaving after a purchase is a / (a + b).
  double b = 0;
  friend bool operator==(const BgNbdParams&, const BgNbdParams&) = default;
};

// Fails with InvalidArgument naming the parameter that is not finite and above 0.
absl::Status Validate(const BgNbdParams& params);
// The same, and Validate(history).
absl::Status Validate(const BgNbdParams& params, const PurchaseHistory& history);

// ln of the likelihood of one history. Fails as Validate.
absl::StatusOr<double> LogLikelihood(const BgNbdParams& params, const PurchaseHistory& history);

// The weighted sum of log-likelihoods with exact derivatives in (ln r, ln alpha, ln a, ln b). Rows
// must be valid and sorted by repeat_count.
Derivatives LogLikelihoodDerivatives(const BgNbdParams& params,
                                     std::span<const WeightedHistory> rows);

// The probability, in [0, 1], that the customer still buys at the end of the observation. It is
// exactly 1 without repeat purchases: in this model a customer leaves only right after one.
// Fails as Validate. Source: Fader, Hardie & Lee, "Computing P(alive) Using the BG/NBD Model"
// (2008).
absl::StatusOr<double> AliveProbability(const BgNbdParams& params, const PurchaseHistory& history);

// The same at `weeks` >= 0 after the end of the observation (METHODS E8).
absl::StatusOr<double> AliveProbabilityAfter(const BgNbdParams& params,
                                             const PurchaseHistory& history, double weeks);

// Purchases expected in the `weeks` >= 0 after the end of the observation.
absl::StatusOr<double> ExpectedPurchases(const BgNbdParams& params, const PurchaseHistory& history,
                                         double weeks);

// The same given that the customer is alive at the end of the observation, which then is all of
// its history that counts; times AliveProbability it is ExpectedPurchases, bit for bit.
absl::StatusOr<double> ExpectedPurchasesGivenAlive(const BgNbdParams& params, double repeat_count,
                                                   double age_weeks, double weeks);

// Repeat purchases expected of a new customer in the `weeks` >= 0 after its first purchase.
absl::StatusOr<double> ExpectedPurchasesOfNew(const BgNbdParams& params, double weeks);

// Weeks the customer is expected to have been alive until the end of the observation (METHODS E8).
absl::StatusOr<double> Exposure(const BgNbdParams& params, const PurchaseHistory& history);

// Expectations from the end of the observation over a horizon.
// `horizon_weeks` >= 0; `delta_weekly` in [0, 1] is ln(1 + annual rate) / 52.1775.
absl::StatusOr<DiscountedFuture> Discounted(const BgNbdParams& params,
                                            const PurchaseHistory& history, double horizon_weeks,
                                            double delta_weekly);

// The same for a customer known to be alive at the end of the observation; repeat_count may be a
// mean over customers, so it need not be whole. Both at least 0.
absl::StatusOr<DiscountedFuture> DiscountedGivenAlive(const BgNbdParams& params,
                                                      double repeat_count, double age_weeks,
                                                      double horizon_weeks, double delta_weekly);

// Purchases expected from the end of the observation for ever, discounted continuously (DERT), by
// quadrature; `delta_weekly` in (0, 1], since without a discount they may be infinitely many.
absl::StatusOr<double> DiscountedResidual(const BgNbdParams& params, const PurchaseHistory& history,
                                          double delta_weekly);

// The probability of exactly `count` purchases in the `weeks` >= 0 after the end of the
// observation; of a new customer, after its first purchase, with the history {}. Counts up to 1e6.
absl::StatusOr<double> PurchaseProbability(const BgNbdParams& params,
                                           const PurchaseHistory& history, int count, double weeks);

// The probability of at least one purchase in the `weeks` >= 0 after the end of the observation.
absl::StatusOr<double> ProbabilityOfAnyPurchase(const BgNbdParams& params,
                                                const PurchaseHistory& history, double weeks);
// The same given alive, as ExpectedPurchasesGivenAlive.
absl::StatusOr<double> ProbabilityOfAnyPurchaseGivenAlive(const BgNbdParams& params,
                                                          double repeat_count, double age_weeks,
                                                          double weeks);

// Median weeks until the next purchase, given that the customer is alive (METHODS E10). Infinite
// values are cut to 1e6 weeks.
absl::StatusOr<double> MedianWeeksToNextPurchase(const BgNbdParams& params,
                                                 const PurchaseHistory& history);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_BG_NBD_H_
