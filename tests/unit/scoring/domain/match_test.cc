#include "scoring/domain/match.h"

#include <string>
#include <vector>

#include "testing/status_matchers.h"

namespace valueloop::scoring {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Optional;
using testing::StatusIs;

constexpr absl::CivilDay kToday(2026, 6, 30);

// The criteria of the telecom plan (samples/strategy-telecom.yaml, business design BD1).
ScoringPolicy Telecom() {
  ScoringPolicy policy;
  policy.matches = {
      {.kind = MatchKind::kPosition,
       .weight = 40,
       .criteria = {{.id = "m_seg",
                     .weight = 60,
                     .source = PredicateSource{"segment in [SG1, SG2]"}},
                    {.id = "m_need", .weight = 40}}},
      {.kind = MatchKind::kCapability,
       .weight = 35,
       .criteria = {{.id = "m_net", .weight = 55, .source = MetricSource{"signal_ok_ratio", .9, 1}},
                    {.id = "m_srv",
                     .weight = 45,
                     .source = PredicateSource{"service_area = covered"}}}},
      {.kind = MatchKind::kValues,
       .weight = 25,
       .criteria = {
           {.id = "m_loyal", .weight = 50, .source = MetricSource{"tenure_months", 0, 60}},
           {.id = "m_pay", .weight = 50, .source = MetricSource{"on_time_charge_ratio", .8, 1}}}}};
  return policy;
}

class MatchTest : public ::testing::Test {
 protected:
  void Add(absl::CivilDay day, Payload payload) {
    const Event event{
        .customer_id = "c",
        .source = "crm",
        .event_id = std::to_string(++count_),
        .occurred_micros = absl::ToUnixMicros(absl::FromCivil(day, absl::UTCTimeZone())),
        .payload = std::move(payload)};
    VL_EXPECT_OK(Apply(summary_, event, absl::UTCTimeZone()));
  }
  void Set(const std::string& name, AttributeValue value) {
    Add(kToday, AttributeChange{.name = name, .value = std::move(value)});
  }
  void Rate(absl::CivilDay day, const std::string& criterion, double rating,
            const std::string& rater) {
    Add(day, MatchRating{.criterion = criterion, .rating = rating, .rater = rater});
  }
  MatchResult Match(const ScoringPolicy& policy) const {
    const auto compiled = CompiledPolicy::Compile(policy);
    EXPECT_TRUE(compiled.ok()) << compiled.status();
    return ComputeMatch(*compiled, summary_, metrics_, kToday);
  }

  CustomerSummary summary_;
  CustomerMetrics metrics_;
  int count_ = 0;
};

TEST_F(MatchTest, FollowsTheTelecomExample) {
  // METHODS E5: ratings 100, -, 35, 35, 50, 50.
  Set("segment", std::string("SG1"));
  Rate(kToday, "m_net", 35, "li");
  Rate(kToday, "m_srv", 35, "li");
  Rate(kToday, "m_loyal", 50, "li");
  Rate(kToday, "m_pay", 50, "li");
  const MatchResult match = Match(Telecom());
  EXPECT_THAT(match.score, Optional(DoubleNear(64.75, 1e-12)));
  EXPECT_NEAR(match.coverage, .84, 1e-12);
  EXPECT_THAT(match.by_kind[0], Optional(100.0));
  EXPECT_THAT(match.by_kind[1], Optional(35.0));
  EXPECT_THAT(match.by_kind[2], Optional(50.0));
}

TEST_F(MatchTest, TheWeightsOfTheRatedCriteriaExplainTheScore) {
  Set("segment", std::string("SG1"));
  Rate(kToday, "m_net", 35, "li");
  Rate(kToday, "m_pay", 70, "li");
  const MatchResult match = Match(Telecom());
  double sum = 50;
  for (const CriterionResult& criterion : match.criteria) {
    if (criterion.rating) sum += criterion.weight * (*criterion.rating - 50);
  }
  EXPECT_THAT(match.score, Optional(DoubleNear(sum, 1e-12)));
}

TEST_F(MatchTest, ReadsMetricsLinearlyAndClamped) {
  Set("signal_ok_ratio", 0.97);
  metrics_.tenure_months = 90;
  const MatchResult match = Match(Telecom());
  EXPECT_THAT(match.criteria[2].rating, Optional(DoubleNear(70, 1e-9)));
  EXPECT_EQ(match.criteria[2].rated_by, RatedBy::kMetric);
  EXPECT_THAT(match.criteria[4].rating, Optional(100.0));
  EXPECT_EQ(match.criteria[5].rating, std::nullopt);
  EXPECT_NEAR(match.coverage, .35 * .55 + .25 * .5, 1e-12);
}

TEST_F(MatchTest, AFallingMetricIsRatedFromTheOtherEnd) {
  ScoringPolicy policy;
  policy.matches = {
      {.kind = MatchKind::kValues,
       .weight = 1,
       .criteria = {
           {.id = "fresh", .weight = 1, .source = MetricSource{"days_since_purchase", 100, 0}}}}};
  metrics_.days_since_purchase = 25;
  EXPECT_THAT(Match(policy).score, Optional(DoubleNear(75, 1e-12)));
}

TEST_F(MatchTest, APersonsRatingOverridesAComputedOneAndIsNamed) {
  Set("signal_ok_ratio", 1.0);
  Rate(absl::CivilDay(2026, 1, 1), "m_net", 0, "li");
  Rate(absl::CivilDay(2026, 2, 1), "m_net", 20, "li");  // Her latest.
  Rate(absl::CivilDay(2026, 1, 5), "m_net", 40, "wang");
  Rate(absl::CivilDay(2025, 1, 1), "m_net", 100, "zhao");  // More than 365 days ago.
  Rate(absl::CivilDay(2026, 7, 1), "m_net", 100, "qian");  // After as_of.
  const MatchResult match = Match(Telecom());
  EXPECT_THAT(match.criteria[2].rating, Optional(30.0));
  EXPECT_EQ(match.criteria[2].rated_by, RatedBy::kPerson);
  EXPECT_THAT(match.criteria[2].raters, ElementsAre("li", "wang"));
}

TEST_F(MatchTest, NothingRatedIsUnknownAndNotZero) {
  const MatchResult match = Match(Telecom());
  EXPECT_EQ(match.score, std::nullopt);
  EXPECT_EQ(match.coverage, 0);
  EXPECT_EQ(ComputeMatch(CompiledPolicy::BuiltIn(), summary_, metrics_, kToday).score,
            std::nullopt);
}

TEST(PolicyTest, NamesWhatIsWrong) {
  const auto refused = [](const ScoringPolicy& policy, const char* message) {
    EXPECT_THAT(CompiledPolicy::Compile(policy),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(message)));
  };
  ScoringPolicy policy = Telecom();
  policy.matches[0].criteria[0].source = PredicateSource{"segment in"};
  refused(policy, "matches.POSITION.m_seg: predicate: got the end at column 11");
  policy = Telecom();
  policy.matches[1].criteria[0].id = "m_seg";
  refused(policy, "each criterion once");
  policy = Telecom();
  policy.matches[1].weight = 0;
  refused(policy, "matches.CAPABILITY.weight: got 0");
  policy = Telecom();
  policy.matches[1].criteria[0].source = MetricSource{"x", 1, 1};
  refused(policy, "at_100");
  refused({.horizon_months = 0}, "horizon_months");
  refused({.value_rule = ValueRule::kPercentile, .value_cut = 101}, "value_cut: got 101");
  refused({.coverage_min = 60}, "coverage_min: got 60, want 0..1");
}

}  // namespace
}  // namespace valueloop::scoring
