// A customer's score from day to day, and why it changed.
#ifndef VALUELOOP_SCORING_RPC_SCORE_HISTORY_H_
#define VALUELOOP_SCORING_RPC_SCORE_HISTORY_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/rpc/call_context.h"
#include "scoring/rpc/simulation_rpc.h"

namespace valueloop::scoring {

// Which versions scores of each day are computed with. Keeps the sets it gave out.
class VersionTimeline {
 public:
  // IN_FORCE: as the log says. FIXED: always those of `choice`. INVALID_ARGUMENT names the field:
  // versions with IN_FORCE, an unknown mode. `fallback` stands for UNSPECIFIED.
  static absl::StatusOr<VersionTimeline> Make(const SimulationSources& sources,
                                              const Workspace& workspace, v1::VersionMode mode,
                                              v1::VersionMode fallback,
                                              const v1::VersionChoice& choice);

  v1::VersionMode mode() const { return mode_; }
  // The versions at the end of `day`.
  absl::StatusOr<std::shared_ptr<const VersionSet>> At(absl::CivilDay day);
  // The days after `after` up to `until` on which they changed.
  std::vector<absl::CivilDay> Changes(absl::CivilDay after, absl::CivilDay until) const;

 private:
  VersionTimeline(const SimulationSources& sources, const Workspace& workspace)
      : sources_(&sources), workspace_(workspace) {}

  const SimulationSources* sources_;
  Workspace workspace_;
  v1::VersionMode mode_ = v1::VERSION_MODE_FIXED;
  std::shared_ptr<const VersionSet> fixed_;
  std::vector<VersionActivation> log_;
  std::map<std::tuple<int64_t, int64_t, int64_t>, std::shared_ptr<const VersionSet>> sets_;
};

absl::Status ListScoreChanges(const SimulationSources& sources, rpc::CallContext& context,
                              const v1::ListScoreChangesRequest& request,
                              v1::ListScoreChangesResponse& response);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_RPC_SCORE_HISTORY_H_
