#include "scoring/domain/model_fit.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "common/status.h"

namespace valueloop::scoring {
namespace {

struct Segment {
  std::string name;
  std::vector<size_t> rows;
  int64_t repeat_buyers = 0;

  int64_t size() const { return static_cast<int64_t>(rows.size()); }
  bool CanStandAlone() const {
    return size() >= kMinOwnCustomers && repeat_buyers >= kMinOwnRepeatBuyers;
  }
  bool CanBePooled() const {
    return size() >= kMinPooledCustomers && repeat_buyers >= kMinPooledRepeatBuyers;
  }
};

// The largest first; equal sizes by name.
std::vector<Segment> SegmentsOf(const ModelData& data, const std::string& attribute) {
  std::map<std::string, Segment, std::less<>> by_name;
  const std::vector<PurchaseHistory> histories = data.Histories();
  for (size_t row = 0; row < histories.size(); ++row) {
    const std::string name(data.attributes().LevelOf(row, attribute));
    if (name.empty()) continue;
    Segment& segment = by_name[name];
    segment.name = name;
    segment.rows.push_back(row);
    segment.repeat_buyers += histories[row].repeat_count > 0;
  }
  std::vector<Segment> segments;
  for (auto& [name, segment] : by_name) segments.push_back(std::move(segment));
  std::stable_sort(segments.begin(), segments.end(),
                   [](const Segment& a, const Segment& b) { return a.size() > b.size(); });
  return segments;
}

CovariateData SelectRows(const CovariateData& data, std::span<const size_t> rows) {
  CovariateData selected{.columns = data.columns};
  for (const size_t row : rows) {
    const std::span<const double> values = data.OfCustomer(row);
    selected.values.insert(selected.values.end(), values.begin(), values.end());
  }
  return selected;
}

std::optional<PurchaseParams> StartOf(const Model* active, std::string_view segment) {
  if (active == nullptr) return std::nullopt;
  for (const ModelPart& part : active->parts) {
    if (part.segment == segment) return part.purchase;
  }
  return std::nullopt;
}

class Fitter {
 public:
  Fitter(const FitPlan& plan, const ModelData& data, const FitOptions& options)
      : plan_(plan), data_(data), options_(options) {}

  absl::StatusOr<ModelFit> Run() {
    if (!plan_.rate_covariates.empty() || !plan_.dropout_covariates.empty()) {
      VL_ASSIGN_OR_RETURN(covariates_, MakeCovariates(data_.attributes(), plan_.rate_covariates,
                                                      plan_.dropout_covariates));
    }
    ModelFit fit;
    VL_ASSIGN_OR_RETURN(ModelPartFit everybody,
                        FitModelPart("", plan_.family, data_, OptionsFor("")));
    fit.parts.push_back(std::move(everybody));
    if (plan_.segment_attribute.empty()) return fit;
    size_t tried = 0;
    for (const Segment& segment : SegmentsOf(data_, plan_.segment_attribute)) {
      std::optional<ModelPartFit> part;
      if (tried++ < kMaxSegments) {
        VL_ASSIGN_OR_RETURN(part, FitSegment(segment, fit.parts.front()));
      }
      if (part) {
        fit.parts.push_back(*std::move(part));
      } else {
        fit.shared.push_back({segment.name, segment.size()});
      }
    }
    std::sort(fit.parts.begin() + 1, fit.parts.end(),
              [](const ModelPartFit& a, const ModelPartFit& b) {
                return a.part.segment < b.part.segment;
              });
    return fit;
  }

 private:
  FitOptions OptionsFor(std::string_view segment) const {
    FitOptions options{.on_progress = options_.on_progress,
                       .start = StartOf(plan_.active, segment),
                       .l2_penalty = plan_.l2_penalty};
    if (!covariates_.columns.empty()) options.covariates = &covariates_;
    return options;
  }

  // Nothing if it is to share everybody's part.
  absl::StatusOr<std::optional<ModelPartFit>> FitSegment(const Segment& segment,
                                                         const ModelPartFit& everybody) const {
    absl::StatusOr<ModelPartFit> fit = absl::FailedPreconditionError("too small");
    if (segment.CanStandAlone()) {
      FitOptions options = OptionsFor(segment.name);
      const CovariateData own = SelectRows(covariates_, segment.rows);
      if (options.covariates != nullptr) options.covariates = &own;
      // Progress belongs to everybody's fit; here it only asks whether to stop.
      fit = FitModelPart(segment.name, plan_.family, data_.Select(segment.rows), Quiet(options));
    } else if (segment.CanBePooled() && covariates_.columns.empty()) {
      fit = FitPooled(segment, everybody);
    }
    if (absl::IsCancelled(fit.status())) return fit.status();
    if (!fit.ok()) return std::optional<ModelPartFit>();
    const ModelPart& all = everybody.part;
    fit->part.subscription = all.subscription;
    for (size_t i = 0; i < all.components.size(); ++i) {
      if (!fit->part.components[i]) fit->part.components[i] = all.components[i];
    }
    return std::optional<ModelPartFit>(*std::move(fit));
  }

  absl::StatusOr<ModelPartFit> FitPooled(const Segment& segment,
                                         const ModelPartFit& everybody) const {
    const ModelPart& all = everybody.part;
    if (all.purchase_log_covariance.empty()) {
      return absl::FailedPreconditionError("everybody's parameters are not identified");
    }
    const PoolingPrior prior{
        .params = all.purchase,
        .log_covariance = all.purchase_log_covariance,
        .fitted_customer_count = static_cast<double>(everybody.purchase.customer_count),
        .customer_count = static_cast<double>(kMinOwnCustomers)};
    FitOptions options = Quiet(OptionsFor(segment.name));
    options.start = all.purchase;
    options.prior = &prior;
    const ModelData data = data_.Select(segment.rows);
    const std::vector<PurchaseHistory> histories = data.Histories();
    VL_ASSIGN_OR_RETURN(PurchaseFit purchase, FitPurchaseModel(plan_.family, histories, options));
    ModelPartFit fit{.part = all,
                     .gamma_gamma = everybody.gamma_gamma,
                     .pooled_customer_count = prior.customer_count};
    fit.part.segment = segment.name;
    fit.part.purchase = purchase.params;
    fit.part.purchase_log_covariance = purchase.report.log_covariance;
    fit.part.customer_count = segment.size();
    fit.purchase = std::move(purchase.report);
    return fit;
  }

  FitOptions Quiet(FitOptions options) const {
    options.on_progress = [this](const FitProgress&) {
      return !options_.on_progress || options_.on_progress({.done_ratio = 1});
    };
    return options;
  }

  const FitPlan& plan_;
  const ModelData& data_;
  const FitOptions& options_;
  CovariateData covariates_;
};

}  // namespace

std::vector<std::string> AttributesOf(const FitPlan& plan) {
  std::vector<std::string> names = plan.rate_covariates;
  names.insert(names.end(), plan.dropout_covariates.begin(), plan.dropout_covariates.end());
  if (!plan.segment_attribute.empty()) names.push_back(plan.segment_attribute);
  return names;
}

absl::StatusOr<ModelFit> FitModel(const FitPlan& plan, const ModelData& data,
                                  const FitOptions& options) {
  return Fitter(plan, data, options).Run();
}

}  // namespace valueloop::scoring
