#include "scoring/domain/simulate.h"

#include <cmath>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "scoring/domain/civil_day.h"
#include "scoring/domain/model.h"
#include "scoring/domain/random.h"
#include "scoring/domain/score.h"
#include "testing/status_matchers.h"

namespace valueloop::scoring {
namespace {

using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;

absl::TimeZone Zone() { return absl::FixedTimeZone(8 * 3600); }

std::vector<Event> Simulate(const SimulationOptions& options) {
  std::vector<Event> events;
  VL_EXPECT_OK(
      SimulateLedger(options, Zone(), [&](const Event& event) { events.push_back(event); }));
  return events;
}

TEST(SimulateTest, MakesValidEventsOfEveryKindWithinItsDays) {
  const SimulationOptions options{.customer_count = 1500};
  std::set<EventKind> kinds;
  std::set<std::string> ids;
  for (const Event& event : Simulate(options)) {
    ASSERT_THAT(Validate(event), IsOk());
    const absl::CivilDay day = DayOf(event.occurred_micros, Zone());
    ASSERT_TRUE(day >= options.first_day && day <= options.last_day) << day;
    ASSERT_TRUE(ids.insert(event.event_id).second) << event.event_id;
    kinds.insert(event.kind());
  }
  EXPECT_EQ(kinds.size(), static_cast<size_t>(kEventKindCount));
}

TEST(SimulateTest, IsTheSameForTheSameStartValue) {
  const std::vector<Event> one = Simulate({.start_value = 5, .customer_count = 50});
  EXPECT_EQ(one, Simulate({.start_value = 5, .customer_count = 50}));
  EXPECT_NE(one, Simulate({.start_value = 6, .customer_count = 50}));
}

TEST(SimulateTest, RefusesOptionsOutOfRange) {
  const auto ignore = [](const Event&) {};
  EXPECT_THAT(SimulateLedger({.customer_count = 0}, Zone(), ignore),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("customer_count: got 0")));
  EXPECT_THAT(SimulateLedger({.last_day = absl::CivilDay(2025, 2, 1)}, Zone(), ignore),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("last_day")));
}

TEST(SimulateTest, AModelFittedToItFindsTheProcessThatMadeIt) {
  const SimulationOptions options{.customer_count = 6000};
  std::map<std::string, CustomerSummary> summaries;
  for (const Event& event : Simulate(options)) {
    ASSERT_THAT(Apply(summaries[event.customer_id], event, Zone()), IsOk());
  }
  ModelData data(options.last_day);
  for (const auto& [id, summary] : summaries) data.Add(id, summary);
  double last = 0;
  VL_ASSERT_OK_AND_ASSIGN(const ModelPartFit fit,
                          FitModelPart("", data, {.on_progress = [&](const FitProgress& progress) {
                                         EXPECT_GE(progress.done_ratio, last);
                                         last = progress.done_ratio;
                                         return true;
                                       }}));
  EXPECT_EQ(last, 1);
  const BgNbdParams& params = fit.part.bg_nbd;
  EXPECT_NEAR(params.r / .9, 1, .15);
  EXPECT_NEAR(params.alpha / 6, 1, .2);
  EXPECT_NEAR(params.a / (params.a + params.b), .7 / 4.2, .05);
  EXPECT_NEAR(fit.part.mean_customer->spend, 115, 20);
  for (const std::optional<ComponentPrior>& component : fit.part.components) {
    EXPECT_TRUE(component.has_value());
  }
  Model model{.version = 1};
  model.parts.push_back(fit.part);
  EXPECT_THAT(Validate(fit.part), IsOk());
  int ok = 0;
  for (const auto& [id, summary] : summaries) {
    VL_ASSERT_OK_AND_ASSIGN(
        const Score score,
        ComputeScore({.as_of = options.last_day, .model = &model, .with_reasons = false},
                     {.customer_id = id, .summary = &summary}));
    if (score.state != ScoreState::kOk) continue;
    ++ok;
    ASSERT_TRUE(std::isfinite(score.expected->total()));
  }
  EXPECT_GT(ok, 5900);
}

TEST(RandomTest, DrawsHaveTheirMeans) {
  Random random(1, 0);
  constexpr int kDraws = 40000;
  double uniform = 0, exponential = 0, normal = 0, gamma = 0, small_gamma = 0, beta = 0;
  for (int i = 0; i < kDraws; ++i) {
    uniform += random.Uniform() / kDraws;
    exponential += random.Exponential(2) / kDraws;
    normal += random.Normal() / kDraws;
    gamma += random.Gamma(3, 2) / kDraws;
    small_gamma += random.Gamma(.3, 1) / kDraws;
    beta += random.Beta(2, 6) / kDraws;
  }
  EXPECT_NEAR(uniform, .5, .01);
  EXPECT_NEAR(exponential, .5, .02);
  EXPECT_NEAR(normal, 0, .03);
  EXPECT_NEAR(gamma, 1.5, .03);
  EXPECT_NEAR(small_gamma, .3, .02);
  EXPECT_NEAR(beta, .25, .01);
}

TEST(RandomTest, DrawsAreTheSameWithEveryCompiler) {
  // The standard fixes the ten thousandth draw of its generator; ours only scale such draws.
  std::mt19937_64 generator;
  generator.discard(9999);
  EXPECT_EQ(generator(), 9981545732273789042u);
  Random one(1, 2), other(1, 2), third(1, 3);
  EXPECT_EQ(one.Gamma(2, 1), other.Gamma(2, 1));
  EXPECT_NE(one.Uniform(), third.Uniform());
  EXPECT_EQ(Random(1, 2).Integer(4, 4), 4);
}

}  // namespace
}  // namespace valueloop::scoring
