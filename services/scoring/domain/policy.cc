#include "scoring/domain/policy.h"

#include <cmath>
#include <set>

#include "common/status.h"
#include "fmt/format.h"
#include "scoring/domain/event.h"
#include "scoring/domain/field_rule.h"

namespace valueloop::scoring {
namespace {

constexpr std::array<std::string_view, kCustomerClassCount> kClassNames = {
    "UNKNOWN", "STRATEGIC", "PROFIT", "POTENTIAL", "ORDINARY"};
constexpr std::array<std::string_view, 3> kRuleNames = {"PERCENTILE", "MONEY", "CUMULATIVE"};
constexpr std::array<std::string_view, kMatchKindCount> kMatchNames = {"POSITION", "CAPABILITY",
                                                                       "VALUES"};
constexpr double kMaxMoney = 1e12;

absl::Status CheckWeight(std::string_view field, double weight) {
  if (weight > 0 && weight <= 1e6) return absl::OkStatus();
  return InvalidField(field, fmt::format("{}", weight), "above 0, at most 1000000");
}

absl::Status CheckNumbers(const ScoringPolicy& policy) {
  if (!(policy.horizon_months > 0)) {
    return InvalidField("horizon_months", fmt::format("{}", policy.horizon_months), "above 0");
  }
  VL_RETURN_IF_ERROR(CheckRange("horizon_months", policy.horizon_months, 0, 600));
  VL_RETURN_IF_ERROR(CheckRange("discount_annual", policy.discount_annual, 0, 10));
  VL_RETURN_IF_ERROR(CheckRange("margin_ratio", policy.margin_ratio, -1, 1));
  VL_RETURN_IF_ERROR(CheckRange("referral_attribution", policy.referral_attribution, 0, 1));
  VL_RETURN_IF_ERROR(CheckRange("acquisition_cost", policy.acquisition_cost, 0, kMaxMoney));
  VL_RETURN_IF_ERROR(CheckRange("information_value", policy.information_value, 0, kMaxMoney));
  const bool money = policy.value_rule == ValueRule::kMoney;
  VL_RETURN_IF_ERROR(
      CheckRange("value_cut", policy.value_cut, money ? -kMaxMoney : 0, money ? kMaxMoney : 100));
  VL_RETURN_IF_ERROR(CheckRange("match_cut", policy.match_cut, 0, 100));
  VL_RETURN_IF_ERROR(CheckRange("coverage_min", policy.coverage_min, 0, 1));
  return CheckRange("hysteresis_band", policy.hysteresis_band, 0, kMaxMoney);
}

absl::StatusOr<std::optional<Predicate>> CheckCriterion(const Criterion& criterion) {
  VL_RETURN_IF_ERROR(CheckWeight("weight", criterion.weight));
  VL_RETURN_IF_ERROR(
      CheckRange("rating_max_age_days", criterion.rating_max_age_days, 0, 1'000'000));
  std::optional<Predicate> predicate;
  if (const auto* source = std::get_if<PredicateSource>(&criterion.source)) {
    VL_ASSIGN_OR_RETURN(predicate, Predicate::Parse(source->predicate));
  }
  if (const auto* metric = std::get_if<MetricSource>(&criterion.source)) {
    VL_RETURN_IF_ERROR(ValidateId("metric", metric->metric));
    constexpr double kMost = 1e300;  // Their difference is finite.
    VL_RETURN_IF_ERROR(CheckRange("at_0", metric->at_0, -kMost, kMost));
    VL_RETURN_IF_ERROR(CheckRange("at_100", metric->at_100, -kMost, kMost));
    if (metric->at_0 == metric->at_100) {
      return InvalidField("at_100", fmt::format("{}", metric->at_100), "another value than at_0");
    }
  }
  return predicate;
}

}  // namespace

std::string_view CustomerClassName(CustomerClass customer_class) {
  return kClassNames[static_cast<size_t>(customer_class)];
}
std::optional<CustomerClass> ParseCustomerClass(std::string_view name) {
  return ParseName<CustomerClass>(kClassNames, name);
}
std::string_view ValueRuleName(ValueRule rule) { return kRuleNames[static_cast<size_t>(rule)]; }
std::optional<ValueRule> ParseValueRule(std::string_view name) {
  return ParseName<ValueRule>(kRuleNames, name);
}
std::string_view MatchKindName(MatchKind kind) { return kMatchNames[static_cast<size_t>(kind)]; }
std::optional<MatchKind> ParseMatchKind(std::string_view name) {
  return ParseName<MatchKind>(kMatchNames, name);
}

double ScoringPolicy::DeltaWeekly() const { return std::log1p(discount_annual) / kWeeksPerYear; }

absl::StatusOr<CompiledPolicy> CompiledPolicy::Compile(ScoringPolicy policy) {
  VL_RETURN_IF_ERROR(CheckNumbers(policy));
  CompiledPolicy compiled;
  std::set<MatchKind> kinds;
  std::set<std::string_view> ids;
  for (const MatchPolicy& match : policy.matches) {
    const std::string place = fmt::format("matches.{}", MatchKindName(match.kind));
    VL_RETURN_IF_ERROR(CheckWeight(place + ".weight", match.weight));
    if (!kinds.insert(match.kind).second) return InvalidField(place, "two of it", "each kind once");
    std::vector<std::optional<Predicate>>& predicates = compiled.predicates_.emplace_back();
    for (const Criterion& criterion : match.criteria) {
      VL_RETURN_IF_ERROR(ValidateId(place + ".id", criterion.id));
      if (!ids.insert(criterion.id).second) {
        return InvalidField(place + ".id", criterion.id, "each criterion once");
      }
      absl::StatusOr<std::optional<Predicate>> predicate = CheckCriterion(criterion);
      if (!predicate.ok()) {
        return Annotate(predicate.status(), fmt::format("{}.{}", place, criterion.id));
      }
      predicates.push_back(*std::move(predicate));
    }
  }
  compiled.policy_ = std::move(policy);
  return compiled;
}

const CompiledPolicy& CompiledPolicy::BuiltIn() {
  static const CompiledPolicy* const built_in = new CompiledPolicy();
  return *built_in;
}

const Predicate* CompiledPolicy::PredicateOf(size_t match, size_t criterion) const {
  const std::optional<Predicate>& predicate = predicates_[match][criterion];
  return predicate ? &*predicate : nullptr;
}

}  // namespace valueloop::scoring
