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
constexpr double kValueRounding = 1e-13;

// A parameter on its bound whose gradient points outward does not move.
bool IsFixed(double theta, double gradient) {
  return (theta >= kLogBound && gradient > 0) || (theta <= -kLogBound && gradient < 0);
}

bool IsUsable(const WideDerivatives& at) {
  return std::isfinite(at.value) && std::all_of(at.gradient.begin(), at.gradient.end(),
                                                [](double g) { return std::isfinite(g); });
}

// The Newton step over the free parameters, uphill in every direction, at most kMaxStep long.
std::vector<double> StepOf(const WideDerivatives& at, const std::vector<double>& theta) {
  const size_t dimension = theta.size();
  SquareMatrix curvature(dimension);
  std::vector<double> gradient(dimension);
  for (size_t i = 0; i < dimension; ++i) {
    const bool fixed_i = IsFixed(theta[i], at.gradient[i]);
    gradient[i] = fixed_i ? 0 : at.gradient[i];
    for (size_t j = 0; j < dimension; ++j) {
      const bool free = !fixed_i && !IsFixed(theta[j], at.gradient[j]);
      curvature(i, j) = free ? -at.hessian(i, j) : (i == j ? 1.0 : 0.0);
    }
  }
  const EigenSystem eigen = EigenOf(curvature);
  std::vector<double> step(dimension);
  for (size_t k = 0; k < dimension; ++k) {
    double along = 0;
    for (size_t i = 0; i < dimension; ++i) along += eigen.vectors(i, k) * gradient[i];
    const double length = along / std::max(std::fabs(eigen.values[k]), kMinCurvature);
    for (size_t i = 0; i < dimension; ++i) step[i] += eigen.vectors(i, k) * length;
  }
  double longest = 0;
  for (const double s : step) longest = std::max(longest, std::fabs(s));
  if (longest > kMaxStep) {
    for (double& s : step) s *= kMaxStep / longest;
  }
  return step;
}

// The steepest slope among the parameters that may move.
double SlopeOf(const WideDerivatives& at, const std::vector<double>& theta) {
  double slope = 0;
  for (size_t i = 0; i < theta.size(); ++i) {
    if (!IsFixed(theta[i], at.gradient[i])) slope = std::max(slope, std::fabs(at.gradient[i]));
  }
  return slope;
}

// A higher value; or one alike up to rounding, with less than half the slope: near the optimum the
// slope still tells points apart that the value no longer does.
bool IsBetter(const WideDerivatives& at, const std::vector<double>& theta, const Optimum& best) {
  if (at.value > best.at.value) return true;
  return at.value >= best.at.value - kValueRounding * std::fabs(best.at.value) &&
         SlopeOf(at, theta) < SlopeOf(best.at, best.theta) / 2;
}

}  // namespace

WideDerivatives::WideDerivatives(const Derivatives& narrow, size_t dimension, double factor)
    : WideDerivatives(dimension) {
  value = narrow.value * factor;
  for (size_t i = 0; i < dimension; ++i) {
    gradient[i] = narrow.gradient[i] * factor;
    for (size_t j = 0; j < dimension; ++j) hessian(i, j) = narrow.hessian[i][j] * factor;
  }
}

EigenSystem EigenOf(const SquareMatrix& symmetric) {
  const size_t dimension = symmetric.dimension();
  SquareMatrix a = symmetric;
  EigenSystem out{.values = std::vector<double>(dimension), .vectors = SquareMatrix(dimension)};
  for (size_t i = 0; i < dimension; ++i) out.vectors(i, i) = 1;
  for (int sweep = 0; sweep < 60; ++sweep) {
    double off = 0;
    double all = 0;
    for (size_t p = 0; p < dimension; ++p) {
      for (size_t q = 0; q < dimension; ++q) {
        all += a(p, q) * a(p, q);
        if (p != q) off += a(p, q) * a(p, q);
      }
    }
    if (!(off > 1e-32 * all)) break;
    for (size_t p = 0; p < dimension; ++p) {
      for (size_t q = p + 1; q < dimension; ++q) {
        if (a(p, q) == 0) continue;
        const double theta = (a(q, q) - a(p, p)) / (2 * a(p, q));
        const double t = (theta >= 0 ? 1.0 : -1.0) / (std::fabs(theta) + std::hypot(theta, 1.0));
        const double c = 1 / std::hypot(t, 1.0);
        const double s = t * c;
        for (size_t k = 0; k < dimension; ++k) {
          const double kp = a(k, p);
          a(k, p) = c * kp - s * a(k, q);
          a(k, q) = s * kp + c * a(k, q);
        }
        for (size_t k = 0; k < dimension; ++k) {
          const double pk = a(p, k);
          a(p, k) = c * pk - s * a(q, k);
          a(q, k) = s * pk + c * a(q, k);
          const double vkp = out.vectors(k, p);
          out.vectors(k, p) = c * vkp - s * out.vectors(k, q);
          out.vectors(k, q) = s * vkp + c * out.vectors(k, q);
        }
      }
    }
  }
  for (size_t i = 0; i < dimension; ++i) out.values[i] = a(i, i);
  for (size_t i = 0; i < dimension; ++i) {  // Ascending.
    for (size_t j = i + 1; j < dimension; ++j) {
      if (out.values[j] >= out.values[i]) continue;
      std::swap(out.values[i], out.values[j]);
      for (size_t k = 0; k < dimension; ++k) std::swap(out.vectors(k, i), out.vectors(k, j));
    }
  }
  return out;
}

absl::StatusOr<Optimum> Maximize(const Objective& objective, std::vector<double> start,
                                 const OnEvaluation& on_evaluation) {
  for (double& t : start) t = std::clamp(t, -kLogBound, kLogBound);
  Optimum best{.theta = std::move(start)};
  best.at = objective(best.theta);
  best.evaluations = 1;
  for (int step_count = 0; step_count < kMaxSteps; ++step_count) {
    if (on_evaluation && !on_evaluation(best.at.value)) {
      return absl::CancelledError("fit: stopped by its caller");
    }
    if (!IsUsable(best.at)) break;
    best.converged = SlopeOf(best.at, best.theta) <= kGradientTolerance;
    if (best.converged) break;
    std::vector<double> step = StepOf(best.at, best.theta);
    bool moved = false;
    for (int halving = 0; halving < kMaxHalvings && !moved; ++halving) {
      std::vector<double> theta = best.theta;
      for (size_t i = 0; i < theta.size(); ++i) {
        theta[i] = std::clamp(theta[i] + step[i], -kLogBound, kLogBound);
        step[i] /= 2;
      }
      if (theta == best.theta) break;
      WideDerivatives at = objective(theta);
      ++best.evaluations;
      if (!IsUsable(at) || !IsBetter(at, theta, best)) continue;
      best.theta = std::move(theta);
      best.at = std::move(at);
      moved = true;
    }
    if (moved) continue;
    // Rounding hides any further rise: this is the optimum if the slope is as small as rounding.
    best.converged = SlopeOf(best.at, best.theta) <= 1e-6 * std::max(1.0, std::fabs(best.at.value));
    break;
  }
  return best;
}

}  // namespace valueloop::scoring
