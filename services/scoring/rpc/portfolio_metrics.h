// Portfolio metrics of one period: who is in which class at its end, and what each class bought.
#ifndef VALUELOOP_SCORING_RPC_PORTFOLIO_METRICS_H_
#define VALUELOOP_SCORING_RPC_PORTFOLIO_METRICS_H_

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/workspace/workspace_store.h"
#include "scoring/store/scorer.h"
#include "scoring/store/version_registry.h"
#include "valueloop/scoring/v1/portfolio.pb.h"

namespace valueloop::scoring {

// Scores everybody as of `last_day` with `versions`. FAILED_PRECONDITION, reason NO_MODEL, without
// a model: no class is known then. CANCELLED once `stop` says so.
absl::StatusOr<v1::PortfolioMetrics> ComputePortfolioMetrics(
    Scorer& scorer, const Workspace& workspace, const VersionSet& versions,
    absl::CivilDay first_day, absl::CivilDay last_day, absl::FunctionRef<bool()> stop);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_RPC_PORTFOLIO_METRICS_H_
