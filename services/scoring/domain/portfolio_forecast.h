// What all customers together are expected to buy, with intervals that count two things (METHODS
// E9): the chance in every customer's life, which averages out over many, and what is not known of
// the parameters, which does not, because all customers share them.
#ifndef VALUELOOP_SCORING_DOMAIN_PORTFOLIO_FORECAST_H_
#define VALUELOOP_SCORING_DOMAIN_PORTFOLIO_FORECAST_H_

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "scoring/domain/interval.h"
#include "scoring/domain/model.h"

namespace valueloop::scoring {

// A sum over customers, taken as normal since it has many terms.
struct SumForecast {
  double mean = 0;
  double process_variance = 0;
  // gᵀΣg, g the summed gradient; unset if a part's parameters have no covariance.
  std::optional<double> parameter_variance;
  // Unset if the process variance is not finite: spend so scattered that it has none (p x + q <=
  // 2).
  std::optional<Interval> interval;
};

struct PortfolioForecast {
  int64_t customer_count = 0;
  SumForecast purchases;       // Over the horizon, not discounted.
  SumForecast purchase_value;  // Margin of purchases, discounted; currency units.
};

// Adds customers one by one and keeps about 100 bytes of each. Not thread-safe.
class PortfolioForecaster {
 public:
  // `horizon_weeks` in (0, 1000000], `delta_weekly` in [0, 1].
  PortfolioForecaster(double horizon_weeks, double delta_weekly)
      : horizon_weeks_(horizon_weeks), delta_weekly_(delta_weekly) {}

  // `params` are the customer's own, those of `part` unless covariates move them; `part` outlives
  // the forecaster. `margin_per_spend` turns spend into money: the margin ratio less what goes to
  // the referrer. `history` and `spend` must be valid.
  void Add(const ModelPart& part, const PurchaseParams& params, const PurchaseHistory& history,
           const SpendHistory& spend, double margin_per_spend);

  // Fails as AliveProbability and DiscountedGivenAlive.
  absl::StatusOr<PortfolioForecast> Finish() const;

 private:
  struct Customer {
    PurchaseHistory history;
    SpendHistory spend;
    double margin_per_spend = 0;
  };
  // Customers of one part whose parameters are equal.
  struct Group {
    PurchaseParams params;
    std::vector<Customer> customers;
  };
  // Moments of the lives of customers alive with equal x and T; spend per purchase taken as 1.
  struct LifeMoments;
  class PartForecast;

  LifeMoments MomentsOf(const ModelPart& part, const PurchaseParams& params,
                        const PurchaseHistory& history) const;

  double horizon_weeks_;
  double delta_weekly_;
  std::map<const ModelPart*, std::map<std::vector<double>, Group>> groups_;
};

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_PORTFOLIO_FORECAST_H_
