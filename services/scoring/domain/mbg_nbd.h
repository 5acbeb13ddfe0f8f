// The MBG/NBD model: the BG/NBD (bg_nbd.h) in which a customer may already leave right after its
// first purchase, so that one without repeat purchases is not certainly alive. Each function does
// what its namesake of bg_nbd.h says. All times in weeks, all parameters above 0.
// Source: Batislam, Denizel & Filiztekin, "Empirical Validation and Comparison of Models for
// Customer Base Analysis" (2007).
#ifndef VALUELOOP_SCORING_DOMAIN_MBG_NBD_H_
#define VALUELOOP_SCORING_DOMAIN_MBG_NBD_H_

#include <span>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "scoring/domain/history.h"
#include "scoring/domain/optimizer.h"
#include "scoring/domain/purchase_family.h"

namespace valueloop::scoring {

struct MbgNbdParams {
  double r = 0;      // Shape of the purchase rate across customers.
  double alpha = 0;  // Its scale, in weeks: the mean rate is r / alpha per week.
  double a =
      0;  // The mean probability of leaving after a purchase, the first included, is a / (a + b).
  double b = 0;
  friend bool operator==(const MbgNbdParams&, const MbgNbdParams&) = default;
};

absl::Status Validate(const MbgNbdParams& params);
absl::Status Validate(const MbgNbdParams& params, const PurchaseHistory& history);
absl::StatusOr<double> LogLikelihood(const MbgNbdParams& params, const PurchaseHistory& history);
Derivatives LogLikelihoodDerivatives(const MbgNbdParams& params,
                                     std::span<const WeightedHistory> rows);
absl::StatusOr<double> AliveProbability(const MbgNbdParams& params, const PurchaseHistory& history);
absl::StatusOr<double> AliveProbabilityAfter(const MbgNbdParams& params,
                                             const PurchaseHistory& history, double weeks);
absl::StatusOr<double> ExpectedPurchases(const MbgNbdParams& params, const PurchaseHistory& history,
                                         double weeks);
absl::StatusOr<double> ExpectedPurchasesGivenAlive(const MbgNbdParams& params, double repeat_count,
                                                   double age_weeks, double weeks);
absl::StatusOr<double> ExpectedPurchasesOfNew(const MbgNbdParams& params, double weeks);
absl::StatusOr<double> Exposure(const MbgNbdParams& params, const PurchaseHistory& history);
absl::StatusOr<DiscountedFuture> Discounted(const MbgNbdParams& params,
                                            const PurchaseHistory& history, double horizon_weeks,
                                            double delta_weekly);
absl::StatusOr<DiscountedFuture> DiscountedGivenAlive(const MbgNbdParams& params,
                                                      double repeat_count, double age_weeks,
                                                      double horizon_weeks, double delta_weekly);
absl::StatusOr<double> DiscountedResidual(const MbgNbdParams& params,
                                          const PurchaseHistory& history, double delta_weekly);
absl::StatusOr<double> PurchaseProbability(const MbgNbdParams& params,
                                           const PurchaseHistory& history, int count, double weeks);
absl::StatusOr<double> ProbabilityOfAnyPurchase(const MbgNbdParams& params,
                                                const PurchaseHistory& history, double weeks);
absl::StatusOr<double> ProbabilityOfAnyPurchaseGivenAlive(const MbgNbdParams& params,
                                                          double repeat_count, double age_weeks,
                                                          double weeks);
absl::StatusOr<double> MedianWeeksToNextPurchase(const MbgNbdParams& params,
                                                 const PurchaseHistory& history);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_MBG_NBD_H_
