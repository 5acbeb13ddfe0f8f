// Waiting for the jobs that services start.
#ifndef VALUELOOP_CLI_JOBS_H_
#define VALUELOOP_CLI_JOBS_H_

#include <string>

#include "absl/status/statusor.h"
#include "cli/context.h"
#include "valueloop/common/v1/job.pb.h"

namespace valueloop::cli {

// Follows a job of scoring with a progress bar until it has ended; returns it when it has
// succeeded. FailedPrecondition with the job's reason if it failed; Unavailable if the connection
// is lost for good (the job goes on).
absl::StatusOr<common::v1::Job> WaitForJob(Context& context, const std::string& name,
                                           const std::string& label);

}  // namespace valueloop::cli

#endif  // VALUELOOP_CLI_JOBS_H_
