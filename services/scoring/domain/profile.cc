#include "scoring/domain/profile.h"

#include <cmath>

namespace valueloop::scoring {
namespace {

constexpr double kDaysPerMonth = 30.4375;

}  // namespace

const std::array<std::string_view, kProfileNumberCount>& ProfileNumberNames() {
  static constexpr std::array<std::string_view, kProfileNumberCount> kNames = {
      "expected_value",
      "realised_value",
      "value_score",
      "match_score",
      "match_coverage",
      "value_at_stake",
      "expected_purchase_count",
      "probability_any_purchase",
      "expected_spend",
      "tenure_months",
      "days_since_purchase",
      "purchase_count",
      "purchase_amount",
      "alive_probability"};
  return kNames;
}

std::optional<double> CustomerProfile::Get(ProfileNumber number) const {
  const auto index = static_cast<size_t>(number);
  if ((present_ >> index & 1) == 0) return std::nullopt;
  return numbers_[index];
}

double CustomerProfile::Sum(ProfileNumber number) const {
  return numbers_[static_cast<size_t>(number)];
}

void CustomerProfile::Set(ProfileNumber number, std::optional<double> value) {
  const auto index = static_cast<size_t>(number);
  numbers_[index] = value.value_or(0);
  present_ = value ? present_ | 1U << index : present_ & ~(1U << index);
}

RfmValues CustomerProfile::rfm() const {
  RfmValues values{.purchase_count = lifecycle.purchase_count,
                   .purchase_amount = Sum(ProfileNumber::kPurchaseAmount)};
  if (const auto days = Get(ProfileNumber::kDaysSincePurchase)) {
    values.recency_days = static_cast<int32_t>(std::lround(*days));
  }
  return values;
}

CustomerProfile ProfileOf(std::string_view customer_id, const Score& score) {
  CustomerProfile profile;
  profile.customer_id = customer_id;
  profile.customer_class = score.classification.customer_class;
  profile.lifecycle = score.lifecycle;
  if (score.expected) profile.Set(ProfileNumber::kExpectedValue, score.expected->total());
  profile.Set(ProfileNumber::kRealisedValue, score.realised.total());
  profile.Set(ProfileNumber::kValueScore, score.classification.value_score);
  profile.Set(ProfileNumber::kMatchScore, score.match.score);
  profile.Set(ProfileNumber::kMatchCoverage, score.match.coverage);
  profile.Set(ProfileNumber::kValueAtStake, score.value_at_stake);
  profile.Set(ProfileNumber::kExpectedPurchaseCount, score.expected_purchases);
  profile.Set(ProfileNumber::kProbabilityAnyPurchase, score.probability_any_purchase);
  profile.Set(ProfileNumber::kExpectedSpend, score.expected_spend);
  if (score.lifecycle.tenure_days) {
    profile.Set(ProfileNumber::kTenureMonths, *score.lifecycle.tenure_days / kDaysPerMonth);
  }
  if (score.last_purchase_day) {
    profile.Set(ProfileNumber::kDaysSincePurchase,
                static_cast<double>(score.provenance.as_of - *score.last_purchase_day));
  }
  profile.Set(ProfileNumber::kPurchaseCount, score.lifecycle.purchase_count);
  profile.Set(ProfileNumber::kPurchaseAmount, score.purchase_amount);
  profile.Set(ProfileNumber::kAliveProbability, score.alive_probability);
  return profile;
}

}  // namespace valueloop::scoring
