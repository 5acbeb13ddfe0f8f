#include "scoring/domain/forecaster.h"

#include <algorithm>
#include <bit>
#include <variant>

#include "common/status.h"

namespace valueloop::scoring {
namespace {

constexpr double kNinetyDays = 90.0 / 7;
constexpr size_t kMaxParams = 64;  // Segments; customers with covariates have their own.
constexpr size_t kMaxEntries = 1 << 18;

// The families that forecast a customer known to be alive by x and T alone.
template <typename Params>
constexpr bool kForecastsByAge = requires(const Params& params) {
  ExpectedPurchasesGivenAlive(params, 0.0, 0.0, 0.0);
  ProbabilityOfAnyPurchaseGivenAlive(params, 0.0, 0.0, 0.0);
};

bool ForecastsByAge(const PurchaseParams& params) {
  return std::visit([]<typename Params>(const Params&) { return kForecastsByAge<Params>; },
                    params.variant());
}

template <typename Key>
size_t HashOf(const Key& key) {
  uint64_t hash = (uint64_t{key.params} << 32) | static_cast<uint32_t>(key.repeat_count);
  for (const double weeks : {key.last_weeks, key.age_weeks}) {
    hash = (hash ^ std::bit_cast<uint64_t>(weeks)) * 0x9e3779b97f4a7c15;
    hash ^= hash >> 32;
  }
  return hash;
}

}  // namespace

template <typename Value>
const Value* Forecaster::Table<Value>::Find(const Key& key) const {
  if (slots_.empty()) return nullptr;
  const size_t mask = slots_.size() - 1;
  for (size_t at = HashOf(key) & mask; slots_[at] != 0; at = (at + 1) & mask) {
    const Entry& entry = entries_[slots_[at] - 1];
    if (entry.key == key) return &entry.value;
  }
  return nullptr;
}

template <typename Value>
void Forecaster::Table<Value>::Add(const Key& key, const Value& value) {
  if (entries_.size() >= kMaxEntries) return;
  entries_.push_back({key, value});
  size_t first = entries_.size() - 1;  // The first entry to be given a slot.
  if (slots_.size() < 2 * entries_.size()) {
    slots_.assign(std::max<size_t>(16, 4 * entries_.size()), 0);
    slots_.resize(std::bit_ceil(slots_.size()), 0);
    first = 0;
  }
  const size_t mask = slots_.size() - 1;
  for (size_t i = first; i < entries_.size(); ++i) {
    size_t at = HashOf(entries_[i].key) & mask;
    while (slots_[at] != 0) at = (at + 1) & mask;
    slots_[at] = static_cast<uint32_t>(i + 1);
  }
}

uint32_t Forecaster::IndexOf(const PurchaseParams& params) {
  if (last_params_ < params_.size() && params_[last_params_] == params) return last_params_;
  for (size_t i = 0; i < params_.size(); ++i) {
    if (params_[i] == params) return last_params_ = static_cast<uint32_t>(i);
  }
  if (params_.size() >= kMaxParams) return kMaxParams;
  params_.push_back(params);
  return last_params_ = static_cast<uint32_t>(params_.size() - 1);
}

absl::StatusOr<Forecaster::Now> Forecaster::NowOf(const PurchaseParams& params,
                                                  const PurchaseHistory& history) const {
  Now now;
  VL_ASSIGN_OR_RETURN(now.alive_probability, AliveProbability(params, history));
  VL_ASSIGN_OR_RETURN(now.exposure_weeks, Exposure(params, history));
  return now;
}

absl::StatusOr<Forecaster::Ahead> Forecaster::AheadOf(const PurchaseParams& params,
                                                      const PurchaseHistory& history) const {
  Ahead ahead;
  const double x = history.repeat_count;
  const double age = history.age_weeks;
  VL_ASSIGN_OR_RETURN(ahead.given_alive,
                      DiscountedGivenAlive(params, history, horizon_weeks_, delta_weekly_));
  VL_ASSIGN_OR_RETURN(ahead.median_weeks, MedianWeeksToNextPurchase(params, history));
  return std::visit(
      [&]<typename Params>(const Params& p) -> absl::StatusOr<Ahead> {
        if constexpr (kForecastsByAge<Params>) {
          VL_ASSIGN_OR_RETURN(ahead.any_purchase,
                              ProbabilityOfAnyPurchaseGivenAlive(p, x, age, horizon_weeks_));
          VL_ASSIGN_OR_RETURN(ahead.purchases,
                              ExpectedPurchasesGivenAlive(p, x, age, horizon_weeks_));
          VL_ASSIGN_OR_RETURN(ahead.purchases_90_days,
                              ExpectedPurchasesGivenAlive(p, x, age, kNinetyDays));
        } else {
          VL_ASSIGN_OR_RETURN(ahead.any_purchase,
                              ProbabilityOfAnyPurchase(p, history, horizon_weeks_));
          VL_ASSIGN_OR_RETURN(ahead.purchases, ExpectedPurchases(p, history, horizon_weeks_));
          VL_ASSIGN_OR_RETURN(ahead.purchases_90_days, ExpectedPurchases(p, history, kNinetyDays));
        }
        return ahead;
      },
      params.variant());
}

absl::StatusOr<PurchaseForecast> Forecaster::Forecast(const PurchaseParams& params,
                                                      const PurchaseHistory& history) {
  Key key{.params = IndexOf(params),
          .repeat_count = history.repeat_count,
          .last_weeks = history.last_weeks,
          .age_weeks = history.age_weeks};
  const bool remembers = key.params < kMaxParams;
  const Now* known_now = remembers ? now_.Find(key) : nullptr;
  Now now;
  if (known_now != nullptr) {
    now = *known_now;
  } else {
    VL_ASSIGN_OR_RETURN(now, NowOf(params, history));
    if (remembers) now_.Add(key, now);
  }
  const bool by_age = ForecastsByAge(params);
  if (by_age) key.last_weeks = 0;
  const Ahead* known_ahead = remembers ? ahead_.Find(key) : nullptr;
  Ahead ahead;
  if (known_ahead != nullptr) {
    ahead = *known_ahead;
  } else {
    VL_ASSIGN_OR_RETURN(ahead, AheadOf(params, history));
    if (remembers) ahead_.Add(key, ahead);
  }
  const double factor = by_age ? now.alive_probability : 1;
  return PurchaseForecast{.alive_probability = now.alive_probability,
                          .exposure_weeks = now.exposure_weeks,
                          .given_alive = ahead.given_alive,
                          .probability_any_purchase = factor * ahead.any_purchase,
                          .expected_purchases = factor * ahead.purchases,
                          .expected_purchases_90_days = factor * ahead.purchases_90_days,
                          .median_weeks_to_next_purchase = ahead.median_weeks};
}

}  // namespace valueloop::scoring
