// BG/NBD and MBG/NBD: high-precision references, published numbers, and what must hold of any
// distribution.
#include <cmath>
#include <random>

#include "scoring/domain/bg_nbd.h"
#include "scoring/domain/fit.h"
#include "scoring/domain/mbg_nbd.h"
#include "testing/cdnow.h"
#include "testing/purchase_references.h"
#include "testing/status_matchers.h"

namespace valueloop::scoring {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::IsOk;
using testing::StatusIs;

constexpr BgNbdParams kPaper{.r = 0.243, .alpha = 4.414, .a = 0.793, .b = 2.426};      // FHL 2005.
constexpr MbgNbdParams kMbgCdnow{.r = 0.525, .alpha = 6.183, .a = 0.891, .b = 1.614};  // lifetimes.
constexpr PurchaseHistory kTwo{.repeat_count = 2, .last_weeks = 30.43, .age_weeks = 38.86};

void ExpectClose(const absl::StatusOr<double>& got, double want, double relative = 1e-9) {
  ASSERT_THAT(got, IsOk());
  EXPECT_NEAR(*got, want, relative * std::fabs(want));
}

TEST(LeavingTest, BgNbdAgreesWithHighPrecisionEverywhere) {
  testing::ExpectAgreementWithReferencePoints(Family::kBgNbd);
}

TEST(LeavingTest, MbgNbdAgreesWithHighPrecisionEverywhere) {
  testing::ExpectAgreementWithReferencePoints(Family::kMbgNbd);
}

TEST(LeavingTest, BgNbdMeetsThePublishedPurchaseProbability) {
  // BTYD's documentation of bgnbd.pmf: X(2) = 10 at the paper's parameters.
  ExpectClose(PurchaseProbability(kPaper, {}, 10, 2), 1.07869e-07, 5e-6);
}

TEST(LeavingTest, BgNbdMeetsThePublishedCustomerOfBtyd) {
  // BTYD's walkthrough, its fitted parameters.
  constexpr BgNbdParams kBtyd{.r = .2425945, .alpha = 4.4136019, .a = .7929199, .b = 2.4258881};
  ExpectClose(ExpectedPurchasesOfNew(kBtyd, 52), 1.444004, 5e-5);
  const PurchaseHistory customer1516{26, 30.857142857142858, 31};
  ExpectClose(ExpectedPurchases(kBtyd, customer1516, 52), 25.75659, 5e-5);
  ExpectClose(AliveProbability(kBtyd, customer1516), .9688523, 1e-5);
}

TEST(LeavingTest, MbgNbdAgreesWithTheWorkedCustomers) {
  // 40-digit arithmetic at kMbgCdnow: ln L, alive, purchases in 39 and 52 weeks.
  struct Worked {
    PurchaseHistory history;
    double log_likelihood, alive, in_39, in_52;
  };
  constexpr Worked kWorked[] = {
      {{2, 30.43, 38.86}, -9.48555131453393, .706202265118487, 1.26296062326737, 1.59721663081809},
      {{0, 0, 38.86}, -.539837463531015, .389735080918763, .154012746675147, .197705817416372},
      {{1, 1.71, 38.86}, -4.46036061258432, .170836484310408, .188836541364343, .240131944734252},
      {{26, 30.857142857142858, 31},
       -38.3220564277751,
       .965498054767583,
       19.449351034495,
       24.002230123934}};
  for (const Worked& worked : kWorked) {
    SCOPED_TRACE(worked.history.repeat_count);
    ExpectClose(LogLikelihood(kMbgCdnow, worked.history), worked.log_likelihood);
    ExpectClose(AliveProbability(kMbgCdnow, worked.history), worked.alive);
    ExpectClose(ExpectedPurchases(kMbgCdnow, worked.history, 39), worked.in_39);
    ExpectClose(ExpectedPurchases(kMbgCdnow, worked.history, 52), worked.in_52);
  }
  const std::pair<double, double> new_customer[] = {{.1429, .00778312371554849},
                                                    {1, .0530847952637018},
                                                    {31.8571, 1.03404210002867},
                                                    {52, 1.41972375771275},
                                                    {78, 1.80475757755314}};
  for (const auto& [weeks, purchases] : new_customer) {
    ExpectClose(ExpectedPurchasesOfNew(kMbgCdnow, weeks), purchases);
  }
}

TEST(LeavingTest, MbgNbdMeetsThePublishedStressRows) {
  // pymc-marketing's tests (Hardie, note 027).
  constexpr MbgNbdParams kStress{.r = 0.25, .alpha = 4, .a = 0.8, .b = 2.5};
  ExpectClose(LogLikelihood(kStress, {0, 0, 40}), -.41792826204498);
  ExpectClose(LogLikelihood(kStress, {200, 38, 40}), 100.786909760991);
}

TEST(LeavingTest, MbgNbdOfCdnowIsThePublishedOne) {
  VL_REQUIRE_SHARED_DATA(path, "cdnow_sample_summary_weeks.csv");
  const std::vector<testing::CdnowCustomer> cdnow = testing::ReadCdnowSummary(path);
  VL_ASSERT_OK_AND_ASSIGN(const PurchaseFit fit,
                          FitPurchaseModel(Family::kMbgNbd, testing::HistoriesOf(cdnow)));
  EXPECT_THAT(fit.report.flags, IsEmpty());
  EXPECT_NEAR(fit.report.log_likelihood, -9582.135715, 1e-3);  // Own 40-digit reference.
  const auto* params = fit.params.As<MbgNbdParams>();
  ASSERT_NE(params, nullptr);
  EXPECT_NEAR(params->r, .525, 5e-4);  // lifetimes' tests, after BTYDplus.
  EXPECT_NEAR(params->alpha, 6.183, 5e-4);
  EXPECT_NEAR(params->a, .891, 5e-4);
  EXPECT_NEAR(params->b, 1.614, 5e-4);
}

TEST(LeavingTest, ACustomerOfOnePurchaseMayBeGoneInMbgNbdOnly) {
  EXPECT_EQ(*AliveProbability(kPaper, {0, 0, 0}), 1);
  ExpectClose(AliveProbability(kMbgCdnow, {0, 0, 0}), 1.614 / (1.614 + .891));
}

// The first moments of the distribution of purchases.
template <typename Params>
void CheckDistribution(const Params& params, const PurchaseHistory& history, double weeks) {
  double total = 0;
  double mean = 0;
  for (int count = 0; count <= 3000; ++count) {
    VL_ASSERT_OK_AND_ASSIGN(const double p, PurchaseProbability(params, history, count, weeks));
    ASSERT_GE(p, 0);
    total += p;
    mean += count * p;
    if (count > 10 && p < 1e-14) break;
  }
  EXPECT_NEAR(total, 1, 1e-10);
  ExpectClose(ExpectedPurchases(params, history, weeks), mean, 1e-8);
  ExpectClose(ProbabilityOfAnyPurchase(params, history, weeks),
              1 - *PurchaseProbability(params, history, 0, weeks), 1e-9);
}

TEST(LeavingTest, TheDistributionOfPurchasesSumsToOneAndItsMeanIsTheExpectation) {
  for (const double weeks : {0.5, 10.0, 52.0}) {
    for (const PurchaseHistory& history :
         {PurchaseHistory{}, kTwo, PurchaseHistory{60, 38.5, 38.86}}) {
      CheckDistribution(kPaper, history, weeks);
      CheckDistribution(kMbgCdnow, history, weeks);
    }
  }
}

TEST(LeavingTest, DiscountedResidualIsTheLimitOfLongHorizons) {
  // 40-digit quadrature at the paper's parameters.
  ExpectClose(DiscountedResidual(kPaper, kTwo, .0027), 5.15637982615404);
  for (const double delta : {.001, .0027, .1, 1.0}) {
    VL_ASSERT_OK_AND_ASSIGN(const DiscountedFuture future, Discounted(kMbgCdnow, kTwo, 1e5, delta));
    ExpectClose(DiscountedResidual(kMbgCdnow, kTwo, delta), future.purchases);
  }
}

TEST(LeavingTest, DiscountedResidualIsTheLimitOfLongHorizonsForAllKindsOfCustomers) {
  for (const double a : {.05, 1.0, 8.0, 300.0}) {
    for (const PurchaseHistory& history :
         {PurchaseHistory{}, kTwo, PurchaseHistory{700, 38.5, 38.86}}) {
      const MbgNbdParams params{.r = .3, .alpha = 2, .a = a, .b = 4};
      VL_ASSERT_OK_AND_ASSIGN(const DiscountedFuture future, Discounted(params, history, 1e5, .02));
      ExpectClose(DiscountedResidual(params, history, .02), future.purchases);
    }
  }
}

TEST(LeavingTest, RefusesWhatIsOutOfRange) {
  const auto refused = [](std::string_view text) {
    return StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(std::string(text)));
  };
  EXPECT_THAT(PurchaseProbability(kMbgCdnow, kTwo, -1, 5), refused("count: got -1"));
  EXPECT_THAT(PurchaseProbability(kPaper, kTwo, 1, -5), refused("weeks: got -5"));
  EXPECT_THAT(DiscountedResidual(kMbgCdnow, kTwo, 0), refused("delta_weekly: got 0, want above 0"));
  EXPECT_THAT(DiscountedResidual(kMbgCdnow, kTwo, 1.5), refused("delta_weekly: got 1.5"));
  EXPECT_THAT(AliveProbability(MbgNbdParams{.r = 1, .alpha = 1, .a = 0, .b = 1}, kTwo),
              refused("a: got 0"));
  EXPECT_THAT(LogLikelihood(kMbgCdnow, {1, 9, 8}), refused("last_weeks: got 9"));
}

TEST(LeavingTest, MbgNbdDerivativesAgreeWithDifferences) {
  const std::vector<WeightedHistory> rows = {
      {{0, 0, 20}, 3}, {{1, 5, 20}, 2}, {{2, 19, 20}, 1}, {{7, 3, 18}, 1}, {{90, 19.5, 20}, 1}};
  testing::ExpectDerivativesAgreeWithDifferences<MbgNbdParams>(rows);
}

}  // namespace
}  // namespace valueloop::scoring
