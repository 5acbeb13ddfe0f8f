#include "scoring/domain/budget.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>
#include <string_view>

#include "common/status.h"
#include "fmt/format.h"

namespace valueloop::scoring {
namespace {

constexpr double kMicros = 1e6;
constexpr double kMaxMoney = 1e15;
constexpr size_t kMaxClasses = 1000;
constexpr size_t kMaxIdBytes = 64;

absl::Status CheckMultiple(const std::string& field, int64_t micros, int64_t rounding) {
  if (micros % rounding == 0) return absl::OkStatus();
  return InvalidField(field, fmt::format("{}", micros),
                      fmt::format("a multiple of rounding_micros, {}", rounding));
}

absl::Status Validate(const BudgetClass& one, const std::string& field, int64_t rounding) {
  const auto wrong = [&](std::string_view name, const auto& got, std::string_view want) {
    return InvalidField(fmt::format("{}.{}", field, name), fmt::format("{}", got), want);
  };
  if (one.id.empty() || one.id.size() > kMaxIdBytes) return wrong("id", one.id, "1 to 64 bytes");
  if (!(one.gain >= 0 && one.gain <= kMaxMoney)) return wrong("gain", one.gain, "0..1e15");
  if (!(one.scale > 0 && one.scale <= kMaxMoney)) {
    return wrong("scale", one.scale, "above 0, at most 1e15");
  }
  if (one.min_micros < 0) return wrong("min_micros", one.min_micros, "at least 0");
  if (one.max_micros && *one.max_micros < one.min_micros) {
    return wrong("max_micros", *one.max_micros,
                 fmt::format("min_micros, {}, or more", one.min_micros));
  }
  VL_RETURN_IF_ERROR(CheckMultiple(field + ".min_micros", one.min_micros, rounding));
  return CheckMultiple(field + ".max_micros", one.max_micros.value_or(0), rounding);
}

absl::Status Validate(const BudgetProblem& problem) {
  if (problem.budget_micros < 0) {
    return InvalidField("budget_micros", fmt::format("{}", problem.budget_micros), "at least 0");
  }
  if (problem.rounding_micros < 1) {
    return InvalidField("rounding_micros", fmt::format("{}", problem.rounding_micros),
                        "at least 1");
  }
  VL_RETURN_IF_ERROR(
      CheckMultiple("budget_micros", problem.budget_micros, problem.rounding_micros));
  if (problem.classes.empty() || problem.classes.size() > kMaxClasses) {
    return InvalidField("classes", fmt::format("{} classes", problem.classes.size()),
                        fmt::format("1..{}", kMaxClasses));
  }
  std::set<std::string_view> ids;
  int64_t left = problem.budget_micros;
  for (size_t i = 0; i < problem.classes.size(); ++i) {
    const BudgetClass& one = problem.classes[i];
    const std::string field = fmt::format("classes[{}]", i);
    VL_RETURN_IF_ERROR(Validate(one, field, problem.rounding_micros));
    if (!ids.insert(one.id).second) {
      return InvalidField(field + ".id", one.id, "an id that no class before it has");
    }
    if (one.min_micros > left) {
      return InvalidField("budget_micros", fmt::format("{}", problem.budget_micros),
                          "the sum of min_micros or more");
    }
    left -= one.min_micros;
  }
  return absl::OkStatus();
}

// Logarithm of the marginal return of `money` (currency units) spent on the class.
double LogReturn(const BudgetClass& one, double money) {
  return std::log(one.gain) - std::log(one.scale) - money / one.scale;
}

// Where the sweep over falling marginal returns meets a bound of a class.
struct Turn {
  double log_return = 0;
  double scale = 0;  // Above 0: the class begins to take money; below 0: it is full.
};

// The logarithm of the marginal return at which what exceeds the minima is spent; -infinity if it
// never is. Money goes to every class whose return is higher, at its scale per unit of logarithm.
double WaterLevel(const BudgetProblem& problem) {
  double left = static_cast<double>(problem.budget_micros) / kMicros;
  std::vector<Turn> turns;
  for (const BudgetClass& one : problem.classes) {
    left -= static_cast<double>(one.min_micros) / kMicros;
    if (!(one.gain > 0)) continue;
    turns.push_back({LogReturn(one, static_cast<double>(one.min_micros) / kMicros), one.scale});
    if (!one.max_micros) continue;
    turns.push_back({LogReturn(one, static_cast<double>(*one.max_micros) / kMicros), -one.scale});
  }
  std::sort(turns.begin(), turns.end(),
            [](const Turn& a, const Turn& b) { return a.log_return > b.log_return; });
  double taking = 0;
  int taking_count = 0;
  for (size_t i = 0; i < turns.size(); ++i) {
    taking += turns[i].scale;
    taking_count += turns[i].scale > 0 ? 1 : -1;
    if (taking_count == 0) {
      taking = 0;  // Without what rounding has left.
      continue;
    }
    const double level = turns[i].log_return;
    const bool is_last = i + 1 == turns.size();
    const double until_next = is_last ? std::numeric_limits<double>::infinity()
                                      : taking * (level - turns[i + 1].log_return);
    if (left <= until_next) return level - left / taking;
    left -= until_next;
  }
  return -std::numeric_limits<double>::infinity();
}

// Money in multiples of the rounding.
struct Units {
  int64_t low = 0;
  int64_t high = 0;
  int64_t taken = 0;
  double remainder = 0;
  bool between = false;  // The exact allocation is between the bounds.
};

// Adds `left` (below 0: takes it away) to the units that may change, the largest remainders first
// (the smallest). Returns what found no place.
int64_t Spread(int64_t left, std::vector<Units*> places) {
  std::stable_sort(places.begin(), places.end(), [&](const Units* a, const Units* b) {
    return left > 0 ? a->remainder > b->remainder : a->remainder < b->remainder;
  });
  while (left != 0) {
    const auto room = [&](const Units* place) {
      return left > 0 ? place->high - place->taken : place->taken - place->low;
    };
    std::erase_if(places, [&](const Units* place) { return room(place) == 0; });
    if (places.empty()) return left;
    // One each; more only where doubles could not tell single units apart.
    const int64_t each = std::max<int64_t>(1, std::abs(left) / static_cast<int64_t>(places.size()));
    for (Units* const place : places) {
      if (left == 0) break;
      const int64_t step = std::min({each, room(place), std::abs(left)});
      place->taken += left > 0 ? step : -step;
      left += left > 0 ? -step : step;
    }
  }
  return 0;
}

Units UnitsOf(const BudgetProblem& problem, const BudgetClass& one, double level) {
  const auto rounding = static_cast<double>(problem.rounding_micros);
  Units units{
      .low = one.min_micros / problem.rounding_micros,
      .high = std::min(one.max_micros.value_or(problem.budget_micros), problem.budget_micros) /
              problem.rounding_micros};
  units.taken = units.low;
  if (!(one.gain > 0)) {
    units.high = units.low;
    return units;
  }
  const double exact = std::isinf(level) ? std::numeric_limits<double>::infinity()
                                         : one.scale * (LogReturn(one, 0) - level);
  const double count = exact * kMicros / rounding;
  if (count >= static_cast<double>(units.high)) {
    units.taken = units.high;
    units.between = !one.max_micros;
  } else if (count > static_cast<double>(units.low)) {
    units.taken = std::max(units.low, static_cast<int64_t>(std::floor(count)));
    units.remainder = count - std::floor(count);
    units.between = true;
  }
  return units;
}

}  // namespace

absl::StatusOr<BudgetAllocation> AllocateBudget(const BudgetProblem& problem) {
  VL_RETURN_IF_ERROR(Validate(problem));
  const double level = WaterLevel(problem);
  std::vector<Units> units;
  for (const BudgetClass& one : problem.classes) units.push_back(UnitsOf(problem, one, level));
  int64_t left = problem.budget_micros / problem.rounding_micros;
  std::vector<Units*> between;
  std::vector<Units*> all;
  for (Units& one : units) {
    left -= one.taken;
    all.push_back(&one);
    if (one.between) between.push_back(&one);
  }
  left = Spread(Spread(left, between), all);

  BudgetAllocation out{.unallocated_micros = left * problem.rounding_micros};
  for (size_t i = 0; i < units.size(); ++i) {
    const BudgetClass& one = problem.classes[i];
    ClassBudget& budget = out.classes.emplace_back();
    budget.allocated_micros = units[i].taken * problem.rounding_micros;
    const double money = static_cast<double>(budget.allocated_micros) / kMicros;
    budget.response = -one.gain * std::expm1(-money / one.scale);
    budget.marginal_return = one.gain > 0 ? std::exp(LogReturn(one, money)) : 0;
    out.total_response += budget.response;
    if (units[i].between) {
      out.marginal_return = std::exp(level);
    } else {
      budget.bound =
          budget.allocated_micros == one.min_micros ? BudgetBound::kMin : BudgetBound::kMax;
    }
  }
  return out;
}

}  // namespace valueloop::scoring
