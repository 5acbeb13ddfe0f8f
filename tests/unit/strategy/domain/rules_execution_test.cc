#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "unit/strategy/domain/rules.h"

namespace valueloop::strategy {
namespace {

class ExecutionRuleTest : public ::testing::TestWithParam<Rule> {};

TEST_P(ExecutionRuleTest, FindsExactlyThisAndPointsAtTheLine) { ExpectFinds(GetParam()); }

INSTANTIATE_TEST_SUITE_P(
    Tasks, ExecutionRuleTest,
    ::testing::Values(
        Rule{"name: 家庭融合拓展, csf: C3, ",
             "name: 家庭融合拓展, ",
             {"TASK_NO_CSF T12"},
             "{id: T12"},
        Rule{"sponsor: p_cmo, owner: p_home", "owner: p_home", {"TASK_CHARTER T12"}, "{id: T12"},
        Rule{"budget: 13.0, effort: {MKT: 30, NET: 40}",
             "effort: {}",
             {"TASK_CHARTER T12"},
             "{id: T12"},
        Rule{"start: 2026-02-15, end: 2026-09-30",
             "start: 2026-10-01, end: 2026-09-30",
             {"TASK_DATES T07"},
             "{id: T07"},
        Rule{"start: 2026-02-15, end: 2026-09-30",
             "start: 2026-02-15",
             {"TASK_DATES T07"},
             "{id: T07"},
        Rule{"owner: p_cho, start: 2026-01-15",
             "owner: p_cho, start: 2026-04-01",
             {"MILESTONE_OUT_OF_RANGE T11"},
             "due: 2026-03-31"},
        Rule{"owner: p_cho, start: 2026-01-15", "owner: p_cho, start: 2026-03-31", {}, ""},
        Rule{"effort: {DATA: 50, MKT: 10, CS: 5}, depends_on: []",
             "effort: {DATA: 50, MKT: 10, CS: 5}, depends_on: [T03]",
             {"TASK_CYCLE T03", "DEPENDENCY_ORDER T10"},
             "{id: T03"},
        Rule{"owner: p_cs, start: 2026-04-01",
             "owner: p_cs, start: 2026-03-30",
             {"DEPENDENCY_ORDER T03"},
             "{id: T03"},
        Rule{"owner: p_cs, start: 2026-04-01", "owner: p_cs, start: 2026-03-31", {}, ""},
        Rule{
            "capacity_pm: 220", "capacity_pm: 204", {"CAPACITY_OVERCOMMIT CS"}, "capacity_pm: 204"},
        Rule{"capacity_pm: 220", "capacity_pm: 205", {}, ""},
        Rule{"budget_cap: 430.0",
             "budget_cap: 419.9",
             {"BUDGET_OVERRUN budget_cap"},
             "budget_cap: 419.9"},
        Rule{"budget_cap: 430.0", "budget_cap: 420", {}, ""},
        Rule{"{kpi: HOME, amount: 400,",
             "{kpi: HOME, amount: 399,",
             {"BENEFIT_SHORTFALL HOME"},
             "baseline: 2100, targets"},
        Rule{"{kpi: HOME, amount: 400,", "{kpi: HOME, amount: 399.8,", {}, ""},
        Rule{"{kpi: HOME, amount: 400,",
             "{kpi: HOME, amount: 481,",
             {"BENEFIT_DOUBLE_COUNT HOME"},
             "baseline: 2100, targets"},
        Rule{"{kpi: HOME, amount: 400,", "{kpi: HOME, amount: 480,", {}, ""},
        Rule{"node: Y1T, amount: -0.07",
             "node: Y1T, amount: -0.08",
             {"NODE_OVERCLAIM Y1T"},
             "{id: Y1T,"},
        Rule{"start: 2026-02-15, end: 2026-09-30",
             "start: 2026-02-15, end: 2026-10-01",
             {"BENEFIT_LATE T07"},
             "{id: T07"},
        Rule{"node: Y3N, amount: -0.12, confidence: 0.9",
             "node: Y3N, amount: -0.12, confidence: 0.9, basis: EXIT",
             {"BENEFIT_SHORTFALL UCOST", "BENEFIT_EXIT_RATE UCOST"},
             "baseline: 31.2, targets"},
        Rule{"{kpi: HOME, amount: 400,", "{kpi: HOME, basis: EXIT, amount: 400,", {}, ""}));

INSTANTIATE_TEST_SUITE_P(
    Commitments, ExecutionRuleTest,
    ::testing::Values(
        Rule{"team: {战略共识与干部: 10}",
             "team: {战略共识与干部: 11}",
             {"PBC_WEIGHT_SUM p_ceo"},
             "{person: p_ceo"},
        Rule{"team: {战略共识与干部: 10}", "team: {战略共识与干部: 10.01}", {}, ""},
        Rule{"win: {ARPU: 40, MULTI: 25}, execute: {T07: 25}, team: {协同: 10}",
             "win: {ARPU: 30, MULTI: 29}, execute: {T07: 30}, team: {协同: 11}",
             {"PBC_SECTION_BOUNDS p_vas"},
             "{person: p_vas"},
        Rule{"win: {ARPU: 40, MULTI: 25}, execute: {T07: 25}, team: {协同: 10}",
             "win: {ARPU: 30, MULTI: 30}, execute: {T07: 30}, team: {协同: 10}",
             {},
             ""},
        Rule{"win: {UCOST: 45, UTIL: 20}",
             "win: {UCOST: 65}",
             {"KPI_NOT_IN_OWNER_PBC UTIL"},
             "{id: UTIL"},
        Rule{"execute: {T11: 25}", "execute: {T10: 25}", {"TASK_NOT_IN_PBC T11"}, "{id: T11"},
        Rule{"  - {person: p_coo, win",
             "  - {person: p_cho, win: {UCOST: 65}, execute: {T09: 25}, team: {x: 10}}\n  - "
             "{person: p_coo, win",
             {"DUPLICATE_ID p_cho"},
             "{person: p_cho, win: {CERT"},
        Rule{"budget_cap: 430.0",
             "  - {id: U1}\n  - {id: U2}\n  - {id: U3}\nbudget_cap: 430.0",
             {"ALIGNMENT_LOW U1"},
             "{id: p_ceo"},
        Rule{"budget_cap: 430.0", "  - {id: U1}\n  - {id: U2}\nbudget_cap: 430.0", {}, ""}));

TEST(RulesTest, ElementsAreTestedOnlyWhereKpisNameThem) {
  const std::string source =
      Replaced(TelecomSource(), "{id: UCOST,", "{id: UCOST, element: 网络成本,");
  int of_f2 = 0;
  for (const Finding& finding : Added(source)) {
    EXPECT_EQ(finding.code, Code::kCsfElementUnmeasured);
    of_f2 += finding.subjects[0] == "F2" ? 1 : 0;
  }
  EXPECT_EQ(of_f2, 1) << "F2 has two elements, one is measured";
}

TEST(RulesTest, CustomerValueWeighsEnoughInEveryCommitmentThatHoldsIt) {
  const std::string source =
      Replaced(TelecomSource(), "{id: CHURN,", "{id: CHURN, customer_value: true,");
  std::vector<std::string> low;
  for (const Finding& finding : Added(source)) {
    EXPECT_EQ(finding.code, Code::kCustomerValueWeightLow);
    low.push_back(finding.subjects[0]);
  }
  // p_ceo has 20, p_cs and the four regions exactly the 15 that the policy asks for.
  EXPECT_THAT(low, ::testing::UnorderedElementsAreArray(
                       {"p_cmo", "p_vas", "p_home", "p_cno", "p_coo", "p_cdo", "p_cho"}));
}

TEST(RulesTest, RiskAdjustedShortfallsOfTheSampleAreTheFiveThatItsNumbersGive) {
  std::vector<std::string> kpis;
  for (const Finding& finding : Compile(TelecomSource(), "t.yaml").findings) {
    if (finding.code == Code::kRiskAdjustedShortfall) kpis.push_back(finding.subjects[0]);
  }
  EXPECT_THAT(kpis,
              ::testing::UnorderedElementsAreArray({"CHURN", "SUBS", "ARPU", "UCOST", "HOME"}));
}

TEST(RulesTest, FindingsOfManyKindsComeInOneRun) {
  std::string source = Replaced(TelecomSource(), "weight: 20, elements", "weight: 25, elements");
  source = Replaced(source, "budget_cap: 430.0", "budget_cap: 1");
  source = Replaced(source, "{csf: L2, O: HR, S: [CS]}", "{csf: L2, S: [CS]}");
  EXPECT_EQ(Added(source).size(), 3u);
}

}  // namespace
}  // namespace valueloop::strategy
