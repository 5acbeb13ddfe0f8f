#include "scoring/domain/fit_engine.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "common/status.h"
#include "fmt/format.h"

namespace valueloop::scoring {
namespace {

constexpr double kRescaledAge = 20;  // The oldest customer's age while fitting.
constexpr double kMaxConditionNumber = 1e12;

// The column of a covariate that acts on one process.
struct Coefficient {
  size_t column = 0;
  const Vector4* direction = nullptr;
};

// The mean log-likelihood of grouped rows in (log-parameters, coefficients). A group's customers
// have the same parameters, so that each costs what a fit without covariates costs, and the chain
// rule is applied once per group: the parameters are log-linear in the coefficients.
class GroupObjective {
 public:
  GroupObjective(const FamilyFit& family, const RowGroups& groups,
                 std::vector<Coefficient> coefficients, double l2_penalty, double customer_count)
      : family_(family),
        groups_(groups),
        coefficients_(std::move(coefficients)),
        column_count_(groups.values.size() / std::max<size_t>(groups.ends.size(), 1)),
        l2_penalty_(l2_penalty),
        customer_count_(customer_count) {}

  WideDerivatives operator()(const std::vector<double>& theta) const {
    const size_t count = family_.parameter_count;
    WideDerivatives sum(theta.size());
    size_t begin = 0;
    for (size_t group = 0; group < groups_.ends.size(); ++group) {
      const double* values = &groups_.values[group * column_count_];
      Vector4 at{};
      std::copy_n(theta.begin(), count, at.begin());
      for (size_t c = 0; c < coefficients_.size(); ++c) {
        const double move = theta[count + c] * values[coefficients_[c].column];
        for (size_t i = 0; i < count; ++i) at[i] += move * (*coefficients_[c].direction)[i];
      }
      const size_t end = groups_.ends[group];
      Add(family_.derivatives(at, std::span(groups_.rows).subspan(begin, end - begin)), values,
          sum);
      begin = end;
    }
    for (size_t i = 0; i < theta.size(); ++i) {
      for (size_t j = 0; j < i; ++j) sum.hessian(i, j) = sum.hessian(j, i);
    }
    Scale(sum, 1 / customer_count_);
    for (size_t i = count; i < theta.size(); ++i) {
      sum.value -= l2_penalty_ * theta[i] * theta[i];
      sum.gradient[i] -= 2 * l2_penalty_ * theta[i];
      sum.hessian(i, i) -= 2 * l2_penalty_;
    }
    return sum;
  }

 private:
  // The upper triangle only.
  void Add(const Derivatives& group, const double* values, WideDerivatives& sum) const {
    const size_t count = family_.parameter_count;
    sum.value += group.value;
    for (size_t i = 0; i < count; ++i) {
      sum.gradient[i] += group.gradient[i];
      for (size_t j = i; j < count; ++j) sum.hessian(i, j) += group.hessian[i][j];
    }
    for (size_t c = 0; c < coefficients_.size(); ++c) {
      const double value = values[coefficients_[c].column];
      if (value == 0) continue;
      const Vector4& direction = *coefficients_[c].direction;
      Vector4 curved{};  // The Hessian times the direction.
      for (size_t i = 0; i < count; ++i) {
        sum.gradient[count + c] += value * direction[i] * group.gradient[i];
        for (size_t j = 0; j < count; ++j) curved[i] += group.hessian[i][j] * direction[j];
        sum.hessian(i, count + c) += value * curved[i];
      }
      for (size_t d = c; d < coefficients_.size(); ++d) {
        const Vector4& other = *coefficients_[d].direction;
        double both = 0;
        for (size_t i = 0; i < count; ++i) both += other[i] * curved[i];
        sum.hessian(count + c, count + d) += value * values[coefficients_[d].column] * both;
      }
    }
  }

  static void Scale(WideDerivatives& sum, double factor) {
    sum.value *= factor;
    for (size_t i = 0; i < sum.gradient.size(); ++i) {
      sum.gradient[i] *= factor;
      for (size_t j = 0; j < sum.gradient.size(); ++j) sum.hessian(i, j) *= factor;
    }
  }

  const FamilyFit& family_;
  const RowGroups& groups_;
  const std::vector<Coefficient> coefficients_;
  const size_t column_count_;
  const double l2_penalty_;
  const double customer_count_;
};

// Subtracts the quadratic that a prior is worth, per customer.
class WithPrior {
 public:
  // `centre` in rescaled time.
  WithPrior(Objective objective, std::vector<double> centre, const PoolingPrior& prior,
            double customer_count)
      : objective_(std::move(objective)), centre_(std::move(centre)), precision_(centre_.size()) {
    const size_t n = centre_.size();
    SquareMatrix covariance(n);
    for (size_t i = 0; i < n; ++i) {
      for (size_t j = 0; j < n; ++j) covariance(i, j) = prior.log_covariance[i * n + j];
    }
    const EigenSystem eigen = EigenOf(covariance);
    const double share = prior.customer_count / prior.fitted_customer_count / customer_count;
    for (size_t i = 0; i < n; ++i) {
      for (size_t j = 0; j < n; ++j) {
        for (size_t k = 0; k < n; ++k) {
          precision_(i, j) += share * eigen.vectors(i, k) * eigen.vectors(j, k) / eigen.values[k];
        }
      }
    }
  }

  WideDerivatives operator()(const std::vector<double>& theta) const {
    WideDerivatives at = objective_(theta);
    for (size_t i = 0; i < centre_.size(); ++i) {
      double slope = 0;
      for (size_t j = 0; j < centre_.size(); ++j) {
        slope += precision_(i, j) * (theta[j] - centre_[j]);
        at.hessian(i, j) -= precision_(i, j);
      }
      at.gradient[i] -= slope;
      at.value -= (theta[i] - centre_[i]) * slope / 2;
    }
    return at;
  }

 private:
  Objective objective_;
  std::vector<double> centre_;
  SquareMatrix precision_;
};

absl::Status Check(const FamilyFit& family, std::span<const PurchaseHistory> histories,
                   const FitOptions& options) {
  int64_t repeat_buyers = 0;
  for (size_t i = 0; i < histories.size(); ++i) {
    if (const absl::Status status = Validate(histories[i]); !status.ok()) {
      return Annotate(status, fmt::format("histories[{}]", i));
    }
    repeat_buyers += histories[i].repeat_count > 0;
  }
  const auto customers = static_cast<int64_t>(histories.size());
  if (customers < kMinCustomers) {
    return NotEnoughData("customers", "客户", customers, kMinCustomers);
  }
  if (repeat_buyers < 2) {
    return NotEnoughData("customers with a repeat purchase", "有重复购买的客户", repeat_buyers, 2);
  }
  if (options.covariates == nullptr) return absl::OkStatus();
  const CovariateData& covariates = *options.covariates;
  if (family.rate_direction == Vector4{} && !covariates.columns.empty()) {
    return InvalidField("covariates", "a family without them", "BG_NBD or PARETO_NBD");
  }
  if (covariates.values.size() != histories.size() * covariates.columns.size()) {
    return InvalidField("covariates.values", fmt::format("{}", covariates.values.size()),
                        fmt::format("{} x {}", histories.size(), covariates.columns.size()));
  }
  if (!std::all_of(covariates.values.begin(), covariates.values.end(),
                   [](double value) { return std::isfinite(value); })) {
    return InvalidField("covariates.values", "one that is not finite", "finite");
  }
  if (!(options.l2_penalty >= 0 && options.l2_penalty <= 1000)) {
    return InvalidField("l2_penalty", fmt::format("{}", options.l2_penalty), "0..1000");
  }
  return absl::OkStatus();
}

std::vector<Coefficient> CoefficientsOf(const FamilyFit& family, const CovariateData& covariates) {
  std::vector<Coefficient> coefficients;
  for (size_t i = 0; i < covariates.columns.size(); ++i) {
    if (covariates.columns[i].acts_on_rate) coefficients.push_back({i, &family.rate_direction});
  }
  for (size_t i = 0; i < covariates.columns.size(); ++i) {
    if (covariates.columns[i].acts_on_dropout) {
      coefficients.push_back({i, &family.dropout_direction});
    }
  }
  return coefficients;
}

std::vector<Covariate> CovariatesOf(const FamilyFit& family, const CovariateData& data,
                                    std::span<const Coefficient> coefficients,
                                    std::span<const double> values,
                                    std::span<const double> errors) {
  std::vector<Covariate> covariates;
  for (const CovariateColumn& column : data.columns) covariates.push_back({.column = column});
  for (size_t c = 0; c < coefficients.size(); ++c) {
    Covariate& covariate = covariates[coefficients[c].column];
    const bool rate = coefficients[c].direction == &family.rate_direction;
    (rate ? covariate.rate_coefficient : covariate.dropout_coefficient) = values[c];
    if (errors.empty()) continue;
    (rate ? covariate.rate_standard_error : covariate.dropout_standard_error) = errors[c];
  }
  return covariates;
}

}  // namespace

absl::Status NotEnoughData(std::string_view what_en, std::string_view what_zh, int64_t got,
                           int64_t want) {
  return WithReason(
      absl::FailedPreconditionError(fmt::format(
          "{}: got {}, want at least {} to fit a model; record more events or create a model from "
          "given parameters ({}：现有 {}，拟合模型至少需要 {}；请录入更多事件，或用给定参数建模)",
          what_en, got, want, what_zh, got, want)),
      "NOT_ENOUGH_DATA");
}

bool IsAtBound(double theta) { return std::fabs(theta) >= kLogBound - 1e-6; }

absl::StatusOr<Optimum> Climb(const ClimbTask& task, const FitOptions& options) {
  FitProgress progress;
  const int expected = 12 * (static_cast<int>(task.starts.size()) + 1);
  const OnEvaluation on_evaluation = [&](double best_value) {
    ++progress.evaluation_count;
    progress.mean_log_likelihood = best_value;
    progress.done_ratio = 1 - std::exp(-3.0 * progress.evaluation_count / expected);
    return !options.on_progress || options.on_progress(progress);
  };
  Optimum best;
  int evaluations = 0;
  const auto offer = [&](Optimum optimum) {
    evaluations += optimum.evaluations;
    const bool better =
        std::isfinite(optimum.at.value) && (best.theta.empty() || optimum.at.value > best.at.value);
    if (better) best = std::move(optimum);
  };
  bool arrived = false;
  if (!task.warm_start.empty()) {
    VL_ASSIGN_OR_RETURN(Optimum warm, Maximize(task.all, task.warm_start, on_evaluation));
    arrived = warm.converged && std::none_of(warm.theta.begin(), warm.theta.end(), IsAtBound);
    offer(std::move(warm));
  }
  if (!arrived) {
    Optimum warm = std::exchange(best, {});
    for (const std::vector<double>& start : task.starts) {
      VL_ASSIGN_OR_RETURN(Optimum optimum,
                          Maximize(task.trial ? task.trial : task.all, start, on_evaluation));
      offer(std::move(optimum));
    }
    if (task.trial) {
      const std::vector<double> start = best.theta.empty() ? task.starts[0] : best.theta;
      best = {};
      VL_ASSIGN_OR_RETURN(Optimum optimum, Maximize(task.all, start, on_evaluation));
      offer(std::move(optimum));
    }
    warm.evaluations = 0;
    if (!warm.theta.empty()) offer(std::move(warm));
  }
  // Nothing finite anywhere: the first start, not converged, for the report to say so.
  if (best.theta.empty()) {
    best = {.theta = task.starts[0], .at = WideDerivatives(task.starts[0].size())};
  }
  best.evaluations = evaluations;
  if (options.on_progress) {
    progress.done_ratio = 1;
    options.on_progress(progress);
  }
  return best;
}

FitReport ReportOf(const Optimum& optimum, double weight, int64_t row_count,
                   std::span<const double> params, std::vector<double>* coefficient_errors) {
  const size_t dimension = optimum.theta.size();
  FitReport report;
  report.log_likelihood = optimum.at.value * weight;
  report.customer_count = std::llround(weight);
  report.row_count = row_count;
  report.evaluation_count = optimum.evaluations;
  if (!optimum.converged) report.flags.push_back(FitFlag::kNotConverged);
  const bool at_bound = std::any_of(optimum.theta.begin(), optimum.theta.end(), IsAtBound);
  if (at_bound) report.flags.push_back(FitFlag::kAtBound);
  SquareMatrix information(dimension);
  for (size_t i = 0; i < dimension; ++i) {
    for (size_t j = 0; j < dimension; ++j) information(i, j) = -weight * optimum.at.hessian(i, j);
  }
  const EigenSystem eigen = EigenOf(information);
  const double condition = eigen.values[dimension - 1] / eigen.values[0];
  if (!(eigen.values[0] > 0 && condition <= kMaxConditionNumber)) {
    report.flags.push_back(FitFlag::kFlat);
    return report;
  }
  report.condition_number = condition;
  if (at_bound) return report;
  const auto covariance = [&](size_t i, size_t j) {
    double sum = 0;
    for (size_t k = 0; k < dimension; ++k) {
      sum += eigen.vectors(i, k) * eigen.vectors(j, k) / eigen.values[k];
    }
    return sum;
  };
  for (size_t i = 0; i < params.size(); ++i) {
    for (size_t j = 0; j < params.size(); ++j) report.log_covariance.push_back(covariance(i, j));
    report.standard_errors.push_back(params[i] * std::sqrt(covariance(i, i)));
  }
  if (coefficient_errors != nullptr) {
    for (size_t i = params.size(); i < dimension; ++i) {
      coefficient_errors->push_back(std::sqrt(covariance(i, i)));
    }
  }
  return report;
}

absl::StatusOr<HistoryFit> FitHistories(const FamilyFit& family,
                                        std::span<const PurchaseHistory> histories,
                                        std::span<const double> start, const FitOptions& options) {
  VL_RETURN_IF_ERROR(Check(family, histories, options));
  const size_t count = family.parameter_count;
  const auto customers = static_cast<double>(histories.size());
  const bool rescale = std::any_of(family.in_weeks.begin(), family.in_weeks.end(),
                                   [](bool in_weeks) { return in_weeks; });
  double max_age = 0;
  for (const PurchaseHistory& history : histories) max_age = std::max(max_age, history.age_weeks);
  const double time_scale = rescale ? kRescaledAge / max_age : 1;
  double purchases = 0;
  const auto rescale_rows = [&](std::vector<WeightedHistory>& rows) {
    purchases = 0;
    for (WeightedHistory& row : rows) {
      purchases += row.weight * row.history.repeat_count;
      row.history.last_weeks *= time_scale;
      row.history.age_weeks *= time_scale;
    }
  };
  const auto in_rescaled_time = [&](std::span<const double> params) {
    std::vector<double> theta(count);
    for (size_t i = 0; i < count; ++i) {
      theta[i] = std::log(params[i] * (family.in_weeks[i] ? time_scale : 1));
    }
    return theta;
  };
  const auto mean_over = [&](std::span<const WeightedHistory> rows) -> Objective {
    double weight = 0;
    for (const WeightedHistory& row : rows) weight += row.weight;
    return [&family, rows, count, weight](const std::vector<double>& theta) {
      Vector4 at{};
      std::copy_n(theta.begin(), count, at.begin());
      return WideDerivatives(family.derivatives(at, rows), count, 1 / weight);
    };
  };
  const auto with_prior = [&](Objective objective) -> Objective {
    if (options.prior == nullptr || !objective) return objective;
    const PoolingPrior& prior = *options.prior;
    return WithPrior(std::move(objective), in_rescaled_time(ParameterValues(prior.params)), prior,
                     customers);
  };

  RowGroups groups;
  groups.rows = Compress(histories);
  rescale_rows(groups.rows);
  const std::vector<WeightedHistory> trial =
      TrialRows(std::span<const WeightedHistory>(groups.rows));
  ClimbTask task{.all = with_prior(mean_over(groups.rows)), .starts = family.starts};
  if (trial.size() < groups.rows.size()) task.trial = with_prior(mean_over(trial));
  if (!start.empty()) task.warm_start = in_rescaled_time(start);
  VL_ASSIGN_OR_RETURN(Optimum optimum, Climb(task, options));

  std::vector<Coefficient> coefficients;
  if (options.covariates != nullptr) coefficients = CoefficientsOf(family, *options.covariates);
  if (!coefficients.empty()) {
    // From the optimum without covariates, which theirs can only exceed.
    groups = GroupByCovariates(histories, *options.covariates);
    rescale_rows(groups.rows);
    std::vector<double> theta = optimum.theta;
    theta.resize(count + coefficients.size());
    const int evaluations = optimum.evaluations;
    const ClimbTask with_covariates{
        .all =
            with_prior(GroupObjective(family, groups, coefficients, options.l2_penalty, customers)),
        .starts = {theta}};
    VL_ASSIGN_OR_RETURN(optimum, Climb(with_covariates, options));
    optimum.evaluations += evaluations;
  }

  HistoryFit fit;
  fit.rescaled_theta.assign(optimum.theta.begin(),
                            optimum.theta.begin() + static_cast<long>(count));
  for (size_t i = 0; i < count; ++i) {
    fit.params.push_back(std::exp(optimum.theta[i]) / (family.in_weeks[i] ? time_scale : 1));
  }
  std::vector<double> errors;
  fit.report =
      ReportOf(optimum, customers, static_cast<int64_t>(groups.rows.size()), fit.params, &errors);
  if (!coefficients.empty()) {
    fit.covariates = CovariatesOf(family, *options.covariates, coefficients,
                                  std::span<const double>(optimum.theta).subspan(count), errors);
  }
  // What was maximised, less what is not the data's; a density of x purchase times: stretching time
  // by s divides it by s^x.
  if (options.prior != nullptr || options.l2_penalty > 0) {
    const Objective bare = coefficients.empty()
                               ? mean_over(groups.rows)
                               : GroupObjective(family, groups, coefficients, 0, customers);
    fit.report.log_likelihood = customers * bare(optimum.theta).value;
  }
  fit.report.log_likelihood += purchases * std::log(time_scale);
  return fit;
}

}  // namespace valueloop::scoring
