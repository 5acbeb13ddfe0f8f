#include "scoring/store/eraser.h"

#include <utility>

#include "absl/time/clock.h"
#include "common/log.h"
#include "common/status.h"
#include "scoring/store/erase_work.h"

namespace valueloop::scoring {
namespace {

// Reads are short; one that lasts longer (a backup, a shell) is not waited for.
constexpr int kCheckpointAttempts = 3;
constexpr absl::Duration kCheckpointDelay = absl::Milliseconds(100);

}  // namespace

Eraser::Eraser(sql::Database& database, ScoreCache& cache, EventDecoder decode, EventEncoder encode,
               const Clock& clock)
    : database_(database),
      cache_(cache),
      decode_(std::move(decode)),
      encode_(std::move(encode)),
      clock_(clock) {}

absl::StatusOr<EraseProof> Eraser::Erase(const Workspace& workspace, const std::string& customer_id,
                                         bool include_merged) {
  EraseProof proof;
  std::vector<std::string> related;
  int64_t erasure = 0;
  VL_RETURN_IF_ERROR(database_.Write([&](sql::Session& session) -> absl::Status {
    EraseWork work(session, workspace, decode_, encode_, absl::ToUnixMicros(clock_.Now()));
    VL_RETURN_IF_ERROR(work.Run(customer_id, include_merged));
    related.assign(work.related().begin(), work.related().end());
    erasure = work.erasure();
    proof = work.TakeProof();
    session.AfterCommit([this, id = workspace.id, related] {
      for (LedgerListener* listener : listeners_) listener->OnChanged(id, related);
    });
    return absl::OkStatus();
  }));

  for (const auto& [name, forget] : memories_) {
    forget(workspace.id);
    proof.places.push_back({.name = name});
  }
  // Who is related may be named in nothing that is cached today; it costs no second pass.
  const absl::StatusOr<int64_t> forgotten = cache_.Forget(workspace.id, related);
  ErasedPlace level_one{.name = "cache level 1",
                        .found_count = cache_.CountInMemory(workspace.id, proof.customer_ids)};
  ErasedPlace level_two{.name = "cache level 2", .erased_count = forgotten.value_or(0)};
  absl::StatusOr<int64_t> left = forgotten.ok()
                                     ? cache_.CountInLevelTwo(workspace.id, proof.customer_ids)
                                     : forgotten.status();
  if (left.ok()) {
    level_two.found_count = *left;
  } else {
    level_two.pending = MessageOf(left.status());
  }
  ErasedPlace wal{.name = "write-ahead log"};
  const absl::Status cleaned = CleanLog();
  if (!cleaned.ok()) wal.pending = MessageOf(cleaned);
  if (left.ok() && cleaned.ok()) VL_RETURN_IF_ERROR(MarkDone(workspace.id, erasure));
  proof.places.push_back(std::move(level_one));
  proof.places.push_back(std::move(level_two));
  proof.places.push_back(std::move(wal));
  log::Info("customer_erased", {{"workspace", workspace.id},
                                {"erasure", erasure},
                                {"ids", static_cast<int64_t>(proof.customer_ids.size())},
                                {"complete", left.ok() && cleaned.ok()}});
  return proof;
}

absl::Status Eraser::CleanLog() {
  absl::Status status;
  for (int attempt = 0; attempt < kCheckpointAttempts; ++attempt) {
    if (attempt > 0) absl::SleepFor(kCheckpointDelay);
    status = database_.Checkpoint();
    if (!absl::IsUnavailable(status)) return status;
  }
  return status;
}

absl::Status Eraser::MarkDone(std::string_view workspace, int64_t erasure) {
  return database_
      .Write([&](sql::Session& session) {
        return session.Execute(
            "UPDATE erasures SET state = 'DONE' WHERE workspace = :workspace"
            " AND erasure = :erasure",
            {workspace, erasure});
      })
      .status();
}

absl::Status Eraser::FinishPending() {
  std::vector<std::pair<std::string, int64_t>> pending;
  VL_RETURN_IF_ERROR(database_.Read([&](sql::Session& session) {
    return session.Query("SELECT workspace, erasure FROM erasures WHERE state = 'CLEANING'", {},
                         [&pending](const std::string& workspace, int64_t erasure) {
                           pending.emplace_back(workspace, erasure);
                         });
  }));
  if (pending.empty()) return absl::OkStatus();
  VL_RETURN_IF_ERROR(CleanLog());
  // Nobody knows any more whom it was about: all answers go, and are computed again.
  VL_RETURN_IF_ERROR(cache_.ForgetLevelTwo());
  for (const auto& [workspace, erasure] : pending) {
    VL_RETURN_IF_ERROR(MarkDone(workspace, erasure));
  }
  log::Info("erasures_cleaned", {{"count", static_cast<int64_t>(pending.size())}});
  return absl::OkStatus();
}

}  // namespace valueloop::scoring
