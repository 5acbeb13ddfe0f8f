#include "cli/observations.h"

#include <sstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/shared_data.h"
#include "testing/status_matchers.h"

namespace valueloop::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using testing::StatusIs;

PeriodCalendar Calendar() {
  PeriodCalendar calendar;
  calendar.fiscal_start = absl::CivilDay(2026, 1, 1);
  calendar.fiscal_year = 2026;
  for (const char* kpi :
       {"REV", "SUBS", "CHURN", "ARPU", "HOME", "COVER", "ENERGY", "UTIL", "CARE"}) {
    calendar.frequencies[kpi] = strategy::v1::FREQUENCY_MONTHLY;
  }
  calendar.frequencies["NPS"] = strategy::v1::FREQUENCY_QUARTERLY;
  return calendar;
}

TEST(PeriodNameTest, FollowsTheFiscalYear) {
  PeriodCalendar calendar = Calendar();
  calendar.fiscal_start = absl::CivilDay(2026, 4, 1);
  using testing::IsOkAndHolds;
  EXPECT_THAT(PeriodName(calendar, strategy::v1::FREQUENCY_MONTHLY, 9), IsOkAndHolds("2027-01"));
  EXPECT_THAT(PeriodName(calendar, strategy::v1::FREQUENCY_QUARTERLY, 3), IsOkAndHolds("2026-Q4"));
  EXPECT_THAT(PeriodName(calendar, strategy::v1::FREQUENCY_ANNUAL, 0), IsOkAndHolds("2026"));
  EXPECT_THAT(PeriodName(calendar, strategy::v1::FREQUENCY_MONTHLY, 12),
              StatusIs(absl::StatusCode::kOutOfRange));
}

TEST(ObservationsYamlTest, ReadsTheSamplePlansBlock) {
  const std::string text =
      testing::ReadFileOrDie(testing::RepositoryPath("samples/strategy-telecom.yaml"));
  VL_ASSERT_OK_AND_ASSIGN(const ObservationFile file, ReadObservationsYaml(text, Calendar()));
  ASSERT_THAT(file.observations, SizeIs(8 * 6));
  EXPECT_EQ(file.observations[0].observation.kpi(), "REV");
  EXPECT_EQ(file.observations[0].observation.period(), "2026-01");
  EXPECT_EQ(file.observations[0].observation.value(), 638.2);
  EXPECT_EQ(file.observations[0].line, 337);
  const auto& churn = file.observations[2 * 6 + 5].observation;
  EXPECT_EQ(churn.numerator(), 223.3);
  EXPECT_EQ(churn.denominator(), 12204);
  EXPECT_EQ(churn.target_to_date(), 1.87);
  EXPECT_FALSE(file.observations[2 * 6 + 4].observation.has_target_to_date());
  ASSERT_THAT(file.settings, SizeIs(3));
  EXPECT_THAT(file.settings[0].phased_targets(), SizeIs(12));
  EXPECT_EQ(file.settings[1].ratio_scale(), 100);
}

TEST(ObservationsYamlTest, ReadsSeriesOnTheirOwn) {
  const std::string text =
      testing::ReadFileOrDie(testing::RepositoryPath("samples/telecom-observations-red.yaml"));
  VL_ASSERT_OK_AND_ASSIGN(const ObservationFile file, ReadObservationsYaml(text, Calendar()));
  ASSERT_THAT(file.observations, SizeIs(6));
  EXPECT_EQ(file.observations[5].observation.target_to_date(), 38);
}

TEST(ObservationsYamlTest, NamesTheLineOfWhatIsWrong) {
  const auto read = [](const std::string& text) { return ReadObservationsYaml(text, Calendar()); };
  EXPECT_THAT(read("series:\n  - {kpi: NOPE, actuals: [1]}\n"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("2: kpi: got NOPE")));
  EXPECT_THAT(read("series:\n  - {kpi: REV, colour: 1}\n"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("2: key: got colour")));
  EXPECT_THAT(read("series:\n  - {kpi: REV, actuals: [1, x]}\n"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("2: actuals: got x")));
  EXPECT_THAT(read("series:\n  - {kpi: REV, actuals: [1], actuals: [2]}\n"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("every key once")));
  EXPECT_THAT(read("series:\n  - {kpi: CHURN, numerator: [1, 2], denominator: [1]}\n"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("as many numerators")));
  EXPECT_THAT(read("series:\n  - {kpi: NPS, actuals: [1, 2, 3, 4, 5]}\n"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("at most 4 in a year")));
  EXPECT_THAT(read("- 1\n"), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(ObservationsYamlTest, RefusesAliasesDepthAndBytes) {
  const auto read = [](const std::string& text) { return ReadObservationsYaml(text, Calendar()); };
  EXPECT_THAT(read("a: &x [1]\nseries: *x\n"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("1: got an anchor")));
  EXPECT_THAT(read(std::string(10'000, '[')),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("levels")));
  EXPECT_THAT(read("series:\n  - {kpi: REV, actuals: " + std::string(100, '[') +
                   std::string(100, ']') + "}\n"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("levels")));
  EXPECT_THAT(read("series: \xFF\n"), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(read("series:\n\t- a\n"), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(ObservationsCsvTest, GoodRowsAreKeptAndBadOnesNamed) {
  std::istringstream in(
      "kpi,unit,period,value,numerator,denominator,target_to_date\n"
      "REV,,2026-01,638.2,,,641\n"
      "CHURN,CS,2026-01,,236.4,12060,\n"
      "REV,,2026-02,many,,,\n");
  VL_ASSERT_OK_AND_ASSIGN(const ObservationFile file, ReadObservationsCsv(in));
  ASSERT_THAT(file.observations, SizeIs(2));
  EXPECT_EQ(file.observations[0].observation.target_to_date(), 641);
  EXPECT_EQ(file.observations[1].observation.org_unit(), "CS");
  EXPECT_FALSE(file.observations[1].observation.has_value());
  EXPECT_THAT(file.rejects, ElementsAre(HasSubstr("4: value: got many")));
}

TEST(ObservationsCsvTest, TheHeaderIsChecked) {
  std::istringstream unknown("kpi,period,colour\n");
  EXPECT_THAT(ReadObservationsCsv(unknown),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("got colour")));
  std::istringstream missing("kpi,value\n");
  EXPECT_THAT(ReadObservationsCsv(missing),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("period")));
}

}  // namespace
}  // namespace valueloop::cli
