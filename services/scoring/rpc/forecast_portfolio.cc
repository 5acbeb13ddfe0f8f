#include "scoring/rpc/forecast_portfolio.h"

#include <algorithm>
#include <memory>

#include "common/status.h"
#include "fmt/format.h"
#include "scoring/domain/facts.h"
#include "scoring/domain/portfolio_forecast.h"
#include "scoring/rpc/score_proto.h"

namespace valueloop::scoring {

absl::StatusOr<v1::PortfolioForecast> ForecastPortfolio(Scorer& scorer, const Workspace& workspace,
                                                        const VersionSet& versions,
                                                        absl::CivilDay as_of,
                                                        std::optional<int32_t> horizon_months,
                                                        absl::FunctionRef<bool()> stop) {
  if (versions.model == nullptr) {
    return WithReason(
        absl::FailedPreconditionError("model: got none active, want one: fit and activate a model"),
        "NO_MODEL");
  }
  VersionSet over_horizon = versions;
  if (horizon_months.has_value()) {
    if (*horizon_months < 1 || *horizon_months > 600) {
      return InvalidField("horizon_months", fmt::format("{}", *horizon_months), "1..600");
    }
    ScoringPolicy policy = versions.policy->policy();
    policy.horizon_months = *horizon_months;
    VL_ASSIGN_OR_RETURN(CompiledPolicy compiled, CompiledPolicy::Compile(std::move(policy)));
    over_horizon.policy = std::make_shared<const CompiledPolicy>(std::move(compiled));
  }
  const ScoringPolicy& policy = over_horizon.policy->policy();
  PortfolioForecaster forecaster(policy.HorizonWeeks(), std::min(policy.DeltaWeekly(), 1.0));
  double expected_value = 0;
  VL_RETURN_IF_ERROR(scorer.ScoreAll(
      workspace, over_horizon, as_of,
      [&](const CustomerRecord& record, const Score& score) -> absl::Status {
        if (stop()) return absl::CancelledError("forecast: nobody waits for it");
        if (!score.expected.has_value()) return absl::OkStatus();
        expected_value += score.expected->total();
        const PurchaseFacts facts = PurchasesAsOf(record.summary, as_of);
        const ModelPart* part = PartFor(*over_horizon.model, record.summary, as_of);
        if (part == nullptr || !facts.history.has_value()) return absl::OkStatus();
        const PurchaseParams own =
            CustomerParams(part->purchase, part->covariates, AttributesAsOf(record.summary, as_of));
        forecaster.Add(*part, own, *facts.history, facts.spend,
                       score.margin_ratio.value_or(0) * (1 - score.given_ratio));
        return absl::OkStatus();
      }));
  VL_ASSIGN_OR_RETURN(const PortfolioForecast forecast, forecaster.Finish());
  v1::PortfolioForecast out;
  out.set_horizon_months(policy.horizon_months);
  out.set_customer_count(forecast.customer_count);
  out.set_expected_purchase_count(forecast.purchases.mean);
  out.set_expected_purchase_value(forecast.purchase_value.mean);
  out.set_other_expected_value(expected_value - forecast.purchase_value.mean);
  if (forecast.purchases.interval.has_value()) {
    IntervalToProto(*forecast.purchases.interval, *out.mutable_purchase_interval());
  }
  if (forecast.purchase_value.interval.has_value()) {
    IntervalToProto(*forecast.purchase_value.interval, *out.mutable_purchase_value_interval());
  }
  const SumForecast& value = forecast.purchase_value;
  if (value.interval.has_value() && value.parameter_variance.has_value()) {
    const double variance = value.process_variance + *value.parameter_variance;
    if (variance > 0) out.set_parameter_variance_share(*value.parameter_variance / variance);
  }
  return out;
}

}  // namespace valueloop::scoring
