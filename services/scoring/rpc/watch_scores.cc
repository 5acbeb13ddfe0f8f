#include "scoring/rpc/watch_scores.h"

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/ids.h"
#include "common/status.h"
#include "fmt/format.h"
#include "scoring/domain/civil_day.h"
#include "scoring/rpc/score_proto.h"
#include "scoring/rpc/simulation_proto.h"

namespace valueloop::scoring {
namespace {

constexpr int kMaxCustomers = 200;

absl::Status CheckRequest(const v1::WatchScoresRequest& request) {
  VL_RETURN_IF_ERROR(CheckLanguage(request.language_code()));
  if (request.view() < v1::SCORE_VIEW_UNSPECIFIED || request.view() > v1::SCORE_VIEW_FULL) {
    return InvalidField("view", std::to_string(request.view()), "BASIC or FULL");
  }
  if (request.customer_ids_size() < 1 || request.customer_ids_size() > kMaxCustomers) {
    return InvalidField("customer_ids", fmt::format("{} of them", request.customer_ids_size()),
                        fmt::format("1 to {}", kMaxCustomers));
  }
  for (const std::string& id : request.customer_ids()) {
    VL_RETURN_IF_ERROR(ValidateCustomerId("customer_ids", id));
  }
  return absl::OkStatus();
}

// Sends the scores that are others than those sent last.
class Sender {
 public:
  Sender(const SimulationSources& sources, const Workspace& workspace,
         const v1::WatchScoresRequest& request, rpc::Writer<v1::WatchScoresResponse>& writer)
      : sources_(sources), workspace_(workspace), request_(request), writer_(writer) {}

  absl::Status Send(const std::vector<std::string>& ids, absl::CivilDay today) {
    const bool is_full = request_.view() == v1::SCORE_VIEW_FULL;
    VL_ASSIGN_OR_RETURN(const auto versions, sources_.versions.Get(workspace_.id));
    VL_ASSIGN_OR_RETURN(const std::vector<absl::StatusOr<Score>> scores,
                        sources_.scorer.ScoreMany(workspace_, ids, *versions, today, is_full));
    for (size_t i = 0; i < ids.size(); ++i) {
      v1::WatchScoresResponse response;
      response.set_customer_id(ids[i]);
      if (scores[i].ok()) {
        // Without the time, which alone makes no score another.
        v1::Score& score = *response.mutable_score();
        ToProto(*scores[i], versions->policy->policy(), workspace_.id, ids[i], sources_.clock.Now(),
                score);
        score.mutable_provenance()->clear_compute_time();
        if (!is_full) KeepBasicView(score);
        if (!request_.language_code().empty()) RenderReasons(request_.language_code(), score);
      } else if (!absl::IsNotFound(scores[i].status())) {
        return Annotate(scores[i].status(), ids[i]);
      }
      std::string bytes = response.SerializeAsString();
      std::string& sent = sent_[ids[i]];
      if (sent == bytes) continue;
      if (!writer_.Write(response)) return absl::CancelledError("stream: got closed by the caller");
      sent = std::move(bytes);
    }
    return absl::OkStatus();
  }

 private:
  const SimulationSources& sources_;
  const Workspace& workspace_;
  const v1::WatchScoresRequest& request_;
  rpc::Writer<v1::WatchScoresResponse>& writer_;
  std::map<std::string, std::string> sent_;  // Never empty bytes: they hold the id.
};

}  // namespace

absl::Status WatchScores(const SimulationSources& sources, rpc::CallContext& context,
                         const v1::WatchScoresRequest& request,
                         rpc::Writer<v1::WatchScoresResponse>& writer) {
  VL_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                      ParseResourceName("parent", "workspaces/*", request.parent()));
  VL_RETURN_IF_ERROR(CheckRequest(request));
  VL_ASSIGN_OR_RETURN(const Workspace workspace, sources.workspaces.Get(parts[0]));
  const std::set<std::string> ids(request.customer_ids().begin(), request.customer_ids().end());
  const std::vector<std::string> all(ids.begin(), ids.end());
  // Before anything is read: what happens meanwhile is seen by the first wait.
  ScoreSignals::Watch watch(sources.signals, workspace.id, ids);
  const rpc::CallContext::StopCallback wake(context, [&sources] { sources.signals.WakeAll(); });
  Sender sender(sources, workspace, request, writer);
  absl::CivilDay day = sources.workspaces.Today(workspace);
  std::vector<std::string> changed = all;
  while (!context.stopping()) {
    if (!changed.empty()) VL_RETURN_IF_ERROR(sender.Send(changed, day));
    const absl::Time midnight = absl::FromUnixMicros(EndOfDayMicros(day, workspace.time_zone));
    changed = watch.Wait(midnight, [&context] { return context.stopping(); });
    const absl::CivilDay today = sources.workspaces.Today(workspace);
    if (today != day) changed = all;  // Every score has aged by a day.
    day = today;
  }
  if (context.cancelled()) return absl::CancelledError("stream: got closed by the caller");
  return WithRetryAfter(absl::UnavailableError("the server stops: watch again"), absl::Seconds(1));
}

}  // namespace valueloop::scoring
