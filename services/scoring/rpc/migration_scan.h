// How the customers of a workspace moved between the classes from one day to another.
#ifndef VALUELOOP_SCORING_RPC_MIGRATION_SCAN_H_
#define VALUELOOP_SCORING_RPC_MIGRATION_SCAN_H_

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/rpc/call_context.h"
#include "scoring/domain/migration.h"
#include "scoring/rpc/simulation_rpc.h"

namespace valueloop::scoring {

// 0 is the default; INVALID_ARGUMENT out of its range.
absl::StatusOr<int64_t> ParseSampleSize(int32_t sample_size);

struct ScanCounts {
  int64_t customer_count = 0;  // Known by the day, in the sample or not.
  int64_t scored_count = 0;
};

// Calls `on_cases` with the customers of the sample that have an event by `day`, a page at a time,
// by the bytes of their ids. CANCELLED when nobody waits any more; an error of `on_cases` ends the
// scan and is returned.
absl::StatusOr<ScanCounts> ScanCases(
    const SimulationSources& sources, rpc::CallContext& context, const Workspace& workspace,
    absl::CivilDay day, const CustomerSample& sample,
    absl::FunctionRef<absl::Status(std::span<const CustomerCase>)> on_cases);

// The scores of all of them; the first error instead, with its customer.
absl::StatusOr<std::vector<Score>> ScoresOf(const ScoreContext& context,
                                            std::span<const CustomerCase> customers);

absl::Status GetMigrationMatrix(const SimulationSources& sources, rpc::CallContext& context,
                                const v1::GetMigrationMatrixRequest& request,
                                v1::MigrationMatrix& response);

absl::Status ListMigrations(const SimulationSources& sources, rpc::CallContext& context,
                            const v1::ListMigrationsRequest& request,
                            v1::ListMigrationsResponse& response);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_RPC_MIGRATION_SCAN_H_
