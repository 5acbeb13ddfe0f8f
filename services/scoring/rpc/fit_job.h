// The job that fits a model: the ledger's histories, the choice of a family, the fit to all days,
// and the version that is kept.
#ifndef VALUELOOP_SCORING_RPC_FIT_JOB_H_
#define VALUELOOP_SCORING_RPC_FIT_JOB_H_

#include "absl/status/status.h"
#include "common/sql/job_runner.h"
#include "scoring/rpc/scoring_jobs.h"
#include "valueloop/scoring/v1/model.pb.h"

namespace valueloop::scoring {

// What can be said of a request before its data are read: the family, days and weights.
// INVALID_ARGUMENT names the field.
absl::Status ValidateFit(const v1::FitModelRequest& request);

// A job of kFitKind. Its result is the model's name. FAILED_PRECONDITION, reason NOT_ENOUGH_DATA,
// says what is missing; INVALID_ARGUMENT names a holdout longer than the data.
absl::Status RunFit(const JobTools& tools, sql::JobContext& context);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_RPC_FIT_JOB_H_
