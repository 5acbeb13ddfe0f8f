#include "scoring/store/snapshot_store.h"

#include <limits>
#include <utility>
#include <vector>

#include "common/status.h"
#include "fmt/format.h"
#include "scoring/domain/civil_day.h"

namespace valueloop::scoring {
namespace {

constexpr std::string_view kSelectSnapshot =
    "SELECT snapshot, as_of_day, follows_today, model_version, policy_version, reference_version,"
    " change_sequence, customer_count, complete_micros FROM snapshots"
    " WHERE workspace = :workspace AND state = 'COMPLETE'";

auto ReadSnapshot(std::optional<Snapshot>& out) {
  return [&out](int64_t id, int64_t as_of_day, bool follows_today, int64_t model, int64_t policy,
                int64_t reference, int64_t change_sequence, int64_t customer_count,
                int64_t complete_micros) {
    out = Snapshot{.id = id,
                   .as_of = DayFromNumber(static_cast<int32_t>(as_of_day)),
                   .follows_today = follows_today,
                   .model_version = model,
                   .policy_version = policy,
                   .reference_version = reference,
                   .change_sequence = change_sequence,
                   .customer_count = customer_count,
                   .complete_micros = complete_micros};
  };
}

absl::StatusOr<Snapshot> FindComplete(sql::Session& session, std::string_view workspace,
                                      int64_t id) {
  static const std::string kSql = fmt::format("{} AND snapshot = :snapshot", kSelectSnapshot);
  std::optional<Snapshot> found;
  VL_RETURN_IF_ERROR(session.Query(kSql, {workspace, id}, ReadSnapshot(found)));
  if (!found.has_value()) {
    return WithReason(
        absl::FailedPreconditionError(fmt::format(
            "snapshot: got {}, want one of the newest {}: list again from the first page", id,
            kKeptSnapshots)),
        "SNAPSHOT_EXPIRED");
  }
  return *found;
}

// Somebody who is in what was read for it was erased meanwhile.
absl::Status NotBuilding(int64_t id) {
  return absl::AbortedError(fmt::format("snapshot {}: got one not being built", id));
}

// The oldest snapshot whose rows may go; it is marked, so that no reader begins with it.
absl::StatusOr<std::optional<int64_t>> ExpireOne(sql::Session& session,
                                                 std::string_view workspace) {
  VL_ASSIGN_OR_RETURN(
      const std::optional<int64_t> oldest_kept,
      session.QueryValue<int64_t>(
          "SELECT MIN(snapshot) FROM (SELECT snapshot FROM snapshots"
          " WHERE workspace = :workspace AND state = 'COMPLETE' ORDER BY snapshot DESC"
          " LIMIT :kept) AS kept HAVING COUNT(*) > 0",
          {workspace, kKeptSnapshots}));
  if (!oldest_kept.has_value()) return std::optional<int64_t>();
  VL_ASSIGN_OR_RETURN(
      const std::optional<int64_t> newest,
      session.QueryValue<int64_t>("SELECT COALESCE(MAX(snapshot), 0) FROM snapshots"
                                  " WHERE workspace = :workspace AND state = 'COMPLETE'",
                                  {workspace}));
  VL_ASSIGN_OR_RETURN(
      const std::optional<int64_t> doomed,
      session.QueryValue<int64_t>(
          "SELECT snapshot FROM snapshots WHERE workspace = :workspace"
          " AND (snapshot < :oldest OR (snapshot < :newest AND state <> 'COMPLETE'))"
          " ORDER BY snapshot LIMIT 1",
          {workspace, *oldest_kept, newest.value_or(0)}));
  if (!doomed.has_value()) return doomed;
  VL_RETURN_IF_ERROR(session
                         .Execute("UPDATE snapshots SET state = 'EXPIRED'"
                                  " WHERE workspace = :workspace AND snapshot = :snapshot",
                                  {workspace, *doomed})
                         .status());
  return doomed;
}

}  // namespace

absl::StatusOr<int64_t> SnapshotStore::Begin(sql::Session& session, std::string_view workspace,
                                             const Snapshot& snapshot) {
  VL_ASSIGN_OR_RETURN(
      const std::optional<int64_t> next,
      session.QueryValue<int64_t>("SELECT COALESCE(MAX(snapshot), 0) + 1 FROM snapshots"
                                  " WHERE workspace = :workspace",
                                  {workspace}));
  const int64_t id = next.value_or(1);
  VL_RETURN_IF_ERROR(
      session
          .Execute("INSERT INTO snapshots (workspace, snapshot, state, as_of_day, follows_today,"
                   " model_version, policy_version, reference_version, change_sequence,"
                   " customer_count, complete_micros) VALUES (:workspace, :snapshot, 'BUILDING',"
                   " :as_of, :follows, :model, :policy, :reference, :sequence, 0, 0)",
                   {workspace, id, DayNumber(snapshot.as_of), snapshot.follows_today,
                    snapshot.model_version, snapshot.policy_version, snapshot.reference_version,
                    snapshot.change_sequence})
          .status());
  return id;
}

absl::Status SnapshotStore::Append(sql::Session& session, std::string_view workspace, int64_t id,
                                   std::span<const SnapshotRow> rows) {
  VL_ASSIGN_OR_RETURN(
      const auto building,
      session.QueryValue<int64_t>("SELECT 1 FROM snapshots WHERE workspace = :workspace"
                                  " AND snapshot = :snapshot AND state = 'BUILDING'",
                                  {workspace, id}));
  if (!building) return NotBuilding(id);
  for (const SnapshotRow& row : rows) {
    VL_RETURN_IF_ERROR(
        session
            .Execute("INSERT INTO snapshot_scores (workspace, snapshot, customer, state, class,"
                     " realised, expected, value_score, match_score, match_coverage, alive,"
                     " at_stake, expected_purchases, attributes) VALUES (:workspace, :snapshot,"
                     " :customer, :state, :class, :realised, :expected, :value_score, :match_score,"
                     " :coverage, :alive, :at_stake, :purchases, :attributes)",
                     {workspace, id, row.customer_id, static_cast<int>(row.state),
                      static_cast<int>(row.customer_class), row.realised_value, row.expected_value,
                      row.value_score, row.match_score, row.match_coverage, row.alive_probability,
                      row.value_at_stake, row.expected_purchases, row.attributes})
            .status());
  }
  return absl::OkStatus();
}

absl::Status SnapshotStore::Complete(sql::Session& session, std::string_view workspace, int64_t id,
                                     int64_t customer_count) {
  VL_ASSIGN_OR_RETURN(
      const int64_t changed,
      session.Execute("UPDATE snapshots SET state = 'COMPLETE', customer_count = :count,"
                      " complete_micros = :now WHERE workspace = :workspace"
                      " AND snapshot = :snapshot AND state = 'BUILDING'",
                      {customer_count, absl::ToUnixMicros(clock_.Now()), workspace, id}));
  if (changed != 1) {
    return NotBuilding(id);
  }
  session.AfterCommit([this] { NotifyComplete(); });
  return absl::OkStatus();
}

absl::StatusOr<std::optional<Snapshot>> SnapshotStore::Newest(std::string_view workspace) {
  static const std::string kSql = fmt::format("{} ORDER BY snapshot DESC LIMIT 1", kSelectSnapshot);
  std::optional<Snapshot> found;
  VL_RETURN_IF_ERROR(database_.Read([&](sql::Session& session) {
    return session.Query(kSql, {workspace}, ReadSnapshot(found));
  }));
  return found;
}

absl::StatusOr<Snapshot> SnapshotStore::RequireNewest(std::string_view workspace) {
  VL_ASSIGN_OR_RETURN(const std::optional<Snapshot> newest, Newest(workspace));
  if (newest.has_value()) return *newest;
  return WithReason(
      absl::FailedPreconditionError("snapshot: got none yet, want one: record events, or rescore"),
      "NO_SNAPSHOT");
}

absl::StatusOr<Snapshot> SnapshotStore::Get(std::string_view workspace, int64_t id) {
  return database_.Read(
      [&](sql::Session& session) { return FindComplete(session, workspace, id); });
}

absl::Status SnapshotStore::Scan(std::string_view workspace, int64_t id, std::string_view after,
                                 int64_t limit,
                                 absl::FunctionRef<absl::Status(const SnapshotRow&)> on_row) {
  return database_.Read([&](sql::Session& session) -> absl::Status {
    VL_RETURN_IF_ERROR(FindComplete(session, workspace, id).status());
    SnapshotRow row;
    return session.Query(
        "SELECT customer, state, class, realised, expected, value_score, match_score,"
        " match_coverage, alive, at_stake, expected_purchases, attributes FROM snapshot_scores"
        " WHERE workspace = :workspace AND snapshot = :snapshot AND customer > :after"
        " ORDER BY customer LIMIT :limit",
        {workspace, id, after, limit},
        [&](std::string_view customer, int64_t state, int64_t customer_class, double realised,
            std::optional<double> expected, std::optional<double> value_score,
            std::optional<double> match_score, double coverage, std::optional<double> alive,
            std::optional<double> at_stake, std::optional<double> purchases,
            std::string_view attributes) -> absl::Status {
          row.customer_id = customer;
          row.state = static_cast<ScoreState>(state);
          row.customer_class = static_cast<CustomerClass>(customer_class);
          row.realised_value = realised;
          row.expected_value = expected;
          row.value_score = value_score;
          row.match_score = match_score;
          row.match_coverage = coverage;
          row.alive_probability = alive;
          row.value_at_stake = at_stake;
          row.expected_purchases = purchases;
          row.attributes = attributes;
          return on_row(row);
        });
  });
}

absl::Status SnapshotStore::Purge(std::string_view workspace, absl::FunctionRef<bool()> stop) {
  while (!stop()) {
    VL_ASSIGN_OR_RETURN(
        const std::optional<int64_t> doomed,
        database_.Write([&](sql::Session& session) { return ExpireOne(session, workspace); }));
    if (!doomed.has_value()) return absl::OkStatus();
    int64_t deleted = 1;
    while (deleted > 0 && !stop()) {
      VL_ASSIGN_OR_RETURN(deleted, database_.Write([&](sql::Session& session) {
        return session.Execute(
            "DELETE FROM snapshot_scores WHERE workspace = :workspace AND snapshot = :snapshot"
            " AND customer IN (SELECT customer FROM snapshot_scores WHERE"
            " workspace = :same_workspace AND snapshot = :same_snapshot LIMIT :limit)",
            {workspace, *doomed, workspace, *doomed, static_cast<int64_t>(kSnapshotChunk)});
      }));
    }
    if (deleted > 0) return absl::OkStatus();  // Stopped; the next purge goes on.
    VL_RETURN_IF_ERROR(database_
                           .Write([&](sql::Session& session) {
                             return session.Execute(
                                 "DELETE FROM snapshots WHERE workspace = :workspace"
                                 " AND snapshot = :snapshot AND state = 'EXPIRED'",
                                 {workspace, *doomed});
                           })
                           .status());
  }
  return absl::OkStatus();
}

int64_t SnapshotStore::completions() const {
  const MutexLock lock(mutex_);
  return completions_;
}

void SnapshotStore::WaitBeyond(int64_t seen, absl::Time deadline,
                               const std::function<bool()>& stop) {
  const MutexLock lock(mutex_);
  while (completions_ <= seen && !stop()) {
    if (!changed_.WaitUntil(mutex_, deadline)) return;
  }
}

void SnapshotStore::WakeAll() {
  { const MutexLock lock(mutex_); }  // Whoever has just asked `stop` is waiting by now.
  changed_.SignalAll();
}

void SnapshotStore::NotifyComplete() {
  {
    const MutexLock lock(mutex_);
    ++completions_;
  }
  changed_.SignalAll();
}

}  // namespace valueloop::scoring
