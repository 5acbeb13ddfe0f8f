// Rows of plans and plan_versions; used inside a transaction by sql_plan_store.cc.
#ifndef VALUELOOP_STRATEGY_STORE_PLAN_ROWS_H_
#define VALUELOOP_STRATEGY_STORE_PLAN_ROWS_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/sql/session.h"
#include "strategy/store/plan_store.h"

namespace valueloop::strategy {

struct PlanRow {
  int64_t newest_version = 0;
  int64_t revision = 0;  // Of the last write.
};

// Empty if there is no such plan.
absl::StatusOr<std::optional<PlanRow>> FindPlan(sql::Session& session, std::string_view workspace,
                                                std::string_view plan);
// Inserts or replaces the row.
absl::Status WritePlan(sql::Session& session, std::string_view workspace, std::string_view plan,
                       const PlanRow& row, int64_t now);

// Empty if there is no such version.
absl::StatusOr<std::optional<PlanVersion>> FindVersion(sql::Session& session,
                                                       std::string_view workspace,
                                                       std::string_view plan, int64_t version);
absl::StatusOr<std::vector<PlanVersion>> NewestVersions(sql::Session& session,
                                                        std::string_view workspace,
                                                        std::string_view after, int limit);

absl::Status InsertVersion(sql::Session& session, const PlanVersion& version,
                           std::string_view source, std::string_view file_name);
// Writes everything but the source.
absl::Status UpdateVersion(sql::Session& session, const PlanVersion& version);
absl::Status UpdateSource(sql::Session& session, const PlanVersion& version,
                          std::string_view source, std::string_view file_name);

// Sets `text` and `file_name` of the version's source; INTERNAL if the version is gone.
absl::Status ReadSource(sql::Session& session, const PlanVersion& version, PlanSource& source);

}  // namespace valueloop::strategy

#endif  // VALUELOOP_STRATEGY_STORE_PLAN_ROWS_H_
