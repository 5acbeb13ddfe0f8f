// Fitting the models by maximum likelihood: exact derivatives, several starts, equal rows counted
// once, standard errors from the exact Hessian, and words for what is wrong with a degenerate
// optimum.
#ifndef VALUELOOP_SCORING_DOMAIN_FIT_H_
#define VALUELOOP_SCORING_DOMAIN_FIT_H_

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "scoring/domain/bg_nbd.h"
#include "scoring/domain/gamma_gamma.h"
#include "scoring/domain/negative_binomial.h"
#include "scoring/domain/purchase_model.h"

namespace valueloop::scoring {

enum class FitFlag {
  kNotConverged,  // The slope did not vanish.
  kAtBound,       // A log-parameter ended on its bound of +-15.
  kFlat,          // The likelihood does not curve in every direction: no standard errors.
  kNoDropout,     // The data show no leaving customers: a / (a + b) < 0.0001, as in an NBD.
  kInfiniteMean,  // q <= 1: the mean spend of a new customer is not finite.
  kHomogeneous,   // The customers' rates do not differ: g or h on its upper bound.
};
// NOT_CONVERGED, AT_BOUND, FLAT, NO_DROPOUT, INFINITE_MEAN, HOMOGENEOUS.
std::string_view FitFlagName(FitFlag flag);
// One sentence for the user.
std::string_view FitFlagText(FitFlag flag);

struct FitProgress {
  int evaluation_count = 0;
  double mean_log_likelihood = 0;  // The best so far, in rescaled time.
  double done_ratio = 0;           // A rising guess in [0, 1].
};

struct FitOptions {
  // Called on the fitting thread after every evaluation; false stops the fit with CANCELLED.
  std::function<bool(const FitProgress&)> on_progress;
};

struct FitReport {
  double log_likelihood = 0;  // The sum over customers, in the units of the data.
  int64_t customer_count = 0;
  int64_t row_count = 0;  // Distinct rows.
  int evaluation_count = 0;
  double condition_number = 0;  // Of the Hessian in log-parameters; 0 if flat.
  std::vector<FitFlag> flags;   // Empty for a healthy fit.
  // In the order of the parameters' fields; empty if flat or at a bound.
  std::vector<double> standard_errors;  // Of the parameters themselves, by the delta method.
  std::vector<double> log_covariance;   // Of the log-parameters, row by row.
};

struct PurchaseFit {
  PurchaseParams params;
  FitReport report;
};
struct BgNbdFit {
  BgNbdParams params;
  FitReport report;
};
struct GammaGammaFit {
  GammaGammaParams params;
  FitReport report;
};
struct NegativeBinomialFit {
  NegativeBinomialParams params;
  FitReport report;
};

// Histories of equal (x, t_x, T) collapsed with weights, sorted by these. They have no log_gap_sum:
// it enters a likelihood only as a sum over all customers.
std::vector<WeightedHistory> Compress(std::span<const PurchaseHistory> histories);

// Each fails with InvalidArgument (a row out of range, named), FailedPrecondition with the reason
// NOT_ENOUGH_DATA (saying what is missing) or Cancelled.
// BG/NBD wants 10 customers, 2 of them with a repeat purchase, and an age above 0.
absl::StatusOr<BgNbdFit> FitBgNbd(std::span<const PurchaseHistory> histories,
                                  const FitOptions& options = {});
// The same of any family; fails as the family's own fit.
absl::StatusOr<PurchaseFit> FitPurchaseModel(Family family,
                                             std::span<const PurchaseHistory> histories,
                                             const FitOptions& options = {});
// Gamma-Gamma wants 10 customers with count >= 1 (others are ignored), 2 of them with unlike means.
absl::StatusOr<GammaGammaFit> FitGammaGamma(std::span<const SpendHistory> spends,
                                            const FitOptions& options = {});
// The negative binomial wants 10 customers with exposure and at least 2 events.
absl::StatusOr<NegativeBinomialFit> FitNegativeBinomial(std::span<const CountRow> rows,
                                                        const FitOptions& options = {});

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_FIT_H_
