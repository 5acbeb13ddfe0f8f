#include "scoring/domain/mbg_nbd.h"

#include "scoring/domain/leaving.h"

namespace valueloop::scoring {
namespace {

leaving::Params ModelOf(const MbgNbdParams& p) {
  return {.r = p.r, .alpha = p.alpha, .a = p.a, .b = p.b, .first_chances = 1};
}

}  // namespace

absl::Status Validate(const MbgNbdParams& params) { return leaving::Validate(ModelOf(params)); }

absl::Status Validate(const MbgNbdParams& params, const PurchaseHistory& history) {
  return leaving::Validate(ModelOf(params), history);
}

absl::StatusOr<double> LogLikelihood(const MbgNbdParams& params, const PurchaseHistory& history) {
  return leaving::LogLikelihood(ModelOf(params), history);
}

Derivatives LogLikelihoodDerivatives(const MbgNbdParams& params,
                                     std::span<const WeightedHistory> rows) {
  return leaving::LogLikelihoodDerivatives(ModelOf(params), rows);
}

absl::StatusOr<double> AliveProbability(const MbgNbdParams& params,
                                        const PurchaseHistory& history) {
  return leaving::AliveProbability(ModelOf(params), history);
}

absl::StatusOr<double> AliveProbabilityAfter(const MbgNbdParams& params,
                                             const PurchaseHistory& history, double weeks) {
  return leaving::AliveProbabilityAfter(ModelOf(params), history, weeks);
}

absl::StatusOr<double> ExpectedPurchases(const MbgNbdParams& params, const PurchaseHistory& history,
                                         double weeks) {
  return leaving::ExpectedPurchases(ModelOf(params), history, weeks);
}

absl::StatusOr<double> ExpectedPurchasesOfNew(const MbgNbdParams& params, double weeks) {
  return leaving::ExpectedPurchases(ModelOf(params), PurchaseHistory{}, weeks);
}

absl::StatusOr<double> ExpectedPurchasesGivenAlive(const MbgNbdParams& params, double repeat_count,
                                                   double age_weeks, double weeks) {
  return leaving::ExpectedPurchasesGivenAlive(ModelOf(params), repeat_count, age_weeks, weeks);
}

absl::StatusOr<double> Exposure(const MbgNbdParams& params, const PurchaseHistory& history) {
  return leaving::Exposure(ModelOf(params), history);
}

absl::StatusOr<DiscountedFuture> Discounted(const MbgNbdParams& params,
                                            const PurchaseHistory& history, double horizon_weeks,
                                            double delta_weekly) {
  return leaving::Discounted(ModelOf(params), history, horizon_weeks, delta_weekly);
}

absl::StatusOr<DiscountedFuture> DiscountedGivenAlive(const MbgNbdParams& params,
                                                      double repeat_count, double age_weeks,
                                                      double horizon_weeks, double delta_weekly) {
  return leaving::DiscountedGivenAlive(ModelOf(params), repeat_count, age_weeks, horizon_weeks,
                                       delta_weekly);
}

absl::StatusOr<double> DiscountedResidual(const MbgNbdParams& params,
                                          const PurchaseHistory& history, double delta_weekly) {
  return leaving::DiscountedResidual(ModelOf(params), history, delta_weekly);
}

absl::StatusOr<double> PurchaseProbability(const MbgNbdParams& params,
                                           const PurchaseHistory& history, int count,
                                           double weeks) {
  return leaving::PurchaseProbability(ModelOf(params), history, count, weeks);
}

absl::StatusOr<double> ProbabilityOfAnyPurchase(const MbgNbdParams& params,
                                                const PurchaseHistory& history, double weeks) {
  return leaving::ProbabilityOfAnyPurchase(ModelOf(params), history, weeks);
}

absl::StatusOr<double> ProbabilityOfAnyPurchaseGivenAlive(const MbgNbdParams& params,
                                                          double repeat_count, double age_weeks,
                                                          double weeks) {
  return leaving::ProbabilityOfAnyPurchaseGivenAlive(ModelOf(params), repeat_count, age_weeks,
                                                     weeks);
}

absl::StatusOr<double> MedianWeeksToNextPurchase(const MbgNbdParams& params,
                                                 const PurchaseHistory& history) {
  return leaving::MedianWeeksToNextPurchase(ModelOf(params), history);
}

}  // namespace valueloop::scoring
