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

double TwoWanted(size_t, size_t) { return 2; }

TEST(DecideTest, TakesTheBestOfEquallyManyParameters) {
  const std::array<Contender, 3> contenders = {{{.score = -11, .parameter_count = 4},
                                                {.score = -10, .parameter_count = 4},
                                                {.score = -12, .parameter_count = 4}}};
  const Decision decision = Decide(contenders, TwoWanted);
  EXPECT_EQ(decision.chosen, 1);
  EXPECT_EQ(decision.best, 1);
  EXPECT_EQ(decision.runner_up, 0);
}

TEST(DecideTest, ASimplerOneWinsUnlessTheGainIsMoreThanWanted) {
  std::array<Contender, 3> contenders = {{{.score = -12, .parameter_count = 4},
                                          {.score = -11.5, .parameter_count = 4},
                                          {.score = -10, .parameter_count = 5}}};
  EXPECT_EQ(Decide(contenders, TwoWanted).chosen, 1);
  EXPECT_EQ(Decide(contenders, TwoWanted).best, 2);
  EXPECT_EQ(Decide(contenders, TwoWanted).wanted, 2);
  contenders[2].score = -9.4;  // 2.1 above the better of the simpler ones.
  EXPECT_EQ(Decide(contenders, TwoWanted).chosen, 2);
}

TEST(DecideTest, ADegenerateOneLosesToAnyHealthyOne) {
  std::array<Contender, 3> contenders = {{{.score = -10, .parameter_count = 4, .degenerate = true},
                                          {.score = -50, .parameter_count = 4},
                                          {.usable = false}}};
  EXPECT_EQ(Decide(contenders, TwoWanted).chosen, 1);
  EXPECT_EQ(Decide(contenders, TwoWanted).runner_up, 1);
  contenders[1].degenerate = true;
  EXPECT_EQ(Decide(contenders, TwoWanted).chosen, 0);
}

TEST(DecideTest, TiesGoToTheEarlier) {
  const std::array<Contender, 2> contenders = {
      {{.score = -10, .parameter_count = 4}, {.score = -10, .parameter_count = 4}}};
  EXPECT_EQ(Decide(contenders, TwoWanted).chosen, 0);
}

TEST(ChooseOnHoldoutTest, TakesModifiedBgNbdOnCdnowAndSaysWhy) {
  VL_REQUIRE_SHARED_DATA(path, "cdnow_sample_transactions.csv");
  const HoldoutData data = CollectHoldout(
      ReadCdnow(path), {.calibration_last_day = kCdnowCalibrationEnd, .last_day = kCdnowEnd});
  constexpr std::array kThree = {Family::kBgNbd, Family::kMbgNbd, Family::kParetoNbd};
  VL_ASSERT_OK_AND_ASSIGN(const FamilyChoice choice, ChooseOnHoldout(kThree, data));
  EXPECT_EQ(choice.family, Family::kMbgNbd);
  EXPECT_EQ(
      choice.reason.en,
      "MBG_NBD has the highest log-likelihood of the 273 days held out: -2314.82, then BG_NBD "
      "with -2320.36; it foretold 1576.7 purchases and 1882 came");
  EXPECT_EQ(
      choice.reason.zh,
      "MBG_NBD 的最后 273 天留出数据的对数似然最高：-2314.82，其次 BG_NBD 为 -2320.36；预测购买 "
      "1576.7 次，实际 1882 次");
  ASSERT_EQ(choice.trials.size(), 3);
  EXPECT_EQ(choice.trials[2].family, Family::kParetoNbd);
  // The published maxima (Fader, Hardie & Lee 2005; the modified one from BTYDplus).
  EXPECT_NEAR(choice.trials[0].fit.report.log_likelihood, -9582.1357, 1e-3);
  EXPECT_NEAR(choice.trials[1].fit.report.log_likelihood, -9582.4292, 1e-3);
  EXPECT_NEAR(choice.trials[2].fit.report.log_likelihood, -9594.9762, 1e-3);
  EXPECT_NEAR(choice.trials[1].akaike(), 2 * 4 + 2 * 9582.4292, 2e-3);
}

TEST(ChooseOnHoldoutTest, TriesEveryFamilyOnCdnow) {
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
