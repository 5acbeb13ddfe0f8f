// Fits of the models for regular occasions: renewals of contracts (sBG), purchases at discrete
// opportunities (BG/BB) and purchases in regular gaps (BG/CNBD-k, MBG/CNBD-k). Each fails with
// FailedPrecondition and the reason NOT_ENOUGH_DATA (saying what is missing), with InvalidArgument
// naming the row out of range, or with Cancelled.
#ifndef VALUELOOP_SCORING_DOMAIN_FIT_REGULAR_H_
#define VALUELOOP_SCORING_DOMAIN_FIT_REGULAR_H_

#include <optional>
#include <span>

#include "absl/status/statusor.h"
#include "scoring/domain/bg_bb.h"
#include "scoring/domain/cnbd.h"
#include "scoring/domain/fit.h"
#include "scoring/domain/sbg.h"

namespace valueloop::scoring {

struct SbgFit {
  SbgParams params;
  FitReport report;
};
// Wants 10 contracts, 2 of them stopped. Weights may be shares of a cohort (ContractsOfCohort); the
// standard errors then are those of as many customers as the weights sum to.
absl::StatusOr<SbgFit> FitSbg(std::span<const WeightedContract> contracts,
                              const FitOptions& options = {});

struct BgBbFit {
  BgBbParams params;
  FitReport report;
};
// Wants 10 customers with an opportunity, 2 of them with a repeat purchase.
absl::StatusOr<BgBbFit> FitBgBb(std::span<const DiscreteHistory> histories,
                                const FitOptions& options = {});

struct CnbdFit {
  regular::Model model;
  // Of k, too, which is chosen and not estimated: its standard error and covariances are 0.
  FitReport report;
};
// BG/CNBD-k (first_chances 0) or MBG/CNBD-k (1) with the k of 1..12 under which the purchases,
// their gaps included, are most likely; k goes on rising as long as the likelihood does. A start
// for k and the parameters counts if it has these first_chances. Wants 10 customers with two repeat
// purchases. If the log_gap_sum of a customer with any is not known, k cannot be chosen and is 1.
absl::StatusOr<CnbdFit> FitCnbd(int32_t first_chances, std::span<const PurchaseHistory> histories,
                                const std::optional<regular::Model>& start = std::nullopt,
                                const FitOptions& options = {});

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_FIT_REGULAR_H_
