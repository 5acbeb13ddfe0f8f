#include "scoring/domain/purchase_model.h"

#include <array>
#include <cmath>

#include "common/status.h"
#include "fmt/format.h"

namespace valueloop::scoring {
namespace {

constexpr std::array<std::string_view, kFamilyCount> kFamilyNames = {
    "BG_NBD", "MBG_NBD", "PARETO_NBD", "BG_CNBD", "MBG_CNBD"};

constexpr std::array<std::string_view, 4> kLeavingNames = {"r", "alpha", "a", "b"};
constexpr std::array<std::string_view, 4> kParetoNbdNames = {"r", "alpha", "s", "beta"};
constexpr std::array<std::string_view, 5> kCnbdNames = {"r", "alpha", "a", "b", "k"};
constexpr size_t kRegularity = 4;  // Of kCnbdNames.

std::vector<double> ValuesOf(const BgNbdParams& p) { return {p.r, p.alpha, p.a, p.b}; }
std::vector<double> ValuesOf(const MbgNbdParams& p) { return {p.r, p.alpha, p.a, p.b}; }
std::vector<double> ValuesOf(const ParetoNbdParams& p) { return {p.r, p.alpha, p.s, p.beta}; }
template <int kFirstChances>
std::vector<double> ValuesOf(const CnbdParams<kFirstChances>& p) {
  return {p.r, p.alpha, p.a, p.b, static_cast<double>(p.k)};
}

template <typename Params>
Params CnbdFrom(std::span<const double> v) {
  return {.r = v[0],
          .alpha = v[1],
          .a = v[2],
          .b = v[3],
          .k = static_cast<int32_t>(std::lround(v[kRegularity]))};
}

PurchaseParams ParamsFrom(Family family, std::span<const double> v) {
  switch (family) {
    case Family::kBgNbd:
      return PurchaseParams(BgNbdParams{.r = v[0], .alpha = v[1], .a = v[2], .b = v[3]});
    case Family::kMbgNbd:
      return PurchaseParams(MbgNbdParams{.r = v[0], .alpha = v[1], .a = v[2], .b = v[3]});
    case Family::kParetoNbd:
      return PurchaseParams(ParetoNbdParams{.r = v[0], .alpha = v[1], .s = v[2], .beta = v[3]});
    case Family::kBgCnbd:
      return PurchaseParams(CnbdFrom<BgCnbdParams>(v));
    case Family::kMbgCnbd:
      return PurchaseParams(CnbdFrom<MbgCnbdParams>(v));
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
    case Family::kBgCnbd:
    case Family::kMbgCnbd:
      return kCnbdNames;
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
  if (count > kRegularity) {
    // Steps of a numeric derivative, up to a percent, are read as the whole number they start from.
    const double k = values[kRegularity];
    if (!(k >= 0.5 && k <= kMaxRegularity + 0.5 && std::fabs(k - std::round(k)) <= 0.01 * k)) {
      return InvalidField("k", fmt::format("{}", k),
                          fmt::format("a whole number, 1..{}", kMaxRegularity));
    }
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

absl::StatusOr<DiscountedFuture> DiscountedGivenAlive(const PurchaseParams& params,
                                                      const PurchaseHistory& history,
                                                      double horizon_weeks, double delta_weekly) {
  return std::visit(
      [&](const auto& p) {
        if constexpr (requires { DiscountedGivenAlive(p, history, horizon_weeks, delta_weekly); }) {
          return DiscountedGivenAlive(p, history, horizon_weeks, delta_weekly);
        } else {
          return DiscountedGivenAlive(p, history.repeat_count, history.age_weeks, horizon_weeks,
                                      delta_weekly);
        }
      },
      params.variant());
}

bool DependsOnSilence(const PurchaseParams& params) {
  return std::visit(
      []([[maybe_unused]] const auto& p) {
        if constexpr (requires { p.k; }) {
          return p.k > 1;
        } else {
          return false;
        }
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
