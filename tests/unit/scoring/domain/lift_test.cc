#include "scoring/domain/lift.h"

#include <limits>

#include "common/status.h"
#include "testing/status_matchers.h"

namespace valueloop::scoring {
namespace {

using ::testing::HasSubstr;
using testing::StatusIs;

// Wilson (1927); worked by hand with z = 1.959963984540054.
TEST(LiftTest, WilsonIntervalsAreAsPublished) {
  const std::optional<Proportion> tenth = WilsonInterval(10, 100, 0.95);
  ASSERT_TRUE(tenth.has_value());
  EXPECT_NEAR(tenth->rate, 0.1, 1e-15);
  EXPECT_NEAR(tenth->low, 0.0552291371, 1e-9);
  EXPECT_NEAR(tenth->high, 0.1743656615, 1e-9);
  const std::optional<Proportion> none = WilsonInterval(0, 10, 0.95);
  EXPECT_EQ(none->low, 0);
  EXPECT_NEAR(none->high, 0.2775327999, 1e-9);
  EXPECT_EQ(WilsonInterval(10, 10, 0.95)->high, 1);
  EXPECT_EQ(WilsonInterval(0, 0, 0.95), std::nullopt);
}

TEST(LiftTest, LiftIsTheRateOfTheSegmentOverThatOfAll) {
  const Lift lift = ComputeLift(60, 200, 100, 1000, {});
  ASSERT_TRUE(lift.lift.has_value());
  EXPECT_NEAR(lift.lift->rate, 3, 1e-12);
  EXPECT_NEAR(lift.lift->low, WilsonInterval(60, 200, .95)->low / .1, 1e-12);
  EXPECT_EQ(lift.finding, LiftFinding::kAbove);
  EXPECT_EQ(ComputeLift(2, 200, 100, 1000, {}).finding, LiftFinding::kBelow);
  EXPECT_EQ(ComputeLift(22, 200, 100, 1000, {}).finding, LiftFinding::kUndecided);
}

TEST(LiftTest, BelowTheSupportThereIsARateButNoLift) {
  const Lift few = ComputeLift(20, 29, 100, 1000, {});
  EXPECT_TRUE(few.rate.has_value());
  EXPECT_FALSE(few.lift.has_value());
  EXPECT_EQ(few.finding, LiftFinding::kNotEnoughData);
  EXPECT_TRUE(ComputeLift(20, 29, 100, 1000, {.min_support = 29}).lift.has_value());
  EXPECT_EQ(ComputeLift(0, 50, 0, 1000, {}).finding, LiftFinding::kNotEnoughData);
  EXPECT_FALSE(ComputeLift(0, 0, 5, 10, {}).rate.has_value());
}

TEST(LiftTest, OptionsOutOfRangeAreRefused) {
  EXPECT_THAT(Validate(LiftOptions{.min_support = 0}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("min_support")));
  for (const double confidence : {0.5, 1.0, std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_THAT(Validate(LiftOptions{.confidence = confidence}),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("confidence")));
  }
}

}  // namespace
}  // namespace valueloop::scoring
