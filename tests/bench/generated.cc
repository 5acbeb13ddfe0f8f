#include "bench/generated.h"

#include <algorithm>
#include <cmath>
#include <random>

namespace valueloop::bench {
namespace {

constexpr int32_t kJoiningDays = 84;
constexpr double kCents = 100;
constexpr int64_t kMicrosPerCent = 10'000;

class Population {
 public:
  explicit Population(uint64_t seed) : random_(seed) {}

  // Calls `on_day(day, cents)` for each purchase day of the next customer, in order.
  template <typename OnDay>
  void Next(const OnDay& on_day) {
    const double rate = Gamma(.243, 4.414);
    const double leaving = Gamma(.793, 1);
    const double leave = leaving / (leaving + Gamma(2.426, 1));
    const double scale = Gamma(3.74, 15.44);  // Of this customer's spend.
    int32_t day = static_cast<int32_t>(Uniform() * kJoiningDays);
    double now = day;
    on_day(day, Cents(scale));
    for (;;) {
      now += -std::log(Uniform()) / rate * 7;
      if (!(now < kLastDay)) return;
      const auto next = static_cast<int32_t>(std::ceil(now));
      if (next > day) {
        day = next;
        on_day(day, Cents(scale));
      }
      if (Uniform() < leave) return;
    }
  }

 private:
  double Uniform() { return (static_cast<double>(random_() >> 11) + 0.5) * 0x1p-53; }
  double Gamma(double shape, double rate) {
    return std::gamma_distribution<double>(shape, 1 / rate)(random_);
  }
  int64_t Cents(double scale) {
    return std::max<int64_t>(1, std::llround(kCents * Gamma(6.25, scale)));
  }

  std::mt19937_64 random_;
};

}  // namespace

std::vector<PurchaseRow> GeneratePurchases(int64_t customer_count, uint64_t seed) {
  Population population(seed);
  std::vector<PurchaseRow> rows;
  for (int64_t i = 0; i < customer_count; ++i) {
    population.Next([&](int32_t day, int64_t cents) {
      rows.push_back({static_cast<int32_t>(i), day, cents * kMicrosPerCent});
    });
  }
  return rows;
}

GeneratedCustomers GenerateCustomers(int64_t customer_count, uint64_t seed) {
  Population population(seed);
  GeneratedCustomers customers;
  customers.histories.reserve(static_cast<size_t>(customer_count));
  customers.spends.reserve(static_cast<size_t>(customer_count));
  for (int64_t i = 0; i < customer_count; ++i) {
    int32_t first = -1;
    int32_t last = 0;
    int32_t count = 0;
    int64_t cents_sum = 0;
    population.Next([&](int32_t day, int64_t cents) {
      if (first < 0) {
        first = day;
      } else {
        ++count;
        cents_sum += cents;
      }
      last = day;
    });
    customers.histories.push_back({.repeat_count = count,
                                   .last_weeks = (last - first) / 7.0,
                                   .age_weeks = (kLastDay - first) / 7.0});
    customers.spends.push_back(
        {.count = count,
         .mean = count > 0 ? static_cast<double>(cents_sum) / kCents / count : 0.0});
  }
  return customers;
}

}  // namespace valueloop::bench
