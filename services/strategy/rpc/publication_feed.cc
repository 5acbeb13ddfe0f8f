#include "strategy/rpc/publication_feed.h"

#include <vector>

#include "common/ids.h"
#include "common/status.h"
#include "fmt/format.h"
#include "google/protobuf/util/json_util.h"
#include "strategy/rpc/plan_names.h"

namespace valueloop::strategy {
namespace {

// Read at a time; a publication of a big plan has some megabytes.
constexpr int kBatchSize = 16;

absl::Status CallerIsGone() { return absl::CancelledError("the caller has gone"); }

// One caller's place in the feed.
class Follower {
 public:
  Follower(PlanStore& store, std::string workspace, int64_t sequence,
           rpc::Writer<v1::WatchPublicationsResponse>& writer)
      : store_(store), workspace_(std::move(workspace)), sequence_(sequence), writer_(writer) {}

  // Sends everything after the place, up to `last`: what was announced, so that no cursor leads
  // beyond it.
  absl::Status CatchUp(int64_t last, const rpc::CallContext& context) {
    while (sequence_ < last && !context.stopping()) {
      VL_ASSIGN_OR_RETURN(const std::vector<StoredPublication> batch,
                          store_.ListPublications(workspace_, sequence_, kBatchSize));
      if (batch.empty()) return absl::OkStatus();
      for (const StoredPublication& publication : batch) {
        if (publication.sequence > last) return absl::OkStatus();
        VL_RETURN_IF_ERROR(Send(publication));
      }
    }
    return absl::OkStatus();
  }

  // Says that everything past was sent.
  absl::Status SendPlace() {
    v1::WatchPublicationsResponse response;
    response.set_cursor(FormatCursor(store_.epoch(), sequence_));
    return writer_.Write(response) ? absl::OkStatus() : CallerIsGone();
  }

 private:
  absl::Status Send(const StoredPublication& publication) {
    v1::WatchPublicationsResponse response;
    VL_RETURN_IF_ERROR(ParsePublication(publication.payload, *response.mutable_publication()));
    response.set_cursor(FormatCursor(store_.epoch(), publication.sequence));
    if (!writer_.Write(response)) return CallerIsGone();
    sequence_ = publication.sequence;
    return absl::OkStatus();
  }

  PlanStore& store_;
  const std::string workspace_;  // Empty: all.
  int64_t sequence_;             // Of the last one sent.
  rpc::Writer<v1::WatchPublicationsResponse>& writer_;
};

}  // namespace

absl::StatusOr<std::string> FormatPublication(const v1::Publication& publication) {
  std::string payload;
  const auto status = google::protobuf::util::MessageToJsonString(publication, &payload);
  if (!status.ok()) {
    return absl::InternalError(fmt::format("publication: {}", status.ToString()));
  }
  return payload;
}

absl::Status ParsePublication(const std::string& payload, v1::Publication& publication) {
  const auto status = google::protobuf::util::JsonStringToMessage(payload, &publication);
  if (!status.ok()) {
    return absl::DataLossError(fmt::format("publications.payload: {}", status.ToString()));
  }
  return absl::OkStatus();
}

absl::Status WatchPublications(PlanStore& store, const v1::WatchPublicationsRequest& request,
                               rpc::CallContext& context,
                               rpc::Writer<v1::WatchPublicationsResponse>& writer) {
  VL_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                      ParseResourceName("parent", "workspaces/-*", request.parent()));
  PublicationSignal& signal = store.signal();
  VL_ASSIGN_OR_RETURN(const int64_t sequence,
                      ParseCursor(store.epoch(), signal.latest(), request.cursor()));
  Follower follower(store, parts[0] == "-" ? std::string() : parts[0], sequence, writer);
  const rpc::CallContext::StopCallback wake(context, [&signal] { signal.WakeAll(); });
  bool told_place = false;
  while (!context.stopping()) {
    const int64_t seen = signal.latest();  // Before reading: what comes later wakes the wait.
    VL_RETURN_IF_ERROR(follower.CatchUp(seen, context));
    if (!told_place && !context.stopping()) {
      VL_RETURN_IF_ERROR(follower.SendPlace());
      told_place = true;
    }
    signal.WaitBeyond(seen, [&context] { return context.stopping(); });
  }
  if (context.cancelled()) return CallerIsGone();
  return WithRetryAfter(
      absl::UnavailableError("the server stops: watch again with the last cursor"),
      absl::Seconds(1));
}

}  // namespace valueloop::strategy
