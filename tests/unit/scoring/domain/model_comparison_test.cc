#include "scoring/domain/model_comparison.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace valueloop::scoring {
namespace {

using ::testing::IsEmpty;

ScoredSide Side(CustomerClass customer_class, double expected_value) {
  return {.customer_class = customer_class, .expected_value = expected_value};
}

TEST(ModelComparerTest, AddsUpShiftsAndMoney) {
  ModelComparer comparer(10);
  comparer.Add("a", Side(CustomerClass::kProfit, 100), Side(CustomerClass::kStrategic, 130));
  comparer.Add("b", Side(CustomerClass::kProfit, 50), Side(CustomerClass::kProfit, 40));
  comparer.Add("c", Side(CustomerClass::kOrdinary, 5), ScoredSide{});
  comparer.Add("d", ScoredSide{}, ScoredSide{});
  const ModelComparison got = std::move(comparer).Finish();
  EXPECT_EQ(got.customer_count, 4);
  EXPECT_EQ(got.moved_count, 2);
  EXPECT_EQ(got.newly_unknown_count, 1);
  EXPECT_EQ(got.total.expected_value, 155);
  EXPECT_EQ(got.total.other_expected_value, 170);
  EXPECT_EQ(got.absolute_change, 45);
  const auto shift = [&](CustomerClass from, CustomerClass to) {
    return got.shifts[static_cast<size_t>(from)][static_cast<size_t>(to)];
  };
  EXPECT_EQ(shift(CustomerClass::kProfit, CustomerClass::kStrategic).other_expected_value, 130);
  EXPECT_EQ(shift(CustomerClass::kProfit, CustomerClass::kProfit).customer_count, 1);
  EXPECT_EQ(shift(CustomerClass::kOrdinary, CustomerClass::kUnknown).expected_value, 5);
  EXPECT_EQ(shift(CustomerClass::kUnknown, CustomerClass::kUnknown).customer_count, 1);
}

TEST(ModelComparerTest, KeepsThoseWhoMoveMostWhicheverWay) {
  ModelComparer comparer(3);
  for (int i = 0; i < 10; ++i) {
    const double change = i % 2 == 0 ? i : -i;
    comparer.Add(std::to_string(i), Side(CustomerClass::kProfit, 100),
                 Side(CustomerClass::kProfit, 100 + change));
  }
  const ModelComparison got = std::move(comparer).Finish();
  ASSERT_EQ(got.movers.size(), 3);
  EXPECT_EQ(got.movers[0].customer_id, "9");
  EXPECT_EQ(got.movers[0].change(), -9);
  EXPECT_EQ(got.movers[1].customer_id, "8");
  EXPECT_EQ(got.movers[2].customer_id, "7");
}

TEST(ModelComparerTest, TiesAreByCustomerAndWhoStaysIsNoMover) {
  ModelComparer comparer(2);
  for (const char* id : {"c", "a", "b"}) {
    comparer.Add(id, Side(CustomerClass::kProfit, 1), Side(CustomerClass::kProfit, 2));
  }
  comparer.Add("same", Side(CustomerClass::kProfit, 1), Side(CustomerClass::kProfit, 1));
  const ModelComparison got = std::move(comparer).Finish();
  ASSERT_EQ(got.movers.size(), 2);
  EXPECT_EQ(got.movers[0].customer_id, "a");
  EXPECT_EQ(got.movers[1].customer_id, "b");
  EXPECT_THAT(ModelComparer(2).Finish().movers, IsEmpty());
}

}  // namespace
}  // namespace valueloop::scoring
