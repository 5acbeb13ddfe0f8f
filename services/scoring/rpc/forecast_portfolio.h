// What all customers together are expected to buy and be worth.
#ifndef VALUELOOP_SCORING_RPC_FORECAST_PORTFOLIO_H_
#define VALUELOOP_SCORING_RPC_FORECAST_PORTFOLIO_H_

#include <cstdint>
#include <optional>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/workspace/workspace_store.h"
#include "scoring/store/scorer.h"
#include "scoring/store/version_registry.h"
#include "valueloop/scoring/v1/portfolio.pb.h"

namespace valueloop::scoring {

// Scores everybody as of `as_of` with `versions`, over `horizon_months` (unset: the policy's); the
// snapshot is for the caller to fill. FAILED_PRECONDITION, reason NO_MODEL, without a model;
// INVALID_ARGUMENT for a horizon outside 1..600. CANCELLED once `stop` says so.
absl::StatusOr<v1::PortfolioForecast> ForecastPortfolio(Scorer& scorer, const Workspace& workspace,
                                                        const VersionSet& versions,
                                                        absl::CivilDay as_of,
                                                        std::optional<int32_t> horizon_months,
                                                        absl::FunctionRef<bool()> stop);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_RPC_FORECAST_PORTFOLIO_H_
