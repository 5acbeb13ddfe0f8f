// Dividing a service budget so that the next unit of money returns the same wherever it goes (A48;
// METHODS E12). Money b spent on a class returns gain x (1 - e^(-b / scale)).
#ifndef VALUELOOP_SCORING_DOMAIN_BUDGET_H_
#define VALUELOOP_SCORING_DOMAIN_BUDGET_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace valueloop::scoring {

struct BudgetClass {
  std::string id;                     // 1..64 bytes.
  double gain = 0;                    // 0..1e15, currency units.
  double scale = 1;                   // Above 0, at most 1e15, currency units.
  int64_t min_micros = 0;             // At least 0.
  std::optional<int64_t> max_micros;  // At least min_micros; unset: no limit.
};

struct BudgetProblem {
  int64_t budget_micros = 0;    // At least 0.
  int64_t rounding_micros = 1;  // Above 0; budget and bounds are multiples of it.
  std::vector<BudgetClass> classes;
};

enum class BudgetBound { kNone, kMin, kMax };

struct ClassBudget {
  int64_t allocated_micros = 0;  // A multiple of rounding_micros within the bounds.
  double response = 0;           // Currency units.
  double marginal_return = 0;    // Of the next unit of money.
  BudgetBound bound = BudgetBound::kNone;
};

struct BudgetAllocation {
  std::vector<ClassBudget> classes;  // In the order asked.
  double total_response = 0;
  // Of every class between its bounds, before rounding; unset if there is none.
  std::optional<double> marginal_return;
  int64_t unallocated_micros = 0;  // With the allocations: the budget, exactly.
};

// The allocation with the largest total response, by water-filling: exact in one pass over the
// classes' bounds, then rounded by largest remainder. Money stays unallocated only if every class
// is at its maximum or has gain 0. InvalidArgument names the field, such as `classes[1].scale`, or
// `budget_micros` if it is below the sum of the minima.
absl::StatusOr<BudgetAllocation> AllocateBudget(const BudgetProblem& problem);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_BUDGET_H_
