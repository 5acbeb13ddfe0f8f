// The Pareto/NBD model of repeat purchases without a contract: while alive a customer buys at its
// own Poisson rate (Gamma across customers), and it leaves for good after an exponential lifetime
// of its own rate (Gamma across customers), whether it buys or not. Each function does what its
// namesake of bg_nbd.h says. All times in weeks, all parameters above 0.
// Source: Schmittlein, Morrison & Colombo, "Counting Your Customers" (1987); the stable forms are
// said beside each function.
#ifndef VALUELOOP_SCORING_DOMAIN_PARETO_NBD_H_
#define VALUELOOP_SCORING_DOMAIN_PARETO_NBD_H_

#include <span>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "scoring/domain/history.h"
#include "scoring/domain/optimizer.h"
#include "scoring/domain/purchase_family.h"

namespace valueloop::scoring {

struct ParetoNbdParams {
  double r = 0;      // Shape of the purchase rate across customers.
  double alpha = 0;  // Its scale, in weeks: the mean rate is r / alpha per week.
  double s = 0;      // Shape of the leaving rate across customers.
  double beta = 0;   // Its scale, in weeks: the mean leaving rate is s / beta per week.
  friend bool operator==(const ParetoNbdParams&, const ParetoNbdParams&) = default;
};

absl::Status Validate(const ParetoNbdParams& params);
absl::Status Validate(const ParetoNbdParams& params, const PurchaseHistory& history);
absl::StatusOr<double> LogLikelihood(const ParetoNbdParams& params, const PurchaseHistory& history);
// Derivatives in (ln r, ln alpha, ln s, ln beta).
Derivatives LogLikelihoodDerivatives(const ParetoNbdParams& params,
                                     std::span<const WeightedHistory> rows);
// Below 1 without repeat purchases too, unless T = 0.
absl::StatusOr<double> AliveProbability(const ParetoNbdParams& params,
                                        const PurchaseHistory& history);
absl::StatusOr<double> AliveProbabilityAfter(const ParetoNbdParams& params,
                                             const PurchaseHistory& history, double weeks);
absl::StatusOr<double> ExpectedPurchases(const ParetoNbdParams& params,
                                         const PurchaseHistory& history, double weeks);
absl::StatusOr<double> ExpectedPurchasesGivenAlive(const ParetoNbdParams& params,
                                                   double repeat_count, double age_weeks,
                                                   double weeks);
absl::StatusOr<double> ExpectedPurchasesOfNew(const ParetoNbdParams& params, double weeks);
absl::StatusOr<double> Exposure(const ParetoNbdParams& params, const PurchaseHistory& history);
absl::StatusOr<DiscountedFuture> Discounted(const ParetoNbdParams& params,
                                            const PurchaseHistory& history, double horizon_weeks,
                                            double delta_weekly);
absl::StatusOr<DiscountedFuture> DiscountedGivenAlive(const ParetoNbdParams& params,
                                                      double repeat_count, double age_weeks,
                                                      double horizon_weeks, double delta_weekly);
absl::StatusOr<double> DiscountedResidual(const ParetoNbdParams& params,
                                          const PurchaseHistory& history, double delta_weekly);
absl::StatusOr<double> PurchaseProbability(const ParetoNbdParams& params,
                                           const PurchaseHistory& history, int count, double weeks);
absl::StatusOr<double> ProbabilityOfAnyPurchase(const ParetoNbdParams& params,
                                                const PurchaseHistory& history, double weeks);
absl::StatusOr<double> ProbabilityOfAnyPurchaseGivenAlive(const ParetoNbdParams& params,
                                                          double repeat_count, double age_weeks,
                                                          double weeks);
// A customer may leave before it buys again: if that is at least as likely as not, the median is
// infinite and cut to 1e6 weeks.
absl::StatusOr<double> MedianWeeksToNextPurchase(const ParetoNbdParams& params,
                                                 const PurchaseHistory& history);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_PARETO_NBD_H_
