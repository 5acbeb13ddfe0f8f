// Names of models in requests: workspaces/{workspace}/models/{version}, or .../models/active.
#ifndef VALUELOOP_SCORING_RPC_MODEL_NAME_H_
#define VALUELOOP_SCORING_RPC_MODEL_NAME_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "scoring/store/version_store.h"

namespace valueloop::scoring {

struct ModelPlace {
  std::string workspace;
  std::string version;  // As written: digits, or "active".
};

// INVALID_ARGUMENT names `field`.
absl::StatusOr<ModelPlace> ParseModelName(std::string_view field, std::string_view name);

// A number of 1 or more; INVALID_ARGUMENT names `field`.
absl::StatusOr<int64_t> ParseModelVersion(std::string_view field, std::string_view text);

// The same, or the version that is active: NOT_FOUND with reason NO_ACTIVE_MODEL if none is.
absl::StatusOr<int64_t> ResolveModelVersion(VersionStore& versions, std::string_view field,
                                            const ModelPlace& place);

// workspaces/{workspace}/models/{version}.
std::string ModelName(std::string_view workspace, int64_t version);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_RPC_MODEL_NAME_H_
