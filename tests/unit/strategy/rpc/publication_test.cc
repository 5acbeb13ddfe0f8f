#include "strategy/rpc/publication.h"

#include <map>
#include <string>

#include "common/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "strategy/domain/compile.h"
#include "strategy/rpc/publication_feed.h"
#include "testing/shared_data.h"
#include "testing/status_matchers.h"

namespace valueloop::strategy {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::valueloop::testing::ReadFileOrDie;
using ::valueloop::testing::RepositoryPath;
using ::valueloop::testing::StatusIs;

// All expected numbers are those of samples/strategy-telecom.yaml.
class PublicationTest : public ::testing::Test {
 protected:
  static Plan TelecomPlan() {
    Compilation compilation =
        Compile(ReadFileOrDie(RepositoryPath("samples/strategy-telecom.yaml")), "telecom.yaml");
    EXPECT_TRUE(compilation.ok());
    return compilation.plan.value_or(Plan());
  }

  static v1::Publication TelecomPublication() {
    const absl::StatusOr<v1::Publication> publication = MakePublication(TelecomPlan());
    EXPECT_THAT(publication, testing::IsOk());
    return publication.ok() ? *publication : v1::Publication();
  }

  static std::map<std::string, v1::KpiDefinition> KpisById(const v1::Publication& publication) {
    std::map<std::string, v1::KpiDefinition> kpis;
    for (const v1::KpiDefinition& kpi : publication.measurement().kpis()) kpis[kpi.kpi()] = kpi;
    return kpis;
  }
};

TEST_F(PublicationTest, CarriesTheCriteriaOfTheThreeMatchesWithTheirWeights) {
  const v1::ScoringPolicy policy = TelecomPublication().scoring_policy();
  EXPECT_EQ(policy.business_design(), "BD1");
  ASSERT_EQ(policy.matches_size(), 3);
  EXPECT_EQ(policy.matches(0).match(), "POSITION");
  EXPECT_EQ(policy.matches(0).weight(), 40);
  EXPECT_EQ(policy.matches(1).match(), "CAPABILITY");
  EXPECT_EQ(policy.matches(1).weight(), 35);
  EXPECT_EQ(policy.matches(2).match(), "VALUES");
  EXPECT_EQ(policy.matches(2).weight(), 25);
}

TEST_F(PublicationTest, CarriesEveryKindOfCriterionSource) {
  const v1::ScoringPolicy policy = TelecomPublication().scoring_policy();
  ASSERT_EQ(policy.matches_size(), 3);
  const v1::MatchCriteria& position = policy.matches(0);
  ASSERT_EQ(position.criteria_size(), 2);
  EXPECT_EQ(position.criteria(0).id(), "m_seg");
  EXPECT_EQ(position.criteria(0).weight(), 60);
  EXPECT_EQ(position.criteria(0).predicate(), "segment in [SG1, SG2]");
  EXPECT_EQ(position.criteria(1).rating().max_age_days(), 365);
  const v1::Criterion& signal = policy.matches(1).criteria(0);
  EXPECT_EQ(signal.metric().metric(), "signal_ok_ratio");
  EXPECT_EQ(signal.metric().at_0(), 0.90);
  EXPECT_EQ(signal.metric().at_100(), 1.00);
}

TEST_F(PublicationTest, CarriesTheCutsTheTreatmentsAndTheValuePolicy) {
  const v1::ScoringPolicy policy = TelecomPublication().scoring_policy();
  EXPECT_EQ(policy.value_rule(), v1::VALUE_RULE_PERCENTILE);
  EXPECT_EQ(policy.value_cut(), 60);
  EXPECT_EQ(policy.match_cut(), 60);
  EXPECT_EQ(policy.coverage_min(), 0.60);
  EXPECT_EQ(policy.horizon_months(), 36);
  EXPECT_EQ(policy.discount_annual(), 0.10);
  EXPECT_EQ(policy.margin_ratio(), 0.40);
  EXPECT_EQ(policy.referral_attribution(), 0.30);
  EXPECT_EQ(policy.acquisition_cost(), 120);
  ASSERT_EQ(policy.treatments_size(), 4);
  EXPECT_EQ(policy.treatments(0).customer_class(), "STRATEGIC");
  EXPECT_EQ(policy.treatments(0).treatment_zh(), "专人服务与共创");
  EXPECT_EQ(policy.treatments(0).cadence_days(), 30);
  EXPECT_EQ(policy.treatments(0).budget_share(), 0.45);
}

TEST_F(PublicationTest, GivesEveryKpiItsWeightInTheWhole) {
  const v1::Publication publication = TelecomPublication();
  const std::map<std::string, double> expected = {
      {"REV", 12},    {"CONTRIB", 8},   {"UCOST", 12},   {"CHURN", 8},  {"SUBS", 4.8},
      {"NPS", 3.2},   {"ARPU", 6},      {"MULTI", 4},    {"HOME", 4.8}, {"STRAT", 3.2},
      {"COVER", 4.2}, {"WEAKSIG", 2.8}, {"FCR", 3.2},    {"CARE", 2.8}, {"REPAIR", 2},
      {"OFFER", 3},   {"CONV", 3},      {"ENERGY", 2.4}, {"UTIL", 1.6}, {"SCORED", 3},
      {"DATAQ", 2},   {"CERT", 2.4},    {"TRAIN", 1.6}};
  std::map<std::string, double> weights;
  double sum = 0;
  for (const auto& [id, kpi] : KpisById(publication)) {
    ASSERT_EQ(expected.count(id), 1u) << id;
    EXPECT_THAT(kpi.global_weight(), DoubleNear(expected.at(id), 1e-12)) << id;
    sum += kpi.global_weight();
  }
  EXPECT_EQ(publication.measurement().kpis_size(), static_cast<int>(expected.size()));
  EXPECT_THAT(sum, DoubleNear(100, 1e-9));
}

TEST_F(PublicationTest, CarriesWhatAKpiIsMeasuredBy) {
  const std::map<std::string, v1::KpiDefinition> kpis = KpisById(TelecomPublication());
  const v1::KpiDefinition& revenue = kpis.at("REV");
  EXPECT_EQ(revenue.csf(), "F1");
  EXPECT_EQ(revenue.perspective(), "FINANCIAL");
  EXPECT_EQ(revenue.polarity(), v1::POLARITY_HIGHER);
  EXPECT_EQ(revenue.aggregation(), v1::AGGREGATION_SUM);
  EXPECT_EQ(revenue.frequency(), v1::FREQUENCY_MONTHLY);
  EXPECT_EQ(revenue.owner(), "p_ceo");
  EXPECT_EQ(revenue.org_unit(), "TEL");
  EXPECT_EQ(revenue.baseline(), 7488);
  EXPECT_EQ(revenue.floor(), 7720);
  EXPECT_EQ(revenue.stretch(), 8000);
  EXPECT_EQ(revenue.formula(), "SUBS * ARPU * MONTHS / 1000");
  ASSERT_EQ(revenue.targets_size(), 3);
  EXPECT_EQ(revenue.targets(0).year(), 2026);
  EXPECT_EQ(revenue.targets(0).target(), 7896.6);
}

TEST_F(PublicationTest, NamesTheScoringMetricBehindAKpi) {
  const std::map<std::string, v1::KpiDefinition> kpis = KpisById(TelecomPublication());
  EXPECT_EQ(kpis.at("SCORED").source().service(), "SCORING");
  EXPECT_EQ(kpis.at("SCORED").source().metric(), "coverage");
  EXPECT_EQ(kpis.at("STRAT").source().metric(), "class_revenue_share");
  EXPECT_EQ(kpis.at("STRAT").source().customer_class(), "STRATEGIC");
}

TEST_F(PublicationTest, GivesARangeKpiItsBoundsAndNoFloor) {
  const std::map<std::string, v1::KpiDefinition> kpis = KpisById(TelecomPublication());
  EXPECT_EQ(kpis.at("UTIL").range().low(), 78);
  EXPECT_EQ(kpis.at("UTIL").range().high(), 85);
  EXPECT_EQ(kpis.at("UTIL").range().tolerance(), 5);
  EXPECT_FALSE(kpis.at("UTIL").has_floor());
}

TEST_F(PublicationTest, CarriesTheOrganisationAndTheCascadeOfTheYear) {
  const v1::MeasurementPlan measurement = TelecomPublication().measurement();
  EXPECT_EQ(measurement.base_year(), 2025);
  EXPECT_EQ(measurement.fiscal_year(), 2026);
  EXPECT_EQ(measurement.fiscal_start(), "2026-01-01");
  EXPECT_EQ(measurement.org_units_size(), 11);
  EXPECT_EQ(measurement.people_size(), 13);
  ASSERT_EQ(measurement.unit_targets_size(), 16);
  EXPECT_EQ(measurement.unit_targets(0).kpi(), "SUBS");
  EXPECT_EQ(measurement.unit_targets(0).org_unit(), "RN");
  EXPECT_EQ(measurement.unit_targets(0).target(), 3000);
}

TEST_F(PublicationTest, CarriesTheEvaluationPolicy) {
  const v1::EvaluationPolicy policy = TelecomPublication().measurement().policy();
  EXPECT_EQ(policy.score_floor(), 60);
  EXPECT_EQ(policy.score_stretch(), 120);
  EXPECT_EQ(policy.rag_green(), 95);
  EXPECT_EQ(policy.rag_amber(), 80);
  EXPECT_EQ(policy.achievement_lower(), "TWO_MINUS_RATIO");
  EXPECT_EQ(policy.threshold_sum(), "SCALE_BY_PHASING");
  EXPECT_EQ(policy.threshold_avg(), "SHIFT");
  EXPECT_EQ(policy.stale_periods(), 2);
}

TEST_F(PublicationTest, SurvivesTheStoreBitForBit) {
  const v1::Publication publication = TelecomPublication();
  VL_ASSERT_OK_AND_ASSIGN(const std::string payload, FormatPublication(publication));
  v1::Publication read;
  VL_ASSERT_OK(ParsePublication(payload, read));
  EXPECT_EQ(read.SerializeAsString(), publication.SerializeAsString());
}

TEST_F(PublicationTest, RefusesCriteriaInTwoBusinessDesigns) {
  Plan plan = TelecomPlan();
  ASSERT_FALSE(plan.business_designs.empty());
  plan.business_designs.push_back(plan.business_designs.front());
  plan.business_designs.back().id = "BD2";
  const absl::Status status = MakePublication(plan).status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("BD2")));
  EXPECT_EQ(ReasonOf(status), "PLAN_HAS_ERRORS");
}

TEST_F(PublicationTest, HasNoScoringPolicyWithoutCriteria) {
  Plan plan = TelecomPlan();
  for (BusinessDesign& design : plan.business_designs) design.match_criteria.clear();
  VL_ASSERT_OK_AND_ASSIGN(const v1::Publication publication, MakePublication(plan));
  EXPECT_FALSE(publication.has_scoring_policy());
  EXPECT_TRUE(publication.has_measurement());
}

TEST_F(PublicationTest, ScalesWeightsThatSumToOne) {
  Plan plan = TelecomPlan();
  plan.policy.weight_total = 1;
  for (Csf& csf : plan.csfs) csf.weight /= 100;
  for (Kpi& kpi : plan.kpis) kpi.weight /= 100;
  VL_ASSERT_OK_AND_ASSIGN(const v1::Publication publication, MakePublication(plan));
  EXPECT_THAT(KpisById(publication).at("REV").global_weight(), DoubleNear(12, 1e-12));
}

TEST_F(PublicationTest, GivesACellOfADeeperCascadeTheKpiAtItsTop) {
  Plan plan = TelecomPlan();
  Allocation deeper;
  deeper.id = "A-DEEP";
  deeper.year = 2026;
  deeper.parent_allocation.id = "A-SUBS";
  deeper.parent_unit.id = "RN";
  deeper.children.push_back({.unit = {.id = "CS"}, .value = 3000});
  plan.allocations.push_back(deeper);
  VL_ASSERT_OK_AND_ASSIGN(const v1::Publication publication, MakePublication(plan));
  const auto& targets = publication.measurement().unit_targets();
  ASSERT_EQ(targets.size(), 17);
  EXPECT_THAT((std::vector<std::string>{targets[16].kpi(), targets[16].org_unit()}),
              ElementsAre("SUBS", "CS"));
}

}  // namespace
}  // namespace valueloop::strategy
