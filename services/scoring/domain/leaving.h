// What BG/NBD and MBG/NBD share. In both a customer, while alive, buys at its own Poisson rate
// (Gamma(r, alpha) across customers) and has a chance of leaving for good right after a purchase,
// with its own probability (Beta(a, b) across customers). They differ only in whether the first
// purchase already gives such a chance (MBG/NBD) or not (BG/NBD), so that x repeat purchases gave
// x + 1 or x chances; all formulas are those of Fader, Hardie & Lee (2005) in the number of
// chances. Each function here does what the function of its name in bg_nbd.h says.
#ifndef VALUELOOP_SCORING_DOMAIN_LEAVING_H_
#define VALUELOOP_SCORING_DOMAIN_LEAVING_H_

#include <span>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "scoring/domain/history.h"
#include "scoring/domain/optimizer.h"
#include "scoring/domain/purchase_family.h"

namespace valueloop::scoring::leaving {

struct Params {
  double r = 0;
  double alpha = 0;  // In weeks.
  double a = 0;
  double b = 0;
  int first_chances = 0;  // Chances of leaving that the first purchase gives: 0 or 1.
};

absl::Status Validate(const Params& params);
absl::Status Validate(const Params& params, const PurchaseHistory& history);
absl::StatusOr<double> LogLikelihood(const Params& params, const PurchaseHistory& history);
Derivatives LogLikelihoodDerivatives(const Params& params, std::span<const WeightedHistory> rows);

absl::StatusOr<double> AliveProbability(const Params& params, const PurchaseHistory& history);
absl::StatusOr<double> AliveProbabilityAfter(const Params& params, const PurchaseHistory& history,
                                             double weeks);
absl::StatusOr<double> ExpectedPurchases(const Params& params, const PurchaseHistory& history,
                                         double weeks);
absl::StatusOr<double> ExpectedPurchasesGivenAlive(const Params& params, double repeat_count,
                                                   double age_weeks, double weeks);
absl::StatusOr<double> Exposure(const Params& params, const PurchaseHistory& history);
absl::StatusOr<DiscountedFuture> Discounted(const Params& params, const PurchaseHistory& history,
                                            double horizon_weeks, double delta_weekly);
absl::StatusOr<DiscountedFuture> DiscountedGivenAlive(const Params& params, double repeat_count,
                                                      double age_weeks, double horizon_weeks,
                                                      double delta_weekly);
absl::StatusOr<double> DiscountedResidual(const Params& params, const PurchaseHistory& history,
                                          double delta_weekly);
absl::StatusOr<double> PurchaseProbability(const Params& params, const PurchaseHistory& history,
                                           int count, double weeks);
absl::StatusOr<double> ProbabilityOfAnyPurchase(const Params& params,
                                                const PurchaseHistory& history, double weeks);
absl::StatusOr<double> ProbabilityOfAnyPurchaseGivenAlive(const Params& params, double repeat_count,
                                                          double age_weeks, double weeks);
absl::StatusOr<double> MedianWeeksToNextPurchase(const Params& params,
                                                 const PurchaseHistory& history);

}  // namespace valueloop::scoring::leaving

#endif  // VALUELOOP_SCORING_DOMAIN_LEAVING_H_
