// The KPIs with observations of samples/strategy-telecom.yaml (`kpis`, `csfs`, `observations`) and
// the series of samples/telecom-observations-red.yaml, as literals. What the tests expect of them
// is the `expected` part of those two files.
#ifndef VALUELOOP_TESTS_UNIT_PERFORMANCE_DOMAIN_TELECOM_H_
#define VALUELOOP_TESTS_UNIT_PERFORMANCE_DOMAIN_TELECOM_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "performance/domain/evaluate.h"

namespace valueloop::performance {

inline const absl::CivilDay kTelecomAsOf(2026, 6, 30);
inline const EvaluationTime kTelecomTime{kTelecomAsOf};

inline KpiBinding TelecomKpi(std::string kpi, Polarity polarity, Aggregation aggregation,
                             double weight, std::string org) {
  KpiBinding binding;
  binding.kpi = std::move(kpi);
  binding.polarity = polarity;
  binding.aggregation = aggregation;
  binding.weight = weight;
  binding.org = std::move(org);
  binding.fiscal_year = 2026;
  return binding;
}

inline KpiBinding WithTargets(KpiBinding binding, double baseline, double target, double floor,
                              double stretch) {
  binding.baseline = baseline;
  binding.year_target = target;
  binding.floor = floor;
  binding.stretch = stretch;
  return binding;
}

inline KpiBinding Rev() {
  KpiBinding binding = WithTargets(
      TelecomKpi("REV", Polarity::kHigher, Aggregation::kSum, GlobalWeight(20, 60), "TEL"), 7488.0,
      7896.6, 7720.0, 8000.0);
  binding.period_targets = {641.0, 632.0, 648.0, 650.0, 655.0, 657.0,
                            661.0, 664.0, 666.0, 670.0, 674.0, 678.6};
  return binding;
}

inline KpiBinding Subs() {
  return WithTargets(
      TelecomKpi("SUBS", Polarity::kHigher, Aggregation::kAvg, GlobalWeight(16, 30), "MKT"), 12000,
      12300, 12100, 12450);
}

inline KpiBinding Churn() {
  KpiBinding binding = WithTargets(
      TelecomKpi("CHURN", Polarity::kLower, Aggregation::kRatio, GlobalWeight(16, 50), "CS"), 2.00,
      1.80, 1.95, 1.70);
  binding.scale = 100;
  return binding;
}

inline KpiBinding Arpu() {
  KpiBinding binding = WithTargets(
      TelecomKpi("ARPU", Polarity::kHigher, Aggregation::kRatio, GlobalWeight(10, 60), "MKT"), 52.0,
      53.5, 52.5, 54.5);
  binding.scale = 1000;
  return binding;
}

inline KpiBinding Home() {
  return WithTargets(
      TelecomKpi("HOME", Polarity::kHigher, Aggregation::kLast, GlobalWeight(8, 60), "MKT"), 2100,
      2500, 2300, 2650);
}

inline KpiBinding Cover() {
  return WithTargets(
      TelecomKpi("COVER", Polarity::kHigher, Aggregation::kLast, GlobalWeight(7, 60), "NET"), 98.2,
      98.9, 98.5, 99.1);
}

inline KpiBinding Energy() {
  return WithTargets(
      TelecomKpi("ENERGY", Polarity::kLower, Aggregation::kAvg, GlobalWeight(4, 60), "NET"), 4150,
      3850, 4050, 3700);
}

inline KpiBinding Util() {
  KpiBinding binding =
      TelecomKpi("UTIL", Polarity::kRange, Aggregation::kAvg, GlobalWeight(4, 40), "OPS");
  binding.baseline = 89;
  binding.range = Range{.low = 78, .high = 85, .tolerance = 5};
  return binding;
}

inline KpiBinding Care() {
  return WithTargets(
      TelecomKpi("CARE", Polarity::kHigher, Aggregation::kLast, GlobalWeight(8, 35), "CS"), 22, 60,
      45, 70);
}

inline std::vector<KpiBinding> TelecomBindings() {
  return {Rev(), Subs(), Churn(), Arpu(), Home(), Cover(), Energy(), Util(), Care()};
}

// One observation per number, from period 1 on, recorded at the end of each period.
inline std::vector<Observation> Series(const KpiBinding& binding, const std::vector<double>& values,
                                       std::optional<double> target_to_date = std::nullopt) {
  std::vector<Observation> series;
  for (const double value : values) {
    const Period period{binding.frequency, binding.fiscal_year,
                        static_cast<int>(series.size()) + 1};
    Observation observation;
    observation.kpi = binding.kpi;
    observation.unit = binding.unit;
    observation.period = period;
    observation.value = value;
    observation.recorded_time =
        absl::FromCivil(absl::CivilSecond(binding.calendar.End(period) + 1), absl::UTCTimeZone());
    series.push_back(observation);
  }
  // The sample gives one target to date, as of the last period.
  series.back().target_to_date = target_to_date;
  return series;
}

inline std::vector<Observation> RatioSeries(const KpiBinding& binding,
                                            const std::vector<double>& numerators,
                                            const std::vector<double>& denominators,
                                            std::optional<double> target_to_date = std::nullopt) {
  std::vector<Observation> series = Series(binding, numerators, target_to_date);
  for (size_t i = 0; i < series.size(); ++i) {
    series[i].numerator = series[i].value;
    series[i].denominator = denominators[i];
    series[i].value = std::nullopt;
  }
  return series;
}

inline void Append(std::vector<Observation>& all, const std::vector<Observation>& more) {
  all.insert(all.end(), more.begin(), more.end());
}

// `observations` of the plan: half a year of eight KPIs.
inline std::vector<Observation> TelecomHistory() {
  const std::vector<double> revenue = {638.2, 627.5, 645.9, 641.4, 648.3, 651.7};
  const std::vector<double> subscribers = {12072.5, 12102.5, 12135.0, 12164.0, 12191.0, 12221.0};
  std::vector<Observation> all;
  Append(all, Series(Rev(), revenue));
  Append(all, Series(Subs(), subscribers, 12210));
  Append(all, RatioSeries(Churn(), {236.4, 231.9, 229.1, 232.0, 226.5, 223.3},
                          {12060, 12085, 12120, 12150, 12178, 12204}, 1.87));
  Append(all, RatioSeries(Arpu(), revenue, subscribers, 53.0));
  Append(all, Series(Home(), {2128, 2151, 2183, 2214, 2262, 2307}, 2280));
  Append(all, Series(Cover(), {98.2, 98.3, 98.3, 98.4, 98.5, 98.6}, 98.5));
  Append(all, Series(Energy(), {4168, 4120, 4095, 4060, 4012, 3985}, 4000));
  Append(all, Series(Util(), {88, 87, 86, 86, 84, 83}));
  return all;
}

// The series of the file with one KPI in trouble.
inline std::vector<Observation> CareHistory() {
  return Series(Care(), {22, 22, 22, 22, 22, 22}, 38);
}

}  // namespace valueloop::performance

#endif  // VALUELOOP_TESTS_UNIT_PERFORMANCE_DOMAIN_TELECOM_H_
