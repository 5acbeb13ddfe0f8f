#include "performance/rpc/publication_follower.h"

#include <string>
#include <utility>

#include "common/log.h"
#include "common/status.h"
#include "performance/rpc/publication_reader.h"

namespace valueloop::performance {
namespace {

namespace sv1 = ::valueloop::strategy::v1;

}  // namespace

PublicationFollower::PublicationFollower(rpc::Channel& strategy, PerformanceStore& store,
                                         OnBound on_bound, FollowTiming timing)
    : store_(store),
      on_bound_(std::move(on_bound)),
      loop_(
          "publications", strategy, [this](FollowLoop&) { return Attempt(); }, timing) {}

absl::Status PublicationFollower::Attempt() {
  VL_ASSIGN_OR_RETURN(FollowCursor cursor, store_.GetCursor(kAllWorkspaces, kStrategyService));
  sv1::WatchPublicationsRequest request;
  request.set_parent("workspaces/-");
  request.set_cursor(cursor.cursor);
  sv1::WatchPublicationsResponse response;
  const absl::Status status =
      loop_.Follow("valueloop.strategy.v1.StrategyService/WatchPublications", request, response,
                   /*newest_only=*/false, [&] { return Take(response); });
  if (!cursor.cursor.empty() && (absl::IsOutOfRange(status) || FieldOf(status) == "cursor")) {
    // Strategy has another database than before. What is bound already stays as it is.
    log::Warning("follow_restarted", {{"name", "publications"}, {"error", MessageOf(status)}});
    cursor.cursor.clear();
    VL_RETURN_IF_ERROR(store_.SaveCursor(cursor));
  }
  return status;
}

absl::Status PublicationFollower::Take(const sv1::WatchPublicationsResponse& message) {
  FollowCursor cursor{.workspace = std::string(kAllWorkspaces),
                      .service = std::string(kStrategyService),
                      .cursor = message.cursor(),
                      .position = message.publication().plan_version()};
  if (!message.has_publication()) {
    VL_ASSIGN_OR_RETURN(const FollowCursor before,
                        store_.GetCursor(kAllWorkspaces, kStrategyService));
    if (before.cursor == cursor.cursor) return absl::OkStatus();
    cursor.position = before.position;
    return store_.SaveCursor(cursor);
  }
  const sv1::Publication& publication = message.publication();
  const absl::StatusOr<PublicationReading> reading = ReadPublication(publication);
  const absl::StatusOr<std::string> payload = WritePayload(publication);
  if (!reading.ok() || !payload.ok()) {
    // Waiting would not make it better, and would keep out every other plan.
    log::Error("publication_refused",
               {{"plan_version", publication.plan_version()},
                {"error", MessageOf(reading.ok() ? payload.status() : reading.status())}});
    return store_.SaveCursor(cursor);
  }
  for (const absl::Status& reason : reading->left_out) {
    log::Error("kpi_left_out",
               {{"plan_version", publication.plan_version()}, {"error", MessageOf(reason)}});
  }
  VL_ASSIGN_OR_RETURN(const bool is_new, store_.Bind(reading->plan, *payload, cursor));
  if (!is_new) return absl::OkStatus();
  log::Info("plan_bound", {{"plan_version", publication.plan_version()},
                           {"bindings", static_cast<int64_t>(reading->plan.bindings().size())}});
  on_bound_(reading->plan);
  return absl::OkStatus();
}

}  // namespace valueloop::performance
