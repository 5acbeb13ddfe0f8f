// A customer, a model and a policy that the tests of what-ifs share.
#ifndef VALUELOOP_TESTS_UNIT_SCORING_SIMULATE_CASE_UNDER_TEST_H_
#define VALUELOOP_TESTS_UNIT_SCORING_SIMULATE_CASE_UNDER_TEST_H_

#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "scoring/domain/simulate.h"
#include "testing/status_matchers.h"

namespace valueloop::scoring {

inline constexpr int64_t kUnit = 1'000'000;
inline constexpr absl::CivilDay kToday(2026, 6, 30);

inline Event MakeEvent(absl::CivilDay day, const std::string& id, Payload payload) {
  return {.customer_id = "c",
          .source = "test",
          .event_id = id,
          .occurred_micros = absl::ToUnixMicros(absl::FromCivil(day, absl::UTCTimeZone())),
          .payload = std::move(payload)};
}

inline std::vector<Event> BuyerEvents() {
  return {
      MakeEvent(kToday - 272, "1", Purchase{.amount_micros = 10 * kUnit}),
      MakeEvent(kToday - 100, "2",
                Purchase{.amount_micros = 30 * kUnit, .margin_micros = 9 * kUnit}),
      MakeEvent(kToday - 59, "3", Purchase{.amount_micros = 20 * kUnit}),
      MakeEvent(kToday - 50, "4", CostToServe{.amount_micros = 3 * kUnit}),
      MakeEvent(kToday - 30, "5", MatchRating{.criterion = "need", .rating = 40, .rater = "li"}),
      MakeEvent(kToday - 20, "6", MatchRating{.criterion = "fit", .rating = 50, .rater = "wang"})};
}

inline CustomerCase CaseOf(const std::vector<Event>& events) {
  CustomerCase customer{.customer_id = "c", .ledger_revision = static_cast<int64_t>(events.size())};
  absl::StatusOr<CustomerSummary> summary = Summarize(events, absl::UTCTimeZone());
  EXPECT_TRUE(summary.ok()) << summary.status();
  customer.summary = *std::move(summary);
  return customer;
}
inline CustomerCase Buyer() { return CaseOf(BuyerEvents()); }

inline Model FittedModel() {
  Model model{.version = 3};
  ModelPart part{
      .purchase = PurchaseParams(BgNbdParams{.r = .243, .alpha = 4.414, .a = .793, .b = 2.426}),
      .gamma_gamma = {.p = 6.25, .q = 3.74, .v = 15.44},
      .mean_spend = 35,
      .mean_customer = MeanCustomer{
          .repeat_count = 1.04, .age_weeks = 32, .alive_probability = .8, .spend = 33}};
  part.components[static_cast<size_t>(Component::kCostToServe)] =
      ComponentPrior{.rate = {.g = .5, .h = 40}, .mean_amount = 8};
  part.components[static_cast<size_t>(Component::kReferral)] =
      ComponentPrior{.rate = {.g = .2, .h = 30},
                     .mean_amount = 1,
                     .mean_referred_amount = 60,
                     .acquired_ratio = .5};
  model.parts.push_back(part);
  return model;
}

// Two criteria of 60 and 40 %; a value of `value_cut` and a match of 50 are high.
inline ScoringPolicy RatedPolicy(double value_cut) {
  ScoringPolicy policy{.version = 7, .value_rule = ValueRule::kMoney, .value_cut = value_cut};
  policy.matches = {{.kind = MatchKind::kPosition,
                     .weight = 100,
                     .criteria = {{.id = "need", .weight = 60}, {.id = "fit", .weight = 40}}}};
  return policy;
}

inline CompiledPolicy Compiled(ScoringPolicy policy) {
  absl::StatusOr<CompiledPolicy> compiled = CompiledPolicy::Compile(std::move(policy));
  EXPECT_TRUE(compiled.ok()) << compiled.status();
  return *std::move(compiled);
}

inline Score ScoreOf(const ScoreContext& context, const CustomerCase& customer) {
  absl::StatusOr<Score> score = ComputeScore(context, customer);
  EXPECT_TRUE(score.ok()) << score.status();
  return *std::move(score);
}

}  // namespace valueloop::scoring

#endif  // VALUELOOP_TESTS_UNIT_SCORING_SIMULATE_CASE_UNDER_TEST_H_
