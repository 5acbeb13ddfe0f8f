#include "scoring/domain/covariates.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "scoring/domain/civil_day.h"
#include "scoring/domain/model_fit.h"
#include "testing/status_matchers.h"

namespace valueloop::scoring {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::IsOk;
using testing::StatusIs;

class Simulation {
 public:
  explicit Simulation(uint64_t seed) : random_(seed) {}

  double Uniform() { return (static_cast<double>(random_() >> 11) + 0.5) * 0x1p-53; }
  double Normal() { return std::normal_distribution<double>()(random_); }
  double Gamma(double shape, double rate) {
    return std::gamma_distribution<double>(shape, 1 / rate)(random_);
  }

  // A customer that buys at `rate` until it leaves: after `lifetime` weeks, or after a purchase
  // with probability `leave`.
  PurchaseHistory Buy(double rate, double leave, double lifetime, double age) {
    PurchaseHistory history{.age_weeks = age};
    double now = 0;
    for (;;) {
      now += -std::log(Uniform()) / rate;
      if (now > std::min(age, lifetime)) return history;
      ++history.repeat_count;
      history.last_weeks = now;
      if (Uniform() < leave) return history;
    }
  }
  PurchaseHistory BgNbd(double r, double alpha, double a, double b) {
    const double leaving = Gamma(a, 1);
    return Buy(Gamma(r, alpha), leaving / (leaving + Gamma(b, 1)), 1e9, 40);
  }
  PurchaseHistory ParetoNbd(double r, double alpha, double s, double beta) {
    return Buy(Gamma(r, alpha), 0, -std::log(Uniform()) / Gamma(s, beta), 60);
  }

 private:
  std::mt19937_64 random_;
};

const CovariateColumn kNumber{.attribute = "income"};
const CovariateColumn kLevel{.attribute = "channel", .level = "shop", .mean = 0, .sd = 1};

void ExpectWithin(double got, const std::optional<double>& error, double want) {
  ASSERT_TRUE(error.has_value());
  EXPECT_GT(*error, 0);
  EXPECT_LT(*error, 0.3);
  EXPECT_NEAR(got, want, 3 * *error);
}

TEST(CovariateFitTest, FindsTheRateEffectsThatMadeTheDataOfBgNbd) {
  Simulation simulation(11);
  CovariateData covariates{.columns = {kNumber, kLevel}};
  for (CovariateColumn& column : covariates.columns) column.acts_on_dropout = false;
  std::vector<PurchaseHistory> histories;
  for (int i = 0; i < 3000; ++i) {
    const double z = simulation.Normal();
    const double shop = i % 3 == 0 ? 1 : 0;
    histories.push_back(simulation.BgNbd(.8, 8 * std::exp(-.5 * z + .7 * shop), .8, 2.5));
    covariates.values.insert(covariates.values.end(), {z, shop});
  }
  VL_ASSERT_OK_AND_ASSIGN(const BgNbdFit fit, FitBgNbd(histories, {.covariates = &covariates}));
  EXPECT_THAT(fit.report.flags, IsEmpty());
  EXPECT_GT(fit.report.condition_number, 1);
  ASSERT_EQ(fit.covariates.size(), 2u);
  ExpectWithin(fit.covariates[0].rate_coefficient, fit.covariates[0].rate_standard_error, .5);
  ExpectWithin(fit.covariates[1].rate_coefficient, fit.covariates[1].rate_standard_error, -.7);
  EXPECT_FALSE(fit.covariates[0].dropout_standard_error.has_value());
  EXPECT_EQ(fit.report.log_covariance.size(), 16u);
  EXPECT_NEAR(fit.params.r, .8, 3 * fit.report.standard_errors[0]);
}

TEST(CovariateFitTest, FindsTheEffectsOnBothProcessesOfParetoNbd) {
  Simulation simulation(12);
  CovariateData covariates{.columns = {kLevel}};
  std::vector<PurchaseHistory> histories;
  for (int i = 0; i < 4000; ++i) {
    const double shop = i % 2;
    histories.push_back(
        simulation.ParetoNbd(1.2, 6 * std::exp(-.4 * shop), .9, 12 * std::exp(-.8 * shop)));
    covariates.values.push_back(shop);
  }
  VL_ASSERT_OK_AND_ASSIGN(const PurchaseFit fit, FitPurchaseModel(Family::kParetoNbd, histories,
                                                                  {.covariates = &covariates}));
  ASSERT_EQ(fit.covariates.size(), 1u);
  ExpectWithin(fit.covariates[0].rate_coefficient, fit.covariates[0].rate_standard_error, .4);
  ExpectWithin(fit.covariates[0].dropout_coefficient, fit.covariates[0].dropout_standard_error, .8);
}

TEST(CovariateFitTest, ColumnsOfZerosChangeNothing) {
  Simulation simulation(13);
  std::vector<PurchaseHistory> histories;
  for (int i = 0; i < 800; ++i) histories.push_back(simulation.BgNbd(.8, 8, .8, 2.5));
  const CovariateData zeros{.columns = {kNumber}, .values = std::vector<double>(800, 0)};
  VL_ASSERT_OK_AND_ASSIGN(const BgNbdFit bare, FitBgNbd(histories));
  VL_ASSERT_OK_AND_ASSIGN(const BgNbdFit fit, FitBgNbd(histories, {.covariates = &zeros}));
  EXPECT_EQ(fit.params, bare.params);
  EXPECT_NEAR(fit.report.log_likelihood, bare.report.log_likelihood, 1e-8);
  EXPECT_EQ(fit.covariates[0].rate_coefficient, 0);
}

TEST(CovariateFitTest, LiesBetweenOneFitForAllAndOnePerLevelAndAPenaltyShrinksIt) {
  Simulation simulation(14);
  CovariateData covariates{.columns = {kLevel}};
  std::vector<PurchaseHistory> all;
  std::vector<PurchaseHistory> parts[2];
  for (int i = 0; i < 1500; ++i) {
    const auto shop = static_cast<size_t>(i % 2);
    all.push_back(simulation.BgNbd(.8, shop == 1 ? 4 : 9, .8, 2.5));
    parts[shop].push_back(all.back());
    covariates.values.push_back(static_cast<double>(shop));
  }
  VL_ASSERT_OK_AND_ASSIGN(const BgNbdFit pooled, FitBgNbd(all));
  VL_ASSERT_OK_AND_ASSIGN(const BgNbdFit fit, FitBgNbd(all, {.covariates = &covariates}));
  VL_ASSERT_OK_AND_ASSIGN(const BgNbdFit one, FitBgNbd(parts[0]));
  VL_ASSERT_OK_AND_ASSIGN(const BgNbdFit other, FitBgNbd(parts[1]));
  EXPECT_GT(fit.report.log_likelihood, pooled.report.log_likelihood + 5);
  EXPECT_LE(fit.report.log_likelihood,
            one.report.log_likelihood + other.report.log_likelihood + 1e-6);
  VL_ASSERT_OK_AND_ASSIGN(const BgNbdFit shrunk,
                          FitBgNbd(all, {.covariates = &covariates, .l2_penalty = 0.5}));
  EXPECT_GT(shrunk.covariates[0].rate_coefficient, 0);
  EXPECT_LT(shrunk.covariates[0].rate_coefficient, fit.covariates[0].rate_coefficient / 2);
  EXPECT_LT(shrunk.report.log_likelihood, fit.report.log_likelihood);
}

TEST(CovariateFitTest, RefusesWhatItCannotUse) {
  const std::vector<PurchaseHistory> histories(30, {1, 2, 3});
  CovariateData covariates{.columns = {kNumber}, .values = std::vector<double>(29)};
  EXPECT_THAT(FitBgNbd(histories, {.covariates = &covariates}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("covariates.values: got 29")));
  covariates.values.assign(30, std::nan(""));
  EXPECT_THAT(FitBgNbd(histories, {.covariates = &covariates}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("finite")));
  covariates.values.assign(30, 0);
  EXPECT_THAT(FitBgNbd(histories, {.covariates = &covariates, .l2_penalty = -1}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("l2_penalty: got -1")));
}

TEST(WarmStartTest, ArrivesAtTheSameOptimumInFewerEvaluations) {
  Simulation simulation(15);
  std::vector<PurchaseHistory> histories;
  for (int i = 0; i < 1000; ++i) histories.push_back(simulation.BgNbd(.8, 8, .8, 2.5));
  VL_ASSERT_OK_AND_ASSIGN(const PurchaseFit cold, FitPurchaseModel(Family::kBgNbd, histories));
  histories.push_back({3, 20, 40});
  VL_ASSERT_OK_AND_ASSIGN(const PurchaseFit again, FitPurchaseModel(Family::kBgNbd, histories));
  VL_ASSERT_OK_AND_ASSIGN(const PurchaseFit warm,
                          FitPurchaseModel(Family::kBgNbd, histories, {.start = cold.params}));
  EXPECT_LE(warm.report.evaluation_count, 6);
  EXPECT_GT(again.report.evaluation_count, 12);
  EXPECT_NEAR(warm.report.log_likelihood, again.report.log_likelihood, 1e-7);
  // A start far from everything costs time, not the answer.
  VL_ASSERT_OK_AND_ASSIGN(
      const PurchaseFit lost,
      FitPurchaseModel(Family::kBgNbd, histories,
                       {.start = PurchaseParams(BgNbdParams{1e5, 1e-5, 1e-6, 1e6})}));
  EXPECT_NEAR(lost.report.log_likelihood, again.report.log_likelihood, 1e-6);
}

CustomerSummary Buyer(Simulation& simulation, double alpha, int index,
                      std::vector<AttributeChange> attributes) {
  const absl::CivilDay first(2026, 1, 1);
  const PurchaseHistory history = simulation.BgNbd(.9, alpha, .5, 3);
  CustomerSummary summary;
  int event_count = 0;
  const auto add = [&](int day, Payload payload) {
    const Event event{
        .customer_id = "c",
        .event_id = std::to_string(index) + "-" + std::to_string(event_count++),
        .occurred_micros = absl::ToUnixMicros(absl::FromCivil(first + day, absl::UTCTimeZone())),
        .payload = std::move(payload)};
    EXPECT_THAT(Apply(summary, event, absl::UTCTimeZone()), IsOk());
  };
  for (AttributeChange& attribute : attributes) add(0, std::move(attribute));
  add(0, Purchase{.amount_micros = 10'000'000 + 100'000 * (index % 37)});
  for (int i = 1; i <= history.repeat_count; ++i) {
    add(static_cast<int>(history.last_weeks * 7 * i / history.repeat_count) + 1,
        Purchase{.amount_micros = 10'000'000 + 100'000 * (index % 37)});
  }
  return summary;
}

TEST(AttributeTableTest, MakesColumnsOfNumbersAndLevels) {
  AttributeTable table({"income", "channel", "constant"});
  const AttributeValue income_1 = 10.0;
  const AttributeValue income_2 = 30.0;
  const AttributeValue web = std::string("web");
  const AttributeValue shop = std::string("shop");
  const AttributeValue rare = std::string("rare");
  const AttributeValue yes = true;
  for (int i = 0; i < 100; ++i) {
    Attributes attributes{{"constant", &yes}};
    if (i < 90) attributes.emplace_back("income", i % 2 == 0 ? &income_1 : &income_2);
    attributes.emplace_back("channel", i < 50 ? &web : i < 95 ? &shop : &rare);
    table.Add(attributes);
  }
  const std::vector<std::string> rate = {"income", "channel", "constant"};
  const std::vector<std::string> dropout = {"channel"};
  VL_ASSERT_OK_AND_ASSIGN(const CovariateData data, MakeCovariates(table, rate, dropout));
  ASSERT_EQ(data.columns.size(), 2u) << "one level of two is the baseline, a rare one joins it";
  EXPECT_EQ(data.columns[0].attribute, "channel");
  EXPECT_EQ(data.columns[0].level, "shop");
  EXPECT_TRUE(data.columns[0].acts_on_dropout);
  EXPECT_EQ(data.columns[1].attribute, "income");
  EXPECT_NEAR(data.columns[1].mean, 20, 1e-12);
  EXPECT_NEAR(data.columns[1].sd, 10, 1e-12);
  EXPECT_FALSE(data.columns[1].acts_on_dropout);
  EXPECT_THAT(data.OfCustomer(0), ElementsAre(0, -1));
  EXPECT_THAT(data.OfCustomer(60), ElementsAre(1, -1));
  EXPECT_THAT(data.OfCustomer(99), ElementsAre(0, 0)) << "missing is the mean, rare the baseline";
  const std::vector<std::string> unknown = {"income"};
  EXPECT_THAT(MakeCovariates(AttributeTable(unknown), unknown, {}),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("attribute income")));
}

TEST(CustomerParamsTest, ShiftsTheParametersByTheCustomersAttributes) {
  const PurchaseParams params(BgNbdParams{.r = .2, .alpha = 4, .a = .8, .b = 2.5});
  const std::vector<Covariate> covariates = {
      {.column = {.attribute = "income", .mean = 20, .sd = 10}, .rate_coefficient = .5},
      {.column = kLevel, .rate_coefficient = -.1, .dropout_coefficient = .3}};
  const AttributeValue income = 40.0;
  const AttributeValue shop = std::string("shop");
  const Attributes both = {{"channel", &shop}, {"income", &income}};
  const auto own = CustomerParams(params, covariates, both);
  ASSERT_NE(own.As<BgNbdParams>(), nullptr);
  EXPECT_NEAR(own.As<BgNbdParams>()->alpha, 4 * std::exp(-.5 * 2 + .1), 1e-12);
  EXPECT_NEAR(own.As<BgNbdParams>()->a, .8 * std::exp(.3), 1e-12);
  EXPECT_NEAR(own.As<BgNbdParams>()->b, 2.5 * std::exp(.3), 1e-12);
  EXPECT_NEAR(own.As<BgNbdParams>()->r, .2, 1e-15);
  EXPECT_EQ(CustomerParams(params, covariates, {}), params) << "missing is the mean";
  EXPECT_THAT(MissingCovariates(covariates, {{"income", &income}}), ElementsAre("channel"));
  const AttributeValue absurd = 1e300;
  EXPECT_THAT(Validate(CustomerParams(params, covariates, {{"income", &absurd}})), IsOk());
}

TEST(ModelFitTest, FitsSegmentsAloneDrawnToEverybodyOrNotAtAll) {
  Simulation simulation(16);
  const absl::CivilDay until(2026, 10, 15);
  FitPlan plan{.segment_attribute = "tier"};
  ModelData data(until, AttributesOf(plan));
  const auto add = [&](const char* tier, int count, double alpha) {
    for (int i = 0; i < count; ++i) {
      data.Add(std::string(tier) + std::to_string(i),
               Buyer(simulation, alpha, i, {{.name = "tier", .value = std::string(tier)}}));
    }
  };
  add("large", 900, 12);
  add("small", 120, 3);
  add("tiny", 20, 3);
  VL_ASSERT_OK_AND_ASSIGN(const ModelFit fit, FitModel(plan, data));
  ASSERT_EQ(fit.parts.size(), 3u);
  EXPECT_EQ(fit.parts[0].part.segment, "");
  EXPECT_EQ(fit.parts[0].part.customer_count, 1040);
  EXPECT_EQ(fit.parts[1].part.segment, "large");
  EXPECT_EQ(fit.parts[1].pooled_customer_count, 0);
  EXPECT_EQ(fit.parts[1].part.customer_count, 900);
  EXPECT_EQ(fit.parts[2].part.segment, "small");
  EXPECT_EQ(fit.parts[2].pooled_customer_count, 200);
  ASSERT_EQ(fit.shared.size(), 1u);
  EXPECT_EQ(fit.shared[0].segment, "tiny");
  // Drawn towards everybody: the mean rate lies between everybody's and its own.
  const auto rate = [](const PurchaseParams& params) {
    return params.As<BgNbdParams>()->r / params.As<BgNbdParams>()->alpha;
  };
  std::vector<PurchaseHistory> own;
  const std::vector<PurchaseHistory> histories = data.Histories();
  for (size_t row = 900; row < 1020; ++row) own.push_back(histories[row]);
  VL_ASSERT_OK_AND_ASSIGN(const PurchaseFit alone, FitPurchaseModel(Family::kBgNbd, own));
  EXPECT_GT(rate(fit.parts[2].part.purchase), rate(fit.parts[0].part.purchase));
  EXPECT_LT(rate(fit.parts[2].part.purchase), rate(alone.params));
  EXPECT_LE(fit.parts[2].purchase.log_likelihood, alone.report.log_likelihood + 1e-9);
}

TEST(ModelFitTest, CovariatesReachTheCustomersOwnPart) {
  Simulation simulation(17);
  const absl::CivilDay until(2026, 10, 15);
  FitPlan plan{.rate_covariates = {"tier"}};
  ModelData data(until, AttributesOf(plan));
  for (int i = 0; i < 600; ++i) {
    const bool gold = i % 2 == 0;
    data.Add(std::to_string(i),
             Buyer(simulation, gold ? 4 : 12, i,
                   {{.name = "tier", .value = std::string(gold ? "gold" : "plain")}}));
  }
  VL_ASSERT_OK_AND_ASSIGN(const ModelFit fit, FitModel(plan, data));
  const ModelPart& part = fit.parts[0].part;
  ASSERT_EQ(part.covariates.size(), 1u);
  const CustomerSummary gold =
      Buyer(simulation, 4, 1000, {{.name = "tier", .value = std::string("gold")}});
  const CustomerSummary plain =
      Buyer(simulation, 4, 1001, {{.name = "tier", .value = std::string("plain")}});
  const auto alpha = [&](const CustomerSummary& summary) {
    return PersonalPart(part, summary, until).purchase.As<BgNbdParams>()->alpha;
  };
  EXPECT_LT(alpha(gold), 0.7 * alpha(plain)) << "gold buys more often";
}

}  // namespace
}  // namespace valueloop::scoring
