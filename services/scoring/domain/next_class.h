// The next class of a customer: how far it is, and the least that would reach it, found by search
// over the scoring function itself, so that whatever that computes is true of the answer.
#ifndef VALUELOOP_SCORING_DOMAIN_NEXT_CLASS_H_
#define VALUELOOP_SCORING_DOMAIN_NEXT_CLASS_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "scoring/domain/simulate.h"

namespace valueloop::scoring {

// What could be done. Each has a unit, by which efforts of different kinds are priced.
enum class ActionKind {
  kPurchase,         // One purchase of `amount` now. Unit: the expected spend.
  kRepeatPurchases,  // `amount` purchases at the expected spend. Unit: one.
  kSpend,            // Every purchase `amount` % larger. Unit: 10 %.
  kReferral,         // `amount` referrals of type one. Unit: one.
  kRating,           // A criterion rated `amount`. Unit: 10 points above now; unrated: above 50.
  kServiceCost,      // The cost to serve `amount` % lower. Unit: 10 %.
};
inline constexpr int kActionKindCount = 6;
// PURCHASE, REPEAT_PURCHASES, SPEND, REFERRAL, RATING, SERVICE_COST.
std::string_view ActionKindName(ActionKind kind);

struct ActionStep {
  ActionKind kind = ActionKind::kPurchase;
  // Money to the cent; whole purchases, referrals, percents, points. The least that suffices.
  double amount = 0;
  std::string criterion;             // kRating.
  int interval_days = 0;             // kRepeatPurchases.
  std::optional<double> amount_now;  // kRating: the rating now; unset: unrated.
  double units = 0;
};

struct ClassWay {
  std::vector<ActionStep> steps;
  double cost = 0;       // Sum of units x the kind's cost.
  absl::CivilDay as_of;  // When it has happened: with kRepeatPurchases after today.
  WhatIf what_if;
  Score score;  // As of then, without reasons.
};

struct ClassTarget {
  CustomerClass customer_class = CustomerClass::kUnknown;
  std::optional<double> value_points_missing;    // PERCENTILE only.
  std::optional<double> expected_value_missing;  // Currency units.
  std::optional<double> match_points_missing;
  std::vector<ClassWay> ways;  // The cheapest first.
};

struct UnratedCriterion {
  std::string criterion;
  double coverage = 0;                // 0..1: what rating it would add.
  RatedBy source = RatedBy::kPerson;  // Where its rating would come from.
};

struct NextClass {
  Score score;
  // What keeps an UNKNOWN customer from being classed: "model", "purchases", "reference", "policy"
  // (it names no criteria), "match_coverage".
  std::vector<std::string> missing;
  std::vector<UnratedCriterion> unrated;  // With "match_coverage"; the heaviest first.
  std::vector<ClassTarget> targets;       // Every better class; of an UNKNOWN customer those that
                                          // ratings can reach.
};

struct NextClassOptions {
  absl::TimeZone zone;                                                   // The workspace's.
  std::array<double, kActionKindCount> unit_costs = {1, 1, 1, 1, 1, 1};  // By ActionKind.
};

// Every way is confirmed by ComputeScore and reaches its class, or a better one; with one step
// (cent, purchase, percent, point) less it would not. Some hundred scores. Fails as ComputeScore.
absl::StatusOr<NextClass> FindNextClass(const ScoreContext& context, const CustomerCase& customer,
                                        const NextClassOptions& options);

// The least n in low..high that `reaches`, if that holds from some n on; nothing if not even high
// does.
std::optional<int64_t> LeastReaching(int64_t low, int64_t high,
                                     absl::FunctionRef<bool(int64_t)> reaches);

// What people are told of a step; `language_code` as for RenderReason.
std::string RenderStep(const ActionStep& step, std::string_view language_code);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_NEXT_CLASS_H_
