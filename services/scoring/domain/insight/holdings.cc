#include "scoring/domain/insight/holdings.h"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace valueloop::scoring {

std::optional<double> Holdings::cross_sell_ratio() const {
  if (holder_count == 0) return std::nullopt;
  return static_cast<double>(multi_holder_count) / static_cast<double>(holder_count);
}

double Holdings::Lift(size_t i, size_t j) const {
  return static_cast<double>(Both(i, j)) * static_cast<double>(holder_count) /
         (static_cast<double>(products[i].customer_count) *
          static_cast<double>(products[j].customer_count));
}

std::vector<PairResult> Holdings::Pairs(int64_t min_support) const {
  std::vector<PairResult> pairs;
  for (size_t i = 0; i < products.size(); ++i) {
    for (size_t j = 0; j < products.size(); ++j) {
      if (!(products[i].product < products[j].product)) continue;
      const int64_t both = Both(i, j);
      if (both < std::max<int64_t>(min_support, 1)) continue;
      pairs.push_back({.first = products[i].product,
                       .second = products[j].product,
                       .customer_count = both,
                       .lift = Lift(i, j),
                       .second_given_first = static_cast<double>(both) /
                                             static_cast<double>(products[i].customer_count),
                       .first_given_second = static_cast<double>(both) /
                                             static_cast<double>(products[j].customer_count)});
    }
  }
  std::ranges::sort(pairs, [](const PairResult& a, const PairResult& b) {
    return std::tie(b.lift, b.customer_count, a.first, a.second) <
           std::tie(a.lift, a.customer_count, b.first, b.second);
  });
  return pairs;
}

std::vector<OfferToMake> Holdings::NextOffers(const std::set<std::string>& held,
                                              int64_t min_support, size_t limit) const {
  const auto is_before = [](const OfferToMake& a, const OfferToMake& b) {
    return std::tie(b.lift, b.probability, a.product, a.because_of) <
           std::tie(a.lift, a.probability, b.product, b.because_of);
  };
  std::vector<OfferToMake> offers;
  for (size_t j = 0; j < products.size(); ++j) {
    if (held.contains(products[j].product)) continue;
    std::optional<OfferToMake> best;
    for (size_t i = 0; i < products.size(); ++i) {
      const int64_t both = Both(i, j);
      if (!held.contains(products[i].product) || both < std::max<int64_t>(min_support, 1)) continue;
      const double lift = Lift(i, j);
      if (!(lift > 1)) continue;
      OfferToMake offer{.product = products[j].product,
                        .because_of = products[i].product,
                        .lift = lift,
                        .probability = static_cast<double>(both) /
                                       static_cast<double>(products[i].customer_count),
                        .support_count = both};
      if (!best || is_before(offer, *best)) best = std::move(offer);
    }
    if (best) offers.push_back(*std::move(best));
  }
  std::ranges::sort(offers, is_before);
  if (offers.size() > limit) offers.resize(limit);
  return offers;
}

void HoldingsCollector::Add(const std::set<std::string>& products) {
  if (products.empty()) return;
  std::vector<uint32_t>& numbers = held_.emplace_back();
  for (const std::string& product : products) {
    const auto [place, is_new] = numbers_.try_emplace(product, products_.size());
    if (is_new) products_.push_back({.product = product});
    ++products_[place->second].customer_count;
    numbers.push_back(static_cast<uint32_t>(place->second));
  }
}

Holdings HoldingsCollector::Result() const {
  Holdings result;
  result.holder_count = static_cast<int64_t>(held_.size());
  result.product_count = static_cast<int64_t>(products_.size());
  std::vector<size_t> order(products_.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::sort(order, [this](size_t a, size_t b) {
    return std::tie(products_[b].customer_count, products_[a].product) <
           std::tie(products_[a].customer_count, products_[b].product);
  });
  if (order.size() > kMaxPairedProducts) order.resize(kMaxPairedProducts);
  std::vector<size_t> places(products_.size(), kMaxPairedProducts);
  for (size_t i = 0; i < order.size(); ++i) {
    places[order[i]] = i;
    result.products.push_back(products_[order[i]]);
  }
  const size_t n = order.size();
  result.both_.assign(n * n, 0);
  int64_t product_sum = 0;
  std::vector<size_t> held;
  for (const std::vector<uint32_t>& numbers : held_) {
    product_sum += static_cast<int64_t>(numbers.size());
    if (numbers.size() > 1) ++result.multi_holder_count;
    held.clear();
    for (const uint32_t number : numbers) {
      if (places[number] < kMaxPairedProducts) held.push_back(places[number]);
    }
    for (const size_t i : held) {
      for (const size_t j : held) ++result.both_[i * n + j];
    }
  }
  if (!held_.empty()) {
    result.mean_product_count =
        static_cast<double>(product_sum) / static_cast<double>(held_.size());
  }
  return result;
}

}  // namespace valueloop::scoring
