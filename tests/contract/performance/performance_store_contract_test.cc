// What every PerformanceStore does.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/status.h"
#include "contract/performance/store_under_test.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace valueloop::performance {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::valueloop::testing::IsOk;
using ::valueloop::testing::IsOkAndHolds;
using ::valueloop::testing::StatusIs;

const PlanKey kKey{.workspace = "default", .plan = "HL-2026"};

FollowCursor PublicationCursor(const std::string& text) {
  return {.workspace = std::string(kAllWorkspaces),
          .service = std::string(kStrategyService),
          .cursor = text,
          .position = "publication " + text};
}

class PerformanceStoreTest : public ::testing::TestWithParam<StoreKind> {
 protected:
  PerformanceStore& store() { return under_test_->store(); }

  void Bind(const BoundPlan& plan) {
    EXPECT_THAT(store().Bind(plan, "payload", PublicationCursor("1")), IsOkAndHolds(true));
  }

  absl::StatusOr<RecordResult> Record(const BoundPlan& plan,
                                      std::vector<RecordedObservation> observations) {
    RecordCommand command = Command(plan);
    command.observations = std::move(observations);
    return store().Record(command);
  }

  static RecordCommand Command(const BoundPlan& plan) {
    RecordCommand command{.plan = &plan};
    command.write_gap_message = [](const KpiBinding& binding, const GapDecision& decision) {
      return fmt::format("{} {}", GapActionName(decision.action), binding.kpi);
    };
    return command;
  }

  std::vector<Observation> History(int64_t version) {
    return store().ReadHistory(kKey, version).value().observations;
  }

  FakeClock clock_{absl::FromUnixSeconds(1'780'000'000)};
  std::unique_ptr<StoreUnderTest> under_test_ = GetParam().open(clock_);
};

TEST_P(PerformanceStoreTest, ABoundPlanIsFoundAndItsCursorKept) {
  EXPECT_THAT(store().FindPlan(kKey, std::nullopt), StatusIs(absl::StatusCode::kNotFound));
  Bind(TelecomPlan(1));
  under_test_->Reopen();
  const auto found = store().FindPlan(kKey, std::nullopt);
  ASSERT_THAT(found, IsOk());
  EXPECT_EQ(found->version, 1);
  EXPECT_EQ(found->payload, "payload");
  EXPECT_EQ(store().GetCursor(kAllWorkspaces, kStrategyService)->cursor, "1");
  EXPECT_THAT(*store().ListPlans(), ElementsAre(kKey));
  EXPECT_EQ(store().NewestPlan("default").value()->version, 1);
  EXPECT_FALSE(store().NewestPlan("other").value().has_value());
}

TEST_P(PerformanceStoreTest, APublicationThatComesAgainMovesOnlyTheCursor) {
  Bind(TelecomPlan(1));
  EXPECT_THAT(store().Bind(TelecomPlan(1), "other", PublicationCursor("2")), IsOkAndHolds(false));
  EXPECT_EQ(store().FindPlan(kKey, 1)->payload, "payload");
  EXPECT_EQ(store().GetCursor(kAllWorkspaces, kStrategyService)->cursor, "2");
}

TEST_P(PerformanceStoreTest, TheVersionBoundAtATimeIsFoundForThatTime) {
  Bind(TelecomPlan(1));
  const absl::Time between = clock_.Now() + absl::Seconds(1);
  clock_.Advance(absl::Seconds(2));
  Bind(TelecomPlan(2));
  EXPECT_EQ(store().FindPlan(kKey, std::nullopt)->version, 2);
  EXPECT_EQ(store().FindPlan(kKey, std::nullopt, between)->version, 1);
  EXPECT_EQ(store().FindPlan(kKey, std::nullopt, absl::UnixEpoch())->version, 1);
  EXPECT_THAT(store().FindPlan(kKey, 3), StatusIs(absl::StatusCode::kNotFound));
}

TEST_P(PerformanceStoreTest, AnEqualObservationIsADuplicateAndAnotherARestatement) {
  const BoundPlan plan = TelecomPlan(1);
  Bind(plan);
  ASSERT_THAT(Record(plan, {CareIn(1, 22)}), IsOk());
  clock_.Advance(absl::Hours(1));
  const auto again = Record(plan, {CareIn(1, 22), CareIn(1, 23), CareIn(2, 24)});
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->counts.accepted_count, 2);
  EXPECT_EQ(again->counts.duplicate_count, 1);
  const std::vector<Observation> history = History(1);
  ASSERT_THAT(history, SizeIs(3));
  EXPECT_EQ(history[0].value, 22);
  EXPECT_EQ(history[0].revision, 1);
  EXPECT_EQ(history[1].value, 23);
  EXPECT_EQ(history[1].revision, 2);
  EXPECT_EQ(history[1].recorded_time - history[0].recorded_time, absl::Hours(1));
  EXPECT_EQ(history[2].period.index, 2);
}

TEST_P(PerformanceStoreTest, ASupersededVersionTakesNoObservations) {
  const BoundPlan first = TelecomPlan(1);
  Bind(first);
  Bind(TelecomPlan(2));
  const absl::Status refused = Record(first, {CareIn(1, 22)}).status();
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(ReasonOf(refused), "STALE_BINDING");
  EXPECT_THAT(History(2), IsEmpty());
}

TEST_P(PerformanceStoreTest, ANewVersionKeepsObservationsUntilTheirMeaningChanges) {
  const BoundPlan first = TelecomPlan(1);
  Bind(first);
  ASSERT_THAT(Record(first, {CareIn(1, 22)}), IsOk());
  Bind(TelecomPlan(2, [](KpiBinding& binding) { binding.year_target = *binding.stretch; }));
  EXPECT_THAT(History(2), SizeIs(1));
  const BoundPlan third = TelecomPlan(3, [](KpiBinding& binding) { binding.measure = "COUNT"; });
  Bind(third);
  EXPECT_THAT(History(3), IsEmpty());
  EXPECT_THAT(History(2), SizeIs(1));
  // The same number in the new unit is news, and the history of the period goes on.
  const auto recorded = Record(third, {CareIn(1, 22)});
  ASSERT_THAT(recorded, IsOk());
  EXPECT_EQ(recorded->counts.accepted_count, 1);
  ASSERT_THAT(History(3), SizeIs(1));
  EXPECT_EQ(History(3)[0].revision, 2);
}

TEST_P(PerformanceStoreTest, SettingsAddUpInTheOrderOfRecording) {
  const BoundPlan plan = TelecomPlan(1);
  Bind(plan);
  RecordCommand scale = Command(plan);
  scale.settings.push_back({.kpi = "CARE", .ratio_scale = 100});
  ASSERT_THAT(store().Record(scale), IsOk());
  ASSERT_THAT(store().Record(scale), IsOk());  // Says nothing new.
  const absl::Time between = clock_.Now() + absl::Seconds(1);
  clock_.Advance(absl::Seconds(2));
  RecordCommand phasing = Command(plan);
  phasing.settings.push_back(
      {.kpi = "CARE", .phased_targets = {1, 2, 3.5, 4, 5, 6, 7, 8, 9, 10, 11, 60}});
  ASSERT_THAT(store().Record(phasing), IsOk());
  under_test_->Reopen();
  const PlanHistory history = store().ReadHistory(kKey, 1).value();
  ASSERT_THAT(history.settings, SizeIs(2));
  const KpiBinding& care = *plan.Find("CARE", "");
  const KpiBinding now = Effective(care, history.SettingsOf("CARE", ""), absl::InfiniteFuture());
  EXPECT_EQ(now.scale, 100);
  EXPECT_EQ(now.period_targets[2], 3.5);
  EXPECT_THAT(Effective(care, history.SettingsOf("CARE", ""), between).period_targets, IsEmpty());
}

TEST_P(PerformanceStoreTest, ABreachQueuesOneMessageInTheSameTransaction) {
  const BoundPlan plan = TelecomPlan(1);
  Bind(plan);
  std::vector<RecordedObservation> half_year;
  for (int month = 1; month <= 6; ++month) half_year.push_back(CareIn(month, 22));
  half_year.back().observation.target_to_date = 38;
  ASSERT_THAT(Record(plan, half_year), IsOk());
  EXPECT_EQ(under_test_->OutboxCount(), 1);
  ASSERT_THAT(Record(plan, half_year), IsOk());
  EXPECT_EQ(under_test_->OutboxCount(), 1);
  under_test_->Reopen();
  // The state of the gap was kept: a further breach is evidence, not another opening.
  ASSERT_THAT(Record(plan, {CareIn(7, 21)}), IsOk());
  EXPECT_EQ(under_test_->OutboxCount(), 2);
}

TEST_P(PerformanceStoreTest, ARequestThatComesAgainGetsItsAnswerAgain) {
  const BoundPlan plan = TelecomPlan(1);
  Bind(plan);
  RecordCommand command = Command(plan);
  command.observations = {CareIn(1, 22)};
  command.request = RepeatableRequest{
      .id = "r1", .method = "Record", .body = "body", .write_response = [](const RecordCounts& c) {
        return fmt::format("accepted {}", c.accepted_count);
      }};
  ASSERT_THAT(store().Record(command), IsOk());
  command.observations = {CareIn(1, 99)};
  const auto again = store().Record(command);
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->earlier_response, "accepted 1");
  EXPECT_THAT(History(1), SizeIs(1));
  command.request->body = "other";
  EXPECT_THAT(store().Record(command), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_P(PerformanceStoreTest, PagesFollowOneAnotherWithoutAHole) {
  const BoundPlan plan = TelecomPlan(1);
  Bind(plan);
  ASSERT_THAT(Record(plan, {CareIn(1, 1), CareIn(2, 2), CareIn(3, 3), CareIn(2, 4)}), IsOk());
  std::vector<double> values;
  ObservationPlace after;
  for (;;) {
    const auto page = store().ListObservations(kKey, "CARE", after, 1);
    ASSERT_THAT(page, IsOk());
    if (page->empty()) break;
    const Observation& observation = page->front().recorded.observation;
    values.push_back(*observation.value);
    after = {observation.kpi, observation.unit, page->front().period, observation.revision};
  }
  EXPECT_THAT(values, ElementsAre(1, 2, 4, 3));
  EXPECT_THAT(*store().ListObservations(kKey, "HOME", {}, 10), IsEmpty());
  EXPECT_THAT(*store().ListObservations(kKey, "", {}, 10), SizeIs(4));
}

TEST_P(PerformanceStoreTest, ABindingMakesThePortfolioBeReadAgain) {
  Bind(TelecomPlan(1));
  const int64_t bound_count = store().BoundCount("default").value();
  const FollowCursor cursor{.workspace = "default",
                            .service = std::string(kScoringService),
                            .cursor = "7",
                            .position = "snapshot 7"};
  ASSERT_THAT(store().SaveCursor(cursor, bound_count), IsOk());
  EXPECT_EQ(store().GetCursor("default", kScoringService)->position, "snapshot 7");
  Bind(TelecomPlan(2));
  EXPECT_EQ(store().GetCursor("default", kScoringService)->cursor, "");
  // What was done for the plans before does not count any more.
  ASSERT_THAT(store().SaveCursor(cursor, bound_count), IsOk());
  EXPECT_EQ(store().GetCursor("default", kScoringService)->cursor, "");
}

TEST_P(PerformanceStoreTest, GapsKeepTheNamesStrategyGaveThem) {
  EXPECT_THAT(store().GapName(kKey, "CARE", "", 1), IsOkAndHolds(""));
  ASSERT_THAT(store().SaveGapName(kKey, "CARE", "", 1, "gaps/CARE.1"), IsOk());
  ASSERT_THAT(store().SaveGapName(kKey, "CARE", "", 1, "gaps/CARE.2"), IsOk());
  EXPECT_THAT(store().GapName(kKey, "CARE", "", 1), IsOkAndHolds("gaps/CARE.2"));
  EXPECT_THAT(store().GapName(kKey, "CARE", "", 2), IsOkAndHolds(""));
}

INSTANTIATE_TEST_SUITE_P(Stores, PerformanceStoreTest, ::testing::Values(SqliteStore()),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace valueloop::performance
