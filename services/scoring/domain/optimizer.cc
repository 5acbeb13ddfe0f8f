#include "scoring/domain/optimizer.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace valueloop::scoring {
namespace {

constexpr int kMaxSteps = 200;
constexpr int kMaxHalvings = 40;
constexpr double kGradientTolerance = 1e-10;  // Of a mean log-likelihood per log-parameter.
constexpr double kMaxStep = 2;                // Per log-parameter: a factor of 7.4.
constexpr double kMinCurvature = 1e-12;

// A parameter on its bound whose gradient points outward does not move.
bool IsFixed(double theta, double gradient) {
  return (theta >= kLogBound && gradient > 0) || (theta <= -kLogBound && gradient < 0);
}

bool IsUsable(const Derivatives& at, size_t dimension) {
  bool finite = std::isfinite(at.value);
  for (size_t i = 0; i < dimension; ++i) finite = finite && std::isfinite(at.gradient[i]);
  return finite;
}

// The Newton step over the free parameters, uphill in every direction, at most kMaxStep long.
Vector4 StepOf(const Derivatives& at, const Vector4& theta, size_t dimension) {
  Matrix4 curvature{};
  Vector4 gradient{};
  for (size_t i = 0; i < dimension; ++i) {
    const bool fixed_i = IsFixed(theta[i], at.gradient[i]);
    gradient[i] = fixed_i ? 0 : at.gradient[i];
    for (size_t j = 0; j < dimension; ++j) {
      const bool free = !fixed_i && !IsFixed(theta[j], at.gradient[j]);
      curvature[i][j] = free ? -at.hessian[i][j] : (i == j ? 1.0 : 0.0);
    }
  }
  const EigenSystem eigen = EigenOf(curvature, dimension);
  Vector4 step{};
  for (size_t k = 0; k < dimension; ++k) {
    double along = 0;
    for (size_t i = 0; i < dimension; ++i) along += eigen.vectors[i][k] * gradient[i];
    const double length = along / std::max(std::fabs(eigen.values[k]), kMinCurvature);
    for (size_t i = 0; i < dimension; ++i) step[i] += eigen.vectors[i][k] * length;
  }
  double longest = 0;
  for (const double s : step) longest = std::max(longest, std::fabs(s));
  if (longest > kMaxStep) {
    for (double& s : step) s *= kMaxStep / longest;
  }
  return step;
}

bool IsAtOptimum(const Derivatives& at, const Vector4& theta, size_t dimension) {
  for (size_t i = 0; i < dimension; ++i) {
    if (!IsFixed(theta[i], at.gradient[i]) && std::fabs(at.gradient[i]) > kGradientTolerance) {
      return false;
    }
  }
  return true;
}

}  // namespace

EigenSystem EigenOf(const Matrix4& symmetric, size_t dimension) {
  Matrix4 a = symmetric;
  EigenSystem out;
  for (size_t i = 0; i < dimension; ++i) out.vectors[i][i] = 1;
  for (int sweep = 0; sweep < 60; ++sweep) {
    double off = 0;
    double all = 0;
    for (size_t p = 0; p < dimension; ++p) {
      for (size_t q = 0; q < dimension; ++q) {
        all += a[p][q] * a[p][q];
        if (p != q) off += a[p][q] * a[p][q];
      }
    }
    if (!(off > 1e-32 * all)) break;
    for (size_t p = 0; p < dimension; ++p) {
      for (size_t q = p + 1; q < dimension; ++q) {
        if (a[p][q] == 0) continue;
        const double theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
        const double t = (theta >= 0 ? 1.0 : -1.0) / (std::fabs(theta) + std::hypot(theta, 1.0));
        const double c = 1 / std::hypot(t, 1.0);
        const double s = t * c;
        for (size_t k = 0; k < dimension; ++k) {
          const double kp = a[k][p];
          a[k][p] = c * kp - s * a[k][q];
          a[k][q] = s * kp + c * a[k][q];
        }
        for (size_t k = 0; k < dimension; ++k) {
          const double pk = a[p][k];
          a[p][k] = c * pk - s * a[q][k];
          a[q][k] = s * pk + c * a[q][k];
          const double vkp = out.vectors[k][p];
          out.vectors[k][p] = c * vkp - s * out.vectors[k][q];
          out.vectors[k][q] = s * vkp + c * out.vectors[k][q];
        }
      }
    }
  }
  for (size_t i = 0; i < dimension; ++i) out.values[i] = a[i][i];
  for (size_t i = 0; i < dimension; ++i) {  // Ascending.
    for (size_t j = i + 1; j < dimension; ++j) {
      if (out.values[j] >= out.values[i]) continue;
      std::swap(out.values[i], out.values[j]);
      for (size_t k = 0; k < dimension; ++k) std::swap(out.vectors[k][i], out.vectors[k][j]);
    }
  }
  return out;
}

absl::StatusOr<Optimum> Maximize(const Objective& objective, size_t dimension, Vector4 start,
                                 const OnEvaluation& on_evaluation) {
  Optimum best;
  const auto evaluate = [&](const Vector4& theta) {
    ++best.evaluations;
    return objective(theta);
  };
  for (double& t : start) t = std::clamp(t, -kLogBound, kLogBound);
  best.theta = start;
  best.at = evaluate(start);
  for (int step_count = 0; step_count < kMaxSteps; ++step_count) {
    if (on_evaluation && !on_evaluation(best.at.value)) {
      return absl::CancelledError("fit: stopped by its caller");
    }
    if (!IsUsable(best.at, dimension)) break;
    best.converged = IsAtOptimum(best.at, best.theta, dimension);
    if (best.converged) break;
    Vector4 step = StepOf(best.at, best.theta, dimension);
    bool moved = false;
    for (int halving = 0; halving < kMaxHalvings && !moved; ++halving) {
      Vector4 theta = best.theta;
      for (size_t i = 0; i < dimension; ++i) {
        theta[i] = std::clamp(theta[i] + step[i], -kLogBound, kLogBound);
        step[i] /= 2;
      }
      if (theta == best.theta) break;
      const Derivatives at = evaluate(theta);
      if (!IsUsable(at, dimension) || !(at.value > best.at.value)) continue;
      best.theta = theta;
      best.at = at;
      moved = true;
    }
    if (moved) continue;
    // Rounding hides any further rise: this is the optimum if the slope is as small as rounding.
    double slope = 0;
    for (size_t i = 0; i < dimension; ++i) {
      if (!IsFixed(best.theta[i], best.at.gradient[i])) {
        slope = std::max(slope, std::fabs(best.at.gradient[i]));
      }
    }
    best.converged = slope <= 1e-6 * std::max(1.0, std::fabs(best.at.value));
    break;
  }
  return best;
}

}  // namespace valueloop::scoring
