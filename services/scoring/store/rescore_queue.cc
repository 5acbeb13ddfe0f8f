#include "scoring/store/rescore_queue.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "common/log.h"
#include "common/status.h"
#include "fmt/format.h"
#include "scoring/domain/civil_day.h"

namespace valueloop::scoring {
namespace {

constexpr int kWorkspacePage = 100;
constexpr absl::Duration kErrorDelay = absl::Seconds(5);
constexpr absl::Duration kJobRetention = absl::Hours(7 * 24);
constexpr int kPurgeLimit = 1000;

}  // namespace

RescoreQueue::RescoreQueue(const RescoreSources& sources, const RescoreTiming& timing)
    : sources_(sources), timing_(timing) {}

RescoreQueue::~RescoreQueue() { Stop(); }

void RescoreQueue::Start() {
  thread_ = std::thread([this] { Run(); });
}

void RescoreQueue::Stop() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.SignalAll();
  if (thread_.joinable()) thread_.join();
}

absl::StatusOr<std::string> RescoreQueue::Request(std::string_view workspace,
                                                  std::string_view as_of) {
  // The same moment twice: the same work, so one job.
  const std::string id = fmt::format("rescore-{}", absl::ToUnixMicros(sources_.clock.Now()));
  VL_ASSIGN_OR_RETURN(const sql::Job job,
                      sources_.jobs.Enqueue({.workspace = std::string(workspace),
                                             .id = id,
                                             .kind = kRescoreKind,
                                             .payload = std::string(as_of)}));
  return job.id;
}

void RescoreQueue::OnChanged(const std::string& workspace, const std::vector<std::string>&) {
  const absl::Time now = absl::Now();
  {
    const MutexLock lock(mutex_);
    Pending& pending = pending_.try_emplace(workspace, Pending{now, now}).first->second;
    pending.due = std::min(now + timing_.quiet, pending.first_change + timing_.longest_wait);
  }
  changed_.SignalAll();
}

void RescoreQueue::OnVersionsChanged(const std::string& workspace, const ActiveVersions&) {
  Expect(workspace, absl::Now());
}

void RescoreQueue::Expect(const std::string& workspace, absl::Time due) {
  {
    const MutexLock lock(mutex_);
    Pending& pending = pending_.try_emplace(workspace, Pending{due, due}).first->second;
    pending.due = std::min(pending.due, due);
  }
  changed_.SignalAll();
}

void RescoreQueue::Run() {
  absl::Time next_sweep = absl::InfinitePast();
  for (;;) {
    std::optional<std::string> due;
    bool sweep = false;
    {
      const MutexLock lock(mutex_);
      if (stopping_) return;
      const absl::Time now = absl::Now();
      sweep = now >= next_sweep;
      absl::Time wake = next_sweep;
      for (const auto& [workspace, pending] : pending_) {
        if (pending.due <= now) due = workspace;
        wake = std::min(wake, pending.due);
      }
      if (due.has_value()) pending_.erase(*due);
      if (!due.has_value() && !sweep) {
        changed_.WaitUntil(mutex_, wake);
        continue;
      }
    }
    if (sweep) {
      next_sweep = absl::Now() + timing_.sweep_interval;
      Sweep();
    }
    if (!due.has_value()) continue;
    const absl::StatusOr<absl::Duration> again = Check(*due);
    if (!again.ok()) {
      log::Warning("rescore_check_failed",
                   {{"workspace", *due}, {"error", MessageOf(again.status())}});
    }
    const absl::Duration delay = again.value_or(kErrorDelay);
    if (delay > absl::ZeroDuration()) Expect(*due, absl::Now() + delay);
  }
}

void RescoreQueue::Sweep() {
  std::string after;
  for (;;) {
    const auto page = sources_.workspaces.List(after, kWorkspacePage);
    if (!page.ok()) {
      log::Warning("rescore_check_failed", {{"error", MessageOf(page.status())}});
      return;
    }
    for (const Workspace& workspace : *page) Expect(workspace.id, absl::Now());
    if (page->size() < kWorkspacePage) break;
    after = page->back().id;
  }
  const auto purged = sources_.jobs.Purge(kJobRetention, kPurgeLimit);
  if (!purged.ok()) log::Warning("purge_failed", {{"error", MessageOf(purged.status())}});
}

absl::StatusOr<absl::Duration> RescoreQueue::Check(const std::string& workspace) {
  VL_ASSIGN_OR_RETURN(const std::vector<sql::Job> jobs,
                      sources_.jobs.List(workspace, {.kind = kRescoreKind, .limit = 1}));
  if (!jobs.empty()) {
    const sql::JobState state = jobs.front().state;
    if (state == sql::JobState::kQueued || state == sql::JobState::kRunning) {
      return timing_.busy_interval;  // What it will have seen is known once it is done.
    }
  }
  VL_ASSIGN_OR_RETURN(const bool is_behind, IsBehind(workspace));
  if (!is_behind) return absl::ZeroDuration();
  if (!jobs.empty() && jobs.front().state == sql::JobState::kFailed) {
    const absl::Time next = absl::FromUnixMicros(jobs.front().update_time) + timing_.failure_delay;
    if (absl::Now() < next) return next - absl::Now();
  }
  VL_RETURN_IF_ERROR(Request(workspace, "").status());
  return absl::ZeroDuration();
}

absl::StatusOr<bool> RescoreQueue::IsBehind(const std::string& workspace) {
  VL_ASSIGN_OR_RETURN(const LedgerTotals totals, sources_.ledger.GetTotals(workspace));
  VL_ASSIGN_OR_RETURN(const std::optional<Snapshot> newest, sources_.snapshots.Newest(workspace));
  if (!newest.has_value()) return totals.customer_count > 0;
  if (newest->change_sequence != totals.change_sequence) return true;
  VL_ASSIGN_OR_RETURN(const ActiveVersions active, sources_.versions.GetActive(workspace));
  if (newest->model_version != active.model || newest->policy_version != active.policy ||
      newest->reference_version != active.reference) {
    return true;
  }
  // One as of a day that somebody asked for stays until something else changes.
  VL_ASSIGN_OR_RETURN(const Workspace place, sources_.workspaces.Get(workspace));
  return newest->follows_today && newest->as_of < sources_.workspaces.Today(place);
}

}  // namespace valueloop::scoring
