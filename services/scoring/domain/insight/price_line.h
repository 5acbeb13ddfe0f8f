// What an offer is worth to customers in money, beside its price (A38, A63; METHODS B14), and how
// we stand against the strongest rival (A56; B15).
#ifndef VALUELOOP_SCORING_DOMAIN_INSIGHT_PRICE_LINE_H_
#define VALUELOOP_SCORING_DOMAIN_INSIGHT_PRICE_LINE_H_

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scoring/domain/event.h"
#include "scoring/domain/insight/perceived_value.h"

namespace valueloop::scoring {

// Of one case, currency units a year: reference + differences - price.
double CustomerGain(const ValueCase& value_case);

struct DriverResult {
  std::string driver;
  double amount = 0;  // Mean over the customers of the offer; who does not name it adds 0.
  int64_t customer_count = 0;
};

// Currency units a year; means over the customers with a case.
struct OfferResult {
  std::string offer;
  int64_t customer_count = 0;
  double price = 0;
  double reference_price = 0;
  double differentiation_value = 0;
  int64_t overpriced_count = 0;
  std::vector<DriverResult> drivers;  // The largest absolute amount first.

  double value_price() const { return reference_price + differentiation_value; }
  double customer_gain() const { return value_price() - price; }
  // Our share of what we add; unset unless that is above 0.
  std::optional<double> captured_share() const;
};

class OfferCollector {
 public:
  // The latest case of each customer and offer.
  void Add(const ValueCase& value_case);
  std::vector<OfferResult> Result() const;  // By offer.

 private:
  struct Offer {
    OfferResult sums;
    std::map<std::string, DriverResult, std::less<>> drivers;
  };
  std::map<std::string, Offer, std::less<>> offers_;
};

struct WinDriverResult {
  std::string dimension;
  double weight = 0;
  double own = 0;  // Means over the customers that rated both.
  double rival = 0;
  double effect = 0;  // weight x (own - rival).
  int64_t customer_count = 0;
};

struct ValueMapResult {
  std::vector<WinDriverResult> drivers;  // Rated ones, in the order of the weights.
  std::optional<double> win_score;
  std::optional<double> quality_ratio;  // Unset if a rival's score is 0.
  std::optional<double> price_ratio;
  std::optional<double> fair_price_ratio;
  std::optional<double> distance;  // Above 0: better value.
};

class ValueMapCollector {
 public:
  explicit ValueMapCollector(std::span<const DimensionWeight> weights)
      : weights_(weights), sums_(weights.size()) {}

  // Each customer once.
  void Add(const PerceptionScores& scores);
  // `quality_importance` in (0, 1); price and reference price add up the offers, both 0: none.
  ValueMapResult Result(double quality_importance, double price, double reference_price) const;

 private:
  struct Sum {
    double own = 0;
    double rival = 0;
    int64_t count = 0;
  };
  std::span<const DimensionWeight> weights_;
  std::vector<Sum> sums_;
};

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_INSIGHT_PRICE_LINE_H_
