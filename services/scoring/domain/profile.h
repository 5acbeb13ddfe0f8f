// What segments are told from: one customer on one day, as its score has it.
#ifndef VALUELOOP_SCORING_DOMAIN_PROFILE_H_
#define VALUELOOP_SCORING_DOMAIN_PROFILE_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "scoring/domain/lifecycle.h"
#include "scoring/domain/policy.h"
#include "scoring/domain/rfm.h"
#include "scoring/domain/score.h"

namespace valueloop::scoring {

// Numbers of a profile; the last five are the metrics of METHODS E5.
enum class ProfileNumber {
  kExpectedValue,
  kRealisedValue,
  kValueScore,
  kMatchScore,
  kMatchCoverage,
  kValueAtStake,
  kExpectedPurchaseCount,
  kProbabilityAnyPurchase,
  kExpectedSpend,
  kTenureMonths,
  kDaysSincePurchase,
  kPurchaseCount,
  kPurchaseAmount,
  kAliveProbability,
};
inline constexpr size_t kProfileNumberCount = 14;
inline constexpr size_t kFirstMetric = static_cast<size_t>(ProfileNumber::kTenureMonths);
// expected_value, realised_value, ..., in the order of the enumeration.
const std::array<std::string_view, kProfileNumberCount>& ProfileNumberNames();

// Small, because whole portfolios of them are kept.
struct CustomerProfile {
  std::string customer_id;
  CustomerClass customer_class = CustomerClass::kUnknown;
  LifecycleFacts lifecycle;
  std::string attributes;  // As the caller encodes them; not looked into here.

  std::optional<double> Get(ProfileNumber number) const;
  // 0 if unset.
  double Sum(ProfileNumber number) const;
  void Set(ProfileNumber number, std::optional<double> value);
  RfmValues rfm() const;

 private:
  uint32_t present_ = 0;  // A bit per number.
  std::array<double, kProfileNumberCount> numbers_{};
};

CustomerProfile ProfileOf(std::string_view customer_id, const Score& score);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_PROFILE_H_
