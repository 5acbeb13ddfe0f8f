#include "performance/rpc/publication_reader.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace valueloop::performance {
namespace {

namespace sv1 = ::valueloop::strategy::v1;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::valueloop::testing::IsOk;
using ::valueloop::testing::StatusIs;

sv1::Publication Sample() {
  sv1::Publication publication;
  publication.set_plan_version("workspaces/default/plans/HL-2026/versions/2");
  publication.set_version(2);
  sv1::MeasurementPlan& measurement = *publication.mutable_measurement();
  measurement.set_fiscal_year(2026);
  measurement.set_fiscal_start("2026-04-01");
  measurement.add_org_units()->set_id("NET");
  sv1::KpiDefinition& kpi = *measurement.add_kpis();
  kpi.set_kpi("COVER");
  kpi.set_unit("PERCENT");
  kpi.set_polarity(sv1::POLARITY_HIGHER);
  kpi.set_aggregation(sv1::AGGREGATION_LAST);
  kpi.set_frequency(sv1::FREQUENCY_QUARTERLY);
  kpi.set_global_weight(4.2);
  kpi.set_floor(98.5);
  for (const int year : {2026, 2027}) {
    sv1::YearTarget& target = *kpi.add_targets();
    target.set_year(year);
    target.set_target(year - 2026 + 98.9);
  }
  return publication;
}

TEST(ReadPublicationTest, BindsAKpiInThePlansFiscalYear) {
  const auto reading = ReadPublication(Sample());
  ASSERT_THAT(reading, IsOk());
  EXPECT_THAT(reading->left_out, SizeIs(0));
  const KpiBinding* cover = reading->plan.Find("COVER", "");
  ASSERT_NE(cover, nullptr);
  EXPECT_EQ(cover->year_target, 98.9);
  EXPECT_EQ(cover->floor, 98.5);
  EXPECT_EQ(cover->scale, 100);
  EXPECT_EQ(cover->frequency, Frequency::kQuarterly);
  EXPECT_EQ(cover->calendar.YearStart(2026), absl::CivilDay(2026, 4, 1));
  EXPECT_EQ(reading->plan.VersionName(), "workspaces/default/plans/HL-2026/versions/2");
  EXPECT_TRUE(reading->plan.HasOrgUnit("NET"));
}

TEST(ReadPublicationTest, GivesAUnitsCellItsOwnTargetAndNoThresholds) {
  sv1::Publication publication = Sample();
  sv1::UnitTarget& target = *publication.mutable_measurement()->add_unit_targets();
  target.set_kpi("COVER");
  target.set_org_unit("NET");
  target.set_year(2026);
  target.set_target(99.5);
  const auto reading = ReadPublication(publication);
  ASSERT_THAT(reading, IsOk());
  const KpiBinding* cell = reading->plan.Find("COVER", "NET");
  ASSERT_NE(cell, nullptr);
  EXPECT_EQ(cell->year_target, 99.5);
  EXPECT_EQ(cell->floor, std::nullopt);
}

TEST(ReadPublicationTest, LeavesOutAKpiThatCannotBeEvaluated) {
  sv1::Publication publication = Sample();
  sv1::KpiDefinition& broken = *publication.mutable_measurement()->add_kpis();
  broken = publication.measurement().kpis(0);
  broken.set_kpi("BROKEN");
  broken.set_polarity(sv1::POLARITY_RANGE);
  const auto reading = ReadPublication(publication);
  ASSERT_THAT(reading, IsOk());
  EXPECT_THAT(reading->plan.bindings(), SizeIs(1));
  ASSERT_THAT(reading->left_out, SizeIs(1));
  EXPECT_THAT(reading->left_out[0],
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("kpi BROKEN")));
}

TEST(ReadPublicationTest, RefusesWhatHasNoCalendarOrNoName) {
  sv1::Publication publication = Sample();
  publication.mutable_measurement()->set_fiscal_start("2026-04-02");
  EXPECT_THAT(ReadPublication(publication), StatusIs(absl::StatusCode::kInvalidArgument));
  publication = Sample();
  publication.set_plan_version("plans/HL-2026");
  EXPECT_THAT(ReadPublication(publication),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("plan_version")));
  publication = Sample();
  publication.set_version(3);
  EXPECT_THAT(ReadPublication(publication),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("version: got 3, want 2")));
}

TEST(PayloadTest, ComesBackAsItWas) {
  const auto payload = WritePayload(Sample());
  ASSERT_THAT(payload, IsOk());
  const auto publication = ReadPayload(*payload);
  ASSERT_THAT(publication, IsOk());
  EXPECT_EQ(publication->SerializeAsString(), Sample().SerializeAsString());
  EXPECT_THAT(ReadPayload("{"), StatusIs(absl::StatusCode::kDataLoss));
}

}  // namespace
}  // namespace valueloop::performance
