// Pareto/NBD: high-precision references, published numbers, and what must hold of any distribution.
#include "scoring/domain/pareto_nbd.h"

#include <array>
#include <cmath>

#include "common/draw.h"
#include "scoring/domain/fit.h"
#include "testing/cdnow.h"
#include "testing/purchase_references.h"
#include "testing/status_matchers.h"

namespace valueloop::scoring {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::IsOk;
using testing::StatusIs;

// CDNOW, BTYD's walkthrough.
constexpr ParetoNbdParams kBtyd{
    .r = .5533971433, .alpha = 10.5801985435, .s = .6060624971, .beta = 11.6562236707};
constexpr PurchaseHistory kTwo{.repeat_count = 2, .last_weeks = 30.43, .age_weeks = 38.86};

void ExpectClose(const absl::StatusOr<double>& got, double want, double relative = 1e-9) {
  ASSERT_THAT(got, IsOk());
  EXPECT_NEAR(*got, want, relative * std::fabs(want));
}

TEST(ParetoNbdTest, AgreesWithHighPrecisionEverywhere) {
  testing::ExpectAgreementWithReferencePoints(Family::kParetoNbd);
}

TEST(ParetoNbdTest, AgreesWithTheWorkedCustomers) {
  // 40-digit arithmetic: ln L, alive, purchases in 39 and 52 weeks.
  struct Worked {
    PurchaseHistory history;
    double log_likelihood, alive, in_39, in_52;
  };
  constexpr Worked kWorked[] = {
      {kTwo, -9.55446604891901, .869118205053675, 1.45512021626347, 1.85080073197964},
      {{0, 0, 38.86}, -.521140484664181, .294982599452527, .107037256896761, .136143138690163},
      {{1, 1.71, 38.86}, -4.44949694354953, .167809536651275, .170923115263634, .217401025225599},
      {{26, 30.857142857142858, 31},
       -39.1320433516185,
       .99787340821163,
       20.11392199303,
       25.454183273807},
      {{7, 35, 77.86}, -23.7842449440875, .0585286487130359, .17391458377775, .224589765934698},
      {{132, 200, 200}, -196.359525417184, 1, 23.2993576608675, 30.5722880373867},
      {{400, 5, 37},
       891.957952314454,
       2.27987077065379e-192,
       6.18673132326904e-190,
       7.86036183187903e-190}};
  for (const Worked& worked : kWorked) {
    SCOPED_TRACE(worked.history.repeat_count);
    ExpectClose(LogLikelihood(kBtyd, worked.history), worked.log_likelihood);
    ExpectClose(AliveProbability(kBtyd, worked.history), worked.alive);
    ExpectClose(ExpectedPurchases(kBtyd, worked.history, 39), worked.in_39);
    ExpectClose(ExpectedPurchases(kBtyd, worked.history, 52), worked.in_52);
  }
}

TEST(ParetoNbdTest, MeetsThePublishedExpectationOfNewCustomers) {
  // lifetimes' tests.
  constexpr ParetoNbdParams kLifetimes{.r = .55, .alpha = 10.56, .s = .61, .beta = 11.64};
  const double published[] = {.05077821, .09916088, .14542507, .18979930};
  for (int t = 1; t <= 4; ++t) {
    EXPECT_NEAR(*ExpectedPurchasesOfNew(kLifetimes, t), published[t - 1], 5e-9);
  }
  EXPECT_NEAR(*ExpectedPurchasesOfNew(kBtyd, 52), 1.473434, 5e-4);  // BTYD's walkthrough.
}

TEST(ParetoNbdTest, MeetsThePublishedCustomersOfBtyd) {
  // BTYD's walkthrough, customer 1516.
  const PurchaseHistory customer1516{26, 30.857142857142858, 31};
  EXPECT_NEAR(*ExpectedPurchases(kBtyd, customer1516, 52), 25.45647, 5e-3);
  EXPECT_NEAR(*AliveProbability(kBtyd, customer1516), .997874, 1e-6);
  // BTYD's documentation of pnbd.PAlive: no repeat purchase in a full window.
  EXPECT_NEAR(*AliveProbability(kBtyd, {0, 0, 38.86}), .294983, 5e-7);
  EXPECT_NEAR(*AliveProbability(kBtyd, {0, 0, 39}), .2941633, 5e-5);
}

TEST(ParetoNbdTest, ShowsTheIncreasingFrequencyParadox) {
  // BTYD's walkthrough: at t_x 20 and T 39 more past purchases mean fewer to come. Its parameters
  // are printed to four digits.
  const std::pair<int, double> published[] = {
      {10, .7062289}, {15, .1442396}, {20, .02250658}, {25, .00309267}};
  for (const auto& [x, purchases] : published) {
    ExpectClose(ExpectedPurchases(kBtyd, {x, 20, 39}, 52), purchases, 5e-4);
  }
}

TEST(ParetoNbdTest, MeetsThePublishedResidualTransactions) {
  // The example of BTYD's pnbd.DERT, and its values for x = 1..10 at t_x 30.
  constexpr ParetoNbdParams kDert{
      .r = .5629966, .alpha = 12.559037, .s = .4081095, .beta = 10.5148048};
  ExpectClose(DiscountedResidual(kDert, {7, 35, 77.86}, .0027), 1.86418332807133);
  const double published[] = {
      2.19915544970496, 2.84353440606573, 2.86712839120616, 2.44541007860736, 1.84050192447749,
      1.26241647174386, .809618119453838, .494803619375449, .292024701569799, .167927508566053};
  for (int x = 1; x <= 10; ++x) {
    ExpectClose(DiscountedResidual(kDert, {x, 30, 77.86}, .0027), published[x - 1]);
  }
}

TEST(ParetoNbdTest, AliveProbabilitiesThatWereNotNumbersElsewhere) {
  // CLVTools issue 100; 40-digit arithmetic.
  constexpr ParetoNbdParams kParams{.r = .5143, .alpha = 2.8845, .s = .2856, .beta = 14.1087};
  ExpectClose(AliveProbability(kParams, {221, 103.42857, 103.57143}), .999596052317938);
  ExpectClose(AliveProbability(kParams, {254, 97.14286, 97.28571}), .999558226123011);
  ExpectClose(AliveProbability(kParams, {161, 94.71429, 98}), .749487752252707);
  ExpectClose(AliveProbability(kParams, {204, 98.57143, 99.42857}), .9942550796379);
}

TEST(ParetoNbdTest, LikelihoodsThatOverflowedElsewhere) {
  // lifetimes' tests want them finite; by quadrature and by 2F1 in 400-digit arithmetic, alike.
  constexpr ParetoNbdParams kParams{.r = 10.465, .alpha = .00798565181, .s = 3.0516, .beta = 2.820};
  ExpectClose(LogLikelihood(kParams, {400, 5, 6}), 1323.1889309678178);
  ExpectClose(LogLikelihood(kParams, {500, 1, 37}), 2594.4044546227567);
  ExpectClose(LogLikelihood(kParams, {500, 4, 37}), 1888.8212497389407);
  ExpectClose(AliveProbability(kParams, {400, 5, 6}), 5.1374581133193757e-31);
  EXPECT_GE(*AliveProbability(kParams, {500, 4, 37}), 0);
}

TEST(ParetoNbdTest, HeavyBuyersDoNotJump) {
  // lifetimes' tests: from x = 132 to 133 the expectation once jumped.
  ExpectClose(ExpectedPurchases(kBtyd, {132, 200, 200}, 10), 6.20605, 2e-4);
  ExpectClose(ExpectedPurchases(kBtyd, {133, 200, 200}, 10), 6.25287, 2e-4);
}

TEST(ParetoNbdTest, CdnowIsThePublishedOne) {
  VL_REQUIRE_SHARED_DATA(path, "cdnow_sample_summary_weeks.csv");
  const std::vector<PurchaseHistory> cdnow = testing::HistoriesOf(testing::ReadCdnowSummary(path));
  VL_ASSERT_OK_AND_ASSIGN(const PurchaseFit fit, FitPurchaseModel(Family::kParetoNbd, cdnow));
  EXPECT_THAT(fit.report.flags, IsEmpty());
  EXPECT_NEAR(fit.report.log_likelihood, -9594.976179, 1e-3);  // CLVTools, lifetimes, BTYD.
  const std::vector<double> values = ParameterValues(fit.params);
  const double published[] = {.5533, 10.578, .6061, 11.669};
  const double errors[] = {.0476264, .8427222, .1872594, 6.2105448};  // CLVTools.
  ASSERT_EQ(fit.report.standard_errors.size(), 4u);
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_NEAR(values[i] / published[i], 1, 5e-4) << i;
    EXPECT_NEAR(fit.report.standard_errors[i] / errors[i], 1, 5e-3) << i;
  }
}

// The mean expected purchases in the 39 weeks after, of the customers with 0..6 and 7 or more.
std::array<double, 8> ExpectedByFrequency(const PurchaseParams& params,
                                          const std::vector<testing::CdnowCustomer>& customers) {
  std::array<double, 8> sum{};
  std::array<double, 8> count{};
  for (const testing::CdnowCustomer& customer : customers) {
    const auto group = static_cast<size_t>(std::min(7, customer.history.repeat_count));
    sum[group] += ExpectedPurchases(params, customer.history, 39).value_or(1e9);
    count[group] += 1;
  }
  for (size_t i = 0; i < sum.size(); ++i) sum[i] /= count[i];
  return sum;
}

TEST(ParetoNbdTest, TheHoldoutOfCdnowIsThePublishedOne) {
  VL_REQUIRE_SHARED_DATA(path, "cdnow_sample_summary_weeks.csv");
  // BTYD's walkthrough: mean holdout purchases of the customers with 0..6 and 7 or more; in all
  // 1882.
  const std::array<double, 8> published = {.2367,  .6970,  1.3925, 1.56,
                                           2.5323, 2.9474, 3.8621, 6.3594};
  std::array<double, 8> sum{};
  std::array<double, 8> count{};
  int all = 0;
  for (const testing::CdnowCustomer& customer : testing::ReadCdnowSummary(path)) {
    const auto group = static_cast<size_t>(std::min(7, customer.history.repeat_count));
    sum[group] += customer.holdout_count;
    count[group] += 1;
    all += customer.holdout_count;
  }
  EXPECT_EQ(all, 1882);
  for (size_t i = 0; i < sum.size(); ++i) EXPECT_NEAR(sum[i] / count[i], published[i], 5e-5) << i;
}

TEST(ParetoNbdTest, TheHoldoutTableOfCdnowIsThePublishedOne) {
  VL_REQUIRE_SHARED_DATA(path, "cdnow_sample_summary_weeks.csv");
  const std::vector<testing::CdnowCustomer> cdnow = testing::ReadCdnowSummary(path);
  // BTYD's walkthrough, tables of expected transactions in the holdout period.
  const std::pair<Family, std::array<double, 8>> published[] = {
      {Family::kParetoNbd, {.138, .600, 1.196, 1.714, 2.399, 2.907, 3.819, 6.403}},
      {Family::kBgNbd, {.2251, .5231, 1.0441, 1.5203, 2.1638, 2.6538, 3.5040, 6.1570}}};
  for (const auto& [family, expected] : published) {
    SCOPED_TRACE(FamilyName(family));
    VL_ASSERT_OK_AND_ASSIGN(const PurchaseFit fit,
                            FitPurchaseModel(family, testing::HistoriesOf(cdnow)));
    const std::array<double, 8> got = ExpectedByFrequency(fit.params, cdnow);
    for (size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], expected[i], 1.5e-3) << i;
  }
}

TEST(ParetoNbdTest, TheDistributionOfPurchasesSumsToOneAndItsMeanIsTheExpectation) {
  const PurchaseHistory histories[] = {{}, kTwo, {60, 38.5, 38.86}, {3, 5, 60}};
  constexpr ParetoNbdParams kLopsided{.r = .2, .alpha = .05, .s = 3, .beta = 200};
  for (const ParetoNbdParams& params : {kBtyd, kLopsided}) {
    for (const PurchaseHistory& history : histories) {
      for (const double weeks : {0.5, 10.0, 52.0}) {
        double total = 0;
        double mean = 0;
        for (int count = 0; count <= 20000; ++count) {
          VL_ASSERT_OK_AND_ASSIGN(const double p,
                                  PurchaseProbability(params, history, count, weeks));
          ASSERT_GE(p, 0);
          total += p;
          mean += count * p;
          if (count > 10 && p < 1e-15) break;
        }
        EXPECT_NEAR(total, 1, 1e-10);
        ExpectClose(ExpectedPurchases(params, history, weeks), mean, 1e-8);
        ExpectClose(ProbabilityOfAnyPurchase(params, history, weeks),
                    1 - *PurchaseProbability(params, history, 0, weeks), 1e-8);
      }
    }
  }
}

TEST(ParetoNbdTest, NothingHappensInNoTime) {
  EXPECT_EQ(*AliveProbability(kBtyd, {}), 1);
  EXPECT_EQ(*AliveProbability(kBtyd, {4, 20, 20}), 1);
  EXPECT_EQ(*ExpectedPurchases(kBtyd, kTwo, 0), 0);
  EXPECT_EQ(*PurchaseProbability(kBtyd, kTwo, 0, 0), 1);
  EXPECT_EQ(*PurchaseProbability(kBtyd, kTwo, 3, 0), 0);
  EXPECT_EQ(*ProbabilityOfAnyPurchase(kBtyd, kTwo, 0), 0);
}

TEST(ParetoNbdTest, NextPurchaseIsAsLikelyBeforeItsMedianAsAfterOrNever) {
  for (const PurchaseHistory& history : {kTwo, PurchaseHistory{26, 30.9, 31}}) {
    VL_ASSERT_OK_AND_ASSIGN(const double weeks, MedianWeeksToNextPurchase(kBtyd, history));
    const double alive = *AliveProbability(kBtyd, history);
    ExpectClose(ProbabilityOfAnyPurchase(kBtyd, history, weeks), alive / 2);
  }
  // A new customer that more likely leaves than buys.
  constexpr ParetoNbdParams kLeaving{.r = 1, .alpha = 100, .s = 1, .beta = 10};
  EXPECT_EQ(*MedianWeeksToNextPurchase(kLeaving, {}), 1e6);
}

TEST(ParetoNbdTest, DerivativesAgreeWithDifferences) {
  const std::vector<WeightedHistory> rows = {
      {{0, 0, 0}, 1},  {{0, 0, 20}, 3},  {{1, 5, 20}, 2},     {{2, 19, 20}, 1},
      {{7, 3, 18}, 1}, {{9, 18, 18}, 1}, {{90, 19.5, 20}, 1}, {{300, 4, 20}, 1}};
  testing::ExpectDerivativesAgreeWithDifferences<ParetoNbdParams>(rows);
}

TEST(ParetoNbdTest, IsFiniteFarOutside) {
  const double values[] = {std::exp(-15.0), 1e-3, 1, 1e3, std::exp(15.0)};
  const PurchaseHistory histories[] = {
      {}, {0, 0, 1e5}, {1, 1e-6, 1e5}, {5000, 700, 701}, {5000, 701, 701}, {1, 2600, 2900}};
  for (const double r : values) {
    for (const double alpha : values) {
      for (const double s : values) {
        for (const double beta : values) {
          const ParetoNbdParams params{r, alpha, s, beta};
          for (const PurchaseHistory& history : histories) {
            SCOPED_TRACE(::testing::Message() << r << " " << alpha << " " << s << " " << beta
                                              << " x " << history.repeat_count);
            EXPECT_TRUE(std::isfinite(*LogLikelihood(params, history)));
            const double alive = *AliveProbability(params, history);
            EXPECT_TRUE(alive >= 0 && alive <= 1) << alive;
            EXPECT_TRUE(std::isfinite(*ExpectedPurchases(params, history, 52)));
            EXPECT_TRUE(std::isfinite(*DiscountedResidual(params, history, .0018)));
            const double exposure = *Exposure(params, history);
            EXPECT_TRUE(exposure >= history.last_weeks * (1 - 1e-12) &&
                        exposure <= history.age_weeks * (1 + 1e-12))
                << exposure;
            for (const int count : {0, 1, 100}) {
              const double p = *PurchaseProbability(params, history, count, 52);
              EXPECT_TRUE(p >= 0 && p <= 1 + 1e-9) << count << ": " << p;
            }
            const double median = *MedianWeeksToNextPurchase(params, history);
            EXPECT_TRUE(median >= 0 && median <= 1e6) << median;
          }
        }
      }
    }
  }
}

// A customer of the given rates, observed by the day.
PurchaseHistory Buy(double rate, double leaving, double age, Draw& draw) {
  PurchaseHistory history{.age_weeks = age};
  const double end = std::min(age, leaving > 0 ? draw.Exponential(leaving) : age);
  for (double now = 0;;) {
    now += std::max(1.0 / 7, std::round(draw.Exponential(rate) * 7) / 7);
    if (now > end) return history;
    ++history.repeat_count;
    history.last_weeks = now;
  }
}

TEST(ParetoNbdTest, SaysSoWhenNobodyLeaves) {
  Draw draw(2);
  std::vector<PurchaseHistory> histories;
  for (int i = 0; i < 6000; ++i) histories.push_back(Buy(draw.Gamma(1, 5), 0, 40, draw));
  VL_ASSERT_OK_AND_ASSIGN(const PurchaseFit fit, FitPurchaseModel(Family::kParetoNbd, histories));
  EXPECT_THAT(fit.report.flags, Contains(FitFlag::kNoDropout));
  EXPECT_TRUE(std::isfinite(*ExpectedPurchases(fit.params, {3, 30, 40}, 52)));
}

TEST(ParetoNbdTest, FindsTheParametersAndTheCovariateThatMadeTheData) {
  constexpr ParetoNbdParams kTrue{.r = 1.2, .alpha = 6, .s = .9, .beta = 15};
  constexpr double kRate = .5;      // alpha_i = alpha e^(-kRate z).
  constexpr double kDropout = -.6;  // beta_i = beta e^(-kDropout z).
  Draw draw(4);
  std::vector<PurchaseHistory> histories;
  CovariateData covariates{.columns = {{.attribute = "channel", .level = "web"}}};
  for (int i = 0; i < 6000; ++i) {
    const double z = i % 2;
    covariates.values.push_back(z);
    const double rate = draw.Gamma(kTrue.r, kTrue.alpha * std::exp(-kRate * z));
    const double leaving = draw.Gamma(kTrue.s, kTrue.beta * std::exp(-kDropout * z));
    histories.push_back(Buy(rate, leaving, 40 + i % 10, draw));
  }
  VL_ASSERT_OK_AND_ASSIGN(const PurchaseFit fit, FitPurchaseModel(Family::kParetoNbd, histories,
                                                                  {.covariates = &covariates}));
  EXPECT_THAT(fit.report.flags, IsEmpty());
  const std::vector<double> values = ParameterValues(fit.params);
  ASSERT_EQ(fit.report.standard_errors.size(), 4u);
  const double made[] = {kTrue.r, kTrue.alpha, kTrue.s, kTrue.beta};
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_NEAR(values[i], made[i], 3.5 * fit.report.standard_errors[i]) << i;
  }
  ASSERT_EQ(fit.covariates.size(), 1u);
  const Covariate& covariate = fit.covariates[0];
  ASSERT_TRUE(covariate.rate_standard_error && covariate.dropout_standard_error);
  EXPECT_LT(*covariate.rate_standard_error, .1);
  EXPECT_NEAR(covariate.rate_coefficient, kRate, 3.5 * *covariate.rate_standard_error);
  EXPECT_NEAR(covariate.dropout_coefficient, kDropout, 3.5 * *covariate.dropout_standard_error);
}

TEST(ParetoNbdTest, RefusesWhatIsOutOfRange) {
  const auto refused = [](std::string_view text) {
    return StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(std::string(text)));
  };
  EXPECT_THAT(AliveProbability(ParetoNbdParams{.r = 1, .alpha = 1, .s = -1, .beta = 1}, kTwo),
              refused("s: got -1"));
  EXPECT_THAT(LogLikelihood(ParetoNbdParams{.r = 1, .alpha = 1, .s = 1}, kTwo),
              refused("beta: got 0"));
  EXPECT_THAT(LogLikelihood(kBtyd, {1, 9, 8}), refused("last_weeks: got 9"));
  EXPECT_THAT(PurchaseProbability(kBtyd, kTwo, 2'000'000, 5), refused("count: got 2000000"));
  EXPECT_THAT(ExpectedPurchases(kBtyd, kTwo, 2e6), refused("weeks: got"));
  EXPECT_THAT(DiscountedResidual(kBtyd, kTwo, 0), refused("delta_weekly: got 0, want above 0"));
  EXPECT_THAT(Discounted(kBtyd, kTwo, 52, -1), refused("delta_weekly: got -1"));
}

}  // namespace
}  // namespace valueloop::scoring
