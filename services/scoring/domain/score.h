// The score of a customer: a pure function of its ledger, the model, the policy, the reference
// distribution and a day.
#ifndef VALUELOOP_SCORING_DOMAIN_SCORE_H_
#define VALUELOOP_SCORING_DOMAIN_SCORE_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "scoring/domain/classify.h"
#include "scoring/domain/interval.h"
#include "scoring/domain/lifecycle.h"
#include "scoring/domain/match.h"
#include "scoring/domain/model.h"
#include "scoring/domain/policy.h"
#include "scoring/domain/reasons.h"
#include "scoring/domain/values.h"

namespace valueloop::scoring {

enum class ScoreState { kOk, kNotEnoughData, kStale };
// OK, NOT_ENOUGH_DATA, STALE. (STALE is for the store to set: this function never does.)
std::string_view ScoreStateName(ScoreState state);

// What a score was computed from: naming these five reproduces it exactly.
struct Provenance {
  int64_t ledger_revision = 0;
  int64_t model_version = 0;      // 0: no model was active.
  int64_t policy_version = 0;     // 0: the built-in policy.
  int64_t reference_version = 0;  // 0: none was taken.
  absl::CivilDay as_of;
  friend bool operator==(const Provenance&, const Provenance&) = default;
};

// Everything pointed to must outlive the call.
struct ScoreInputs {
  std::string_view customer_id;
  const CustomerSummary* summary = nullptr;
  std::span<const ReferralClaim> claims;       // On this customer, by whomever.
  std::span<const ReferredCustomer> referred;  // Named by this customer's referrals, each once.
  int64_t ledger_revision = 0;
};

// What the scores of one call have in common.
struct ScoreContext {
  absl::CivilDay as_of;
  const Model* model = nullptr;  // nullptr: none is active.
  const CompiledPolicy* policy = &CompiledPolicy::BuiltIn();
  const ReferenceDistribution* reference = nullptr;  // nullptr: none taken yet.
  int64_t reference_version = 0;
  bool with_reasons = true;
  bool with_intervals = false;
  bool with_lifecycle = true;
  // Of this policy (ForecasterFor): what customers share is computed once in all the calls that
  // have it, with the same bits. Not thread-safe. nullptr: every call has one of its own.
  Forecaster* forecaster = nullptr;
};

struct Score {
  ScoreState state = ScoreState::kOk;
  std::vector<std::string> missing;  // If NOT_ENOUGH_DATA: "model", "purchases".
  // Attributes that the model reads and the customer lacks: taken as the mean, or the most
  // frequent.
  std::vector<std::string> assumed_attributes;

  FiveValues realised;
  std::optional<FiveValues> expected;    // Unset if NOT_ENOUGH_DATA.
  std::optional<double> lifetime_value;  // Realised + expected.
  std::optional<double> value_at_stake;  // (1 - alive) x value given alive, at least 0.

  // Purchases. Unset: no purchase day, or no model where one is needed.
  std::optional<int32_t> repeat_purchase_count;
  std::optional<absl::CivilDay> first_purchase_day;
  std::optional<absl::CivilDay> last_purchase_day;
  double purchase_amount = 0;  // Purchases less refunds to date.
  std::optional<double> alive_probability;
  std::optional<double> probability_any_purchase;  // Over the horizon.
  std::optional<double> expected_purchases;        // Over the horizon, not discounted.
  std::optional<double> expected_purchases_90_days;
  std::optional<double> expected_spend;  // Per purchase.
  std::optional<double> margin_ratio;
  double given_ratio = 0;  // Of its margin, what goes to the one who referred it.
  std::optional<double> median_weeks_to_next_purchase;  // Given alive.

  // With context.with_intervals, where the expectation is known (METHODS E9).
  std::optional<Interval> expected_purchase_interval;
  std::optional<Interval> expected_value_interval;
  LifecycleFacts lifecycle;  // If asked for.

  MatchResult match;
  Classification classification;
  std::optional<Treatment> treatment;  // Of the class; unset if the policy names none.
  std::vector<Reason> value_reasons;   // Add up to expected->total().
  std::vector<Reason> match_reasons;   // Add up to match.score.
  std::string segment;                 // Of the model part used; empty: everybody's.
  Provenance provenance;
};

// Fails only with InvalidArgument, if the model's parameters are out of range; lack of data is a
// state.
absl::StatusOr<Score> ComputeScore(const ScoreContext& context, const ScoreInputs& inputs);

// The same for many customers; a single call is a batch of one.
std::vector<absl::StatusOr<Score>> ComputeScores(const ScoreContext& context,
                                                 std::span<const ScoreInputs> inputs);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_SCORE_H_
