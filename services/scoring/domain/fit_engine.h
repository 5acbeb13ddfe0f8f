// What all fits have in common: starts that compete, a warm start, covariates, a penalty, a report.
// A family's own fit says what it is in a FamilyFit and leaves the rest to FitHistories.
#ifndef VALUELOOP_SCORING_DOMAIN_FIT_ENGINE_H_
#define VALUELOOP_SCORING_DOMAIN_FIT_ENGINE_H_

#include <array>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "scoring/domain/fit.h"
#include "scoring/domain/fit_rows.h"
#include "scoring/domain/optimizer.h"

namespace valueloop::scoring {

inline constexpr int64_t kMinCustomers = 10;

// FailedPrecondition, reason NOT_ENOUGH_DATA: "{what}: got 3, want at least 10 to fit a model; "
// and what to do, in English and in Chinese.
absl::Status NotEnoughData(std::string_view what_en, std::string_view what_zh, int64_t got,
                           int64_t want);

struct FamilyFit {
  size_t parameter_count = kMaxParameters;
  // Which parameters are measured in weeks; they are fitted with the oldest customer's age at 20.
  // None: time is left as it is.
  std::array<bool, kMaxParameters> in_weeks{};
  // How the log-parameters move with (rate coefficient x value) and (dropout coefficient x value)
  // of a covariate; all 0: the family knows no covariates.
  Vector4 rate_direction{};
  Vector4 dropout_direction{};
  std::vector<std::vector<double>> starts;  // Log-parameters, in rescaled time; at least one.
  // The weighted sum of log-likelihoods with derivatives in the log-parameters.
  std::function<Derivatives(const Vector4& log_params, std::span<const WeightedHistory> rows)>
      derivatives;
};

struct HistoryFit {
  std::vector<double> params;  // In the units of the data.
  std::vector<Covariate> covariates;
  FitReport report;
  std::vector<double> rescaled_theta;  // Log-parameters where the climb ended.
};

// Wants 10 customers, 2 of them with a repeat purchase. `start` are parameters in the units of the
// data to begin at; empty: options.start does not count. Fails as FitBgNbd.
absl::StatusOr<HistoryFit> FitHistories(const FamilyFit& family,
                                        std::span<const PurchaseHistory> histories,
                                        std::span<const double> start, const FitOptions& options);

// One climb: every start on `trial`, the best of them on `all`. A warm start goes straight to
// `all`, and is enough if it arrives.
struct ClimbTask {
  Objective all;
  Objective trial;  // Empty: `all` is small enough.
  std::vector<std::vector<double>> starts;
  std::vector<double> warm_start;  // Empty: none.
};
absl::StatusOr<Optimum> Climb(const ClimbTask& task, const FitOptions& options);

// Whether a log-parameter ended on its bound.
bool IsAtBound(double theta);

// The report of an optimum of a mean over `weight` customers, of which the first `params.size()`
// entries are the log-parameters of `params`. Fills the covariance of these; the standard errors of
// what follows them go to `coefficient_errors` if it is given.
FitReport ReportOf(const Optimum& optimum, double weight, int64_t row_count,
                   std::span<const double> params,
                   std::vector<double>* coefficient_errors = nullptr);

// Every k-th row, about 4096 of them; all if they are not many more.
template <typename Row>
std::vector<Row> TrialRows(std::span<const Row> rows) {
  constexpr size_t kTrialRows = 4096;
  std::vector<Row> trial;
  const size_t step = rows.size() <= 2 * kTrialRows ? 1 : rows.size() / kTrialRows;
  for (size_t i = 0; i < rows.size(); i += step) trial.push_back(rows[i]);
  return trial;
}

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_FIT_ENGINE_H_
