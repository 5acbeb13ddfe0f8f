// The telecom sample through both programs: publish, bind, record, evaluate, open a gap.
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/status.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/time_util.h"
#include "gtest/gtest.h"
#include "integration/performance/loop_fixture.h"
#include "testing/eventually.h"
#include "testing/status_matchers.h"

namespace valueloop::performance {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::valueloop::testing::Eventually;
using ::valueloop::testing::StatusIs;

constexpr double kRelative = 1e-4;

#define EXPECT_CLOSE(actual, expected) EXPECT_NEAR(actual, expected, kRelative* std::abs(expected))

struct ExpectedStatus {
  std::string kpi;
  double actual_to_date;
  double gap;
  double achievement_percent;
  double score;
  v1::Rag rag;
};

// `expected.status` of samples/strategy-telecom.yaml.
const std::vector<ExpectedStatus> kExpected = {
    {"REV", 3853, -30, 99.2274, 86.1814, v1::RAG_AMBER},
    {"SUBS", 12147.7, -62.3333, 99.4895, 87.5333, v1::RAG_AMBER},
    {"CHURN", 1.89458, -0.0245836, 98.6854, 93.4444, v1::RAG_AMBER},
    {"ARPU", 52.8634, -0.136624, 99.7422, 94.535, v1::RAG_AMBER},
    {"HOME", 2307, 27, 101.184, 103.6, v1::RAG_GREEN},
    {"COVER", 98.6, 0.1, 100.102, 110, v1::RAG_GREEN},
    {"ENERGY", 4073.33, -73.3333, 98.1667, 85.3333, v1::RAG_AMBER},
    {"UTIL", 85.6667, -0.666667, 86.6667, 86.6667, v1::RAG_AMBER},
};

class TelecomLoopTest : public LoopTest {
 protected:
  void SetUp() override {
    strategy_.Start();
    performance_.Start();
    VL_ASSERT_OK(PublishTelecom().status());
    ASSERT_TRUE(Bound()) << performance_.Errors();
  }
};

TEST_F(TelecomLoopTest, PublishingAPlanBindsItsKpis) {
  const auto bindings = Bindings();
  VL_ASSERT_OK(bindings.status());
  EXPECT_EQ(bindings->plan_version(), kTelecomVersion);
  EXPECT_THAT(bindings->bindings(), SizeIs(23));
  EXPECT_EQ(bindings->bindings(0).kpi(), "ARPU");
  EXPECT_EQ(bindings->bindings(0).owner(), "p_cmo");
  EXPECT_EQ(bindings->bindings(0).target(), 53.5);
  EXPECT_EQ(bindings->bindings(0).observed_period_count(), 0);
  const auto state = GetFollowState();
  VL_ASSERT_OK(state.status());
  EXPECT_EQ(state->plan_version(), kTelecomVersion);
  EXPECT_TRUE(state->strategy_connected());
}

TEST_F(TelecomLoopTest, HalfAYearOfObservationsGivesTheExpectedStatusAndScorecard) {
  const auto recorded = Record(TelecomRequest());
  VL_ASSERT_OK(recorded.status());
  EXPECT_EQ(recorded->accepted_count(), 48);
  EXPECT_EQ(recorded->rejected_count(), 0);
  const auto evaluations = Evaluate();
  VL_ASSERT_OK(evaluations.status());
  EXPECT_EQ(evaluations->as_of(), "2026-06-30");
  for (const ExpectedStatus& expected : kExpected) {
    SCOPED_TRACE(expected.kpi);
    const v1::Evaluation& evaluation = Find(*evaluations, expected.kpi);
    EXPECT_CLOSE(evaluation.actual_to_date(), expected.actual_to_date);
    EXPECT_CLOSE(evaluation.gap(), expected.gap);
    EXPECT_CLOSE(evaluation.achievement_percent(), expected.achievement_percent);
    EXPECT_CLOSE(evaluation.score(), expected.score);
    EXPECT_EQ(evaluation.rag(), expected.rag);
  }
  const v1::Evaluation& revenue = Find(*evaluations, "REV");
  EXPECT_CLOSE(revenue.forecast_phased(), 7835.591);
  EXPECT_CLOSE(revenue.forecast_plan_rest(), 7866.6);
  EXPECT_CLOSE(revenue.required_rest(), 4043.6);
  const v1::Evaluation& unobserved = Find(*evaluations, "NPS");
  EXPECT_EQ(unobserved.rag(), v1::RAG_GREY);
  EXPECT_FALSE(unobserved.has_actual_to_date());
  const auto scorecard = GetScorecard();
  VL_ASSERT_OK(scorecard.status());
  EXPECT_CLOSE(scorecard->score(), 92.9646);
  EXPECT_CLOSE(scorecard->weight_with_data(), 43.8);
  EXPECT_THAT(Gaps(), SizeIs(0));
}

TEST_F(TelecomLoopTest, AKpiThatStandsStillTurnsRedAndOpensExactlyOneGap) {
  VL_ASSERT_OK(Record(TelecomRequest()).status());
  VL_ASSERT_OK(Record(CareRequest()).status());
  const auto evaluations = Evaluate();
  VL_ASSERT_OK(evaluations.status());
  const v1::Evaluation& care = Find(*evaluations, "CARE");
  EXPECT_EQ(care.actual_to_date(), 22);
  EXPECT_EQ(care.gap(), -16);
  EXPECT_CLOSE(care.achievement_percent(), 57.8947);
  EXPECT_EQ(care.score(), 0);
  EXPECT_EQ(care.rag(), v1::RAG_RED);
  EXPECT_CLOSE(care.forecast_phased(), 44);
  const auto scorecard = GetScorecard();
  VL_ASSERT_OK(scorecard.status());
  EXPECT_CLOSE(scorecard->score(), 87.3787);
  EXPECT_CLOSE(scorecard->weight_with_data(), 46.6);

  ASSERT_TRUE(Eventually([&] { return Gaps().size() == 1; })) << performance_.Errors();
  const strategy::v1::Gap gap = Gaps().front();
  EXPECT_EQ(gap.kpi(), "CARE");
  EXPECT_EQ(gap.reason(), "FORECAST_BELOW_FLOOR");
  EXPECT_EQ(gap.origin(), strategy::v1::Gap::ORIGIN_PERFORMANCE);
  EXPECT_EQ(gap.plan_version(), kTelecomVersion);
  EXPECT_EQ(gap.expected(), 60);
  EXPECT_CLOSE(gap.actual(), 44);
  EXPECT_CLOSE(gap.amount(), 16);
  ASSERT_THAT(gap.evidence(), SizeIs(1));
  EXPECT_EQ(gap.evidence(0).as_of(), "2026-06-30");
  // The same rows again say nothing new: no further gap and no further evidence.
  const auto again = Record(CareRequest());
  VL_ASSERT_OK(again.status());
  EXPECT_EQ(again->duplicate_count(), 6);
  ASSERT_TRUE(Eventually([&] { return GetFollowState()->outbox_count() == 0; }));
  EXPECT_THAT(Gaps(), SizeIs(1));
  EXPECT_THAT(Gaps().front().evidence(), SizeIs(1));
}

TEST_F(TelecomLoopTest, TheScorecardOfAUnitIsMadeOfItsOwnKpis) {
  VL_ASSERT_OK(Record(TelecomRequest()).status());
  const auto scorecard = GetScorecard("NET");
  VL_ASSERT_OK(scorecard.status());
  EXPECT_THAT(scorecard->evaluations(), SizeIs(3));  // COVER, WEAKSIG, ENERGY.
  EXPECT_CLOSE(scorecard->weight_with_data(), 6.6);  // 7 x 60 % and 4 x 60 %.
  EXPECT_CLOSE(scorecard->score(), (4.2 * 110 + 2.4 * 85.3333) / 6.6);
  EXPECT_THAT(GetScorecard("NOWHERE").status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("org_unit: got NOWHERE")));
}

TEST_F(TelecomLoopTest, ARestatementCountsFromTheMomentItWasRecorded) {
  VL_ASSERT_OK(Record(TelecomRequest()).status());
  const auto before = Evaluate();
  VL_ASSERT_OK(before.status());
  const std::vector<v1::Observation> first = Observations("HOME");
  ASSERT_THAT(first, SizeIs(6));
  v1::RecordObservationsRequest restated;
  restated.set_parent(std::string(kTelecomPlan));
  v1::Observation& row = *restated.add_observations();
  row.set_kpi("HOME");
  row.set_period("2026-06");
  row.set_value(2290);
  row.set_target_to_date(2280);
  VL_ASSERT_OK(Record(restated).status());
  const auto after = Evaluate();
  VL_ASSERT_OK(after.status());
  EXPECT_EQ(Find(*after, "HOME").actual_to_date(), 2290);
  v1::EvaluateKpisRequest as_known;
  *as_known.mutable_known_time() = first.back().record_time();
  const auto reproduced = Evaluate(as_known);
  VL_ASSERT_OK(reproduced.status());
  EXPECT_EQ(reproduced->SerializeAsString(), before->SerializeAsString());
  EXPECT_THAT(Observations("HOME"), SizeIs(7));
  EXPECT_EQ(Observations("HOME").back().revision(), 2);
}

TEST_F(TelecomLoopTest, ANewVersionSupersedesTheBindingAndKeepsTheObservations) {
  VL_ASSERT_OK(Record(TelecomRequest()).status());
  // Another floor changes no meaning; another unit does.
  VL_ASSERT_OK(PublishTelecom([](std::string& source) {
                 const size_t home = source.find("{id: HOME, name: 融合家庭数, csf");
                 ASSERT_NE(home, std::string::npos);
                 const size_t unit = source.find("unit: THOUSAND", home);
                 source.replace(unit, std::string("unit: THOUSAND").size(), "unit: FAMILY");
               }).status());
  ASSERT_TRUE(Bound("workspaces/default/plans/HL-2026/versions/2")) << performance_.Errors();
  const auto evaluations = Evaluate();
  VL_ASSERT_OK(evaluations.status());
  EXPECT_TRUE(Find(*evaluations, "REV").has_actual_to_date());
  EXPECT_FALSE(Find(*evaluations, "HOME").has_actual_to_date());
  EXPECT_THAT(Observations("HOME"), SizeIs(6));
  v1::RecordObservationsRequest stale = CareRequest();
  stale.set_parent(std::string(kTelecomVersion));
  const absl::Status refused = Record(stale).status();
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("version 1")));
  EXPECT_EQ(ReasonOf(refused), "STALE_BINDING");
}

TEST_F(TelecomLoopTest, BadRowsAreNamedAndGoodOnesKept) {
  v1::RecordObservationsRequest request = CareRequest();
  request.set_request_id("rows-1");
  request.mutable_observations(1)->set_kpi("NOPE");
  request.mutable_observations(2)->set_period("2026-13");
  request.mutable_observations(3)->clear_value();
  request.mutable_observations(4)->set_org_unit("MARS");
  const auto response = Record(request);
  VL_ASSERT_OK(response.status());
  EXPECT_EQ(response->accepted_count(), 2);
  ASSERT_EQ(response->rejected_count(), 4);
  EXPECT_EQ(response->rejects(0).index(), 1);
  EXPECT_THAT(response->rejects(0).message(), HasSubstr("kpi: got NOPE"));
  EXPECT_THAT(response->rejects(1).message(), HasSubstr("period: got 2026-13"));
  EXPECT_THAT(response->rejects(2).message(), HasSubstr("value: got nothing"));
  EXPECT_THAT(response->rejects(3).message(), HasSubstr("org_unit: got MARS"));
  const auto repeated = Record(request);
  VL_ASSERT_OK(repeated.status());
  EXPECT_EQ(repeated->SerializeAsString(), response->SerializeAsString());
  request.mutable_observations(0)->set_value(23);
  EXPECT_THAT(Record(request).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("request_id")));
}

TEST_F(TelecomLoopTest, SettingsAreAppliedAllOrNone) {
  v1::RecordObservationsRequest request = TelecomRequest();
  request.mutable_settings(0)->mutable_phased_targets()->RemoveLast();
  EXPECT_THAT(Record(request).status(), StatusIs(absl::StatusCode::kInvalidArgument,
                                                 HasSubstr("settings[0].phased_targets")));
  EXPECT_THAT(Observations("REV"), SizeIs(0));
}

TEST_F(TelecomLoopTest, AQuarterIsReadWithAndWithoutADash) {
  v1::RecordObservationsRequest request;
  request.set_parent(std::string(kTelecomPlan));
  for (const char* period : {"2026-Q1", "2026Q2"}) {
    v1::Observation& row = *request.add_observations();
    row.set_kpi("NPS");
    row.set_period(period);
    row.set_value(31);
  }
  const auto response = Record(request);
  VL_ASSERT_OK(response.status());
  EXPECT_EQ(response->accepted_count(), 2);
  const std::vector<v1::Observation> kept = Observations("NPS");
  ASSERT_THAT(kept, SizeIs(2));
  EXPECT_EQ(kept[0].period(), "2026Q1");
}

TEST_F(TelecomLoopTest, AnUnknownPlanIsNotFound) {
  v1::RecordObservationsRequest request = CareRequest();
  request.set_parent("workspaces/default/plans/OTHER");
  EXPECT_THAT(Record(request).status(), StatusIs(absl::StatusCode::kNotFound));
  request.set_parent("workspaces/elsewhere/plans/HL-2026");
  EXPECT_THAT(Record(request).status(), StatusIs(absl::StatusCode::kNotFound));
}

}  // namespace
}  // namespace valueloop::performance
