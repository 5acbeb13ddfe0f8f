// Answers in 50-digit arithmetic, made by tests/golden/make_regular_points.py.
#ifndef VALUELOOP_TESTS_UNIT_SCORING_DOMAIN_GOLDEN_POINTS_H_
#define VALUELOOP_TESTS_UNIT_SCORING_DOMAIN_GOLDEN_POINTS_H_

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace valueloop::scoring {

// The inputs of one answer, in the order of the file.
class GoldenInputs {
 public:
  explicit GoldenInputs(std::vector<double> values) : values_(std::move(values)) {}

  double operator[](size_t i) const { return values_.at(i); }
  int32_t Count(size_t i) const { return static_cast<int32_t>(values_.at(i)); }

 private:
  std::vector<double> values_;
};

// Expects `function` to give every answer called `name`, of which there are at least `least_count`,
// to 1e-9 of itself.
void ExpectGolden(std::string_view name, size_t least_count,
                  const std::function<absl::StatusOr<double>(const GoldenInputs&)>& function);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_TESTS_UNIT_SCORING_DOMAIN_GOLDEN_POINTS_H_
