// Resource names of plans, their versions and gaps, and the cursors of publications.
#ifndef VALUELOOP_STRATEGY_RPC_PLAN_NAMES_H_
#define VALUELOOP_STRATEGY_RPC_PLAN_NAMES_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/ids.h"
#include "google/protobuf/message.h"
#include "google/protobuf/timestamp.pb.h"
#include "strategy/store/gap_store.h"
#include "strategy/store/request_key.h"

namespace valueloop::strategy {

// Parsing fails with INVALID_ARGUMENT that names the field.

struct PlanName {
  std::string workspace;
  std::string plan;
  int64_t version = 0;  // 0: none named, which means the newest.
};

// workspaces/{workspace}
absl::StatusOr<std::string> ParseWorkspaceName(std::string_view field, std::string_view name);

// workspaces/{workspace}/plans/{plan}, or .../versions/{version}
absl::StatusOr<PlanName> ParsePlanName(std::string_view field, std::string_view name);
std::string FormatPlanName(const PlanName& name);

// workspaces/{workspace}/plans/{plan}/gaps/{gap}
absl::StatusOr<GapKey> ParseGapName(std::string_view field, std::string_view name);

// A place in a database's publications. Opaque to clients.
std::string FormatCursor(std::string_view epoch, int64_t sequence);
// The sequence number; 0 for an empty cursor. OUT_OF_RANGE (CURSOR_UNKNOWN) if it is from another
// database or from its future.
absl::StatusOr<int64_t> ParseCursor(std::string_view epoch, int64_t latest,
                                    std::string_view cursor);

// The key of a mutation that may be repeated; without `id` it may not.
absl::StatusOr<RequestKey> MakeRequestKey(std::string_view id, std::string_view method,
                                          const google::protobuf::Message& request);

void SetTime(int64_t micros, google::protobuf::Timestamp& time);

}  // namespace valueloop::strategy

#endif  // VALUELOOP_STRATEGY_RPC_PLAN_NAMES_H_
