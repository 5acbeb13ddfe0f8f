#include "scoring/rpc/model_name.h"

#include <charconv>
#include <vector>

#include "common/ids.h"
#include "common/status.h"
#include "fmt/format.h"

namespace valueloop::scoring {

absl::StatusOr<ModelPlace> ParseModelName(std::string_view field, std::string_view name) {
  VL_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                      ParseResourceName(field, "workspaces/*/models/*", name));
  return ModelPlace{.workspace = parts[0], .version = parts[1]};
}

absl::StatusOr<int64_t> ParseModelVersion(std::string_view field, std::string_view text) {
  int64_t version = 0;
  const char* const last = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), last, version);
  if (error != std::errc() || stop != last || version < 1) {
    return InvalidField(field, text, "a version, 1 or more");
  }
  return version;
}

absl::StatusOr<int64_t> ResolveModelVersion(VersionStore& versions, std::string_view field,
                                            const ModelPlace& place) {
  if (place.version != "active") return ParseModelVersion(field, place.version);
  VL_ASSIGN_OR_RETURN(const ActiveVersions active, versions.GetActive(place.workspace));
  if (active.model == 0) {
    return WithReason(
        absl::NotFoundError("model: got none active, want one: fit and activate a model"),
        "NO_ACTIVE_MODEL");
  }
  return active.model;
}

std::string ModelName(std::string_view workspace, int64_t version) {
  return fmt::format("workspaces/{}/models/{}", workspace, version);
}

}  // namespace valueloop::scoring
