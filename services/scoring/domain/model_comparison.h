// What changes if one model version is used in place of another: class shifts and money moved.
#ifndef VALUELOOP_SCORING_DOMAIN_MODEL_COMPARISON_H_
#define VALUELOOP_SCORING_DOMAIN_MODEL_COMPARISON_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scoring/domain/policy.h"

namespace valueloop::scoring {

// One customer under one version.
struct ScoredSide {
  CustomerClass customer_class = CustomerClass::kUnknown;
  std::optional<double> expected_value;  // Unset: not enough data.
  std::optional<double> alive_probability;
};

struct ClassShift {
  int64_t customer_count = 0;
  double expected_value = 0;  // Of these customers, under the one and the other; unset counts 0.
  double other_expected_value = 0;
};

struct ModelMover {
  std::string customer_id;
  ScoredSide one;
  ScoredSide other;

  double change() const {
    return other.expected_value.value_or(0) - one.expected_value.value_or(0);
  }
};

struct ModelComparison {
  int64_t customer_count = 0;
  int64_t moved_count = 0;          // Their class differs.
  int64_t newly_unknown_count = 0;  // Of these, those that become UNKNOWN.
  ClassShift total;
  double absolute_change = 0;  // Sum of |change of the expected value|.
  // By CustomerClass under the one, then under the other.
  std::array<std::array<ClassShift, kCustomerClassCount>, kCustomerClassCount> shifts;
  std::vector<ModelMover> movers;  // Descending by |change|, ties by customer.
};

// Adds up one customer after the other; keeps the `mover_count` that change most.
class ModelComparer {
 public:
  explicit ModelComparer(size_t mover_count) : mover_count_(mover_count) {}

  // Each customer once.
  void Add(std::string_view customer_id, const ScoredSide& one, const ScoredSide& other);

  ModelComparison Finish() &&;

 private:
  const size_t mover_count_;
  ModelComparison result_;  // `movers` is a heap, the least change in front.
};

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_MODEL_COMPARISON_H_
