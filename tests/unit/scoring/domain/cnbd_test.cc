// BG/CNBD-k and MBG/CNBD-k: high-precision references, k = 1 against BG/NBD and MBG/NBD, and what
// must hold of any distribution.
#include "scoring/domain/cnbd.h"

#include <cmath>
#include <iterator>
#include <limits>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "common/draw.h"
#include "common/status.h"
#include "scoring/domain/bg_nbd.h"
#include "scoring/domain/fit_regular.h"
#include "scoring/domain/lives.h"
#include "scoring/domain/mbg_nbd.h"
#include "scoring/domain/purchase_model.h"
#include "testing/shared_data.h"
#include "testing/status_matchers.h"
#include "unit/scoring/domain/golden_points.h"

namespace valueloop::scoring {
namespace {

using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;

// BTYDplus simulates with these.
constexpr BgCnbdParams kRegular{.r = .85, .alpha = 1.45, .a = .79, .b = 2.42, .k = 3};

regular::Model ModelIn(const GoldenInputs& in) {
  return {.r = in[0],
          .alpha = in[1],
          .a = in[2],
          .b = in[3],
          .k = in.Count(4),
          .first_chances = in.Count(5)};
}
PurchaseHistory HistoryIn(const GoldenInputs& in) {
  return {.repeat_count = in.Count(6), .last_weeks = in[7], .age_weeks = in[8]};
}

TEST(CnbdTest, AgreesWithFiftyDigitArithmetic) {
  ExpectGolden("cnbd_log_likelihood", 40, [](const GoldenInputs& in) -> absl::StatusOr<double> {
    const WeightedHistory row{.history = HistoryIn(in)};
    return regular::LogLikelihoodDerivatives(ModelIn(in), {&row, 1}).value;
  });
  ExpectGolden("cnbd_alive", 40, [](const GoldenInputs& in) {
    return regular::AliveProbability(ModelIn(in), HistoryIn(in));
  });
  ExpectGolden("cnbd_alive_after", 40, [](const GoldenInputs& in) {
    return regular::AliveProbabilityAfter(ModelIn(in), HistoryIn(in), in[9]);
  });
  ExpectGolden("cnbd_expected", 40, [](const GoldenInputs& in) {
    return regular::ExpectedPurchases(ModelIn(in), HistoryIn(in), in[9]);
  });
  ExpectGolden("cnbd_probability", 40, [](const GoldenInputs& in) {
    return regular::PurchaseProbability(ModelIn(in), HistoryIn(in), in.Count(9), in[10]);
  });
  ExpectGolden("cnbd_any", 40, [](const GoldenInputs& in) {
    return regular::ProbabilityOfAnyPurchase(ModelIn(in), HistoryIn(in), in[9]);
  });
}

TEST(CnbdTest, DiscountsAsFiftyDigitArithmeticDoes) {
  ExpectGolden("cnbd_discounted", 6, [](const GoldenInputs& in) -> absl::StatusOr<double> {
    VL_ASSIGN_OR_RETURN(const DiscountedFuture future,
                        regular::Discounted(ModelIn(in), HistoryIn(in), in[9], in[10]));
    return future.purchases;
  });
  ExpectGolden("cnbd_residual", 6, [](const GoldenInputs& in) {
    return regular::DiscountedResidual(ModelIn(in), HistoryIn(in), in[9]);
  });
}

class Customers {
 public:
  explicit Customers(uint64_t seed) : random_(seed) {}

  double Uniform(double low, double high) {
    return low + (high - low) * (static_cast<double>(random_() >> 11) * 0x1p-53);
  }
  double Gamma(double shape, double rate) {
    return std::gamma_distribution<double>(shape, 1 / rate)(random_);
  }
  PurchaseHistory History(int32_t most) {
    PurchaseHistory history{.age_weeks = Uniform(0, 100)};
    history.repeat_count = static_cast<int32_t>(Uniform(0, most));
    if (history.repeat_count > 0) history.last_weeks = history.age_weeks * Uniform(0.5, 1);
    return history;
  }

  struct Buyer {
    PurchaseHistory history;
    int holdout_count = 0;
  };
  // A customer of the model, observed for `age` weeks, and what it buys in `holdout` more.
  Buyer Buy(const regular::Model& model, double age, double holdout) {
    const double rate = Gamma(model.r, model.alpha);
    const double a = Gamma(model.a, 1);
    const double leaving = a / (a + Gamma(model.b, 1));
    Buyer buyer;
    buyer.history.age_weeks = age;
    double log_gap_sum = 0;
    bool alive = model.first_chances == 0 || Uniform(0, 1) >= leaving;
    for (double now = 0; alive;) {
      const double gap = Gamma(model.k, rate);
      now += gap;
      if (now > age + holdout) break;
      if (now <= age) {
        ++buyer.history.repeat_count;
        buyer.history.last_weeks = now;
        log_gap_sum += std::log(gap);
      } else {
        ++buyer.holdout_count;
      }
      alive = Uniform(0, 1) >= leaving;
    }
    if (buyer.history.repeat_count > 0) buyer.history.log_gap_sum = log_gap_sum;
    return buyer;
  }

 private:
  std::mt19937_64 random_;
};

template <typename Regular, typename Random>
void ExpectSame(uint64_t seed) {
  Customers customers(seed);
  for (int i = 0; i < 60; ++i) {
    const double r = std::exp(customers.Uniform(-1.5, 1.5));
    const double alpha = std::exp(customers.Uniform(-0.5, 3));
    const double a = std::exp(customers.Uniform(-2, 2));
    const double b = std::exp(customers.Uniform(-1, 3));
    const Regular regular{.r = r, .alpha = alpha, .a = a, .b = b, .k = 1};
    const Random random{.r = r, .alpha = alpha, .a = a, .b = b};
    const PurchaseHistory history = customers.History(i % 3 == 0 ? 200 : 6);
    const auto expect = [&](const absl::StatusOr<double>& got, const absl::StatusOr<double>& want) {
      ASSERT_THAT(got, IsOk());
      ASSERT_THAT(want, IsOk());
      EXPECT_NEAR(*got, *want, 1e-9 * std::fabs(*want)) << i << " x " << history.repeat_count;
    };
    expect(LogLikelihood(regular, history), LogLikelihood(random, history));
    expect(AliveProbability(regular, history), AliveProbability(random, history));
    expect(AliveProbabilityAfter(regular, history, 30), AliveProbabilityAfter(random, history, 30));
    expect(ExpectedPurchases(regular, history, 30), ExpectedPurchases(random, history, 30));
    expect(ExpectedPurchasesOfNew(regular, 30), ExpectedPurchasesOfNew(random, 30));
    expect(Exposure(regular, history), Exposure(random, history));
    expect(PurchaseProbability(regular, history, 2, 9), PurchaseProbability(random, history, 2, 9));
    expect(PurchaseProbability(regular, history, 0, 9), PurchaseProbability(random, history, 0, 9));
    expect(ProbabilityOfAnyPurchase(regular, history, 9),
           ProbabilityOfAnyPurchase(random, history, 9));
    expect(MedianWeeksToNextPurchase(regular, history), MedianWeeksToNextPurchase(random, history));
    expect(DiscountedResidual(regular, history, .002), DiscountedResidual(random, history, .002));
    if (i % 6 != 0) continue;
    const auto got = Discounted(regular, history, 52, .002).value();
    const auto want = Discounted(random, history, 52, .002).value();
    EXPECT_NEAR(got.purchases, want.purchases, 1e-9 * want.purchases);
    EXPECT_NEAR(got.active_weeks, want.active_weeks, 1e-9 * want.active_weeks);
    const auto alive =
        DiscountedGivenAlive(regular, history.repeat_count, history.age_weeks, 52, 0);
    EXPECT_NEAR(
        alive.value().purchases,
        DiscountedGivenAlive(random, history.repeat_count, history.age_weeks, 52, 0)->purchases,
        1e-9 * alive.value().purchases);
  }
}

TEST(CnbdTest, OneStageIsBgNbd) { ExpectSame<BgCnbdParams, BgNbdParams>(1); }
TEST(CnbdTest, OneStageWithAFirstChanceIsMbgNbd) { ExpectSame<MbgCnbdParams, MbgNbdParams>(2); }

TEST(CnbdTest, DerivativesAreThoseOfTheLikelihood) {
  Customers customers(4);
  const std::vector<WeightedHistory> rows = {{{0, 0, 10}, 3},  {{0, 0, 0}, 1},   {{1, 4, 9}, 2},
                                             {{5, 20, 22}, 1}, {{5, 22, 22}, 1}, {{90, 50, 51}, 1}};
  for (int round = 0; round < 40; ++round) {
    regular::Model base{.k = 1 + round % 12, .first_chances = round % 2};
    Vector4 theta;
    for (double& t : theta) t = customers.Uniform(-1.5, 1.5);
    const auto at = [&](size_t i, double step) {
      Vector4 t = theta;
      t[i] += step;
      base.r = std::exp(t[0]);
      base.alpha = std::exp(t[1]);
      base.a = std::exp(t[2]);
      base.b = std::exp(t[3]);
      return regular::LogLikelihoodDerivatives(base, rows);
    };
    const Derivatives here = at(0, 0);
    constexpr double kStep = 1e-5;
    for (size_t i = 0; i < 4; ++i) {
      const Derivatives up = at(i, kStep);
      const Derivatives down = at(i, -kStep);
      const double tolerance = 1e-7 * (1 + std::fabs(here.value));
      EXPECT_NEAR(here.gradient[i], (up.value - down.value) / (2 * kStep), tolerance);
      for (size_t j = 0; j < 4; ++j) {
        EXPECT_NEAR(here.hessian[i][j], (up.gradient[j] - down.gradient[j]) / (2 * kStep),
                    tolerance)
            << i << " " << j << " k " << base.k;
      }
    }
  }
}

TEST(CnbdTest, ProbabilitiesOfPurchasesSumToOneAndToTheExpectation) {
  const MbgCnbdParams params{.r = 2, .alpha = 1.5, .a = .8, .b = 3, .k = 4};
  for (const PurchaseHistory& history :
       {PurchaseHistory{}, PurchaseHistory{6, 18, 20}, PurchaseHistory{0, 0, 30}}) {
    double sum = 0;
    double mean = 0;
    for (int count = 0; count <= 400; ++count) {
      const double probability = PurchaseProbability(params, history, count, 26).value();
      sum += probability;
      mean += count * probability;
    }
    EXPECT_NEAR(sum, 1, 1e-9);
    EXPECT_NEAR(mean, ExpectedPurchases(params, history, 26).value(), 1e-6);
    const double any = ProbabilityOfAnyPurchase(params, history, 26).value();
    EXPECT_NEAR(any, 1 - PurchaseProbability(params, history, 0, 26).value(), 1e-12);
  }
}

TEST(CnbdTest, TheMedianIsWhereHalfOfTheLivingHaveBought) {
  for (const int k : {1, 3, 12}) {
    BgCnbdParams params = kRegular;
    params.k = k;
    const PurchaseHistory history{.repeat_count = 8, .last_weeks = 16, .age_weeks = 17};
    const double median = MedianWeeksToNextPurchase(params, history).value();
    EXPECT_NEAR(ProbabilityOfAnyPurchase(params, history, median).value(),
                AliveProbability(params, history).value() / 2, 1e-12);
  }
}

TEST(CnbdTest, ARegularBuyerIsNotDueRightAfterAPurchaseAndSoonMissed) {
  // Every two weeks; k tells how regularly.
  const BgNbdParams random{.r = 2, .alpha = 4, .a = .8, .b = 3};
  const BgCnbdParams regular{.r = 2, .alpha = .5, .a = .8, .b = 3, .k = 8};
  const PurchaseHistory just_bought{.repeat_count = 10, .last_weeks = 20, .age_weeks = 20};
  EXPECT_LT(ProbabilityOfAnyPurchase(regular, just_bought, .7).value(),
            ProbabilityOfAnyPurchase(random, just_bought, .7).value() / 3);
  const PurchaseHistory overdue{.repeat_count = 10, .last_weeks = 20, .age_weeks = 26};
  EXPECT_LT(AliveProbability(regular, overdue).value(),
            AliveProbability(random, overdue).value() / 2);
}

TEST(CnbdTest, ExpectationsAreThoseOfSimulatedCustomers) {
  const regular::Model model{.r = 2, .alpha = 1, .a = .8, .b = 4, .k = 5, .first_chances = 1};
  Customers customers(31);
  double holdout = 0;
  double expected = 0;
  constexpr int kCount = 4000;
  for (int i = 0; i < kCount; ++i) {
    const Customers::Buyer buyer = customers.Buy(model, 20, 15);
    holdout += buyer.holdout_count;
    expected += regular::ExpectedPurchases(model, buyer.history, 15).value();
  }
  EXPECT_NEAR(expected / kCount, holdout / kCount, .05);
  EXPECT_GT(holdout / kCount, 1);
}

template <typename Params>
void ExpectRecovery(const Params& truth, uint64_t seed) {
  Customers customers(seed);
  std::vector<PurchaseHistory> histories;
  for (int i = 0; i < 6000; ++i) histories.push_back(customers.Buy(ModelOf(truth), 32, 0).history);
  const int32_t first_chances = ModelOf(truth).first_chances;
  VL_ASSERT_OK_AND_ASSIGN(const CnbdFit fit, FitCnbd(first_chances, histories));
  EXPECT_EQ(fit.model.k, truth.k);
  ASSERT_EQ(fit.report.standard_errors.size(), 5u);
  EXPECT_NEAR(fit.model.r, truth.r, 4 * fit.report.standard_errors[0]);
  EXPECT_NEAR(fit.model.alpha, truth.alpha, 4 * fit.report.standard_errors[1]);
  EXPECT_NEAR(fit.model.a, truth.a, 4 * fit.report.standard_errors[2]);
  EXPECT_NEAR(fit.model.b, truth.b, 4 * fit.report.standard_errors[3]);
  EXPECT_EQ(fit.report.standard_errors[4], 0);
  EXPECT_EQ(fit.report.log_covariance.size(), 25u);
  double sum = 0;
  for (const PurchaseHistory& history : histories) {
    sum += regular::LogLikelihood(fit.model, history).value();
  }
  EXPECT_NEAR(fit.report.log_likelihood, sum, 1e-8 * std::fabs(sum));
  // A start leads to the same optimum, from either side of k.
  for (const int32_t k : {1, truth.k + 2}) {
    regular::Model start = fit.model;
    start.k = k;
    VL_ASSERT_OK_AND_ASSIGN(const CnbdFit again, FitCnbd(first_chances, histories, start));
    EXPECT_EQ(again.model.k, truth.k);
    EXPECT_NEAR(again.report.log_likelihood, fit.report.log_likelihood, 1e-6);
  }
}

TEST(CnbdTest, FindsTheRegularityOfSimulatedCustomers) {
  ExpectRecovery(kRegular, 1);
  ExpectRecovery(MbgCnbdParams{.r = 1.2, .alpha = .6, .a = .7, .b = 2, .k = 4}, 2);
}

TEST(CnbdTest, ForecastsRegularBuyersBetterThanBgNbd) {
  const BgCnbdParams truth{.r = 1.5, .alpha = .4, .a = .6, .b = 4, .k = 6};
  Customers customers(77);
  std::vector<PurchaseHistory> histories;
  std::vector<int> holdout;
  for (int i = 0; i < 3000; ++i) {
    const Customers::Buyer buyer = customers.Buy(ModelOf(truth), 40, 40);
    histories.push_back(buyer.history);
    holdout.push_back(buyer.holdout_count);
  }
  VL_ASSERT_OK_AND_ASSIGN(const CnbdFit regular, FitCnbd(0, histories));
  VL_ASSERT_OK_AND_ASSIGN(const BgNbdFit random, FitBgNbd(histories));
  double regular_error = 0;
  double random_error = 0;
  for (size_t i = 0; i < histories.size(); ++i) {
    regular_error +=
        std::fabs(regular::ExpectedPurchases(regular.model, histories[i], 40).value() - holdout[i]);
    random_error +=
        std::fabs(ExpectedPurchases(random.params, histories[i], 40).value() - holdout[i]);
  }
  EXPECT_EQ(regular.model.k, 6);
  EXPECT_LT(regular_error, .97 * random_error);
}

TEST(CnbdTest, ExtremeHistoriesGiveFiniteAnswers) {
  const PurchaseHistory histories[] = {{0, 0, 0},        {0, 0, 1e5},      {1, 1e-6, 1e-6},
                                       {5000, 714, 714}, {5000, 700, 714}, {1, 714, 714},
                                       {300, 1, 2000}};
  for (const int k : {1, 12, 24}) {
    for (const double shape : {1e-3, 1e3}) {
      for (const double scale : {1e-2, 1e4}) {
        const MbgCnbdParams params{.r = shape, .alpha = scale, .a = shape, .b = 3, .k = k};
        for (const PurchaseHistory& history : histories) {
          const auto finite = [&](const absl::StatusOr<double>& value, double low, double high) {
            ASSERT_THAT(value, IsOk());
            EXPECT_GE(*value, low) << k << " " << shape << " " << history.repeat_count;
            EXPECT_LE(*value, high) << k << " " << shape << " " << history.repeat_count;
          };
          constexpr double kMost = std::numeric_limits<double>::max();
          finite(AliveProbability(params, history), 0, 1);
          finite(AliveProbabilityAfter(params, history, 52), 0, 1);
          finite(ExpectedPurchases(params, history, 52), 0, kMost);
          finite(ProbabilityOfAnyPurchase(params, history, 52), 0, 1);
          finite(PurchaseProbability(params, history, 3, 52), 0, 1);
          finite(MedianWeeksToNextPurchase(params, history), 0, 1e6);
          finite(DiscountedResidual(params, history, .01), 0, kMost);
        }
      }
    }
  }
  EXPECT_TRUE(std::isfinite(ExpectedPurchases(kRegular, {5000, 714, 714}, 1e6).value()));
  const auto future = Discounted(kRegular, {30, 714, 714}, 520, .002).value();
  EXPECT_GT(future.active_weeks, 0);
  EXPECT_LE(future.active_weeks, 520);
}

TEST(CnbdTest, AFitOfTooLittleSaysWhatIsMissing) {
  const std::vector<PurchaseHistory> one_gap(50, {1, 2, 3, std::log(2)});
  EXPECT_THAT(FitCnbd(0, one_gap),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("customers with two repeat purchases: got 0, want at least 10")));
  EXPECT_EQ(ReasonOf(FitCnbd(1, one_gap).status()), "NOT_ENOUGH_DATA");
  const std::vector<PurchaseHistory> wrong(50, {3, 4, 3});
  EXPECT_THAT(FitCnbd(0, wrong),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("histories[0]")));
}

TEST(CnbdTest, WithoutTheGapsItIsBgNbd) {
  Customers customers(12);
  std::vector<PurchaseHistory> histories;
  for (int i = 0; i < 800; ++i)
    histories.push_back(customers.Buy(ModelOf(kRegular), 32, 0).history);
  histories[3] = {1, 5, 32};  // One whose purchase days nobody knows.
  VL_ASSERT_OK_AND_ASSIGN(const CnbdFit fit, FitCnbd(0, histories));
  VL_ASSERT_OK_AND_ASSIGN(const BgNbdFit random, FitBgNbd(histories));
  EXPECT_EQ(fit.model.k, 1);
  EXPECT_NEAR(fit.model.alpha, random.params.alpha, 1e-6);
  EXPECT_NEAR(fit.report.log_likelihood, random.report.log_likelihood, 1e-6);
}

TEST(CnbdTest, TheBuyersOfCdnowAreNotRegular) {
  VL_REQUIRE_SHARED_DATA(path, "cdnow_sample_transactions.csv");
  const std::string text = testing::ReadFileOrDie(path);
  std::map<std::string, std::set<absl::CivilDay>> days;
  for (size_t at = text.find('\n') + 1; at < text.size(); at = text.find('\n', at) + 1) {
    const std::string line = text.substr(at, text.find('\n', at) - at);
    absl::CivilDay day;
    ASSERT_TRUE(absl::ParseCivilTime(line.substr(line.find(',') + 1, 10), &day)) << line;
    if (day <= absl::CivilDay(1997, 9, 30)) days[line.substr(0, line.find(','))].insert(day);
  }
  std::vector<PurchaseHistory> histories;
  for (const auto& [customer, bought] : days) {
    PurchaseHistory history{
        .repeat_count = static_cast<int32_t>(bought.size()) - 1,
        .last_weeks = static_cast<double>(*bought.rbegin() - *bought.begin()) / 7,
        .age_weeks = static_cast<double>(absl::CivilDay(1997, 9, 30) - *bought.begin()) / 7};
    double sum = 0;
    for (auto day = std::next(bought.begin()); day != bought.end(); ++day) {
      sum += std::log(static_cast<double>(*day - *std::prev(day)) / 7);
    }
    if (history.repeat_count > 0) history.log_gap_sum = sum;
    histories.push_back(history);
  }
  ASSERT_EQ(histories.size(), 2357u);
  // BTYDplus's demo of CDNOW: k = 1; the published likelihoods of BG/NBD and MBG/NBD.
  VL_ASSERT_OK_AND_ASSIGN(const CnbdFit bg, FitCnbd(0, histories));
  EXPECT_EQ(bg.model.k, 1);
  EXPECT_NEAR(bg.report.log_likelihood, -9582.4292, 1e-3);
  VL_ASSERT_OK_AND_ASSIGN(const CnbdFit mbg, FitCnbd(1, histories));
  EXPECT_EQ(mbg.model.k, 1);
  EXPECT_NEAR(mbg.report.log_likelihood, -9582.1357, 1e-3);
}

TEST(CnbdTest, IsAPurchaseFamilyLikeTheOthers) {
  Customers customers(6);
  std::vector<PurchaseHistory> histories;
  for (int i = 0; i < 3000; ++i) {
    histories.push_back(customers.Buy(ModelOf(kRegular), 32, 0).history);
  }
  VL_ASSERT_OK_AND_ASSIGN(const PurchaseFit fit, FitPurchaseModel(Family::kBgCnbd, histories));
  const std::vector<double> values = ParameterValues(fit.params);
  ASSERT_EQ(values.size(), 5u);
  EXPECT_EQ(values[4], 3);
  EXPECT_EQ(FamilyName(fit.params.family()), "BG_CNBD");
  EXPECT_EQ(MakePurchaseParams(Family::kBgCnbd, values).value(), fit.params);
  EXPECT_TRUE(DependsOnSilence(fit.params));
  VL_ASSERT_OK_AND_ASSIGN(
      const PurchaseFit again,
      FitPurchaseModel(Family::kBgCnbd, histories, FitOptions{.start = fit.params}));
  EXPECT_LT(again.report.evaluation_count, fit.report.evaluation_count);
  EXPECT_NEAR(again.report.log_likelihood, fit.report.log_likelihood, 1e-6);

  const PurchaseHistory overdue{.repeat_count = 6, .last_weeks = 12, .age_weeks = 15};
  const double alive = AliveProbability(fit.params, overdue).value();
  EXPECT_NEAR(alive * DiscountedGivenAlive(fit.params, overdue, 52, .002)->purchases,
              Discounted(fit.params, overdue, 52, .002)->purchases, 1e-12);
  for (const double k : {0., 2.5, 25.}) {
    std::vector<double> wrong = values;
    wrong[4] = k;
    EXPECT_THAT(MakePurchaseParams(Family::kBgCnbd, wrong),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("k: got")));
  }
}

TEST(CnbdTest, DrawnLivesAverageToTheExpectation) {
  const MbgCnbdParams params{.r = 2, .alpha = 1, .a = .8, .b = 4, .k = 5};
  for (const PurchaseHistory& history :
       {PurchaseHistory{6, 18, 20}, PurchaseHistory{40, 18, 20}, PurchaseHistory{0, 0, 3}}) {
    const Outlook outlook{.repeat_count = static_cast<double>(history.repeat_count),
                          .age_weeks = history.age_weeks,
                          .horizon_weeks = 26,
                          .delta_weekly = .01,
                          .silence_weeks = history.age_weeks - history.last_weeks};
    Draw draw(3);
    DiscountedFuture mean;
    double count = 0;
    constexpr int kDraws = 20000;
    for (int i = 0; i < kDraws; ++i) {
      const Life life = DrawLife(params, outlook, draw);
      count += life.purchases / kDraws;
      mean.purchases += life.discounted_purchases / kDraws;
      mean.active_weeks += life.active_weeks / kDraws;
    }
    const auto want = DiscountedGivenAlive(params, history, 26, .01).value();
    EXPECT_NEAR(mean.purchases / want.purchases, 1, .03);
    EXPECT_NEAR(count * AliveProbability(params, history).value() /
                    ExpectedPurchases(params, history, 26).value(),
                1, .03);
    const auto weeks = DiscountedGivenAlive(params, history, 26, 0).value().active_weeks;
    EXPECT_NEAR(mean.active_weeks / weeks, 1, .03);
  }
}

TEST(CnbdTest, EqualBuyersEndFiniteAndAtTheMostRegular) {
  const std::vector<PurchaseHistory> equal(200, {20, 40, 41, 20 * std::log(2)});
  VL_ASSERT_OK_AND_ASSIGN(const CnbdFit fit, FitCnbd(0, equal));
  EXPECT_EQ(fit.model.k, 12);
  EXPECT_FALSE(fit.report.flags.empty());
  EXPECT_NEAR(regular::ExpectedPurchases(fit.model, equal[0], 20).value(), 10, .5);
}

TEST(CnbdTest, RefusesWhatIsOutOfRange) {
  BgCnbdParams params = kRegular;
  params.k = 25;
  EXPECT_THAT(Validate(params),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("k: got 25, want 1..24")));
  params.k = 0;
  EXPECT_THAT(ExpectedPurchases(params, {}, 1),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("k: got 0")));
  EXPECT_THAT(LogLikelihood(kRegular, {2, 3, 4}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("log_gap_sum: got none")));
  EXPECT_THAT(LogLikelihood(kRegular, {2, 3, 4, 1.}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("log_gap_sum: got 1")));
  EXPECT_THAT(LogLikelihood(kRegular, {2, 3, 4, std::log(1.) + std::log(2.)}), IsOk());
  EXPECT_THAT(ExpectedPurchases(kRegular, {2, 3, 4}, -1),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("weeks: got -1")));
  EXPECT_THAT(Discounted(kRegular, {2, 3, 4}, 52, 2),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("delta_weekly: got 2")));
  EXPECT_THAT(DiscountedResidual(kRegular, {2, 3, 4}, 0),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("delta_weekly: got 0")));
}

}  // namespace
}  // namespace valueloop::scoring
