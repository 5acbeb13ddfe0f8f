// A maximiser for the models' likelihoods: a few log-parameters and coefficients, exact
// derivatives, box bounds.
#ifndef VALUELOOP_SCORING_DOMAIN_OPTIMIZER_H_
#define VALUELOOP_SCORING_DOMAIN_OPTIMIZER_H_

#include <array>
#include <cstddef>
#include <functional>
#include <vector>

#include "absl/status/statusor.h"

namespace valueloop::scoring {

inline constexpr size_t kMaxParameters = 4;
// Every log-parameter stays within +-kLogBound: e^15 is 3.3 million.
inline constexpr double kLogBound = 15;

using Vector4 = std::array<double, kMaxParameters>;
using Matrix4 = std::array<Vector4, kMaxParameters>;

// A family's log-likelihood with its first and second derivatives; entries beyond the dimension are
// 0.
struct Derivatives {
  double value = 0;
  Vector4 gradient{};
  Matrix4 hessian{};
};

class SquareMatrix {
 public:
  SquareMatrix() = default;
  explicit SquareMatrix(size_t dimension)
      : dimension_(dimension), entries_(dimension * dimension) {}

  size_t dimension() const { return dimension_; }
  double& operator()(size_t row, size_t column) { return entries_[row * dimension_ + column]; }
  double operator()(size_t row, size_t column) const { return entries_[row * dimension_ + column]; }

 private:
  size_t dimension_ = 0;
  std::vector<double> entries_;
};

// The same of any dimension, as covariates need it.
struct WideDerivatives {
  WideDerivatives() = default;
  explicit WideDerivatives(size_t dimension) : gradient(dimension), hessian(dimension) {}
  // The leading `dimension` entries of `narrow`, each times `factor`.
  WideDerivatives(const Derivatives& narrow, size_t dimension, double factor);

  double value = 0;
  std::vector<double> gradient;
  SquareMatrix hessian;
};

using Objective = std::function<WideDerivatives(const std::vector<double>& theta)>;

struct Optimum {
  std::vector<double> theta;
  WideDerivatives at;      // At theta.
  bool converged = false;  // The projected gradient is below the tolerance.
  int evaluations = 0;
};

// Called after every step with the best value so far; false stops with CANCELLED.
using OnEvaluation = std::function<bool(double best_value)>;

// Climbs from `start` by Newton steps on the curvature's absolute eigenvalues, damped until the
// value rises; at most 200 of them. Fails only with Cancelled.
absl::StatusOr<Optimum> Maximize(const Objective& objective, std::vector<double> start,
                                 const OnEvaluation& on_evaluation);

// Eigenvalues (ascending) and eigenvectors (columns) of a symmetric matrix, by Jacobi rotations.
struct EigenSystem {
  std::vector<double> values;
  SquareMatrix vectors;
};
EigenSystem EigenOf(const SquareMatrix& symmetric);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_OPTIMIZER_H_
