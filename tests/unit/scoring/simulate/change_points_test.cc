#include "scoring/domain/change_points.h"

#include <vector>

#include "unit/scoring/simulate/case_under_test.h"

namespace valueloop::scoring {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;

std::vector<ChangeCause> CausesOf(const ScorePath& path) {
  std::vector<ChangeCause> causes;
  for (const ScoreStep& step : path.steps) causes.push_back(step.cause);
  return causes;
}

class ChangePointsTest : public ::testing::Test {
 protected:
  ScorePath Explain(const ScoreContext& from, const ScoreContext& to) {
    absl::StatusOr<ScorePath> path = ExplainPath(Buyer(), from, to);
    EXPECT_TRUE(path.ok()) << path.status();
    return *std::move(path);
  }

  const Model model_ = FittedModel();
  const CompiledPolicy policy_ = Compiled(RatedPolicy(100));
  const CompiledPolicy other_policy_ = Compiled(RatedPolicy(0));
  const ReferenceDistribution reference_{{1, 2, 3}};
};

TEST_F(ChangePointsTest, EveryArgumentThatChangesIsAStepAndNoneIsLost) {
  Model other_model = model_;
  other_model.version = 4;
  other_model.parts[0].purchase =
      PurchaseParams(BgNbdParams{.r = .3, .alpha = 5, .a = .8, .b = 2.5});
  const ScoreContext from{.as_of = kToday - 70, .model = &model_, .policy = &policy_};
  const ScoreContext to{.as_of = kToday,
                        .model = &other_model,
                        .policy = &other_policy_,
                        .reference = &reference_,
                        .reference_version = 1};
  const ScorePath path = Explain(from, to);
  EXPECT_THAT(CausesOf(path),
              ElementsAre(ChangeCause::kTime, ChangeCause::kEvent, ChangeCause::kModel,
                          ChangeCause::kPolicy, ChangeCause::kReference));
  EXPECT_TRUE(IsSameScore(path.start, ScoreOf(from, Buyer())));
  EXPECT_TRUE(IsSameScore(path.end(), ScoreOf(to, Buyer())));
  // Ten weeks without the third purchase cost value; the purchase brings it back.
  EXPECT_LT(*ExpectedChange(path.start, path.steps[0].after), 0);
  EXPECT_GT(*ExpectedChange(path.steps[0].after, path.steps[1].after), 0);
  EXPECT_EQ(path.steps[0].after.repeat_purchase_count, 1);
  EXPECT_EQ(path.steps[1].after.repeat_purchase_count, 2);
  EXPECT_EQ(path.steps[2].after.provenance.model_version, 4);
  double sum = 0;
  for (size_t i = 0; i < path.steps.size(); ++i) {
    sum += *ExpectedChange(path.before(i), path.steps[i].after);
  }
  EXPECT_NEAR(sum, *ExpectedChange(path.start, path.end()), 1e-9);
}

TEST_F(ChangePointsTest, WithoutEventsThereIsOnlyTime) {
  const ScoreContext from{.as_of = kToday - 10, .model = &model_, .policy = &policy_};
  ScoreContext to = from;
  to.as_of = kToday;
  EXPECT_THAT(CausesOf(Explain(from, to)), ElementsAre(ChangeCause::kTime));
  EXPECT_THAT(CausesOf(Explain(from, from)), IsEmpty());
}

TEST_F(ChangePointsTest, AClassHasTheCauseThatBroughtIt) {
  // Value 100 is not reached, 0 is: PROFIT comes from the policy, whatever the days did.
  const ScoreContext from{.as_of = kToday - 15, .model = &model_, .policy = &policy_};
  const ScoreContext to{.as_of = kToday, .model = &model_, .policy = &other_policy_};
  const ScorePath path = Explain(from, to);
  EXPECT_EQ(path.start.classification.customer_class, CustomerClass::kOrdinary);
  EXPECT_EQ(path.end().classification.customer_class, CustomerClass::kProfit);
  EXPECT_THAT(CauseOfClass(path), Optional(ChangeCause::kPolicy));
  EXPECT_EQ(CauseOfClass(Explain(from, from)), std::nullopt);
}

TEST_F(ChangePointsTest, WithoutAModelNothingIsExpected) {
  const ScoreContext from{.as_of = kToday, .policy = &policy_};
  ScoreContext to = from;
  to.model = &model_;
  const ScorePath path = Explain(from, to);
  EXPECT_THAT(CausesOf(path), ElementsAre(ChangeCause::kModel));
  EXPECT_EQ(ExpectedChange(path.start, path.end()), std::nullopt);
  EXPECT_FALSE(MainReason(path.start, path.end()).has_value());
}

TEST_F(ChangePointsTest, TheMainReasonIsTheLargestChange) {
  const ScoreContext from{.as_of = kToday - 70, .model = &model_, .policy = &policy_};
  ScoreContext to = from;
  to.as_of = kToday;
  const ScorePath path = Explain(from, to);
  const std::optional<ReasonChange> main = MainReason(path.start, path.steps[0].after);
  ASSERT_TRUE(main.has_value());
  for (const ReasonChange& change :
       CompareReasons(path.start.value_reasons, path.steps[0].after.value_reasons)) {
    EXPECT_LE(std::abs(change.change), std::abs(main->change));
  }
}

TEST_F(ChangePointsTest, MonthEndsEndWithTheLastDay) {
  EXPECT_THAT(MonthEnds(absl::CivilDay(2026, 1, 31), absl::CivilDay(2026, 3, 15)),
              ElementsAre(absl::CivilDay(2026, 2, 28), absl::CivilDay(2026, 3, 15)));
  EXPECT_THAT(MonthEnds(absl::CivilDay(2025, 12, 30), absl::CivilDay(2026, 1, 31)),
              ElementsAre(absl::CivilDay(2025, 12, 31), absl::CivilDay(2026, 1, 31)));
  EXPECT_THAT(MonthEnds(kToday, kToday), IsEmpty());
}

}  // namespace
}  // namespace valueloop::scoring
