#include "scoring/domain/insight/price_line.h"

#include <algorithm>
#include <cmath>

namespace valueloop::scoring {
namespace {

constexpr double kMicros = 1e6;

double Units(int64_t micros) { return static_cast<double>(micros) / kMicros; }

// In units: a thousand amounts may exceed an int64 of micros.
double DifferentiationValue(const ValueCase& value_case) {
  double sum = 0;
  for (const ValueDifference& difference : value_case.differences) {
    sum += Units(difference.amount_micros);
  }
  return sum;
}

}  // namespace

double CustomerGain(const ValueCase& value_case) {
  return Units(value_case.reference_price_micros) + DifferentiationValue(value_case) -
         Units(value_case.price_micros);
}

std::optional<double> OfferResult::captured_share() const {
  if (!(differentiation_value > 0)) return std::nullopt;
  return (price - reference_price) / differentiation_value;
}

void OfferCollector::Add(const ValueCase& value_case) {
  Offer& offer = offers_[value_case.offer];
  ++offer.sums.customer_count;
  offer.sums.price += Units(value_case.price_micros);
  offer.sums.reference_price += Units(value_case.reference_price_micros);
  offer.sums.differentiation_value += DifferentiationValue(value_case);
  if (CustomerGain(value_case) < 0) ++offer.sums.overpriced_count;
  std::map<std::string_view, double> amounts;
  for (const ValueDifference& difference : value_case.differences) {
    amounts[difference.driver] += Units(difference.amount_micros);
  }
  for (const auto& [name, amount] : amounts) {
    DriverResult& driver = offer.drivers[std::string(name)];
    driver.amount += amount;
    ++driver.customer_count;
  }
}

std::vector<OfferResult> OfferCollector::Result() const {
  std::vector<OfferResult> results;
  for (const auto& [name, offer] : offers_) {
    OfferResult& result = results.emplace_back(offer.sums);
    const auto count = static_cast<double>(offer.sums.customer_count);
    result.offer = name;
    result.price /= count;
    result.reference_price /= count;
    result.differentiation_value /= count;
    for (const auto& [driver_name, sum] : offer.drivers) {
      result.drivers.push_back({.driver = driver_name,
                                .amount = sum.amount / count,
                                .customer_count = sum.customer_count});
    }
    std::ranges::stable_sort(result.drivers, [](const DriverResult& a, const DriverResult& b) {
      return std::abs(a.amount) > std::abs(b.amount);
    });
  }
  return results;
}

void ValueMapCollector::Add(const PerceptionScores& scores) {
  for (size_t i = 0; i < weights_.size(); ++i) {
    const auto& own = scores.benefits()[i];
    const auto& rival = scores.rivals()[i];
    if (!own || !rival) continue;
    sums_[i].own += *own;
    sums_[i].rival += *rival;
    ++sums_[i].count;
  }
}

ValueMapResult ValueMapCollector::Result(double quality_importance, double price,
                                         double reference_price) const {
  ValueMapResult result;
  double rated = 0;
  for (size_t i = 0; i < weights_.size(); ++i) {
    if (sums_[i].count > 0) rated += weights_[i].weight;
  }
  bool has_ratio = rated > 0;
  double quality = 0;
  for (size_t i = 0; i < weights_.size(); ++i) {
    const Sum& sum = sums_[i];
    if (sum.count == 0) continue;
    const auto count = static_cast<double>(sum.count);
    WinDriverResult& driver = result.drivers.emplace_back();
    driver.dimension = weights_[i].dimension;
    driver.weight = weights_[i].weight / rated;
    driver.own = sum.own / count;
    driver.rival = sum.rival / count;
    driver.effect = driver.weight * (driver.own - driver.rival);
    driver.customer_count = sum.count;
    result.win_score = result.win_score.value_or(0) + driver.effect;
    has_ratio = has_ratio && driver.rival > 0;
    if (has_ratio) quality += driver.weight * driver.own / driver.rival;
  }
  if (has_ratio && std::isfinite(quality)) result.quality_ratio = quality;
  if (reference_price > 0) result.price_ratio = price / reference_price;
  const double slope = quality_importance / (1 - quality_importance);
  if (result.quality_ratio) result.fair_price_ratio = 1 + slope * (*result.quality_ratio - 1);
  if (result.fair_price_ratio && result.price_ratio) {
    result.distance =
        (*result.fair_price_ratio - *result.price_ratio) / std::sqrt(1 + slope * slope);
  }
  return result;
}

}  // namespace valueloop::scoring
