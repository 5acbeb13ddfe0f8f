// Fitting the models by maximum likelihood: exact derivatives, several starts, equal rows counted
// once, standard errors from the exact Hessian, and words for what is wrong with a degenerate
// optimum.
#ifndef VALUELOOP_SCORING_DOMAIN_FIT_H_
#define VALUELOOP_SCORING_DOMAIN_FIT_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "scoring/domain/bg_nbd.h"
#include "scoring/domain/fit_rows.h"
#include "scoring/domain/gamma_gamma.h"
#include "scoring/domain/negative_binomial.h"
#include "scoring/domain/purchase_model.h"

namespace valueloop::scoring {

enum class FitFlag {
  kNotConverged,  // The slope did not vanish.
  kAtBound,       // A log-parameter ended on its bound of +-15.
  kFlat,          // The likelihood does not curve in every direction: no standard errors.
  kNoDropout,     // The data show no leaving customers, as in an NBD.
  kInfiniteMean,  // q <= 1: the mean spend of a new customer is not finite.
  kHomogeneous,   // The customers' rates do not differ: the gamma's shape is above 10,000.
};
// NOT_CONVERGED, AT_BOUND, FLAT, NO_DROPOUT, INFINITE_MEAN, HOMOGENEOUS.
std::string_view FitFlagName(FitFlag flag);
// What it means and what to do, for the user; `language_code` "zh" (and zh-*) gives Chinese,
// anything else English.
std::string_view FitFlagText(FitFlag flag, std::string_view language_code = "en");

struct FitProgress {
  int evaluation_count = 0;
  double mean_log_likelihood = 0;  // The best so far, in rescaled time.
  double done_ratio = 0;           // A rising guess in [0, 1].
};

// Draws a fit towards known parameters, as the data of `customer_count` more customers of that kind
// would.
struct PoolingPrior {
  PurchaseParams params;
  std::vector<double> log_covariance;  // Of its log-parameters, row by row, ...
  double fitted_customer_count = 0;    // ... as fitted to so many customers.
  double customer_count = 0;
};

struct FitOptions {
  // Called on the fitting thread after every step; false stops the fit with CANCELLED.
  std::function<bool(const FitProgress&)> on_progress;
  // Where a purchase family's fit begins, such as the active version; ignored if it is another
  // family's. If it leads to an optimum no other start is tried.
  std::optional<PurchaseParams> start;
  // Of a purchase family: customer by customer, as the histories; nullptr: none.
  const CovariateData* covariates = nullptr;
  double l2_penalty = 0;  // Times the sum of squared coefficients, off the mean log-likelihood.
  const PoolingPrior* prior = nullptr;
};

// A column of CovariateColumn with what was fitted for it. With z the customer's value the
// log-parameters move by z times rate_coefficient along the family's rate direction, and by z times
// dropout_coefficient along its dropout direction: BG/NBD alpha e^(-rate z), a and b e^(dropout z);
// Pareto/NBD alpha e^(-rate z), beta e^(-dropout z).
struct Covariate {
  CovariateColumn column;
  double rate_coefficient = 0;  // 0 if the column does not act on the rate.
  double dropout_coefficient = 0;
  // Unset: not identified, given, or it does not act on this process.
  std::optional<double> rate_standard_error;
  std::optional<double> dropout_standard_error;
  friend bool operator==(const Covariate&, const Covariate&) = default;
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

// How a family's log-parameters move with a covariate; all 0: the family knows none.
struct CovariateDirections {
  Vector4 rate{};
  Vector4 dropout{};
};
CovariateDirections DirectionsOf(Family family);

struct PurchaseFit {
  PurchaseParams params;  // Of a customer whose covariates are all 0.
  FitReport report;
  std::vector<Covariate> covariates;
};
struct BgNbdFit {
  BgNbdParams params;
  FitReport report;
  std::vector<Covariate> covariates;
};
struct GammaGammaFit {
  GammaGammaParams params;
  FitReport report;
};
struct NegativeBinomialFit {
  NegativeBinomialParams params;
  FitReport report;
};

// Each fails with InvalidArgument (a row out of range, named), FailedPrecondition with the reason
// NOT_ENOUGH_DATA (saying what is missing) or Cancelled.
// The purchase families want 10 customers, 2 of them with a repeat purchase.
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
