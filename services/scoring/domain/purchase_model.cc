#include "scoring/domain/purchase_model.h"

#include <array>

#include "common/status.h"
#include "fmt/format.h"

namespace valueloop::scoring {
namespace {

constexpr std::array<std::string_view, kFamilyCount> kFamilyNames = {"BG_NBD", "MBG_NBD",
                                                                     "PARETO_NBD"};

constexpr std::array<std::string_view, 4> kLeavingNames = {"r", "alpha", "a", "b"};
constexpr std::array<std::string_view, 4> kParetoNbdNames = {"r", "alpha", "s", "beta"};

std::vector<double> ValuesOf(const BgNbdParams& p) { return {p.r, p.alpha, p.a, p.b}; }
std::vector<double> ValuesOf(const MbgNbdParams& p) { return {p.r, p.alpha, p.a, p.b}; }
std::vector<double> ValuesOf(const ParetoNbdParams& p) { return {p.r, p.alpha, p.s, p.beta}; }

PurchaseParams ParamsFrom(Family family, std::span<const double> v) {
  switch (family) {
    case Family::kBgNbd:
      return PurchaseParams(BgNbdParams{.r = v[0], .alpha = v[1], .a = v[2], .b = v[3]});
    case Family::kMbgNbd:
      return PurchaseParams(MbgNbdParams{.r = v[0], .alpha = v[1], .a = v[2], .b = v[3]});
    case Family::kParetoNbd:
      return PurchaseParams(ParetoNbdParams{.r = v[0], .alpha = v[1], .s = v[2], .beta = v[3]});
  }
  return {};
}

}  // namespace

std::string_view FamilyName(Family family) { return kFamilyNames[static_cast<size_t>(family)]; }

std::optional<Family> ParseFamily(std::string_view name) {
  for (size_t i = 0; i < kFamilyNames.size(); ++i) {
    if (kFamilyNames[i] == name) return static_cast<Family>(i);
  }
  return std::nullopt;
}

std::span<const std::string_view> ParameterNames(Family family) {
  switch (family) {
    case Family::kBgNbd:
    case Family::kMbgNbd:
      return kLeavingNames;
    case Family::kParetoNbd:
      return kParetoNbdNames;
  }
  return {};
}

std::vector<double> ParameterValues(const PurchaseParams& params) {
  return std::visit([](const auto& p) { return ValuesOf(p); }, params.variant());
}

absl::StatusOr<PurchaseParams> MakePurchaseParams(Family family, std::span<const double> values) {
  const size_t count = ParameterNames(family).size();
  if (values.size() != count) {
    return InvalidField("parameters", fmt::format("{} values", values.size()),
                        fmt::format("{} for {}", count, FamilyName(family)));
  }
  const PurchaseParams params = ParamsFrom(family, values);
  VL_RETURN_IF_ERROR(Validate(params));
  return params;
}

absl::Status Validate(const PurchaseParams& params) {
  return std::visit([](const auto& p) { return Validate(p); }, params.variant());
}

absl::StatusOr<double> LogLikelihood(const PurchaseParams& params, const PurchaseHistory& history) {
  return std::visit([&](const auto& p) { return LogLikelihood(p, history); }, params.variant());
}

absl::StatusOr<double> AliveProbability(const PurchaseParams& params,
                                        const PurchaseHistory& history) {
  return std::visit([&](const auto& p) { return AliveProbability(p, history); }, params.variant());
}

absl::StatusOr<double> AliveProbabilityAfter(const PurchaseParams& params,
                                             const PurchaseHistory& history, double weeks) {
  return std::visit([&](const auto& p) { return AliveProbabilityAfter(p, history, weeks); },
                    params.variant());
}

absl::StatusOr<double> ExpectedPurchases(const PurchaseParams& params,
                                         const PurchaseHistory& history, double weeks) {
  return std::visit([&](const auto& p) { return ExpectedPurchases(p, history, weeks); },
                    params.variant());
}

absl::StatusOr<double> ExpectedPurchasesOfNew(const PurchaseParams& params, double weeks) {
  return std::visit([&](const auto& p) { return ExpectedPurchasesOfNew(p, weeks); },
                    params.variant());
}

absl::StatusOr<double> Exposure(const PurchaseParams& params, const PurchaseHistory& history) {
  return std::visit([&](const auto& p) { return Exposure(p, history); }, params.variant());
}

absl::StatusOr<DiscountedFuture> Discounted(const PurchaseParams& params,
                                            const PurchaseHistory& history, double horizon_weeks,
                                            double delta_weekly) {
  return std::visit(
      [&](const auto& p) { return Discounted(p, history, horizon_weeks, delta_weekly); },
      params.variant());
}

absl::StatusOr<DiscountedFuture> DiscountedGivenAlive(const PurchaseParams& params,
                                                      double repeat_count, double age_weeks,
                                                      double horizon_weeks, double delta_weekly) {
  return std::visit(
      [&](const auto& p) {
        return DiscountedGivenAlive(p, repeat_count, age_weeks, horizon_weeks, delta_weekly);
      },
      params.variant());
}

absl::StatusOr<double> DiscountedResidual(const PurchaseParams& params,
                                          const PurchaseHistory& history, double delta_weekly) {
  return std::visit([&](const auto& p) { return DiscountedResidual(p, history, delta_weekly); },
                    params.variant());
}

absl::StatusOr<double> PurchaseProbability(const PurchaseParams& params,
                                           const PurchaseHistory& history, int count,
                                           double weeks) {
  return std::visit([&](const auto& p) { return PurchaseProbability(p, history, count, weeks); },
                    params.variant());
}

absl::StatusOr<double> ProbabilityOfAnyPurchase(const PurchaseParams& params,
                                                const PurchaseHistory& history, double weeks) {
  return std::visit([&](const auto& p) { return ProbabilityOfAnyPurchase(p, history, weeks); },
                    params.variant());
}

absl::StatusOr<double> MedianWeeksToNextPurchase(const PurchaseParams& params,
                                                 const PurchaseHistory& history) {
  return std::visit([&](const auto& p) { return MedianWeeksToNextPurchase(p, history); },
                    params.variant());
}

}  // namespace valueloop::scoring
