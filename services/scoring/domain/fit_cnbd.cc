// The fit of the regular families (fit_regular.h): one climb per k.
#include <cmath>
#include <utility>
#include <vector>

#include "common/status.h"
#include "fmt/format.h"
#include "scoring/domain/fit_engine.h"
#include "scoring/domain/fit_regular.h"
#include "scoring/domain/special_functions.h"

namespace valueloop::scoring {
namespace {

constexpr int32_t kMaxFittedRegularity = 12;
constexpr int64_t kMinCustomersWithTwoGaps = 10;
constexpr double kNoDropoutRatio = 1e-4;
constexpr double kHomogeneousShape = 1e4;
constexpr size_t kDimension = 4;

struct Gaps {
  bool known = true;
  double count = 0;
  double log_sum = 0;  // Over all customers, in the units of the data.
};

absl::StatusOr<Gaps> GapsOf(std::span<const PurchaseHistory> histories) {
  Gaps gaps;
  int64_t with_two = 0;
  for (const PurchaseHistory& history : histories) {
    if (history.repeat_count <= 0) continue;
    if (!history.log_gap_sum) return Gaps{.known = false};
    gaps.count += history.repeat_count;
    gaps.log_sum += *history.log_gap_sum;
    with_two += history.repeat_count > 1;
  }
  // Without any the engine says it better.
  if (gaps.count > 0 && with_two < kMinCustomersWithTwoGaps) {
    return NotEnoughData("customers with two repeat purchases", "有两次及以上重复购买的客户",
                         with_two, kMinCustomersWithTwoGaps);
  }
  return gaps;
}

// Of (r, alpha, a, b, k), where k adds nothing.
void WidenByK(FitReport& report) {
  if (!report.standard_errors.empty()) report.standard_errors.push_back(0);
  if (report.log_covariance.empty()) return;
  std::vector<double> wide;
  for (size_t i = 0; i <= kDimension; ++i) {
    for (size_t j = 0; j <= kDimension; ++j) {
      const bool known = i < kDimension && j < kDimension;
      wide.push_back(known ? report.log_covariance[i * kDimension + j] : 0);
    }
  }
  report.log_covariance = std::move(wide);
}

class CnbdFitter {
 public:
  CnbdFitter(int32_t first_chances, std::span<const PurchaseHistory> histories, const Gaps& gaps,
             const FitOptions& options)
      : first_chances_(first_chances), histories_(histories), gaps_(gaps), options_(options) {}

  // `near` is where to begin; nullptr: anywhere.
  absl::StatusOr<CnbdFit> FitAt(int32_t k, const regular::Model* near) {
    ++climbs_;
    FitOptions inner = options_;
    if (options_.on_progress) {
      inner.on_progress = [this](const FitProgress& progress) {
        FitProgress all = progress;
        all.done_ratio = 1 - std::pow(0.6, climbs_ - 1 + progress.done_ratio);
        return options_.on_progress(all);
      };
    }
    FamilyFit family{.parameter_count = kDimension,
                     .in_weeks = {false, true, false, false},
                     .starts = {{-1, 1, 0, 1}, {0, 0, -2, 0}, {0.5, 2, -1, 2.5}}};
    family.derivatives = [this, k](const Vector4& t, std::span<const WeightedHistory> rows) {
      return regular::LogLikelihoodDerivatives(At(t, k), rows);
    };
    std::vector<double> start;
    // With more stages to a gap, each has to be as much shorter.
    if (near != nullptr) start = {near->r, near->alpha * near->k / k, near->a, near->b};
    const std::optional<PoolingPrior> prior = PriorAt(k);
    inner.prior = prior ? &*prior : nullptr;
    VL_ASSIGN_OR_RETURN(HistoryFit found, FitHistories(family, histories_, start, inner));
    const std::vector<double>& p = found.params;
    CnbdFit fit{.model = {.r = p[0],
                          .alpha = p[1],
                          .a = p[2],
                          .b = p[3],
                          .k = k,
                          .first_chances = first_chances_},
                .report = std::move(found.report)};
    // The engine knows of one dimension of time per purchase, and not of the gaps.
    const double log_time_scale = found.rescaled_theta[1] - std::log(p[1]);
    fit.report.log_likelihood += (k - 1) * (gaps_.log_sum + gaps_.count * log_time_scale);
    if (Sigmoid(found.rescaled_theta[2] - found.rescaled_theta[3]) < kNoDropoutRatio) {
      fit.report.flags.push_back(FitFlag::kNoDropout);
    }
    if (p[0] > kHomogeneousShape) fit.report.flags.push_back(FitFlag::kHomogeneous);
    return fit;
  }

  // From `best` on by `step` as long as it gets better; returns whether it did.
  absl::StatusOr<bool> Improve(int32_t step, CnbdFit& best) {
    bool improved = false;
    for (int32_t k = best.model.k + step; k >= 1 && k <= kMaxFittedRegularity; k += step) {
      const regular::Model near = best.model;
      VL_ASSIGN_OR_RETURN(CnbdFit next, FitAt(k, &near));
      evaluations_ += next.report.evaluation_count;
      if (!(next.report.log_likelihood > best.report.log_likelihood)) break;
      best = std::move(next);
      improved = true;
    }
    return improved;
  }

  int evaluations() const { return evaluations_; }

 private:
  // The prior for a fit with k stages: without what it says of k.
  std::optional<PoolingPrior> PriorAt(int32_t k) const {
    if (options_.prior == nullptr) return std::nullopt;
    PoolingPrior prior = *options_.prior;
    constexpr size_t kWide = kDimension + 1;
    std::vector<double> values = ParameterValues(prior.params);
    if (values.size() != kWide || prior.log_covariance.size() != kWide * kWide) return std::nullopt;
    values[1] *= values[kDimension] / k;
    values[kDimension] = k;
    absl::StatusOr<PurchaseParams> params = MakePurchaseParams(prior.params.family(), values);
    if (!params.ok()) return std::nullopt;
    prior.params = *std::move(params);
    std::vector<double> narrow;
    for (size_t i = 0; i < kDimension; ++i) {
      for (size_t j = 0; j < kDimension; ++j) {
        narrow.push_back(prior.log_covariance[i * kWide + j]);
      }
    }
    prior.log_covariance = std::move(narrow);
    return prior;
  }

  regular::Model At(const Vector4& t, int32_t k) const {
    return {.r = std::exp(t[0]),
            .alpha = std::exp(t[1]),
            .a = std::exp(t[2]),
            .b = std::exp(t[3]),
            .k = k,
            .first_chances = first_chances_};
  }

  const int32_t first_chances_;
  const std::span<const PurchaseHistory> histories_;
  const Gaps gaps_;
  const FitOptions& options_;
  int climbs_ = 0;
  int evaluations_ = 0;
};

}  // namespace

absl::StatusOr<CnbdFit> FitCnbd(int32_t first_chances, std::span<const PurchaseHistory> histories,
                                const std::optional<regular::Model>& start,
                                const FitOptions& options) {
  // The engine's own checks come first: they name the row.
  for (size_t i = 0; i < histories.size(); ++i) {
    const absl::Status status = Validate(histories[i]);
    if (!status.ok()) return Annotate(status, fmt::format("histories[{}]", i));
  }
  VL_ASSIGN_OR_RETURN(const Gaps gaps, GapsOf(histories));
  CnbdFitter fitter(first_chances, histories, gaps, options);
  const bool warm = start && start->first_chances == first_chances && start->k >= 1 &&
                    start->k <= (gaps.known ? kMaxFittedRegularity : 1);
  VL_ASSIGN_OR_RETURN(CnbdFit best, fitter.FitAt(warm ? start->k : 1, warm ? &*start : nullptr));
  const int first_evaluations = best.report.evaluation_count;
  if (gaps.known) {
    VL_ASSIGN_OR_RETURN(const bool more_regular, fitter.Improve(1, best));
    if (!more_regular) VL_RETURN_IF_ERROR(fitter.Improve(-1, best).status());
  }
  best.report.evaluation_count = first_evaluations + fitter.evaluations();
  WidenByK(best.report);
  return best;
}

}  // namespace valueloop::scoring
