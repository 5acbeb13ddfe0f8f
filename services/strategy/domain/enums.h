// The closed vocabularies of a plan, spelt in its source, in proto and in SQL exactly as here.
#ifndef VALUELOOP_STRATEGY_DOMAIN_ENUMS_H_
#define VALUELOOP_STRATEGY_DOMAIN_ENUMS_H_

#include <optional>
#include <span>
#include <string_view>

namespace valueloop::strategy {

// Which way is good. RANGE: between two bounds; MILESTONE: done by a day.
enum class Polarity { kHigher, kLower, kRange, kMilestone };

// How a KPI's periods make a year. RATIO: sum of numerators over sum of denominators.
enum class Aggregation { kSum, kAvg, kLast, kRatio };

enum class Frequency { kMonthly, kQuarterly, kHalfYearly, kYearly };

// The letter of IPOOC a KPI measures; INPUT and PROCESS lead, OUTPUT and OUTCOME lag.
enum class Ipooc { kInput, kProcess, kOutput, kOutcome };

enum class GapKind { kPerformance, kOpportunity, kBenchmark };
enum class GapOrigin { kManual, kPerformance };

// What a unit answers for.
enum class CentreType { kProfit, kRevenue, kCost, kExpense };

// The kind of money a KPI counts; NONE is never tested against the unit's centre type.
enum class Money { kNone, kRevenue, kCost, kProfit };

// The two constraints of A03.
enum class Constraint { kEfficiency, kCompetition };

enum class MatchKind { kPosition, kCapability, kValues };

// How the children's targets make the target above. SAME: every child carries it; MAX, MIN: the
// largest or smallest child does.
enum class AllocationRule { kSum, kWavg, kSame, kMax, kMin, kProduct };

enum class Rollup { kSum, kProduct, kWavg, kMax };

// What a contribution's amount means: the change of the year's value, or of its last period.
enum class Basis { kAnnual, kExit };

enum class ValueRule { kPercentile, kMoney, kCumulative };

template <typename T>
struct EnumName {
  T value;
  std::string_view name;
};

inline constexpr EnumName<Polarity> kPolarityNames[] = {{Polarity::kHigher, "HIGHER"},
                                                        {Polarity::kLower, "LOWER"},
                                                        {Polarity::kRange, "RANGE"},
                                                        {Polarity::kMilestone, "MILESTONE"}};
inline constexpr EnumName<Aggregation> kAggregationNames[] = {{Aggregation::kSum, "SUM"},
                                                              {Aggregation::kAvg, "AVG"},
                                                              {Aggregation::kLast, "LAST"},
                                                              {Aggregation::kRatio, "RATIO"}};
inline constexpr EnumName<Frequency> kFrequencyNames[] = {{Frequency::kMonthly, "MONTHLY"},
                                                          {Frequency::kQuarterly, "QUARTERLY"},
                                                          {Frequency::kHalfYearly, "HALF_YEARLY"},
                                                          {Frequency::kYearly, "YEARLY"}};
inline constexpr EnumName<Ipooc> kIpoocNames[] = {{Ipooc::kInput, "INPUT"},
                                                  {Ipooc::kProcess, "PROCESS"},
                                                  {Ipooc::kOutput, "OUTPUT"},
                                                  {Ipooc::kOutcome, "OUTCOME"}};
inline constexpr EnumName<GapKind> kGapKindNames[] = {{GapKind::kPerformance, "PERFORMANCE"},
                                                      {GapKind::kOpportunity, "OPPORTUNITY"},
                                                      {GapKind::kBenchmark, "BENCHMARK"}};
inline constexpr EnumName<GapOrigin> kGapOriginNames[] = {{GapOrigin::kManual, "MANUAL"},
                                                          {GapOrigin::kPerformance, "PERFORMANCE"}};
inline constexpr EnumName<CentreType> kCentreTypeNames[] = {{CentreType::kProfit, "PROFIT"},
                                                            {CentreType::kRevenue, "REVENUE"},
                                                            {CentreType::kCost, "COST"},
                                                            {CentreType::kExpense, "EXPENSE"}};
inline constexpr EnumName<Money> kMoneyNames[] = {{Money::kNone, "NONE"},
                                                  {Money::kRevenue, "REVENUE"},
                                                  {Money::kCost, "COST"},
                                                  {Money::kProfit, "PROFIT"}};
inline constexpr EnumName<Constraint> kConstraintNames[] = {
    {Constraint::kEfficiency, "EFFICIENCY"}, {Constraint::kCompetition, "COMPETITION"}};
inline constexpr EnumName<MatchKind> kMatchKindNames[] = {{MatchKind::kPosition, "POSITION"},
                                                          {MatchKind::kCapability, "CAPABILITY"},
                                                          {MatchKind::kValues, "VALUES"}};
inline constexpr EnumName<AllocationRule> kAllocationRuleNames[] = {
    {AllocationRule::kSum, "SUM"},   {AllocationRule::kWavg, "WAVG"},
    {AllocationRule::kSame, "SAME"}, {AllocationRule::kMax, "MAX"},
    {AllocationRule::kMin, "MIN"},   {AllocationRule::kProduct, "PRODUCT"}};
inline constexpr EnumName<Rollup> kRollupNames[] = {{Rollup::kSum, "SUM"},
                                                    {Rollup::kProduct, "PRODUCT"},
                                                    {Rollup::kWavg, "WAVG"},
                                                    {Rollup::kMax, "MAX"}};
inline constexpr EnumName<Basis> kBasisNames[] = {{Basis::kAnnual, "ANNUAL"},
                                                  {Basis::kExit, "EXIT"}};
inline constexpr EnumName<ValueRule> kValueRuleNames[] = {{ValueRule::kPercentile, "PERCENTILE"},
                                                          {ValueRule::kMoney, "MONEY"},
                                                          {ValueRule::kCumulative, "CUMULATIVE"}};

inline constexpr std::span<const EnumName<Polarity>> NamesOf(Polarity) { return kPolarityNames; }
inline constexpr std::span<const EnumName<Aggregation>> NamesOf(Aggregation) {
  return kAggregationNames;
}
inline constexpr std::span<const EnumName<Frequency>> NamesOf(Frequency) { return kFrequencyNames; }
inline constexpr std::span<const EnumName<Ipooc>> NamesOf(Ipooc) { return kIpoocNames; }
inline constexpr std::span<const EnumName<GapKind>> NamesOf(GapKind) { return kGapKindNames; }
inline constexpr std::span<const EnumName<GapOrigin>> NamesOf(GapOrigin) { return kGapOriginNames; }
inline constexpr std::span<const EnumName<CentreType>> NamesOf(CentreType) {
  return kCentreTypeNames;
}
inline constexpr std::span<const EnumName<Money>> NamesOf(Money) { return kMoneyNames; }
inline constexpr std::span<const EnumName<Constraint>> NamesOf(Constraint) {
  return kConstraintNames;
}
inline constexpr std::span<const EnumName<MatchKind>> NamesOf(MatchKind) { return kMatchKindNames; }
inline constexpr std::span<const EnumName<AllocationRule>> NamesOf(AllocationRule) {
  return kAllocationRuleNames;
}
inline constexpr std::span<const EnumName<Rollup>> NamesOf(Rollup) { return kRollupNames; }
inline constexpr std::span<const EnumName<Basis>> NamesOf(Basis) { return kBasisNames; }
inline constexpr std::span<const EnumName<ValueRule>> NamesOf(ValueRule) { return kValueRuleNames; }

// The spelling of an enum's value, such as "HIGHER"; empty for a value outside the enum.
template <typename T>
constexpr std::string_view NameOf(T value) {
  for (const EnumName<T>& entry : NamesOf(value)) {
    if (entry.value == value) return entry.name;
  }
  return {};
}

template <typename T>
constexpr std::optional<T> ParseName(std::string_view name) {
  for (const EnumName<T>& entry : NamesOf(T{})) {
    if (entry.name == name) return entry.value;
  }
  return std::nullopt;
}

// Periods of a frequency in a year.
constexpr int PeriodsPerYear(Frequency frequency) {
  switch (frequency) {
    case Frequency::kMonthly:
      return 12;
    case Frequency::kQuarterly:
      return 4;
    case Frequency::kHalfYearly:
      return 2;
    case Frequency::kYearly:
      break;
  }
  return 1;
}

}  // namespace valueloop::strategy

#endif  // VALUELOOP_STRATEGY_DOMAIN_ENUMS_H_
