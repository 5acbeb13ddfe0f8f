// Intervals around what is expected of a customer (METHODS E9): equal-tailed quantiles of the
// predictive distribution of what will happen, from joint draws of one simulated life per draw, so
// that the interval of a sum is never added up from the ends of its parts. The draws start from a
// number that depends on the inputs only: equal inputs give equal bits.
#ifndef VALUELOOP_SCORING_DOMAIN_INTERVAL_H_
#define VALUELOOP_SCORING_DOMAIN_INTERVAL_H_

#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "scoring/domain/lives.h"
#include "scoring/domain/values.h"

namespace valueloop::scoring {

// low_95 <= low_80 <= high_80 <= high_95. They may exclude the mean.
struct Interval {
  double low_95 = 0;
  double low_80 = 0;
  double high_80 = 0;
  double high_95 = 0;
  // Of the expectation: what is not known of the parameters, 95 percent. Unset for given
  // parameters.
  std::optional<double> mean_low;
  std::optional<double> mean_high;
  friend bool operator==(const Interval&, const Interval&) = default;
};

// A distribution known by weighted draws.
class Predictive {
 public:
  // Weight is above 0 and finite, value finite.
  void Add(double value, double weight);
  // To be called once, after the last Add and before what follows.
  void Finish();

  // The smallest value whose cumulated share reaches `level` (0..1); 0 without draws.
  double Quantile(double level) const;
  // Shares of the values below `value` and equal to it.
  double ShareBelow(double value) const;
  double ShareEqual(double value) const;
  Interval ToInterval() const;

 private:
  struct Point {
    double value = 0;
    double weight = 0;
  };
  std::vector<Point> points_;  // Ascending after Finish.
  double total_ = 0;
};

inline constexpr int kIntervalDraws = 1000;

// The number of purchases in the `weeks` > 0 after the end of the observation. Fails as
// AliveProbability and for weeks outside 0..1000000.
absl::StatusOr<Predictive> PredictPurchases(const PurchaseParams& params,
                                            const PurchaseHistory& history, double weeks);

// Expected purchases over the policy's horizon and expected value of one customer, with intervals.
struct CustomerIntervals {
  std::optional<Interval> purchases;  // Unset without a purchase day.
  Interval value;                     // Of ExpectedResult::parts.total().
};

// `expected` is ExpectedValues(inputs). Components share each draw's life. What customers already
// referred will bring is taken at its expectation. Fails as ExpectedValues.
absl::StatusOr<CustomerIntervals> ComputeIntervals(const ValueInputs& inputs,
                                                   const ExpectedResult& expected);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_INTERVAL_H_
