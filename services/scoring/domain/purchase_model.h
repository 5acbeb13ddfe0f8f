// One purchase family's parameters, whichever the family is. A family is a struct of parameters and
// an overload set of free functions (bg_nbd.h shows it whole); the functions here have the same
// names, shapes and errors and pass on to the family at hand. All times in weeks.
//
// To add a family: write its overload set, name it in Family, in the variant and in
// purchase_model.cc.
#ifndef VALUELOOP_SCORING_DOMAIN_PURCHASE_MODEL_H_
#define VALUELOOP_SCORING_DOMAIN_PURCHASE_MODEL_H_

#include <concepts>
#include <optional>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "scoring/domain/bg_nbd.h"
#include "scoring/domain/cnbd.h"
#include "scoring/domain/history.h"
#include "scoring/domain/mbg_nbd.h"
#include "scoring/domain/pareto_nbd.h"

namespace valueloop::scoring {

// In the order of the variant below.
enum class Family { kBgNbd, kMbgNbd, kParetoNbd, kBgCnbd, kMbgCnbd };
inline constexpr int kFamilyCount = 5;
// BG_NBD, MBG_NBD, PARETO_NBD, BG_CNBD, MBG_CNBD.
std::string_view FamilyName(Family family);
std::optional<Family> ParseFamily(std::string_view name);

// Made explicitly from a family's parameters, so that a function that a family lacks is an error of
// the compiler and not a call of itself.
class PurchaseParams {
 public:
  using Variant =
      std::variant<BgNbdParams, MbgNbdParams, ParetoNbdParams, BgCnbdParams, MbgCnbdParams>;

  PurchaseParams() = default;
  template <typename Params>
  requires std::constructible_from<Variant, Params> &&
      (!std::same_as<std::remove_cvref_t<Params>, PurchaseParams>)explicit PurchaseParams(
          Params params)
      : params_(std::move(params)) {}

  Family family() const { return static_cast<Family>(params_.index()); }
  const Variant& variant() const { return params_; }
  // nullptr if the family is another.
  template <typename Params>
  const Params* As() const {
    return std::get_if<Params>(&params_);
  }
  friend bool operator==(const PurchaseParams&, const PurchaseParams&) = default;

 private:
  Variant params_;
};

// In the order of the parameters' fields, such as r, alpha, a, b.
std::span<const std::string_view> ParameterNames(Family family);
std::vector<double> ParameterValues(const PurchaseParams& params);
// `values` in the order of ParameterNames. InvalidArgument names the parameter out of range, or the
// count if it is another.
absl::StatusOr<PurchaseParams> MakePurchaseParams(Family family, std::span<const double> values);

absl::Status Validate(const PurchaseParams& params);
absl::StatusOr<double> LogLikelihood(const PurchaseParams& params, const PurchaseHistory& history);
absl::StatusOr<double> AliveProbability(const PurchaseParams& params,
                                        const PurchaseHistory& history);
absl::StatusOr<double> AliveProbabilityAfter(const PurchaseParams& params,
                                             const PurchaseHistory& history, double weeks);
absl::StatusOr<double> ExpectedPurchases(const PurchaseParams& params,
                                         const PurchaseHistory& history, double weeks);
absl::StatusOr<double> ExpectedPurchasesOfNew(const PurchaseParams& params, double weeks);
absl::StatusOr<double> Exposure(const PurchaseParams& params, const PurchaseHistory& history);
absl::StatusOr<DiscountedFuture> Discounted(const PurchaseParams& params,
                                            const PurchaseHistory& history, double horizon_weeks,
                                            double delta_weekly);
absl::StatusOr<DiscountedFuture> DiscountedGivenAlive(const PurchaseParams& params,
                                                      double repeat_count, double age_weeks,
                                                      double horizon_weeks, double delta_weekly);
// The same of a customer with that history that is alive: exact also for a family to which the
// weeks since the last purchase say more than that (DependsOnSilence).
absl::StatusOr<DiscountedFuture> DiscountedGivenAlive(const PurchaseParams& params,
                                                      const PurchaseHistory& history,
                                                      double horizon_weeks, double delta_weekly);
// Whether the future of a customer known to be alive depends on more than x and T.
bool DependsOnSilence(const PurchaseParams& params);
absl::StatusOr<double> DiscountedResidual(const PurchaseParams& params,
                                          const PurchaseHistory& history, double delta_weekly);
absl::StatusOr<double> PurchaseProbability(const PurchaseParams& params,
                                           const PurchaseHistory& history, int count, double weeks);
absl::StatusOr<double> ProbabilityOfAnyPurchase(const PurchaseParams& params,
                                                const PurchaseHistory& history, double weeks);
absl::StatusOr<double> MedianWeeksToNextPurchase(const PurchaseParams& params,
                                                 const PurchaseHistory& history);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_PURCHASE_MODEL_H_
