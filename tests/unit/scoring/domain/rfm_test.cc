#include "scoring/domain/rfm.h"

#include <limits>

#include "common/status.h"
#include "testing/status_matchers.h"

namespace valueloop::scoring {
namespace {

using ::testing::HasSubstr;
using testing::StatusIs;

std::vector<RfmValues> TenCustomers() {
  std::vector<RfmValues> values;
  for (int i = 0; i < 10; ++i) {
    values.push_back(
        {.recency_days = 10 * i, .purchase_count = 10 - i, .purchase_amount = 5.0 * i});
  }
  return values;
}

TEST(RfmTest, TilesOfDistinctValuesAreOfEqualSize) {
  const std::vector<RfmRanks> ranks = RankRfm({}, TenCustomers());
  const int expected[] = {5, 5, 4, 4, 3, 3, 2, 2, 1, 1};
  for (size_t i = 0; i < 10; ++i) {
    EXPECT_EQ(ranks[i].recency, expected[i]) << i;
    EXPECT_EQ(ranks[i].frequency, expected[i]) << i;
    EXPECT_EQ(ranks[i].monetary, 6 - expected[i]) << i;
  }
  EXPECT_EQ(ranks[0].cell(), 551);
}

TEST(RfmTest, EqualValuesGetEqualRanksInTheMiddleOfTheirRun) {
  std::vector<RfmValues> values(10);
  for (size_t i = 0; i < 10; ++i) {
    values[i] = {.recency_days = 3, .purchase_count = i < 6 ? 1 : static_cast<int32_t>(i)};
  }
  const std::vector<RfmRanks> ranks = RankRfm({}, values);
  for (size_t i = 0; i < 10; ++i) {
    EXPECT_EQ(ranks[i].recency, 3);  // All equal: the middle of five.
    EXPECT_EQ(ranks[i].frequency, i < 6 ? 2 : i < 8 ? 4 : 5) << i;
  }
}

TEST(RfmTest, ExplicitCutsAreOnTheBetterSide) {
  const RfmSettings settings{
      .recency = {.cuts = {30, 90}}, .frequency = {.cuts = {2, 5, 10}}, .monetary = {.cuts = {0}}};
  VL_EXPECT_OK(Validate(settings));
  const RfmValues values[] = {{.recency_days = 30, .purchase_count = 10, .purchase_amount = 0},
                              {.recency_days = 31, .purchase_count = 5, .purchase_amount = -1},
                              {.recency_days = 91, .purchase_count = 1, .purchase_amount = 7}};
  const std::vector<RfmRanks> ranks = RankRfm(settings, values);
  EXPECT_EQ(ranks[0], (RfmRanks{3, 4, 2}));
  EXPECT_EQ(ranks[1], (RfmRanks{2, 3, 1}));
  EXPECT_EQ(ranks[2], (RfmRanks{1, 1, 2}));
}

TEST(RfmTest, WhoNeverBoughtHasNoRankAndDoesNotCount) {
  std::vector<RfmValues> values = TenCustomers();
  values.insert(values.begin() + 5, RfmValues{.purchase_amount = 1e9});
  const std::vector<RfmRanks> ranks = RankRfm({}, values);
  EXPECT_FALSE(ranks[5].is_ranked());
  EXPECT_EQ(ranks[5].cell(), 0);
  EXPECT_EQ(ranks[10].monetary, 5);
  EXPECT_TRUE(RankRfm({}, {}).empty());
}

TEST(RfmTest, SettingsThatCannotBeAreRefusedByName) {
  const auto refused = [](const char* what) {
    return StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(what));
  };
  EXPECT_THAT(Validate(RfmSettings{.recency = {.tiles = 1}}), refused("rfm.recency.tiles: got 1"));
  EXPECT_THAT(Validate(RfmSettings{.monetary = {.tiles = 10}}), refused("rfm.monetary.tiles"));
  EXPECT_THAT(Validate(RfmSettings{.frequency = {.tiles = 3, .cuts = {1}}}),
              refused("tiles and cuts"));
  EXPECT_THAT(Validate(RfmSettings{.frequency = {.cuts = {2, 2}}}),
              refused("rfm.frequency.cuts[1]: got 2, want above 2"));
  EXPECT_THAT(
      Validate(RfmSettings{.frequency = {.cuts = {std::numeric_limits<double>::quiet_NaN()}}}),
      refused("a finite number"));
  EXPECT_THAT(Validate(RfmSettings{.recency = {.cuts = {1, 2, 3, 4, 5, 6, 7, 8, 9}}}),
              refused("at most 8"));
}

}  // namespace
}  // namespace valueloop::scoring
