// Which products customers hold, which go together, and what to offer next (A51).
#ifndef VALUELOOP_SCORING_DOMAIN_INSIGHT_HOLDINGS_H_
#define VALUELOOP_SCORING_DOMAIN_INSIGHT_HOLDINGS_H_

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace valueloop::scoring {

inline constexpr size_t kMaxPairedProducts = 500;

struct ProductResult {
  std::string product;
  int64_t customer_count = 0;
};

struct PairResult {
  std::string first;  // Before `second` by bytes.
  std::string second;
  int64_t customer_count = 0;
  double lift = 0;  // P(both) / (P(first) P(second)) among holders.
  double second_given_first = 0;
  double first_given_second = 0;
};

struct OfferToMake {
  std::string product;
  std::string because_of;
  double lift = 0;
  double probability = 0;  // P(product | because_of).
  int64_t support_count = 0;
};

// Immutable once made by HoldingsCollector.
class Holdings {
 public:
  int64_t holder_count = 0;
  int64_t multi_holder_count = 0;
  int64_t product_count = 0;
  std::optional<double> mean_product_count;
  std::vector<ProductResult> products;  // The most held first, then by name; at most 500.

  std::optional<double> cross_sell_ratio() const;
  // At least `min_support` holders of both; by lift, then count, the largest first, then by name.
  std::vector<PairResult> Pairs(int64_t min_support) const;
  // Of products not in `held`: by lift above 1, then probability, the largest first, then by name.
  std::vector<OfferToMake> NextOffers(const std::set<std::string>& held, int64_t min_support,
                                      size_t limit) const;

 private:
  friend class HoldingsCollector;
  int64_t Both(size_t i, size_t j) const { return both_[i * products.size() + j]; }
  double Lift(size_t i, size_t j) const;
  std::vector<int64_t> both_;  // Square, by places in `products`.
};

class HoldingsCollector {
 public:
  // Each customer once; one without products is no holder.
  void Add(const std::set<std::string>& products);
  Holdings Result() const;

 private:
  std::unordered_map<std::string, size_t> numbers_;
  std::vector<ProductResult> products_;
  std::vector<std::vector<uint32_t>> held_;  // Numbers of products, by customer.
};

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_INSIGHT_HOLDINGS_H_
