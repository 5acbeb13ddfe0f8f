// What the purchase model says of a customer ahead, for one customer after the other: what many of
// them share is computed once.
#ifndef VALUELOOP_SCORING_DOMAIN_FORECASTER_H_
#define VALUELOOP_SCORING_DOMAIN_FORECASTER_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "scoring/domain/purchase_model.h"

namespace valueloop::scoring {

struct PurchaseForecast {
  double alive_probability = 1;
  double exposure_weeks = 0;            // Expected active weeks so far (METHODS E8).
  DiscountedFuture given_alive;         // Over the horizon, discounted.
  double probability_any_purchase = 0;  // Over the horizon.
  double expected_purchases = 0;        // Over the horizon, not discounted.
  double expected_purchases_90_days = 0;
  double median_weeks_to_next_purchase = 0;  // Given alive.
};

// Every number is, to the last bit, what the family's own functions say (AliveProbability and so
// on), whatever was asked before. Not thread-safe; meant to live as long as a pass over customers.
// Holds at most about 40 MB.
class Forecaster {
 public:
  // Horizon and discount of the policy, as for Discounted.
  Forecaster(double horizon_weeks, double delta_weekly)
      : horizon_weeks_(horizon_weeks), delta_weekly_(delta_weekly) {}

  double horizon_weeks() const { return horizon_weeks_; }
  double delta_weekly() const { return delta_weekly_; }

  // Fails as AliveProbability and Discounted.
  absl::StatusOr<PurchaseForecast> Forecast(const PurchaseParams& params,
                                            const PurchaseHistory& history);

 private:
  struct Now {
    double alive_probability = 0;
    double exposure_weeks = 0;
  };
  // Of a customer that is alive, where the family forecasts it by x and T alone; else of the
  // customer as it is.
  struct Ahead {
    DiscountedFuture given_alive;
    double any_purchase = 0;
    double purchases = 0;
    double purchases_90_days = 0;
    double median_weeks = 0;
  };
  struct Key {
    uint32_t params = 0;  // Index in params_.
    int32_t repeat_count = 0;
    double last_weeks = 0;
    double age_weeks = 0;
    friend bool operator==(const Key&, const Key&) = default;
  };

  // Values by key, by open addressing; takes no more when it is full.
  template <typename Value>
  class Table {
   public:
    // nullptr if absent.
    const Value* Find(const Key& key) const;
    void Add(const Key& key, const Value& value);

   private:
    struct Entry {
      Key key;
      Value value;
    };
    std::vector<Entry> entries_;
    std::vector<uint32_t> slots_;  // Index of an entry, plus 1.
  };

  absl::StatusOr<Now> NowOf(const PurchaseParams& params, const PurchaseHistory& history) const;
  absl::StatusOr<Ahead> AheadOf(const PurchaseParams& params, const PurchaseHistory& history) const;
  // Beyond the last index: there are too many to remember.
  uint32_t IndexOf(const PurchaseParams& params);

  const double horizon_weeks_;
  const double delta_weekly_;
  std::vector<PurchaseParams> params_;
  uint32_t last_params_ = 0;
  Table<Now> now_;
  Table<Ahead> ahead_;
};

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_FORECASTER_H_
