#include "scoring/domain/bg_bb.h"

#include <cmath>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "common/status.h"
#include "scoring/domain/fit_regular.h"
#include "testing/shared_data.h"
#include "testing/status_matchers.h"
#include "unit/scoring/domain/golden_points.h"

namespace valueloop::scoring {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::IsOk;
using testing::StatusIs;

BgBbParams ParamsIn(const GoldenInputs& in) {
  return {.alpha = in[0], .beta = in[1], .gamma = in[2], .delta = in[3]};
}
DiscreteHistory HistoryIn(const GoldenInputs& in) {
  return {.repeat_count = in.Count(4), .last = in.Count(5), .opportunities = in.Count(6)};
}

TEST(BgBbTest, AgreesWithFiftyDigitArithmetic) {
  ExpectGolden("bg_bb_log_likelihood", 60,
               [](const GoldenInputs& in) { return LogLikelihood(ParamsIn(in), HistoryIn(in)); });
  ExpectGolden("bg_bb_alive", 60, [](const GoldenInputs& in) {
    return AliveProbabilityAfter(ParamsIn(in), HistoryIn(in), in.Count(7));
  });
  ExpectGolden("bg_bb_expected", 60, [](const GoldenInputs& in) {
    return ExpectedPurchases(ParamsIn(in), HistoryIn(in), in.Count(7));
  });
  ExpectGolden("bg_bb_residual", 60, [](const GoldenInputs& in) {
    return DiscountedResidual(ParamsIn(in), HistoryIn(in), in[7]);
  });
  ExpectGolden("bg_bb_probability", 60, [](const GoldenInputs& in) {
    return PurchaseProbability(ParamsIn(in), HistoryIn(in), in.Count(7), in.Count(8));
  });
}

// The donations of Fader, Hardie & Shang (2010), table 1: 11,104 supporters first seen in 1995, and
// how many bought at x of the 6 years after it, the last time in year t_x.
std::vector<DiscreteHistory> Donations() {
  constexpr int kCounts[][3] = {{6, 6, 1203}, {5, 6, 728}, {4, 6, 512}, {3, 6, 357}, {2, 6, 234},
                                {1, 6, 129},  {5, 5, 335}, {4, 5, 284}, {3, 5, 225}, {2, 5, 173},
                                {1, 5, 119},  {4, 4, 240}, {3, 4, 181}, {2, 4, 155}, {1, 4, 78},
                                {3, 3, 322},  {2, 3, 255}, {1, 3, 129}, {2, 2, 613}, {1, 2, 277},
                                {1, 1, 1091}, {0, 0, 3464}};
  std::vector<DiscreteHistory> histories;
  for (const auto& [x, last, count] : kCounts) {
    histories.insert(histories.end(), static_cast<size_t>(count),
                     {.repeat_count = x, .last = last, .opportunities = 6});
  }
  return histories;
}

TEST(BgBbTest, ReproducesThePublishedDonations) {
  const std::vector<DiscreteHistory> donations = Donations();
  ASSERT_EQ(donations.size(), 11104u);
  VL_ASSERT_OK_AND_ASSIGN(const BgBbFit fit, FitBgBb(donations));
  // lifetimes and BTYD; CLV section 2.
  EXPECT_NEAR(fit.report.log_likelihood, -33225.581274, 1e-6);
  EXPECT_NEAR(fit.params.alpha, 1.2035, 1e-4);
  EXPECT_NEAR(fit.params.beta, .7497, 1e-4);
  EXPECT_NEAR(fit.params.gamma, .6567, 1e-4);
  EXPECT_NEAR(fit.params.delta, 2.7834, 2e-4);
  EXPECT_THAT(fit.report.flags, IsEmpty());
  EXPECT_EQ(fit.report.row_count, 22);
  EXPECT_EQ(fit.report.standard_errors.size(), 4u);

  // pymc-marketing (Hardie, note 010): E[X(n)] for n = 1 .. 11.
  const double expected[] = {.4985,  .9233,  1.2969, 1.6323, 1.9381, 2.2202,
                             2.4826, 2.7285, 2.9603, 3.1798, 3.3887};
  for (int32_t n = 1; n <= 11; ++n) {
    EXPECT_NEAR(ExpectedPurchasesOfNew(fit.params, n).value(), expected[n - 1], 6e-5) << n;
  }
  // BTYD's walkthrough, within what its parameters were short of the optimum.
  EXPECT_NEAR(ExpectedPurchases(fit.params, {0, 0, 6}, 10).value(), .130218, 5e-6);
  EXPECT_NEAR(ExpectedPurchases(fit.params, {4, 5, 6}, 10).value(), 3.627978, 5e-5);
  // lifetimes: the sum of the next 5 years, and in-sample at 0 and 6 purchases.
  double sum = 0;
  for (const DiscreteHistory& history : donations) {
    sum += ExpectedPurchases(fit.params, history, 5).value();
  }
  EXPECT_NEAR(sum, 12884.16, .1);
  EXPECT_NEAR(11104 * PurchaseProbability(fit.params, {}, 0, 6).value(), 3454.9, .1);
  EXPECT_NEAR(11104 * PurchaseProbability(fit.params, {}, 6, 6).value(), 1253.1, .1);
  // Table 6 of the paper: alive in the next year.
  EXPECT_NEAR(AliveProbabilityAfter(fit.params, {0, 0, 6}, 1).value(), .1081, 1e-4);
  EXPECT_NEAR(AliveProbabilityAfter(fit.params, {2, 4, 6}, 1).value(), .5896, 1e-4);
  EXPECT_NEAR(AliveProbabilityAfter(fit.params, {6, 6, 6}, 1).value(), .9304, 1e-4);
}

TEST(BgBbTest, ReproducesBtydsDiscountedResidual) {
  // BTYD's estimates for the donations, all digits; CLV section 2, at a discount of 10 % a year.
  const BgBbParams btyd{.alpha = 1.20352083040498,
                        .beta = .749714243061896,
                        .gamma = .656712169147878,
                        .delta = 2.78340801635898};
  EXPECT_NEAR(DiscountedResidual(btyd, {0, 0, 6}, .1).value(), .114752853, 1e-9);
  EXPECT_NEAR(DiscountedResidual(btyd, {4, 5, 6}, .1).value(), 3.197103073, 1e-9);
  EXPECT_NEAR(DiscountedResidual(btyd, {6, 6, 6}, .1).value(), 5.909910053, 1e-9);
  EXPECT_NEAR(DiscountedResidual(btyd, {2, 4, 6}, .1).value(), 1.665630001, 1e-9);
}

TEST(BgBbTest, FitsTheSimulatedAnnualLedger) {
  VL_REQUIRE_SHARED_DATA(path, "bgbb_simulated_annual_transactions.csv");
  const std::string text = testing::ReadFileOrDie(path);
  std::map<std::string, CustomerSummary> summaries;
  int line_number = 0;
  for (size_t at = text.find('\n') + 1; at < text.size(); at = text.find('\n', at) + 1) {
    const std::string line = text.substr(at, text.find('\n', at) - at);
    absl::CivilDay day;
    const size_t comma = line.find(',');
    ASSERT_TRUE(absl::ParseCivilTime(line.substr(comma + 1, 10), &day)) << line;
    const Event event{
        .customer_id = line.substr(0, comma),
        .source = "simulated",
        .event_id = std::to_string(++line_number),
        .occurred_micros = absl::ToUnixMicros(absl::FromCivil(day, absl::UTCTimeZone())),
        .payload = Purchase{.amount_micros = 1'000'000}};
    ASSERT_THAT(Apply(summaries[event.customer_id], event, absl::UTCTimeZone()), IsOk());
  }
  std::vector<DiscreteHistory> histories;
  double purchases = 0;
  for (const auto& [id, summary] : summaries) {
    // 1983 has not ended by its first day, so that 12 opportunities are complete.
    ASSERT_EQ(DiscreteHistoryOf(summary, absl::CivilDay(1983, 1, 1), Period::kYear)->opportunities,
              12);
    const auto history =
        DiscreteHistoryOf(summary, absl::CivilDay(1983, 12, 31), Period::kYear).value();
    ASSERT_EQ(history.opportunities, 13);
    histories.push_back(history);
    purchases += history.repeat_count;
  }
  ASSERT_EQ(histories.size(), 10000u);
  EXPECT_EQ(purchases, 42432);  // 52,432 rows less the first of each customer.
  VL_ASSERT_OK_AND_ASSIGN(const BgBbFit fit, FitBgBb(histories));
  EXPECT_THAT(fit.report.flags, IsEmpty());
  EXPECT_NEAR(10000 * ExpectedPurchasesOfNew(fit.params, 13).value() / purchases, 1, .01);
}

TEST(BgBbTest, CountsAPeriodOnceAndLeavesOutTheRunningOne) {
  CustomerSummary summary;
  int id = 0;
  // A Thursday, the Friday after, two in one week of March, and the running April.
  for (const absl::CivilDay day :
       {absl::CivilDay(2026, 1, 1), absl::CivilDay(2026, 1, 2), absl::CivilDay(2026, 3, 3),
        absl::CivilDay(2026, 3, 8), absl::CivilDay(2026, 4, 2)}) {
    const Event event{
        .customer_id = "c",
        .source = "pos",
        .event_id = std::to_string(++id),
        .occurred_micros = absl::ToUnixMicros(absl::FromCivil(day, absl::UTCTimeZone())),
        .payload = Purchase{.amount_micros = 1}};
    ASSERT_THAT(Apply(summary, event, absl::UTCTimeZone()), IsOk());
  }
  const absl::CivilDay as_of(2026, 4, 15);
  EXPECT_EQ(DiscreteHistoryOf(summary, as_of, Period::kMonth), (DiscreteHistory{1, 2, 2}));
  EXPECT_EQ(DiscreteHistoryOf(summary, absl::CivilDay(2026, 4, 30), Period::kMonth),
            (DiscreteHistory{2, 3, 3}));
  EXPECT_EQ(DiscreteHistoryOf(summary, as_of, Period::kQuarter), (DiscreteHistory{0, 0, 0}));
  EXPECT_EQ(DiscreteHistoryOf(summary, as_of, Period::kYear), std::nullopt);
  // Weeks from Monday: 29 December, 2 March, 30 March; 12 April ends the last whole week.
  EXPECT_EQ(DiscreteHistoryOf(summary, as_of, Period::kWeek), (DiscreteHistory{2, 13, 14}));
  EXPECT_EQ(DiscreteHistoryOf({}, as_of, Period::kWeek), std::nullopt);
}

TEST(BgBbTest, ProbabilitiesOfPurchasesSumToOneAndToTheExpectation) {
  const BgBbParams params{.alpha = 1.2, .beta = .75, .gamma = .66, .delta = 2.8};
  for (const DiscreteHistory& history :
       {DiscreteHistory{}, DiscreteHistory{3, 5, 9}, DiscreteHistory{0, 0, 40}}) {
    double sum = 0;
    double mean = 0;
    for (int count = 0; count <= 25; ++count) {
      const double probability = PurchaseProbability(params, history, count, 25).value();
      sum += probability;
      mean += count * probability;
    }
    EXPECT_NEAR(sum, 1, 1e-12);
    EXPECT_NEAR(mean, ExpectedPurchases(params, history, 25).value(), 1e-12);
    EXPECT_NEAR(ProbabilityOfAnyPurchase(params, history, 25).value(),
                1 - PurchaseProbability(params, history, 0, 25).value(), 1e-12);
    EXPECT_EQ(PurchaseProbability(params, history, 26, 25).value(), 0);
  }
}

TEST(BgBbTest, DerivativesAreThoseOfTheLikelihood) {
  std::mt19937_64 random(3);
  std::uniform_real_distribution<double> uniform(-2, 2);
  const std::vector<WeightedDiscreteHistory> rows = {
      {{0, 0, 6}, 3}, {{6, 6, 6}, 1}, {{2, 4, 6}, 2}, {{1, 1, 30}, 1}, {{5, 20, 20}, 2}, {{}, 4}};
  for (int round = 0; round < 30; ++round) {
    Vector4 theta;
    for (double& t : theta) t = uniform(random);
    const auto at = [&](size_t i, double step) {
      Vector4 moved = theta;
      moved[i] += step;
      return LogLikelihoodDerivatives(BgBbParams{std::exp(moved[0]), std::exp(moved[1]),
                                                 std::exp(moved[2]), std::exp(moved[3])},
                                      rows);
    };
    const Derivatives here = at(0, 0);
    constexpr double kStep = 1e-5;
    for (size_t i = 0; i < 4; ++i) {
      const Derivatives up = at(i, kStep);
      const Derivatives down = at(i, -kStep);
      const double slope = (up.value - down.value) / (2 * kStep);
      EXPECT_NEAR(here.gradient[i], slope, 1e-7 * (1 + std::fabs(slope)));
      for (size_t j = 0; j < 4; ++j) {
        const double bend = (up.gradient[j] - down.gradient[j]) / (2 * kStep);
        EXPECT_NEAR(here.hessian[i][j], bend, 1e-7 * (1 + std::fabs(bend)));
      }
    }
  }
}

TEST(BgBbTest, ANewCustomerIsAlive) {
  const BgBbParams params{.alpha = 1.2, .beta = .75, .gamma = .66, .delta = 2.8};
  EXPECT_EQ(AliveProbability(params, {}).value(), 1);
  EXPECT_EQ(AliveProbability(params, {3, 9, 9}).value(), 1);  // Bought at the last opportunity.
  EXPECT_EQ(LogLikelihood(params, {}).value(), 0);
  EXPECT_EQ(Exposure(params, {3, 9, 9}).value(), 9);
  const double exposure = Exposure(params, {3, 5, 9}).value();
  EXPECT_GT(exposure, 5);
  EXPECT_LT(exposure, 9);
}

TEST(BgBbTest, LongHistoriesStayFinite) {
  const BgBbParams params{.alpha = .05, .beta = 800, .gamma = 3e-6, .delta = 3e6};
  for (const DiscreteHistory& history :
       {DiscreteHistory{1, 1, 100'000}, DiscreteHistory{100'000, 100'000, 100'000},
        DiscreteHistory{500, 900, 5000}}) {
    EXPECT_TRUE(std::isfinite(LogLikelihood(params, history).value()));
    const double alive = AliveProbability(params, history).value();
    EXPECT_GE(alive, 0);
    EXPECT_LE(alive, 1);
    EXPECT_TRUE(std::isfinite(DiscountedResidual(params, history, .001).value()));
    EXPECT_TRUE(std::isfinite(PurchaseProbability(params, history, 50, 5000).value()));
  }
}

TEST(BgBbTest, AFitOfTooLittleSaysWhatIsMissing) {
  const std::vector<DiscreteHistory> silent(30, {0, 0, 6});
  const std::vector<DiscreteHistory> fresh(30, DiscreteHistory{});
  EXPECT_THAT(FitBgBb(silent), StatusIs(absl::StatusCode::kFailedPrecondition,
                                        HasSubstr("repeat purchase: got 0, want at least 2")));
  EXPECT_THAT(FitBgBb(fresh), StatusIs(absl::StatusCode::kFailedPrecondition,
                                       HasSubstr("opportunity to buy again: got 0")));
  EXPECT_EQ(ReasonOf(FitBgBb(fresh).status()), "NOT_ENOUGH_DATA");
  const std::vector<DiscreteHistory> wrong(30, {7, 6, 6});
  EXPECT_THAT(FitBgBb(wrong), StatusIs(absl::StatusCode::kInvalidArgument,
                                       HasSubstr("repeat_count: got 7, want 1..6")));
}

TEST(BgBbTest, NobodyLeavingIsNamed) {
  std::vector<DiscreteHistory> histories;
  std::mt19937_64 random(8);
  std::uniform_real_distribution<double> uniform(0, 1);
  for (int i = 0; i < 400; ++i) {
    DiscreteHistory history{.opportunities = 30};
    const double buying = .3 + .4 * uniform(random);
    for (int32_t n = 1; n <= 30; ++n) {
      if (uniform(random) > buying) continue;
      ++history.repeat_count;
      history.last = n;
    }
    histories.push_back(history);
  }
  VL_ASSERT_OK_AND_ASSIGN(const BgBbFit fit, FitBgBb(histories));
  EXPECT_LT(fit.params.gamma / (fit.params.gamma + fit.params.delta), 1e-3);
  EXPECT_NEAR(ExpectedPurchases(fit.params, histories[0], 30).value(), 15, 12);
}

TEST(BgBbTest, RefusesWhatIsOutOfRange) {
  const BgBbParams params{.alpha = 1.2, .beta = .75, .gamma = .66, .delta = 2.8};
  EXPECT_THAT(LogLikelihood(BgBbParams{.alpha = 1, .beta = 1, .gamma = 0, .delta = 1}, {}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("gamma: got 0")));
  EXPECT_THAT(LogLikelihood(params, {0, 3, 6}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("repeat_count: got 0")));
  EXPECT_THAT(LogLikelihood(params, {1, 7, 6}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("last: got 7, want 0..6")));
  EXPECT_THAT(LogLikelihood(params, {0, 0, -1}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("opportunities: got -1")));
  EXPECT_THAT(ExpectedPurchases(params, {}, -1),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("more: got -1")));
  EXPECT_THAT(PurchaseProbability(params, {}, -1, 3),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("count: got -1")));
  EXPECT_THAT(DiscountedResidual(params, {}, 0),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("infinite")));
}

}  // namespace
}  // namespace valueloop::scoring
