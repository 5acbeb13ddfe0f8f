// Fits of data at the edge: a clear answer or NOT_ENOUGH_DATA that names what is missing; never a
// number that is not one, never a crash, never for long.
#include <cmath>
#include <string>
#include <vector>

#include "common/status.h"
#include "scoring/domain/fit.h"
#include "testing/status_matchers.h"

namespace valueloop::scoring {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::StatusIs;

class ExtremeFitTest : public ::testing::TestWithParam<Family> {};

// What a score would be computed from is a number, for any customer of the data and a new one.
void ExpectFinitePredictions(const PurchaseParams& params, std::vector<PurchaseHistory> histories) {
  histories.resize(std::min<size_t>(histories.size(), 20));
  histories.push_back({});
  for (const PurchaseHistory& history : histories) {
    VL_ASSERT_OK_AND_ASSIGN(const double alive, AliveProbability(params, history));
    VL_ASSERT_OK_AND_ASSIGN(const double purchases, ExpectedPurchases(params, history, 52));
    VL_ASSERT_OK_AND_ASSIGN(const DiscountedFuture future, Discounted(params, history, 104, 0.002));
    VL_ASSERT_OK_AND_ASSIGN(const double any, ProbabilityOfAnyPurchase(params, history, 52));
    VL_ASSERT_OK_AND_ASSIGN(const double median, MedianWeeksToNextPurchase(params, history));
    for (const double value :
         {alive, purchases, future.purchases, future.active_weeks, any, median}) {
      EXPECT_TRUE(std::isfinite(value) && value >= 0) << value;
    }
    EXPECT_LE(alive, 1);
    EXPECT_LE(any, 1);
  }
}

void ExpectClearAnswer(Family family, const std::vector<PurchaseHistory>& histories) {
  int evaluations = 0;
  const FitOptions options{.on_progress = [&](const FitProgress& progress) {
    evaluations = progress.evaluation_count;
    return true;
  }};
  const absl::StatusOr<PurchaseFit> fit = FitPurchaseModel(family, histories, options);
  EXPECT_LT(evaluations, 900);
  if (!fit.ok()) {
    EXPECT_THAT(fit.status(), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("want")));
    return;
  }
  EXPECT_TRUE(std::isfinite(fit->report.log_likelihood));
  for (const double value : ParameterValues(fit->params)) {
    EXPECT_TRUE(std::isfinite(value) && value > 0) << value;
  }
  for (const double error : fit->report.standard_errors) EXPECT_TRUE(std::isfinite(error));
  ExpectFinitePredictions(fit->params, histories);
}

TEST_P(ExtremeFitTest, OneCustomerIsNotEnough) {
  EXPECT_THAT(FitPurchaseModel(GetParam(), std::vector<PurchaseHistory>{{3, 10, 20}}),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr("customers: got 1, want at least 10"),
                             HasSubstr("record more events"), HasSubstr("客户：现有 1"))));
}

TEST_P(ExtremeFitTest, NobodyAtAllIsNotEnough) {
  EXPECT_THAT(FitPurchaseModel(GetParam(), {}),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("customers: got 0")));
}

TEST_P(ExtremeFitTest, NoRepeatPurchaseIsNotEnough) {
  const std::vector<PurchaseHistory> once(5000, {0, 0, 30});
  EXPECT_THAT(FitPurchaseModel(GetParam(), once),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("customers with a repeat purchase: got 0")));
}

TEST_P(ExtremeFitTest, EveryCustomerAlike) {
  ExpectClearAnswer(GetParam(), std::vector<PurchaseHistory>(1000, {2, 6, 10}));
  ExpectClearAnswer(GetParam(), std::vector<PurchaseHistory>(1000, {4, 10, 10}));
}

TEST_P(ExtremeFitTest, TwoRepeatBuyersInAThousand) {
  std::vector<PurchaseHistory> histories(998, {0, 0, 26});
  histories.push_back({1, 4, 26});
  histories.push_back({1, 20, 26});
  ExpectClearAnswer(GetParam(), histories);
}

TEST_P(ExtremeFitTest, DailyBuyersOfManyYears) {
  std::vector<PurchaseHistory> histories;
  for (int i = 0; i < 60; ++i) {
    const double age = (5000 + i) / 7.0;
    histories.push_back({5000 - 3 * i, age - (i % 5) / 7.0, age});
  }
  ExpectClearAnswer(GetParam(), histories);
}

TEST_P(ExtremeFitTest, ACustomerFrom1970) {
  std::vector<PurchaseHistory> histories;
  for (int i = 0; i < 300; ++i) {
    const double age = (180 + i % 90) / 7.0;
    histories.push_back(i % 3 == 0 ? PurchaseHistory{2, age / 2, age} : PurchaseHistory{0, 0, age});
  }
  histories.push_back({40, 2900, 2921});
  ExpectClearAnswer(GetParam(), histories);
}

TEST_P(ExtremeFitTest, PurchasesOnTheLastDayOnly) {
  std::vector<PurchaseHistory> histories;
  for (int i = 0; i < 200; ++i) histories.push_back({1 + i % 4, 10.0 + i % 7, 10.0 + i % 7});
  ExpectClearAnswer(GetParam(), histories);
}

TEST_P(ExtremeFitTest, CustomersOfTodayAndOneDay) {
  std::vector<PurchaseHistory> histories(500, {0, 0, 0});
  histories.push_back({1, 1 / 7.0, 1 / 7.0});
  histories.push_back({1, 1 / 7.0, 1 / 7.0});
  ExpectClearAnswer(GetParam(), histories);
}

TEST_P(ExtremeFitTest, ANumberThatIsNotOneIsRefusedByItsRow) {
  std::vector<PurchaseHistory> histories(30, {1, 2, 3});
  histories[7].age_weeks = std::nan("");
  EXPECT_THAT(FitPurchaseModel(GetParam(), histories),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("histories[7]: age_weeks")));
}

std::vector<Family> AllFamilies() {
  std::vector<Family> families;
  for (int i = 0; i < kFamilyCount; ++i) families.push_back(static_cast<Family>(i));
  return families;
}
INSTANTIATE_TEST_SUITE_P(Families, ExtremeFitTest, ::testing::ValuesIn(AllFamilies()),
                         [](const auto& family) { return std::string(FamilyName(family.param)); });

TEST(ExtremeSpendTest, AllAmountsZeroIsNotEnough) {
  EXPECT_THAT(FitGammaGamma(std::vector<SpendHistory>(50)),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr("customers with a repeat spend: got 0"),
                             HasSubstr("有重复消费的客户"))));
}

TEST(ExtremeSpendTest, AmountsOfAllSizesFitOrSayWhy) {
  for (const double scale : {1e-6, 1.0, 1e12}) {
    std::vector<SpendHistory> spends;
    for (int i = 0; i < 100; ++i) spends.push_back({1 + i % 5, scale * (1 + i % 13)});
    VL_ASSERT_OK_AND_ASSIGN(const GammaGammaFit fit, FitGammaGamma(spends));
    EXPECT_TRUE(std::isfinite(fit.report.log_likelihood));
    VL_ASSERT_OK_AND_ASSIGN(const double spend, ExpectedSpend(fit.params, {3, scale}));
    EXPECT_GT(spend, 0);
    EXPECT_LT(spend, 20 * scale);
  }
}

TEST(FitFlagTest, SaysInBothLanguagesWhatItMeansAndWhatToDo) {
  for (const FitFlag flag : {FitFlag::kNotConverged, FitFlag::kAtBound, FitFlag::kFlat,
                             FitFlag::kNoDropout, FitFlag::kInfiniteMean, FitFlag::kHomogeneous}) {
    EXPECT_THAT(std::string(FitFlagText(flag, "en")), HasSubstr(": "));
    EXPECT_THAT(std::string(FitFlagText(flag, "zh-CN")), HasSubstr("："));
    EXPECT_EQ(FitFlagText(flag), FitFlagText(flag, "fr"));
  }
}

}  // namespace
}  // namespace valueloop::scoring
