#include "scoring/domain/choice.h"

#include <algorithm>
#include <array>
#include <vector>

#include "common/status.h"
#include "testing/shared_data.h"
#include "testing/status_matchers.h"
#include "unit/scoring/domain/choice_fixtures.h"

namespace valueloop::scoring {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;
using testing::StatusIs;

constexpr absl::CivilDay kStart(2024, 1, 1);

HoldoutData DataOf(const Simulation& simulation) {
  HoldoutCollector collector(*DefaultHoldout(kStart, kStart + simulation.days - 1));
  for (const CustomerSummary& summary : Simulate(simulation)) collector.Add(summary);
  return std::move(collector).Finish();
}

TEST(ChooseOnHoldoutTest, TakesTheBestOfCdnowAndSaysWhy) {
  VL_REQUIRE_SHARED_DATA(path, "cdnow_sample_transactions.csv");
  const HoldoutData data = CollectHoldout(
      ReadCdnow(path), {.calibration_last_day = kCdnowCalibrationEnd, .last_day = kCdnowEnd});
  VL_ASSERT_OK_AND_ASSIGN(const FamilyChoice choice, ChooseOnHoldout(AllFamilies(), data));
  EXPECT_EQ(choice.basis, ChoiceBasis::kHoldout);
  ASSERT_EQ(choice.trials.size(), AllFamilies().size());
  EXPECT_EQ(choice.trials.front().family, choice.family);
  for (const FamilyTrial& trial : choice.trials) {
    SCOPED_TRACE(FamilyName(trial.family));
    if (!trial.ok()) continue;
    EXPECT_EQ(trial.holdout->actual_count, 1882);
    RecordProperty(std::string(FamilyName(trial.family)),
                   std::to_string(trial.holdout->log_likelihood));
  }
  EXPECT_THAT(choice.reason.en, HasSubstr("of the 273 days held out"));
  EXPECT_THAT(choice.reason.en, HasSubstr("and 1882 came"));
  EXPECT_THAT(choice.reason.zh, HasSubstr("实际 1882 次"));
  EXPECT_EQ(choice.customer_count, 2357);
}

TEST(ChooseOnHoldoutTest, EveryTrialIsOrderedByWhatItForetold) {
  const HoldoutData data = DataOf({.seed = 5, .customers = 2000});
  VL_ASSERT_OK_AND_ASSIGN(const FamilyChoice choice, ChooseOnHoldout(AllFamilies(), data));
  for (size_t i = 2; i < choice.trials.size() && choice.trials[i].ok(); ++i) {
    EXPECT_GE(choice.trials[i - 1].holdout->log_likelihood,
              choice.trials[i].holdout->log_likelihood);
  }
  EXPECT_FALSE(IsDegenerate(choice.trials.front().fit.report));
}

TEST(ChooseOnHoldoutTest, OneCandidateIsTheOneAskedFor) {
  const HoldoutData data = DataOf({.seed = 6, .customers = 500});
  VL_ASSERT_OK_AND_ASSIGN(const FamilyChoice choice,
                          ChooseOnHoldout(std::array{Family::kBgNbd}, data));
  EXPECT_EQ(choice.basis, ChoiceBasis::kAsked);
  EXPECT_THAT(choice.reason.en, StartsWith("BG_NBD was asked for; tested on the last 182 days"));
  ASSERT_EQ(choice.trials.size(), 1);
  EXPECT_TRUE(choice.trials[0].holdout.has_value());
}

TEST(ChooseOnHoldoutTest, FailsWithWhatIsMissingWhereNoFamilyCanBeFitted) {
  HoldoutCollector collector(*DefaultHoldout(kStart, kStart + 89));
  collector.Add(BuyerOn({kStart, kStart + 3}));
  const absl::Status status =
      ChooseOnHoldout(AllFamilies(), std::move(collector).Finish()).status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("10")));
  EXPECT_EQ(ReasonOf(status), "NOT_ENOUGH_DATA");
}

TEST(ChooseOnHoldoutTest, StopsWhenToldTo) {
  const HoldoutData data = DataOf({.seed = 6, .customers = 500});
  double last = 0;
  const FitOptions options{.on_progress = [&](const FitProgress& progress) {
    EXPECT_GE(progress.done_ratio, 0);
    EXPECT_LE(progress.done_ratio, 1);
    last = progress.done_ratio;
    return last < 0.1;
  }};
  EXPECT_THAT(ChooseOnHoldout(AllFamilies(), data, options),
              StatusIs(absl::StatusCode::kCancelled));
  EXPECT_GT(last, 0);
}

TEST(ChooseOnLikelihoodTest, SaysWhyThereIsNoHoldoutAndComparesAkaike) {
  const std::vector<PurchaseHistory> histories = DataOf({.seed = 7}).Histories();
  const Words why{.zh = "数据太短", .en = "too short"};
  VL_ASSERT_OK_AND_ASSIGN(const FamilyChoice choice,
                          ChooseOnLikelihood(AllFamilies(), histories, why));
  EXPECT_EQ(choice.basis, ChoiceBasis::kLikelihood);
  EXPECT_THAT(choice.reason.en, StartsWith("too short; "));
  EXPECT_THAT(choice.reason.zh, StartsWith("数据太短；"));
  EXPECT_EQ(choice.trials.front().family, choice.family);
  for (const FamilyTrial& trial : choice.trials) {
    EXPECT_FALSE(trial.holdout.has_value());
    EXPECT_NE(FamilyName(trial.family), "BG_BB");
  }
}

TEST(AskedForTest, NamesTheFamilyAndWhyThereIsNoTrial) {
  const FamilyChoice choice = AskedFor(Family::kBgNbd, {.zh = "太短", .en = "too short"});
  EXPECT_EQ(choice.basis, ChoiceBasis::kAsked);
  EXPECT_EQ(choice.reason.en, "too short; BG_NBD was asked for");
  EXPECT_THAT(choice.trials, IsEmpty());
}

TEST(AllFamiliesTest, TheSimplestComeFirst) {
  const std::vector<Family> families = AllFamilies();
  EXPECT_EQ(families.size(), static_cast<size_t>(kFamilyCount));
  EXPECT_TRUE(std::is_sorted(families.begin(), families.end(), [](Family left, Family right) {
    return ParameterNames(left).size() < ParameterNames(right).size();
  }));
}

}  // namespace
}  // namespace valueloop::scoring
