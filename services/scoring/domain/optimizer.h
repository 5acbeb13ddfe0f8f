// A maximiser for the models' likelihoods: 1 to 4 log-parameters, exact derivatives, box bounds.
#ifndef VALUELOOP_SCORING_DOMAIN_OPTIMIZER_H_
#define VALUELOOP_SCORING_DOMAIN_OPTIMIZER_H_

#include <array>
#include <functional>

#include "absl/status/statusor.h"

namespace valueloop::scoring {

inline constexpr size_t kMaxParameters = 4;
// Every log-parameter stays within +-kLogBound: e^15 is 3.3 million.
inline constexpr double kLogBound = 15;

using Vector4 = std::array<double, kMaxParameters>;
using Matrix4 = std::array<Vector4, kMaxParameters>;

// A function value with its first and second derivatives; entries beyond the dimension are 0.
struct Derivatives {
  double value = 0;
  Vector4 gradient{};
  Matrix4 hessian{};
};

using Objective = std::function<Derivatives(const Vector4& theta)>;

struct Optimum {
  Vector4 theta{};
  Derivatives at;          // At theta.
  bool converged = false;  // The projected gradient is below the tolerance.
  int evaluations = 0;
};

// Called after every evaluation with the best value so far; false stops with CANCELLED.
using OnEvaluation = std::function<bool(double best_value)>;

// Climbs from `start` by Newton steps on the curvature's absolute eigenvalues, damped until the
// value rises. Fails only with Cancelled.
absl::StatusOr<Optimum> Maximize(const Objective& objective, size_t dimension, Vector4 start,
                                 const OnEvaluation& on_evaluation);

// Eigenvalues (ascending) and eigenvectors (columns) of a symmetric matrix, by Jacobi rotations.
struct EigenSystem {
  Vector4 values{};
  Matrix4 vectors{};
};
EigenSystem EigenOf(const Matrix4& symmetric, size_t dimension);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_OPTIMIZER_H_
