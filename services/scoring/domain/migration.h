// How customers moved between the classes: what a matrix of moves adds up, from everybody or from a
// sample (METHODS E6; catalogue A46, A103).
#ifndef VALUELOOP_SCORING_DOMAIN_MIGRATION_H_
#define VALUELOOP_SCORING_DOMAIN_MIGRATION_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "scoring/domain/policy.h"
#include "scoring/domain/score.h"

namespace valueloop::scoring {

// METHODS E12: below it a customer counts as lost.
inline constexpr double kLostAliveProbability = 0.2;

// One customer on two days, or under two policies.
struct Move {
  std::optional<CustomerClass> from;  // Unset: new.
  CustomerClass to = CustomerClass::kUnknown;
  std::optional<double> expected_before;
  std::optional<double> expected_after;
  bool is_lost = false;  // Fell below kLostAliveProbability in between.

  bool has_moved() const { return from && *from != to; }
};
// `before` nullptr: the customer is new.
Move MoveOf(const Score* before, const Score& after);

// Counts and sums, of everybody; estimates with their standard errors if a sample was scored.
struct MoveTotals {
  double count = 0;
  double expected_before = 0;
  double expected_after = 0;
  double lost_count = 0;
  double lost_value = 0;
  double count_error = 0;
  double change_error = 0;  // Of expected_after - expected_before.
};

class MoveTally {
 public:
  void Add(const Move& move);

  int64_t scored_count() const { return scored_count_; }

  // `customer_count`: of all, scored or not; at least scored_count().
  MoveTotals Cell(std::optional<CustomerClass> from, CustomerClass to,
                  int64_t customer_count) const;
  // Of everybody who moved, new customers left out.
  MoveTotals Moved(int64_t customer_count) const;
  // Of those who had a class and are UNKNOWN now.
  MoveTotals NewUnknown(int64_t customer_count) const;
  // Of everybody.
  MoveTotals All(int64_t customer_count) const;

 private:
  struct Sums {
    double count = 0;
    double expected_before = 0;
    double expected_after = 0;
    double lost_count = 0;
    double lost_value = 0;
    double change_squares = 0;

    void Add(const Move& move);
  };
  MoveTotals Estimate(const Sums& sums, int64_t customer_count) const;

  static constexpr size_t kRowCount = kCustomerClassCount + 1;  // NEW is the last.
  std::array<std::array<Sums, kCustomerClassCount>, kRowCount> cells_{};
  Sums moved_;
  Sums new_unknown_;
  Sums all_;
  int64_t scored_count_ = 0;
};

// An even sample of customers that depends on their ids only: about `sample_size` of
// `customer_count`.
class CustomerSample {
 public:
  CustomerSample(int64_t customer_count, int64_t sample_size);

  bool is_everybody() const { return everybody_; }
  bool Has(std::string_view customer_id) const;

 private:
  bool everybody_;
  uint64_t threshold_ = 0;
};

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_MIGRATION_H_
