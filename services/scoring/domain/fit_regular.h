// Fits of the models for regular occasions: renewals of contracts (sBG) and purchases at discrete
// opportunities (BG/BB). Each fails with FailedPrecondition and the reason NOT_ENOUGH_DATA (saying
// what is missing), with InvalidArgument naming the row out of range, or with Cancelled.
#ifndef VALUELOOP_SCORING_DOMAIN_FIT_REGULAR_H_
#define VALUELOOP_SCORING_DOMAIN_FIT_REGULAR_H_

#include <span>

#include "absl/status/statusor.h"
#include "scoring/domain/bg_bb.h"
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

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_FIT_REGULAR_H_
