#include "strategy/domain/insight.h"

#include <map>
#include <string>

#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "unit/strategy/domain/rules.h"

namespace valueloop::strategy {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

class InsightRuleTest : public ::testing::TestWithParam<Rule> {};

TEST_P(InsightRuleTest, FindsExactlyThisAndPointsAtTheLine) { ExpectFinds(GetParam()); }

INSTANTIATE_TEST_SUITE_P(
    Insight, InsightRuleTest,
    ::testing::Values(
        Rule{"quadrant: HARVEST}\n      - {id: SG4",
             "quadrant: AVOID_EXIT}\n      - {id: SG4",
             {"SPAN_QUADRANT SG3"},
             "quadrant: AVOID_EXIT}\n      - {id: SG4"},
        Rule{"position_cut: 3.0", "position_cut: 4.0", {"SPAN_QUADRANT SG3"}, "quadrant: HARVEST"},
        Rule{"attractiveness_cut: 3.0", "attractiveness_cut: 4.0", {}, ""},
        Rule{"{size: 3, growth: 5, profit: 4,",
             "{size: 3, growht: 5, profit: 4,",
             {"DANGLING_REF SG2", "REQUIRED_MISSING SG2"},
             "growht"},
        Rule{"bcg: STAR", "bcg: DOG", {"BCG_CLASS BU2"}, "bcg: DOG, horizon: H2"},
        Rule{"growth_cut_pct: 10.0", "growth_cut_pct: 12.0", {}, ""},
        Rule{"horizon: H2, investment_share: 30",
             "horizon: H1, investment_share: 30",
             {"HORIZON_EMPTY H2"},
             "{id: BU1"},
        Rule{"  weight_total: 100",
             "  horizon_bands: {H1: [60, 80]}\n  weight_total: 100",
             {"HORIZON_BAND H1"},
             "{id: BU1"},
        Rule{"  weight_total: 100",
             "  horizon_bands: {H1: [58, 80], H2: [10, 30]}\n  weight_total: 100",
             {},
             ""},
        Rule{"relief_min: 0.8", "relief_min: 1.3", {"CURVE_TEST RELIEF"}, "{id: v_price"},
        Rule{"divergence_min: 0.25",
             "divergence_min: 0.376",
             {"CURVE_TEST DIVERGENCE"},
             "{id: v_price"},
        Rule{"divergence_min: 0.25", "divergence_min: 0.375", {}, ""},
        Rule{
            "tagline: 在网越久，家里越划算", "tagline: ''", {"CURVE_TEST TAGLINE"}, "{id: v_price"},
        Rule{"now: 2, target: 5, A: 3, B: 3",
             "now: 2, target: 5, surveyed: 1.4, A: 3, B: 3",
             {"CURVE_TEST PERCEIVED"},
             "{id: v_front"},
        Rule{"now: 2, target: 5, A: 3, B: 3",
             "now: 2, target: 5, surveyed: 1.5, A: 3, B: 3",
             {},
             ""},
        Rule{"importance: 12, now: 4, target: 4, A: 4, B: 5",
             "importance: 12, now: 4, target: 5, A: 4, B: 4",
             {"CURVE_TEST FOCUS"},
             "{id: v_price"},
        Rule{"{id: TRAIN,",
             "{id: TRAIN, constraint: EFFICIENCY,",
             {"CONSTRAINT_UNCOVERED COMPETITION"},
             "  - {id: REV,"}));

INSTANTIATE_TEST_SUITE_P(
    WholePlan, InsightRuleTest,
    ::testing::Values(
        Rule{"  owner: p_ceo\n", "  owner: p_cmo\n", {"PRINCIPLE_OWNER HL-2026"}, "owner: p_cmo"},
        Rule{"budget_cap: 430.0",
             "review: {cadence_months: 12, next: 2026-07-15}\nbudget_cap: 430.0",
             {},
             ""},
        Rule{"budget_cap: 430.0",
             "review: {cadence_months: 13, next: 2026-07-15}\nbudget_cap: 430.0",
             {},
             ""},
        Rule{"budget_cap: 430.0",
             "acknowledgements: [{person: p_ceo, at: 2026-01-02}]\nbudget_cap: 430.0",
             {"CONSENSUS_LOW HL-2026"},
             "acknowledgements:"},
        Rule{"    value_proposition: 在网越久越划算的家庭连接\n",
             "",
             {"DESIGN_INCOMPLETE BD1"},
             "- id: BD1"},
        Rule{"milestones: {2026: 7896.6, 2027: 8316.0, 2028: 8746.2}}",
             "milestones: {2026: 7896.6, 2027: 8316.0, 2028: 8746.2}, ceiling: 8500}",
             {"GOAL_ABOVE_CEILING G1"},
             "{id: G1"},
        Rule{"milestones: {2026: 7896.6, 2027: 8316.0, 2028: 8746.2}}",
             "milestones: {2026: 7896.6, 2027: 8316.0, 2028: 8746.2}, ceiling: 8746.2}",
             {},
             ""},
        Rule{"addressed_by: [D4], business_design: BD1}\n\ninsight",
             "addressed_by: [G3], business_design: BD1}\n\ninsight",
             {},
             ""},
        Rule{"now: 2, target: 5, A: 3, B: 3",
             "now: 2, target: 5, csfs: [P2], A: 3, B: 3",
             {"PEAK_UNFUNDED v_care", "PEAK_UNFUNDED v_home", "PEAK_UNFUNDED v_self"},
             "{id: v_care"}));

// The numbers of `expected:` in samples/strategy-telecom.yaml.
class TelecomInsightTest : public ::testing::Test {
 protected:
  const Compilation compilation_ = Compile(TelecomSource(), "t.yaml");
  const Plan& plan_ = *compilation_.plan;
};

TEST_F(TelecomInsightTest, SpanIsAsTheSampleExpects) {
  const std::vector<SpanResult> span = ComputeSpan(plan_);
  ASSERT_THAT(span, SizeIs(4));
  const double expected[][2] = {{4, 4}, {4, 2.45}, {2.8, 3.5}, {1.7, 2}};
  for (size_t i = 0; i < span.size(); ++i) {
    EXPECT_NEAR(span[i].attractiveness, expected[i][0], 1e-9) << span[i].segment;
    EXPECT_NEAR(span[i].position, expected[i][1], 1e-9) << span[i].segment;
  }
}

TEST_F(TelecomInsightTest, BcgIsAsTheSampleExpects) {
  const std::vector<BcgResult> bcg = ComputeBcg(plan_);
  ASSERT_THAT(bcg, SizeIs(4));
  const double expected[] = {1.1176, 1.1071, 0.2500, 0.7333};
  for (size_t i = 0; i < bcg.size(); ++i) {
    EXPECT_NEAR(bcg[i].relative_share.value_or(0), expected[i], 1e-4) << bcg[i].business;
  }
}

TEST_F(TelecomInsightTest, BusinessWithoutRivalLeads) {
  const Compilation compilation =
      Compile(Replaced(TelecomSource(), "largest_rival_pct: 28, bcg: STAR",
                       "largest_rival_pct: 0, bcg: STAR"),
              "t.yaml");
  const std::vector<BcgResult> bcg = ComputeBcg(*compilation.plan);
  EXPECT_EQ(bcg[1].relative_share, std::nullopt);
  EXPECT_EQ(bcg[1].bcg, "STAR");
}

TEST_F(TelecomInsightTest, SwotIsAsTheSampleExpects) {
  const SwotResult swot = ComputeSwot(plan_);
  EXPECT_NEAR(swot.ife, 2.3, 1e-9);
  EXPECT_NEAR(swot.efe, 2.1, 1e-9);
  EXPECT_EQ(swot.ie_cell, "V");
}

TEST_F(TelecomInsightTest, ValueCurveIsAsTheSampleExpects) {
  const CurveResult curve = ComputeCurve(plan_);
  EXPECT_NEAR(curve.relief, 1.2686, 1e-4);
  ASSERT_THAT(curve.divergence, SizeIs(2));
  EXPECT_NEAR(curve.divergence[0].value, 0.5, 1e-9);
  EXPECT_NEAR(curve.divergence[1].value, 0.375, 1e-9);
  EXPECT_NEAR(curve.divergence_now[0].value, 0.125, 1e-9);
  EXPECT_NEAR(curve.divergence_now[1].value, 0.125, 1e-9);
  EXPECT_THAT(curve.peaks, ElementsAre("v_front", "v_home", "v_care", "v_self"));
  EXPECT_EQ(curve.peak_importance, 52);
}

std::vector<std::string> Warnings(Code code, const std::string& source) {
  std::vector<std::string> subjects;
  for (const Finding& finding : Compile(source, "t.yaml").findings) {
    if (finding.code == code) subjects.push_back(finding.subjects[0]);
  }
  return subjects;
}

TEST(TaskFocusTest, TasksOfADirectionNoGapAsksForAreNamed) {
  EXPECT_THAT(Warnings(Code::kTaskNoGap, TelecomSource()), ElementsAre("T08", "T09"));
  EXPECT_THAT(Warnings(Code::kTaskNoGap, Replaced(TelecomSource(), "addressed_by: [G1, D1, D2]",
                                                  "addressed_by: [G1, G2, D1, D2]")),
              ::testing::IsEmpty());
}

TEST(ReviewTest, NextReviewComesWithinAYear) {
  const auto with = [](std::string_view review) {
    return Warnings(Code::kPrincipleCycle,
                    Replaced(TelecomSource(), "budget_cap: 430.0",
                             fmt::format("review: {}\nbudget_cap: 430.0", review)));
  };
  EXPECT_THAT(Warnings(Code::kPrincipleCycle, TelecomSource()), ElementsAre("HL-2026"));
  EXPECT_THAT(with("{cadence_months: 13, next: 2026-07-15}"), ElementsAre("HL-2026"));
  EXPECT_THAT(with("{cadence_months: 12}"), ElementsAre("HL-2026"));
  EXPECT_THAT(with("{cadence_months: 12, next: 2026-07-15}"), ::testing::IsEmpty());
}

TEST(PlanWithoutSectionsTest, IsReportedAsAWhole) {
  const Compilation compilation = Compile("schema: strategy-decode/v1\nmeta: {id: P}\n", "p.yaml");
  const std::vector<std::string> warnings = CodesOf(compilation, Severity::kWarning);
  EXPECT_THAT(warnings, ::testing::IsSupersetOf({"STAGE_GATE P", "PRINCIPLE_GAP P",
                                                 "PRINCIPLE_CYCLE P", "INSIGHT_INCOMPLETE P"}));
  EXPECT_THAT(CodesOf(compilation, Severity::kError), ::testing::Contains("REQUIRED_MISSING P"));
}

}  // namespace
}  // namespace valueloop::strategy
