#include "scoring/domain/score.h"

#include <algorithm>
#include <array>

#include "common/status.h"
#include "scoring/domain/hysteresis.h"

namespace valueloop::scoring {
namespace {

constexpr double kMicros = 1e6;

// What the purchase model says of the customer, whatever its values are.
absl::Status FillPurchases(const CustomerFacts& facts, const ModelPart& part,
                           Forecaster& forecaster, Score& score) {
  VL_ASSIGN_OR_RETURN(const PurchaseForecast forecast,
                      forecaster.Forecast(part.purchase, *facts.purchases.history));
  score.alive_probability = forecast.alive_probability;
  score.probability_any_purchase = forecast.probability_any_purchase;
  score.expected_purchases = forecast.expected_purchases;
  score.expected_purchases_90_days = forecast.expected_purchases_90_days;
  score.median_weeks_to_next_purchase = forecast.median_weeks_to_next_purchase;
  return absl::OkStatus();
}

absl::Status FillExpected(const ScoreContext& context, const ValueInputs& inputs, Score& score) {
  VL_ASSIGN_OR_RETURN(const ExpectedResult expected, ExpectedValues(inputs));
  score.expected = expected.values;
  score.lifetime_value = score.realised.total() + expected.values.total();
  score.value_at_stake =
      std::max(0.0, (1 - expected.alive_probability) * expected.value_given_alive);
  score.alive_probability = expected.alive_probability;
  score.given_ratio = expected.given_ratio;
  if (inputs.facts->purchases.history) {
    score.expected_spend = expected.spend_per_purchase;
    score.margin_ratio = expected.margin_ratio;
  }
  if (context.with_intervals) {
    VL_ASSIGN_OR_RETURN(CustomerIntervals intervals, ComputeIntervals(inputs, expected));
    score.expected_purchase_interval = intervals.purchases;
    score.expected_value_interval = intervals.value;
  }
  if (!context.with_reasons) return absl::OkStatus();
  VL_ASSIGN_OR_RETURN(score.value_reasons,
                      ValueReasons(*inputs.facts, *inputs.part, *inputs.policy, expected));
  return absl::OkStatus();
}

// The customer on an earlier day, under the same versions.
absl::StatusOr<Standing> StandingOn(absl::CivilDay day, const ScoreContext& context,
                                    const ScoreInputs& inputs, const WantedStanding& wanted) {
  Standing standing;
  const CustomerFacts facts = FactsOf(*inputs.summary, day);
  CustomerMetrics metrics = MetricsOf(facts);
  const ModelPart* part =
      context.model == nullptr ? nullptr : PartFor(*context.model, *inputs.summary, day);
  const std::optional<PurchaseHistory>& history = facts.purchases.history;
  if (part != nullptr && (history || !facts.subscriptions.empty())) {
    if (wanted.value) {
      VL_ASSIGN_OR_RETURN(const ExpectedResult expected,
                          ExpectedValues({.customer_id = inputs.customer_id,
                                          .facts = &facts,
                                          .part = part,
                                          .model = context.model,
                                          .policy = &context.policy->policy(),
                                          .claims = inputs.claims,
                                          .referred = inputs.referred}));
      standing.expected_value = expected.values.total();
      metrics.alive_probability = expected.alive_probability;
    } else if (history) {
      VL_ASSIGN_OR_RETURN(metrics.alive_probability, AliveProbability(part->purchase, *history));
    } else {
      metrics.alive_probability = 1;  // As ExpectedValues has it.
    }
  }
  if (wanted.match) standing.match = ComputeMatch(*context.policy, *inputs.summary, metrics, day);
  return standing;
}

absl::StatusOr<Classification> ClassifyScore(const ScoreContext& context, const ScoreInputs& inputs,
                                             const Score& score) {
  const ScoringPolicy& policy = context.policy->policy();
  Standing now{.match = score.match};
  if (score.expected) now.expected_value = score.expected->total();
  VL_ASSIGN_OR_RETURN(
      const FormerSides former,
      RecallSides(policy, context.reference, now,
                  FirstEventDay(*inputs.summary).value_or(context.as_of), context.as_of,
                  [&](absl::CivilDay day, const WantedStanding& wanted) {
                    return StandingOn(day, context, inputs, wanted);
                  }));
  return Classify(policy, context.reference, now.expected_value, now.match, former);
}

}  // namespace

std::string_view ScoreStateName(ScoreState state) {
  constexpr std::array<std::string_view, 3> kNames = {"OK", "NOT_ENOUGH_DATA", "STALE"};
  return kNames[static_cast<size_t>(state)];
}

absl::StatusOr<Score> ComputeScore(const ScoreContext& context, const ScoreInputs& inputs) {
  const ScoringPolicy& policy = context.policy->policy();
  const CustomerFacts facts = FactsOf(*inputs.summary, context.as_of);
  const ModelPart* part =
      context.model == nullptr ? nullptr : PartFor(*context.model, *inputs.summary, context.as_of);
  std::optional<ModelPart> personal;
  std::vector<std::string> assumed;
  if (part != nullptr && !part->covariates.empty()) {
    assumed = MissingCovariates(part->covariates, AttributesAsOf(*inputs.summary, context.as_of));
    part = &personal.emplace(PersonalPart(*part, *inputs.summary, context.as_of));
  }
  Score score;
  score.assumed_attributes = std::move(assumed);
  score.provenance = {.ledger_revision = inputs.ledger_revision,
                      .model_version = context.model == nullptr ? 0 : context.model->version,
                      .policy_version = policy.version,
                      .reference_version = context.reference_version,
                      .as_of = context.as_of};
  if (facts.purchases.history) {
    score.repeat_purchase_count = facts.purchases.history->repeat_count;
    score.first_purchase_day = facts.purchases.first_day;
    score.last_purchase_day = facts.purchases.last_day;
  }
  score.purchase_amount = static_cast<double>(facts.purchases.amount_micros) / kMicros;
  if (part == nullptr) score.missing.emplace_back("model");
  if (!facts.purchases.history && facts.subscriptions.empty()) {
    score.missing.emplace_back("purchases");
  }
  if (!score.missing.empty()) score.state = ScoreState::kNotEnoughData;

  Forecaster own_forecaster = ForecasterFor(policy);
  Forecaster& forecaster = context.forecaster != nullptr ? *context.forecaster : own_forecaster;
  const ValueInputs values{.customer_id = inputs.customer_id,
                           .facts = &facts,
                           .part = part,
                           .model = context.model,
                           .policy = &policy,
                           .claims = inputs.claims,
                           .referred = inputs.referred,
                           .forecaster = &forecaster};
  score.realised = RealisedValues(values);
  if (part != nullptr) {
    VL_RETURN_IF_ERROR(Validate(*part));
    score.segment = part->segment;
    if (facts.purchases.history) VL_RETURN_IF_ERROR(FillPurchases(facts, *part, forecaster, score));
  }
  if (score.state == ScoreState::kOk) {
    VL_RETURN_IF_ERROR(FillExpected(context, values, score));
  }

  if (context.with_lifecycle) {
    VL_ASSIGN_OR_RETURN(score.lifecycle, LifecycleFactsOf(*inputs.summary, facts, part));
    score.lifecycle.alive_probability = score.alive_probability;
  }
  CustomerMetrics metrics = MetricsOf(facts);
  metrics.alive_probability = score.alive_probability;
  score.match = ComputeMatch(*context.policy, *inputs.summary, metrics, context.as_of);
  if (context.with_reasons) score.match_reasons = MatchReasons(score.match);
  VL_ASSIGN_OR_RETURN(score.classification, ClassifyScore(context, inputs, score));
  const Treatment& treatment =
      policy.treatments[static_cast<size_t>(score.classification.customer_class)];
  if (treatment != Treatment{}) score.treatment = treatment;
  return score;
}

std::vector<absl::StatusOr<Score>> ComputeScores(const ScoreContext& context,
                                                 std::span<const ScoreInputs> inputs) {
  std::vector<absl::StatusOr<Score>> scores;
  scores.reserve(inputs.size());
  Forecaster forecaster = ForecasterFor(context.policy->policy());
  ScoreContext shared = context;
  if (shared.forecaster == nullptr) shared.forecaster = &forecaster;
  for (const ScoreInputs& one : inputs) scores.push_back(ComputeScore(shared, one));
  return scores;
}

}  // namespace valueloop::scoring
