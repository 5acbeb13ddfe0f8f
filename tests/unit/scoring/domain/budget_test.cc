#include "scoring/domain/budget.h"

#include <cmath>
#include <limits>
#include <random>

#include "common/status.h"
#include "fmt/format.h"
#include "testing/status_matchers.h"

namespace valueloop::scoring {
namespace {

using ::testing::HasSubstr;
using ::testing::Optional;
using testing::StatusIs;

constexpr int64_t kUnit = 1'000'000;
constexpr int64_t kCent = 10'000;

int64_t SumOf(const BudgetAllocation& allocation) {
  int64_t sum = allocation.unallocated_micros;
  for (const ClassBudget& one : allocation.classes) sum += one.allocated_micros;
  return sum;
}

// Worked by hand: ln(gain/scale) are ln 2, ln 1 and ln 0.5. With 100 ln 2 the first alone takes
// money until the marginal return is 1; the next 300 ln 2 take both down to 0.5.
TEST(BudgetTest, MoneyFlowsToEqualMarginalReturns) {
  const double budget = 400 * std::log(2.0);
  const BudgetProblem problem{.budget_micros = std::llround(budget * 1e6),
                              .classes = {{.id = "strategic", .gain = 200, .scale = 100},
                                          {.id = "profit", .gain = 200, .scale = 200},
                                          {.id = "ordinary", .gain = 50, .scale = 100}}};
  VL_ASSERT_OK_AND_ASSIGN(const BudgetAllocation allocation, AllocateBudget(problem));
  EXPECT_NEAR(allocation.classes[0].allocated_micros * 1e-6, 200 * std::log(2.0), 1e-5);
  EXPECT_NEAR(allocation.classes[1].allocated_micros * 1e-6, 200 * std::log(2.0), 1e-5);
  EXPECT_NEAR(allocation.classes[2].allocated_micros * 1e-6, 0, 1e-5);
  ASSERT_TRUE(allocation.marginal_return.has_value());
  EXPECT_NEAR(*allocation.marginal_return, 0.5, 1e-7);
  EXPECT_NEAR(allocation.total_response, 200 * 0.75 + 200 * 0.5, 1e-5);
  EXPECT_EQ(SumOf(allocation), problem.budget_micros);
}

TEST(BudgetTest, BoundsHoldAndSayThatTheyDo) {
  const BudgetProblem problem{
      .budget_micros = 100 * kUnit,
      .rounding_micros = kCent,
      .classes = {{.id = "a", .gain = 1000, .scale = 10, .max_micros = 5 * kUnit},
                  {.id = "b", .gain = 1, .scale = 100, .min_micros = 20 * kUnit},
                  {.id = "c", .gain = 100, .scale = 50}}};
  VL_ASSERT_OK_AND_ASSIGN(const BudgetAllocation allocation, AllocateBudget(problem));
  EXPECT_EQ(allocation.classes[0].allocated_micros, 5 * kUnit);
  EXPECT_EQ(allocation.classes[0].bound, BudgetBound::kMax);
  EXPECT_EQ(allocation.classes[1].allocated_micros, 20 * kUnit);
  EXPECT_EQ(allocation.classes[1].bound, BudgetBound::kMin);
  EXPECT_EQ(allocation.classes[2].allocated_micros, 75 * kUnit);
  EXPECT_EQ(allocation.classes[2].bound, BudgetBound::kNone);
  EXPECT_EQ(allocation.unallocated_micros, 0);
}

TEST(BudgetTest, WhatNobodyMayTakeOrWouldReturnNothingStays) {
  const BudgetProblem problem{
      .budget_micros = 100 * kUnit,
      .classes = {{.id = "a", .gain = 10, .scale = 10, .max_micros = 30 * kUnit},
                  {.id = "b", .gain = 0, .min_micros = 5 * kUnit}}};
  VL_ASSERT_OK_AND_ASSIGN(const BudgetAllocation allocation, AllocateBudget(problem));
  EXPECT_EQ(allocation.classes[0].allocated_micros, 30 * kUnit);
  EXPECT_EQ(allocation.classes[1].allocated_micros, 5 * kUnit);
  EXPECT_EQ(allocation.unallocated_micros, 65 * kUnit);
  EXPECT_EQ(allocation.marginal_return, std::nullopt);
}

TEST(BudgetTest, ThirdsAddUpToTheCent) {
  BudgetProblem problem{.budget_micros = 100 * kUnit, .rounding_micros = kCent};
  for (const char* id : {"a", "b", "c"})
    problem.classes.push_back({.id = id, .gain = 9, .scale = 7});
  VL_ASSERT_OK_AND_ASSIGN(const BudgetAllocation allocation, AllocateBudget(problem));
  EXPECT_EQ(SumOf(allocation), 100 * kUnit);
  EXPECT_EQ(allocation.unallocated_micros, 0);
  EXPECT_EQ(allocation.classes[0].allocated_micros, 33'340'000);
  EXPECT_EQ(allocation.classes[1].allocated_micros, 33'330'000);
}

TEST(BudgetTest, NoMoneyIsNoResponse) {
  const BudgetProblem problem{.classes = {{.id = "a", .gain = 10, .scale = 5}}};
  VL_ASSERT_OK_AND_ASSIGN(const BudgetAllocation allocation, AllocateBudget(problem));
  EXPECT_EQ(allocation.classes[0].allocated_micros, 0);
  EXPECT_EQ(allocation.total_response, 0);
  EXPECT_NEAR(allocation.classes[0].marginal_return, 2, 1e-12);
}

// No transfer of money between two classes may do better; and every sum is exact.
TEST(BudgetTest, RandomProblemsAreAtTheirMaximumAndSumExactly) {
  std::mt19937_64 random(11);
  std::uniform_real_distribution<double> uniform(0.0, 1.0);
  for (int round = 0; round < 300; ++round) {
    BudgetProblem problem{.rounding_micros = round % 2 == 0 ? 1 : kCent};
    const int count = 1 + static_cast<int>(12 * uniform(random));
    int64_t minima = 0;
    for (int i = 0; i < count; ++i) {
      BudgetClass one{.id = fmt::format("c{}", i),
                      .gain = uniform(random) < .1 ? 0 : std::exp(12 * uniform(random)),
                      .scale = std::exp(10 * uniform(random))};
      if (uniform(random) < .4)
        one.min_micros = kCent * static_cast<int64_t>(1e5 * uniform(random));
      if (uniform(random) < .4) {
        one.max_micros = one.min_micros + kCent * static_cast<int64_t>(1e6 * uniform(random));
      }
      minima += one.min_micros;
      problem.classes.push_back(one);
    }
    problem.budget_micros = minima + kCent * static_cast<int64_t>(1e7 * uniform(random));
    VL_ASSERT_OK_AND_ASSIGN(const BudgetAllocation allocation, AllocateBudget(problem));
    ASSERT_EQ(SumOf(allocation), problem.budget_micros);
    for (int i = 0; i < count; ++i) {
      const BudgetClass& taker = problem.classes[i];
      const ClassBudget& got = allocation.classes[i];
      ASSERT_GE(got.allocated_micros, taker.min_micros);
      if (taker.max_micros) {
        ASSERT_LE(got.allocated_micros, *taker.max_micros);
      }
      const bool can_take =
          taker.gain > 0 && (!taker.max_micros || got.allocated_micros < *taker.max_micros);
      if (can_take) {
        ASSERT_EQ(allocation.unallocated_micros, 0);
      }
      for (int j = 0; can_take && j < count; ++j) {
        const ClassBudget& giver = allocation.classes[j];
        if (giver.allocated_micros - problem.rounding_micros < problem.classes[j].min_micros)
          continue;
        if (problem.classes[j].gain == 0) continue;
        // One rounding step is worth this much of the marginal return.
        const double step = 2e-6 * static_cast<double>(problem.rounding_micros) *
                            (1 / taker.scale + 1 / problem.classes[j].scale);
        ASSERT_LE(got.marginal_return, giver.marginal_return * (1 + step) * (1 + 1e-9))
            << round << ": " << i << " " << j;
      }
    }
  }
}

TEST(BudgetTest, EnormousBudgetsAreDividedExactlyToo) {
  BudgetProblem problem{.budget_micros = std::numeric_limits<int64_t>::max()};
  for (const char* id : {"a", "b", "c"}) {
    problem.classes.push_back({.id = id, .gain = 1e15, .scale = 1e12});
  }
  VL_ASSERT_OK_AND_ASSIGN(const BudgetAllocation allocation, AllocateBudget(problem));
  EXPECT_EQ(SumOf(allocation), problem.budget_micros);
  EXPECT_TRUE(std::isfinite(allocation.total_response));
  // Far beyond what returns anything: still finite, still all of it.
  for (BudgetClass& one : problem.classes) one.scale = 1;
  VL_ASSERT_OK_AND_ASSIGN(const BudgetAllocation wasted, AllocateBudget(problem));
  EXPECT_EQ(SumOf(wasted), problem.budget_micros);
  EXPECT_NEAR(wasted.total_response, 3e15, 1);
}

TEST(BudgetTest, ProblemsThatCannotBeAreRefusedByName) {
  const auto refused = [](const char* what) {
    return StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(what));
  };
  const BudgetProblem good{.budget_micros = 100, .classes = {{.id = "a", .gain = 1, .scale = 1}}};
  const auto with = [&](auto change) {
    BudgetProblem problem = good;
    change(problem, problem.classes[0]);
    return AllocateBudget(problem);
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  VL_EXPECT_OK(AllocateBudget(good));
  EXPECT_THAT(with([](auto& problem, auto&) { problem.budget_micros = -1; }),
              refused("budget_micros: got -1"));
  EXPECT_THAT(with([](auto& problem, auto&) { problem.rounding_micros = 0; }),
              refused("rounding_micros: got 0"));
  EXPECT_THAT(with([](auto& problem, auto&) { problem.rounding_micros = 3; }),
              refused("a multiple of rounding_micros, 3"));
  EXPECT_THAT(with([](auto& problem, auto&) { problem.classes.clear(); }),
              refused("classes: got 0 classes"));
  EXPECT_THAT(with([](auto& problem, auto&) { problem.classes.push_back(problem.classes[0]); }),
              refused("classes[1].id: got a"));
  EXPECT_THAT(with([&](auto&, auto& one) { one.gain = nan; }), refused("classes[0].gain: got nan"));
  EXPECT_THAT(with([&](auto&, auto& one) { one.gain = -1; }), refused("classes[0].gain"));
  EXPECT_THAT(with([](auto&, auto& one) { one.scale = 0; }), refused("classes[0].scale: got 0"));
  EXPECT_THAT(with([&](auto&, auto& one) { one.scale = nan; }), refused("classes[0].scale"));
  EXPECT_THAT(with([](auto&, auto& one) { one.min_micros = -5; }),
              refused("classes[0].min_micros"));
  EXPECT_THAT(with([](auto&, auto& one) { one.max_micros = -5; }),
              refused("classes[0].max_micros"));
  EXPECT_THAT(with([](auto&, auto& one) { one.min_micros = 101; }),
              refused("budget_micros: got 100, want the sum of min_micros"));
}

}  // namespace
}  // namespace valueloop::scoring
