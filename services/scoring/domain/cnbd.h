// The BG/CNBD-k and MBG/CNBD-k models: BG/NBD and MBG/NBD for customers who buy more regularly than
// at random. While alive, a customer's weeks from one purchase to the next are Erlang-k: the sum of
// k stages, each exponential at the customer's own rate (Gamma(r, alpha) across customers), so that
// the mean gap is k / rate and k = 1 is BG/NBD or MBG/NBD exactly. After each repeat purchase
// (MBG: also after the first one) it leaves for good with its own probability (Beta(a, b)).
// Source: Platzer & Reutterer, "Ticking Away the Moments: Timing Regularity Helps to Better Predict
// Customer Activity" (2016).
//
// With one stage each function passes on to BG/NBD's or MBG/NBD's own. Everything else is exact,
// also where the literature approximates by BG/NBD: what is known of a running gap is in which of
// its stages it may be, and the stages still to come are a negative-binomial count. Only two things
// are quadrature (Discounted, DiscountedResidual), and sums over more than a million stages leave
// out the rest. All times in weeks.
#ifndef VALUELOOP_SCORING_DOMAIN_CNBD_H_
#define VALUELOOP_SCORING_DOMAIN_CNBD_H_

#include <cstdint>
#include <span>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "scoring/domain/history.h"
#include "scoring/domain/optimizer.h"
#include "scoring/domain/purchase_family.h"

namespace valueloop::scoring {

inline constexpr int32_t kMaxRegularity = 24;

// kFirstChances: how many chances of leaving the first purchase gives, 0 or 1.
template <int kFirstChances>
struct CnbdParams {
  double r = 0;      // Shape of the rate of stages across customers.
  double alpha = 0;  // Its scale, in weeks: the mean rate of purchases is r / (alpha k) per week.
  double a = 0;      // The mean probability of leaving at a chance is a / (a + b).
  double b = 0;
  int32_t k = 1;  // 1..24: 1 is random, the more the more regular.
  friend bool operator==(const CnbdParams&, const CnbdParams&) = default;
};
using BgCnbdParams = CnbdParams<0>;
using MbgCnbdParams = CnbdParams<1>;

namespace regular {

// Either of the two. Each function does what its namesake of bg_nbd.h says.
struct Model {
  double r = 0;
  double alpha = 0;
  double a = 0;
  double b = 0;
  int32_t k = 1;
  int32_t first_chances = 0;
};

absl::Status Validate(const Model& model);
absl::Status Validate(const Model& model, const PurchaseHistory& history);
// For k > 1 wants the history's log_gap_sum, without which a k cannot be compared with another.
absl::StatusOr<double> LogLikelihood(const Model& model, const PurchaseHistory& history);
// Rows without a log_gap_sum leave (k - 1) log_gap_sum out, which does not depend on the
// parameters.
Derivatives LogLikelihoodDerivatives(const Model& model, std::span<const WeightedHistory> rows);
absl::StatusOr<double> AliveProbability(const Model& model, const PurchaseHistory& history);
absl::StatusOr<double> AliveProbabilityAfter(const Model& model, const PurchaseHistory& history,
                                             double weeks);
absl::StatusOr<double> ExpectedPurchases(const Model& model, const PurchaseHistory& history,
                                         double weeks);
absl::StatusOr<double> Exposure(const Model& model, const PurchaseHistory& history);
absl::StatusOr<DiscountedFuture> Discounted(const Model& model, const PurchaseHistory& history,
                                            double horizon_weeks, double delta_weekly);
// Of a customer with that history that is alive.
absl::StatusOr<DiscountedFuture> DiscountedGivenAlive(const Model& model,
                                                      const PurchaseHistory& history,
                                                      double horizon_weeks, double delta_weekly);
// Nothing is known of the running gap: each of its stages is as likely as any other.
absl::StatusOr<DiscountedFuture> DiscountedGivenAlive(const Model& model, double repeat_count,
                                                      double age_weeks, double horizon_weeks,
                                                      double delta_weekly);
absl::StatusOr<double> DiscountedResidual(const Model& model, const PurchaseHistory& history,
                                          double delta_weekly);
absl::StatusOr<double> PurchaseProbability(const Model& model, const PurchaseHistory& history,
                                           int count, double weeks);
absl::StatusOr<double> ProbabilityOfAnyPurchase(const Model& model, const PurchaseHistory& history,
                                                double weeks);
absl::StatusOr<double> MedianWeeksToNextPurchase(const Model& model,
                                                 const PurchaseHistory& history);

}  // namespace regular

template <int kFirstChances>
regular::Model ModelOf(const CnbdParams<kFirstChances>& p) {
  return {.r = p.r, .alpha = p.alpha, .a = p.a, .b = p.b, .k = p.k, .first_chances = kFirstChances};
}

template <int kFirstChances>
absl::Status Validate(const CnbdParams<kFirstChances>& params) {
  return regular::Validate(ModelOf(params));
}
template <int kFirstChances>
absl::Status Validate(const CnbdParams<kFirstChances>& params, const PurchaseHistory& history) {
  return regular::Validate(ModelOf(params), history);
}
template <int kFirstChances>
absl::StatusOr<double> LogLikelihood(const CnbdParams<kFirstChances>& params,
                                     const PurchaseHistory& history) {
  return regular::LogLikelihood(ModelOf(params), history);
}
template <int kFirstChances>
Derivatives LogLikelihoodDerivatives(const CnbdParams<kFirstChances>& params,
                                     std::span<const WeightedHistory> rows) {
  return regular::LogLikelihoodDerivatives(ModelOf(params), rows);
}
template <int kFirstChances>
absl::StatusOr<double> AliveProbability(const CnbdParams<kFirstChances>& params,
                                        const PurchaseHistory& history) {
  return regular::AliveProbability(ModelOf(params), history);
}
template <int kFirstChances>
absl::StatusOr<double> AliveProbabilityAfter(const CnbdParams<kFirstChances>& params,
                                             const PurchaseHistory& history, double weeks) {
  return regular::AliveProbabilityAfter(ModelOf(params), history, weeks);
}
template <int kFirstChances>
absl::StatusOr<double> ExpectedPurchases(const CnbdParams<kFirstChances>& params,
                                         const PurchaseHistory& history, double weeks) {
  return regular::ExpectedPurchases(ModelOf(params), history, weeks);
}
template <int kFirstChances>
absl::StatusOr<double> ExpectedPurchasesOfNew(const CnbdParams<kFirstChances>& params,
                                              double weeks) {
  return regular::ExpectedPurchases(ModelOf(params), PurchaseHistory{}, weeks);
}
template <int kFirstChances>
absl::StatusOr<double> Exposure(const CnbdParams<kFirstChances>& params,
                                const PurchaseHistory& history) {
  return regular::Exposure(ModelOf(params), history);
}
template <int kFirstChances>
absl::StatusOr<DiscountedFuture> Discounted(const CnbdParams<kFirstChances>& params,
                                            const PurchaseHistory& history, double horizon_weeks,
                                            double delta_weekly) {
  return regular::Discounted(ModelOf(params), history, horizon_weeks, delta_weekly);
}
template <int kFirstChances>
absl::StatusOr<DiscountedFuture> DiscountedGivenAlive(const CnbdParams<kFirstChances>& params,
                                                      double repeat_count, double age_weeks,
                                                      double horizon_weeks, double delta_weekly) {
  return regular::DiscountedGivenAlive(ModelOf(params), repeat_count, age_weeks, horizon_weeks,
                                       delta_weekly);
}
// The same of a customer with that history, whose running gap tells what to expect of it.
template <int kFirstChances>
absl::StatusOr<DiscountedFuture> DiscountedGivenAlive(const CnbdParams<kFirstChances>& params,
                                                      const PurchaseHistory& history,
                                                      double horizon_weeks, double delta_weekly) {
  return regular::DiscountedGivenAlive(ModelOf(params), history, horizon_weeks, delta_weekly);
}
template <int kFirstChances>
absl::StatusOr<double> DiscountedResidual(const CnbdParams<kFirstChances>& params,
                                          const PurchaseHistory& history, double delta_weekly) {
  return regular::DiscountedResidual(ModelOf(params), history, delta_weekly);
}
template <int kFirstChances>
absl::StatusOr<double> PurchaseProbability(const CnbdParams<kFirstChances>& params,
                                           const PurchaseHistory& history, int count,
                                           double weeks) {
  return regular::PurchaseProbability(ModelOf(params), history, count, weeks);
}
template <int kFirstChances>
absl::StatusOr<double> ProbabilityOfAnyPurchase(const CnbdParams<kFirstChances>& params,
                                                const PurchaseHistory& history, double weeks) {
  return regular::ProbabilityOfAnyPurchase(ModelOf(params), history, weeks);
}
template <int kFirstChances>
absl::StatusOr<double> MedianWeeksToNextPurchase(const CnbdParams<kFirstChances>& params,
                                                 const PurchaseHistory& history) {
  return regular::MedianWeeksToNextPurchase(ModelOf(params), history);
}

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_CNBD_H_
