#include "scoring/rpc/publication_follower.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/ids.h"
#include "common/log.h"
#include "common/status.h"
#include "scoring/rpc/policy_proto.h"

namespace valueloop::scoring {
namespace {

constexpr char kStream[] = "strategy.publications";
constexpr char kMethod[] = "valueloop.strategy.v1.StrategyService/WatchPublications";

absl::StatusOr<std::string> WorkspaceOf(const std::string& plan_version) {
  VL_ASSIGN_OR_RETURN(
      std::vector<std::string> parts,
      ParseResourceName("plan_version", "workspaces/*/plans/*/versions/*", plan_version));
  return std::move(parts[0]);
}

// Whether it can be computed with; what is applied must never make a score fail.
absl::Status CheckPolicy(const strategy::v1::ScoringPolicy& proto) {
  VL_ASSIGN_OR_RETURN(ScoringPolicy policy, PolicyFromProto(proto));
  return CompiledPolicy::Compile(std::move(policy)).status();
}

}  // namespace

PublicationFollower::PublicationFollower(rpc::Channel& strategy, VersionStore& versions,
                                         WorkspaceStore& workspaces, Gauge connected,
                                         FollowTiming timing)
    : strategy_(strategy),
      versions_(versions),
      workspaces_(workspaces),
      connected_(connected),
      timing_(timing) {}

PublicationFollower::~PublicationFollower() { Stop(); }

void PublicationFollower::Start() {
  connected_.Set(0);
  thread_ = std::thread([this] { Run(); });
}

void PublicationFollower::Stop() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    if (stream_ != nullptr) stream_->Cancel();
  }
  changed_.SignalAll();
  if (thread_.joinable()) thread_.join();
}

void PublicationFollower::Run() {
  absl::Duration backoff = timing_.min_backoff;
  bool is_reported = false;  // One line per outage.
  for (;;) {
    {
      const MutexLock lock(mutex_);
      if (stopping_) return;
    }
    bool is_served = false;
    const absl::Status status = Follow(is_served);
    connected_.Set(0);
    if (is_served) {
      backoff = timing_.min_backoff;
      is_reported = false;
    }
    const MutexLock lock(mutex_);
    if (stopping_) return;
    if (!is_reported) {
      log::Warning("follow_interrupted", {{"name", kStream}, {"error", MessageOf(status)}});
    }
    is_reported = true;
    const absl::Time next = absl::Now() + backoff;
    while (!stopping_ && changed_.WaitUntil(mutex_, next)) {
    }
    backoff = std::min(2 * backoff, timing_.max_backoff);
  }
}

absl::Status PublicationFollower::Follow(bool& is_served) {
  VL_RETURN_IF_ERROR(strategy_.WaitReady(timing_.ready_wait));
  VL_ASSIGN_OR_RETURN(const std::string cursor, versions_.GetCursor(kStream));
  const std::unique_ptr<rpc::ClientStream> stream =
      strategy_.OpenStream(kMethod, {.timeout = absl::InfiniteDuration()});
  {
    const MutexLock lock(mutex_);
    if (stopping_) return absl::CancelledError("follow: got stopped");
    stream_ = stream.get();
  }
  connected_.Set(1);
  strategy::v1::WatchPublicationsRequest request;
  request.set_parent("workspaces/-");
  request.set_cursor(cursor);
  absl::Status status =
      stream->Write(request) && stream->WritesDone() ? Read(*stream, is_served) : stream->Finish();
  {
    const MutexLock lock(mutex_);
    stream_ = nullptr;
  }
  if (!cursor.empty() && (absl::IsOutOfRange(status) || FieldOf(status) == "cursor")) {
    // Strategy has another database than before. What is applied already stays as it is.
    log::Warning("follow_restarted", {{"name", kStream}, {"error", MessageOf(status)}});
    VL_RETURN_IF_ERROR(versions_.SaveCursor(kStream, ""));
  }
  return status;
}

absl::Status PublicationFollower::Read(rpc::ClientStream& stream, bool& is_served) {
  Message message;
  for (;;) {
    switch (stream.ReadUntil(absl::Now() + timing_.silence, message)) {
      case rpc::ReadResult::kEnd:
        return stream.Finish();
      case rpc::ReadResult::kTimeout:
        VL_RETURN_IF_ERROR(strategy_.WaitReady(timing_.ready_wait));
        break;
      case rpc::ReadResult::kMessage:
        is_served = true;
        VL_RETURN_IF_ERROR(Take(message));
        break;
    }
  }
}

absl::Status PublicationFollower::Take(const Message& message) {
  const strategy::v1::Publication& publication = message.publication();
  if (!message.has_publication() || !publication.has_scoring_policy()) {
    return versions_.SaveCursor(kStream, message.cursor());
  }
  // Waiting would make none of these better, and would keep out every other plan.
  const absl::StatusOr<std::string> workspace = WorkspaceOf(publication.plan_version());
  const absl::Status known =
      workspace.ok() ? workspaces_.Get(*workspace).status() : workspace.status();
  if (absl::IsNotFound(known) || absl::IsInvalidArgument(known)) {
    log::Warning("publication_skipped",
                 {{"plan_version", publication.plan_version()}, {"error", MessageOf(known)}});
    return versions_.SaveCursor(kStream, message.cursor());
  }
  VL_RETURN_IF_ERROR(known);
  if (const absl::Status usable = CheckPolicy(publication.scoring_policy()); !usable.ok()) {
    log::Error("publication_refused",
               {{"plan_version", publication.plan_version()}, {"error", MessageOf(usable)}});
    return versions_.SaveCursor(kStream, message.cursor());
  }
  VL_ASSIGN_OR_RETURN(
      const ActiveVersions active,
      versions_.ApplyPolicy(*workspace, publication.plan_version(),
                            EncodePolicy(publication.scoring_policy()), kStream, message.cursor()));
  log::Info("policy_applied", {{"plan_version", publication.plan_version()},
                               {"policy", active.policy},
                               {"reference", active.reference}});
  return absl::OkStatus();
}

}  // namespace valueloop::scoring
