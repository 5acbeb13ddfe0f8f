// What scoring takes from the plan that governs: how value is counted, who counts as high, which
// criteria make a match, and what each class of customer gets.
#ifndef VALUELOOP_SCORING_DOMAIN_POLICY_H_
#define VALUELOOP_SCORING_DOMAIN_POLICY_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/predicate.h"

namespace valueloop::scoring {

inline constexpr double kWeeksPerYear = 52.1775;

enum class CustomerClass { kUnknown, kStrategic, kProfit, kPotential, kOrdinary };
inline constexpr int kCustomerClassCount = 5;
// UNKNOWN, STRATEGIC, PROFIT, POTENTIAL, ORDINARY.
std::string_view CustomerClassName(CustomerClass customer_class);
std::optional<CustomerClass> ParseCustomerClass(std::string_view name);

// METHODS E6. PERCENTILE: value score >= cut (0..100). MONEY: expected value >= cut (currency
// units). CUMULATIVE: among the best customers that together make cut % of all positive expected
// value.
enum class ValueRule { kPercentile, kMoney, kCumulative };
std::string_view ValueRuleName(ValueRule rule);
std::optional<ValueRule> ParseValueRule(std::string_view name);

enum class MatchKind { kPosition, kCapability, kValues };
inline constexpr int kMatchKindCount = 3;
// POSITION, CAPABILITY, VALUES: the words of the plan's text.
std::string_view MatchKindName(MatchKind kind);
std::optional<MatchKind> ParseMatchKind(std::string_view name);

// Where the rating of a criterion comes from (METHODS E5); a person's rating overrides the other
// two.
struct RatingSource {
  friend bool operator==(const RatingSource&, const RatingSource&) = default;
};
struct PredicateSource {
  std::string predicate;  // True 100, false 0.
  friend bool operator==(const PredicateSource&, const PredicateSource&) = default;
};
struct MetricSource {
  std::string metric;  // A numeric attribute or one of the names at MetricNames.
  double at_0 = 0;     // The value rated 0; linear to
  double at_100 = 0;   // the value rated 100; may be the smaller one.
  friend bool operator==(const MetricSource&, const MetricSource&) = default;
};

struct Criterion {
  std::string id;
  std::string name;
  double weight = 0;  // Above 0.
  std::variant<RatingSource, PredicateSource, MetricSource> source;
  int rating_max_age_days = 365;  // Older ratings by people are ignored.
  friend bool operator==(const Criterion&, const Criterion&) = default;
};

struct MatchPolicy {
  MatchKind kind = MatchKind::kPosition;
  double weight = 0;  // Above 0.
  std::vector<Criterion> criteria;
  friend bool operator==(const MatchPolicy&, const MatchPolicy&) = default;
};

struct Treatment {
  std::string text_zh;
  std::string text_en;
  int cadence_days = 0;     // A contact at least this often; 0: none planned.
  int service_level = 0;    // 1 is the best; 0: none named.
  double budget_share = 0;  // 0..1.
  friend bool operator==(const Treatment&, const Treatment&) = default;
};

// A policy with every field's default is the built-in one (version 0): median cuts, no criteria, so
// that match is unknown and every class UNKNOWN. Money in currency units.
struct ScoringPolicy {
  int64_t version = 0;
  std::string plan;                    // Where it comes from; empty for the built-in one.
  double horizon_months = 36;          // Above 0, at most 600.
  double discount_annual = 0.10;       // 0..10.
  double margin_ratio = 0.40;          // -1..1: of an amount whose margin nobody recorded.
  double referral_attribution = 0.30;  // 0..1: the phi of METHODS E7.
  double acquisition_cost = 0;         // At least 0, per customer.
  double information_value = 0;        // At least 0: of one data point of quality 1.
  ValueRule value_rule = ValueRule::kPercentile;
  double value_cut = 50;
  double match_cut = 50;                                  // 0..100.
  double coverage_min = 0.60;                             // 0..1: below it the class is UNKNOWN.
  double hysteresis_band = 0;                             // At least 0.
  std::vector<MatchPolicy> matches;                       // Each kind at most once.
  std::array<Treatment, kCustomerClassCount> treatments;  // By CustomerClass.

  double HorizonWeeks() const { return horizon_months * kWeeksPerYear / 12; }
  double DeltaWeekly() const;  // ln(1 + discount_annual) / 52.1775.
  friend bool operator==(const ScoringPolicy&, const ScoringPolicy&) = default;
};

// A policy that has been checked and whose predicates are parsed. Immutable; safe to share.
class CompiledPolicy {
 public:
  // Fails with InvalidArgument naming the field, such as
  // `matches.POSITION.m_seg: predicate: got ... at column 9, want ...`.
  static absl::StatusOr<CompiledPolicy> Compile(ScoringPolicy policy);
  // The built-in policy, version 0.
  static const CompiledPolicy& BuiltIn();

  const ScoringPolicy& policy() const { return policy_; }
  // The predicate of criterion `criterion` of match `match`; nullptr if its source is another.
  const Predicate* PredicateOf(size_t match, size_t criterion) const;

 private:
  ScoringPolicy policy_;
  std::vector<std::vector<std::optional<Predicate>>> predicates_;
};

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_POLICY_H_
