// Kills and outages: nothing is lost, nothing is delivered twice.
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "integration/performance/loop_fixture.h"
#include "testing/eventually.h"
#include "testing/status_matchers.h"

namespace valueloop::performance {
namespace {

using ::testing::SizeIs;
using ::valueloop::testing::Eventually;

using DeliveryTest = LoopTest;

TEST_F(DeliveryTest, AStrategyThatAppearsLaterIsFollowed) {
  performance_.Start();
  EXPECT_FALSE(GetFollowState()->strategy_connected());
  strategy_.Start();
  VL_ASSERT_OK(PublishTelecom().status());
  EXPECT_TRUE(Bound()) << performance_.Errors();
}

TEST_F(DeliveryTest, AGapDecidedWhileStrategyIsDownSurvivesAKillAndIsOpenedOnce) {
  strategy_.Start();
  performance_.Start();
  VL_ASSERT_OK(PublishTelecom().status());
  ASSERT_TRUE(Bound());
  strategy_.Kill();
  VL_ASSERT_OK(Record(CareRequest()).status());
  EXPECT_EQ(GetFollowState()->outbox_count(), 1);
  performance_.Kill();
  performance_.Start();
  EXPECT_EQ(GetFollowState()->outbox_count(), 1);
  EXPECT_EQ(Bindings()->plan_version(), kTelecomVersion);
  strategy_.Start();
  ASSERT_TRUE(Eventually([&] { return Gaps().size() == 1; })) << performance_.Errors();
  ASSERT_TRUE(Eventually([&] { return GetFollowState()->outbox_count() == 0; }));
  EXPECT_EQ(Gaps().front().reason(), "FORECAST_BELOW_FLOOR");
}

TEST_F(DeliveryTest, KillsAtAnyMomentDeliverExactlyOneGap) {
  strategy_.Start();
  performance_.Start();
  VL_ASSERT_OK(PublishTelecom().status());
  ASSERT_TRUE(Bound());
  VL_ASSERT_OK(Record(CareRequest()).status());
  for (int kill = 0; kill < 5; ++kill) {
    performance_.Kill();
    performance_.Start();
  }
  ASSERT_TRUE(Eventually([&] { return GetFollowState()->outbox_count() == 0; }))
      << performance_.Errors();
  EXPECT_THAT(Gaps(), SizeIs(1));
  EXPECT_THAT(Gaps().front().evidence(), SizeIs(1));
}

TEST_F(DeliveryTest, FurtherBreachesAddEvidenceAndRecoveryClosesTheGap) {
  strategy_.Start();
  performance_.Start();
  VL_ASSERT_OK(PublishTelecom().status());
  ASSERT_TRUE(Bound());
  VL_ASSERT_OK(Record(CareRequest()).status());
  v1::RecordObservationsRequest worse;
  worse.set_parent(std::string(kTelecomPlan));
  v1::Observation& july = *worse.add_observations();
  july.set_kpi("CARE");
  july.set_period("2026-07");
  july.set_value(21);
  VL_ASSERT_OK(Record(worse).status());
  ASSERT_TRUE(Eventually([&] {
    const auto gaps = Gaps();
    return gaps.size() == 1 && gaps[0].evidence_size() == 2;
  })) << performance_.Errors();
  v1::RecordObservationsRequest better;
  better.set_parent(std::string(kTelecomPlan));
  for (const char* period : {"2026-08", "2026-09"}) {
    v1::Observation& row = *better.add_observations();
    row.set_kpi("CARE");
    row.set_period(period);
    row.set_value(65);
  }
  VL_ASSERT_OK(Record(better).status());
  ASSERT_TRUE(Eventually([&] {
    const auto gaps = Gaps();
    return gaps.size() == 1 && gaps[0].state() == strategy::v1::Gap::STATE_CLOSED;
  })) << performance_.Errors();
}

TEST_F(DeliveryTest, ATermSignalEndsTheProgramWithCodeZeroWhileStrategyIsDown) {
  performance_.Start();
  EXPECT_EQ(performance_.Stop().code, 0);
}

}  // namespace
}  // namespace valueloop::performance
