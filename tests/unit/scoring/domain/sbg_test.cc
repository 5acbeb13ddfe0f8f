#include "scoring/domain/sbg.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <random>
#include <sstream>
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

// Fader & Hardie (2007), fitted to years 1 to 7 of their two segments.
constexpr SbgParams kHighEnd{.alpha = .668, .beta = 3.806};
constexpr SbgParams kRegular{.alpha = .704, .beta = 1.182};

SbgParams ParamsIn(const GoldenInputs& in) { return {.alpha = in[0], .beta = in[1]}; }

TEST(SbgTest, AgreesWithFiftyDigitArithmetic) {
  ExpectGolden("sbg_log_likelihood", 120, [](const GoldenInputs& in) {
    return LogLikelihood(ParamsIn(in), {.renewals = in.Count(2), .stopped = in[3] != 0});
  });
  ExpectGolden("sbg_survival", 60, [](const GoldenInputs& in) {
    return SurvivalProbability(ParamsIn(in), in.Count(2));
  });
  ExpectGolden("sbg_stop", 60,
               [](const GoldenInputs& in) { return StopProbability(ParamsIn(in), in.Count(2)); });
  ExpectGolden("sbg_lifetime", 60,
               [](const GoldenInputs& in) { return DiscountedLifetime(ParamsIn(in), in[2]); });
  ExpectGolden("sbg_residual_lifetime", 60, [](const GoldenInputs& in) {
    return DiscountedResidualLifetime(ParamsIn(in), in.Count(2), in[3]);
  });
  ExpectGolden("sbg_elasticity", 60, [](const GoldenInputs& in) {
    return ResidualLifetimeElasticity(ParamsIn(in), in.Count(2), in[3]);
  });
}

// Survivors of the segments in percent by year, Fader & Hardie (2007), table 1.
std::map<std::string, std::vector<double>> ReadRetention(const std::string& path) {
  std::istringstream file(testing::ReadFileOrDie(path));
  std::map<std::string, std::vector<double>> survivors;
  std::string segment;
  std::string year;
  std::string percent;
  std::getline(file, segment);
  while (std::getline(file, segment, ',') && std::getline(file, year, ',') &&
         std::getline(file, percent)) {
    survivors[segment].push_back(std::stod(percent));
  }
  return survivors;
}

TEST(SbgTest, ReproducesThePublishedFits) {
  VL_REQUIRE_SHARED_DATA(path, "sbg_retention.csv");
  const auto survivors = ReadRetention(path);
  const auto fit_seven_years = [&](const std::string& segment) {
    std::vector<double> thousand;  // CLV section 2: n = 1000.
    for (size_t year = 0; year <= 7; ++year) {
      thousand.push_back(survivors.at(segment).at(year) * 10);
    }
    return FitSbg(ContractsOfCohort(thousand).value());
  };
  VL_ASSERT_OK_AND_ASSIGN(const SbgFit regular, fit_seven_years("regular"));
  EXPECT_NEAR(regular.params.alpha, .704077, 1e-6);
  EXPECT_NEAR(regular.params.beta, 1.182043, 1e-6);
  EXPECT_NEAR(regular.report.log_likelihood, -1680.265, 1e-3);
  EXPECT_THAT(regular.report.flags, IsEmpty());
  VL_ASSERT_OK_AND_ASSIGN(const SbgFit high_end, fit_seven_years("high_end"));
  EXPECT_NEAR(high_end.params.alpha, .668088, 1e-6);
  EXPECT_NEAR(high_end.params.beta, 3.806096, 2e-6);
  EXPECT_NEAR(high_end.report.log_likelihood, -1611.158, 1e-3);
  // Year 12, five years after the data: .378 for .394 and .170 for .173.
  EXPECT_NEAR(SurvivalProbability(high_end.params, 12).value(), .378, .0005);
  EXPECT_NEAR(SurvivalProbability(regular.params, 12).value(), .170, .0005);
  EXPECT_NEAR(survivors.at("high_end").at(12), 39.4, 1e-9);
  EXPECT_NEAR(survivors.at("regular").at(12), 17.3, 1e-9);
}

TEST(SbgTest, ReproducesThePublishedSurvivalAndResidualLifetime) {
  // CLV section 2: discount 10 %, 7 renewals, High End; and its worked examples at 40 digits.
  EXPECT_NEAR(DiscountedResidualLifetime(kHighEnd, 7, .1).value(), 7.52994953091097, 1e-12);
  EXPECT_NEAR(DiscountedLifetime(kHighEnd, .1).value(), 5.92259640761276, 1e-12);
  EXPECT_NEAR(DiscountedLifetime(kRegular, .1).value(), 3.69514740557457, 1e-12);
  EXPECT_NEAR(SurvivalProbability(kHighEnd, 12).value(), .37804042018209, 1e-13);
  EXPECT_NEAR(SurvivalProbability(kRegular, 12).value(), .170062576806051, 1e-13);
  EXPECT_NEAR(RenewalProbability(kHighEnd, 0), .8506928922664282, 1e-15);
  EXPECT_NEAR(RenewalProbability(kRegular, 11), .9453670650318176, 1e-15);
}

TEST(SbgTest, LifetimeIsTheSumOfTheDiscountedSurvival) {
  double sum = 0;
  for (int t = 0; t < 2000; ++t) {
    sum += SurvivalProbability(kRegular, t).value() * std::pow(1.05, -t);
  }
  EXPECT_NEAR(DiscountedLifetime(kRegular, .05).value(), sum, 1e-11);
  // Without a discount: (alpha + beta - 1) / (alpha - 1).
  EXPECT_NEAR(DiscountedLifetime({.alpha = 3, .beta = 5}, 0).value(), 3.5, 1e-14);
  EXPECT_NEAR(DiscountedLifetime({.alpha = 3, .beta = 5}, 1e-12).value(), 3.5, 1e-10);
}

TEST(SbgTest, AnInfiniteLifetimeIsAnErrorThatSaysWhy) {
  for (const auto& status : {DiscountedLifetime(kHighEnd, 0).status(),
                             DiscountedResidualLifetime({.alpha = 1, .beta = 5}, 3, 0).status(),
                             ResidualLifetimeElasticity({.alpha = 2, .beta = 5}, 3, 0).status()}) {
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("discount: got 0")));
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("infinite")));
  }
  EXPECT_THAT(DiscountedResidualLifetime({.alpha = 1.001, .beta = 5}, 3, 0), IsOk());
}

TEST(SbgTest, ElasticityIsThatOfAChangeOfEverybodysRenewal) {
  // A probability of renewal that is the same for everybody: lifetime q / (1 - q z), elasticity
  // 1 / (1 - q z).
  const SbgParams equal{.alpha = 2e8, .beta = 8e8};
  EXPECT_NEAR(ResidualLifetimeElasticity(equal, 0, .25).value(), 1 / (1 - .8 / 1.25), 1e-6);
  EXPECT_NEAR(DiscountedResidualLifetime(equal, 0, .25).value(), .8 / (1 - .8 / 1.25), 1e-6);
}

TEST(SbgTest, DerivativesAreThoseOfTheLikelihood) {
  std::mt19937_64 random(11);
  std::uniform_real_distribution<double> uniform(-2, 2);
  const std::vector<WeightedContract> rows = {{{0, true}, 3},  {{0, false}, 2}, {{4, true}, 1},
                                              {{9, false}, 5}, {{30, true}, 2}, {{400, false}, 1}};
  for (int round = 0; round < 50; ++round) {
    const double theta[] = {uniform(random), uniform(random)};
    const auto at = [&](double da, double db) {
      return LogLikelihoodDerivatives(
          {.alpha = std::exp(theta[0] + da), .beta = std::exp(theta[1] + db)}, rows);
    };
    const Derivatives here = at(0, 0);
    constexpr double kStep = 1e-5;
    const Derivatives up[] = {at(kStep, 0), at(0, kStep)};
    const Derivatives down[] = {at(-kStep, 0), at(0, -kStep)};
    for (size_t i = 0; i < 2; ++i) {
      const double slope = (up[i].value - down[i].value) / (2 * kStep);
      EXPECT_NEAR(here.gradient[i], slope, 1e-7 * (1 + std::fabs(slope)));
      for (size_t j = 0; j < 2; ++j) {
        const double bend = (up[i].gradient[j] - down[i].gradient[j]) / (2 * kStep);
        EXPECT_NEAR(here.hessian[i][j], bend, 1e-7 * (1 + std::fabs(bend)));
      }
    }
  }
}

TEST(SbgTest, RecoversTheParametersOfSimulatedContracts) {
  std::mt19937_64 random(5);
  std::gamma_distribution<double> of_alpha(1.3, 1);
  std::gamma_distribution<double> of_beta(6, 1);
  std::uniform_real_distribution<double> uniform(0, 1);
  std::vector<ContractHistory> contracts;
  for (int i = 0; i < 20000; ++i) {
    const double alpha = of_alpha(random);
    const double stopping = alpha / (alpha + of_beta(random));
    const int32_t observed = 1 + static_cast<int32_t>(24 * uniform(random));
    ContractHistory contract;
    while (!contract.stopped && contract.renewals < observed) {
      contract.stopped = uniform(random) < stopping;
      if (!contract.stopped) ++contract.renewals;
    }
    contracts.push_back(contract);
  }
  VL_ASSERT_OK_AND_ASSIGN(const SbgFit fit, FitSbg(CompressContracts(contracts)));
  ASSERT_EQ(fit.report.standard_errors.size(), 2u);
  EXPECT_NEAR(fit.params.alpha, 1.3, 3 * fit.report.standard_errors[0]);
  EXPECT_NEAR(fit.params.beta, 6, 3 * fit.report.standard_errors[1]);
  EXPECT_EQ(fit.report.customer_count, 20000);
}

TEST(SbgTest, AFitWithoutEnoughContractsSaysWhatIsMissing) {
  const WeightedContract running{{5, false}, 100};
  const WeightedContract stopped{{2, true}, 1};
  EXPECT_THAT(FitSbg({}), StatusIs(absl::StatusCode::kFailedPrecondition,
                                   HasSubstr("contracts: got 0, want at least 10")));
  EXPECT_THAT(FitSbg({{running, stopped}}),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("stopped contracts: got 1, want at least 2")));
  EXPECT_EQ(ReasonOf(FitSbg({{running}}).status()), "NOT_ENOUGH_DATA");
  const WeightedContract wrong{{-1, false}, 100};
  EXPECT_THAT(FitSbg({{running, wrong}}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("contracts[1]")));
}

TEST(SbgTest, ExtremeCohortsEndFinite) {
  // Everybody stops at the first renewal; nobody but two of a million ever stop; all alike.
  for (const std::vector<double>& survivors :
       {std::vector<double>{100, 0}, std::vector<double>{1e6, 1e6 - 1, 1e6 - 2},
        std::vector<double>{1000, 500, 250, 125, 62.5}}) {
    VL_ASSERT_OK_AND_ASSIGN(const SbgFit fit, FitSbg(ContractsOfCohort(survivors).value()));
    EXPECT_TRUE(std::isfinite(fit.report.log_likelihood));
    EXPECT_THAT(DiscountedLifetime(fit.params, .1), IsOk());
    EXPECT_NEAR(RenewalProbability(fit.params, 0), survivors[1] / survivors[0], 1e-5);
  }
  VL_ASSERT_OK_AND_ASSIGN(const SbgFit gone, FitSbg(ContractsOfCohort({{100., 0.}}).value()));
  EXPECT_THAT(gone.report.flags, Contains(FitFlag::kFlat));
}

TEST(SbgTest, RefusesWhatIsOutOfRange) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(Validate(SbgParams{.alpha = nan}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("alpha: got nan")));
  EXPECT_THAT(SurvivalProbability(kRegular, -1),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("times: got -1")));
  EXPECT_THAT(StopProbability(kRegular, 0),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("times: got 0, want 1")));
  EXPECT_THAT(DiscountedLifetime(kRegular, nan),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("discount: got nan")));
  EXPECT_THAT(ContractsOfCohort({{100., 101.}}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("survivors[1]: got 101")));
  EXPECT_THAT(ContractsOfCohort({{100.}}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("survivors: got 1 values")));
}

}  // namespace
}  // namespace valueloop::scoring
