#include "strategy/domain/compile.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "unit/strategy/domain/sample.h"

namespace valueloop::strategy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(CompileTest, TelecomPlanHasNoError) {
  const Compilation compilation = Compile(TelecomSource(), "telecom.yaml");
  for (const Finding& finding : compilation.findings) {
    if (finding.severity() == Severity::kError) ADD_FAILURE() << Format(finding);
  }
  EXPECT_TRUE(compilation.ok());
}

TEST(CompileTest, EverySectionOfTheTelecomPlanArrives) {
  const Compilation compilation = Compile(TelecomSource(), "telecom.yaml");
  ASSERT_TRUE(compilation.plan.has_value());
  const Plan& plan = *compilation.plan;
  EXPECT_EQ(plan.id, "HL-2026");
  EXPECT_THAT(plan.meta.horizon, ElementsAre(2026, 2027, 2028));
  EXPECT_EQ(plan.meta.fiscal_start, absl::CivilDay(2026, 1, 1));
  EXPECT_THAT(plan.org_units, SizeIs(11));
  EXPECT_THAT(plan.people, SizeIs(13));
  EXPECT_THAT(plan.gaps, SizeIs(4));
  EXPECT_THAT(plan.insight.segments, SizeIs(4));
  EXPECT_THAT(plan.insight.swot, SizeIs(9));
  EXPECT_THAT(plan.intent.goals, SizeIs(3));
  EXPECT_THAT(plan.portfolio, SizeIs(4));
  ASSERT_THAT(plan.business_designs, SizeIs(1));
  ASSERT_THAT(plan.business_designs[0].match_criteria, SizeIs(3));
  const Criterion& network = plan.business_designs[0].match_criteria[1].criteria[0];
  EXPECT_EQ(network.source.form, CriterionSource::Form::kMetric);
  EXPECT_EQ(network.source.metric, "signal_ok_ratio");
  EXPECT_EQ(network.source.at_0, 0.90);
  EXPECT_THAT(plan.value_curve.factors, SizeIs(8));
  EXPECT_THAT(plan.value_curve.factors[0].rivals, SizeIs(2));
  EXPECT_THAT(plan.directions, SizeIs(4));
  EXPECT_THAT(plan.csfs, SizeIs(11));
  EXPECT_THAT(plan.map_links, SizeIs(12));
  ASSERT_THAT(plan.kpis, SizeIs(23));
  EXPECT_EQ(plan.kpis[0].TargetOf(2026), 7896.6);
  EXPECT_EQ(plan.kpis[0].TargetOf(2029), std::nullopt);
  EXPECT_THAT(plan.ctq_trees, SizeIs(3));
  EXPECT_THAT(plan.allocations, SizeIs(4));
  EXPECT_THAT(plan.responsibility, SizeIs(11));
  EXPECT_THAT(plan.key_tasks, SizeIs(12));
  EXPECT_THAT(plan.pbcs, SizeIs(13));
  EXPECT_EQ(plan.policy.classes.value_cut, 60);
  EXPECT_THAT(plan.policy.class_policy, SizeIs(4));
  EXPECT_EQ(plan.policy.customer_value_weight_min, 15) << "the default where the plan is silent";
}

TEST(CompileTest, ObjectsAndFieldsKeepTheirPlaces) {
  const Compilation compilation = Compile(TelecomSource(), "telecom.yaml");
  ASSERT_TRUE(compilation.plan.has_value());
  const Kpi& churn = compilation.plan->kpis[3];
  EXPECT_EQ(churn.id, "CHURN");
  EXPECT_EQ(churn.place.line, LineOf(TelecomSource(), "{id: CHURN"));
  EXPECT_EQ(churn.place.column, 5);
  EXPECT_EQ(churn.At("floor").line, LineOf(TelecomSource(), "floor: 1.95"));
  EXPECT_EQ(churn.At("formula"), churn.place) << "a field that is not given";
}

TEST(CompileTest, FingerprintIgnoresLayoutAndIgnoredSectionsOnly) {
  const std::string fingerprint = Compile(TelecomSource(), "a").fingerprint;
  EXPECT_THAT(fingerprint, SizeIs(16));
  EXPECT_EQ(Compile("# note\n" + TelecomSource(), "b").fingerprint, fingerprint);
  EXPECT_EQ(
      Compile(Replaced(TelecomSource(), "budget_use: 420", "budget_use: 421"), "c").fingerprint,
      fingerprint);
  EXPECT_NE(
      Compile(Replaced(TelecomSource(), "budget_cap: 430.0", "budget_cap: 431.0"), "d").fingerprint,
      fingerprint);
}

// Each with a formula over the one before: the chain is 10,000 deep.
TEST(CompileTest, TenThousandKpisCompileWithoutRecursion) {
  std::string kpis;
  for (int i = 0; i < 10000; ++i) {
    const std::string id = "K" + std::to_string(i);
    kpis += "  - {id: " + id + ", csf: C1, ipooc: " + (i % 2 == 0 ? "PROCESS" : "OUTCOME") +
            ", unit: MCNY, polarity: HIGHER, aggregation: SUM, frequency: MONTHLY, owner: p_ceo, "
            "org: TEL, source: {service: B}, weight: 0, baseline: 1, selection: [5, 5, 5, 5], "
            "targets: {2026: 1, 2027: 1, 2028: 1}" +
            (i == 0 ? "" : ", formula: K" + std::to_string(i - 1) + " * 1") + "}\n";
  }
  const Compilation compilation =
      Compile(Replaced(TelecomSource(), "  - {id: REV,", kpis + "  - {id: REV,"), "big.yaml");
  ASSERT_TRUE(compilation.plan.has_value());
  EXPECT_THAT(compilation.plan->kpis, SizeIs(10023));
  for (const Finding& finding : compilation.findings) {
    if (finding.severity() == Severity::kWarning) continue;
    ASSERT_EQ(finding.code, Code::kKpiNotInOwnerPbc) << Format(finding);
  }
  EXPECT_EQ(compilation.error_count, 10000);
}

TEST(CompileTest, CascadeOfTwoHundredLevelsCompiles) {
  std::string allocations;
  std::string parent = "A-REV";
  std::string unit = "RN";
  std::string units;
  for (int i = 0; i < 200; ++i) {
    const std::string id = "A" + std::to_string(i);
    const std::string child = "U" + std::to_string(i);
    units += "  - {id: " + child + ", parent: " + unit + "}\n";
    allocations += "  - {id: " + id +
                   ", kpi: REV, year: 2026, rule: SUM, parent: {allocation: " + parent +
                   ", unit: " + unit + "}, children: [{unit: " + child + ", value: 1872.0}]}\n";
    parent = id;
    unit = child;
  }
  std::string source = Replaced(TelecomSource(), "budget_cap: 430.0", units + "budget_cap: 430.0");
  source = Replaced(source, "  - {id: A-CHURN,", allocations + "  - {id: A-CHURN,");
  EXPECT_THAT(CodesOf(Compile(source, "deep.yaml"), Severity::kError), IsEmpty());
}

TEST(CompileTest, ToleranceMayNotBeSpentAgainAtEachLevelOfACascade) {
  std::string source = TelecomSource();
  std::string allocations;
  std::string parent = "A-REV";
  double value = 2620.8;
  for (int i = 0; i < 8;
       ++i) {  // 0.04 % at each level, 0.05 % is legal; REV as a whole loses 0.1 %.
    value *= 1 - 0.0004;
    const std::string id = "A" + std::to_string(i);
    allocations += "  - {id: " + id +
                   ", kpi: REV, year: 2026, rule: SUM, parent: {allocation: " + parent +
                   ", unit: RS}, children: [{unit: RS, value: " + Number(value) + "}]}\n";
    parent = id;
  }
  source = Replaced(source, "  - {id: A-CHURN,", allocations + "  - {id: A-CHURN,");
  EXPECT_THAT(CodesOf(Compile(source, "drift.yaml"), Severity::kError),
              ElementsAre("ALLOCATION_SUM A-REV"));
}

TEST(CompileTest, SourceThatCannotBeReadGivesNoPlan) {
  const Compilation compilation = Compile("a: [", "broken.yaml");
  EXPECT_FALSE(compilation.plan.has_value());
  EXPECT_FALSE(compilation.ok());
  EXPECT_EQ(compilation.error_count, 1);
  EXPECT_THAT(compilation.fingerprint, IsEmpty());
  EXPECT_EQ(compilation.findings[0].file, "broken.yaml");
}

}  // namespace
}  // namespace valueloop::strategy
