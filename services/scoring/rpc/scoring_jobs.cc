#include "scoring/rpc/scoring_jobs.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "common/log.h"
#include "common/status.h"
#include "fmt/format.h"
#include "scoring/rpc/day_field.h"
#include "scoring/rpc/fit_job.h"
#include "scoring/store/attribute_text.h"

namespace valueloop::scoring {
namespace {

absl::Status Cancelled() { return absl::CancelledError("job: got stopped"); }

// Whether the customer has come by the end of `as_of`.
bool IsKnownBy(const CustomerSummary& summary, absl::CivilDay as_of) {
  const std::optional<absl::CivilDay> first = FirstEventDay(summary);
  return first.has_value() && *first <= as_of;
}

SnapshotRow RowOf(const CustomerRecord& record, const Score& score) {
  SnapshotRow row{.customer_id = record.customer_id,
                  .state = score.state,
                  .customer_class = score.classification.customer_class,
                  .realised_value = score.realised.total(),
                  .value_score = score.classification.value_score,
                  .match_score = score.match.score,
                  .match_coverage = score.match.coverage,
                  .alive_probability = score.alive_probability,
                  .value_at_stake = score.value_at_stake,
                  .expected_purchases = score.expected_purchases,
                  .attributes = EncodeAttributes(record.summary, score.provenance.as_of)};
  if (score.expected.has_value()) row.expected_value = score.expected->total();
  return row;
}

}  // namespace

void ScoringJobs::Register(sql::JobRunner& runner) {
  runner.Register(kFitKind, [this](sql::JobContext& context) { return RunFit(tools_, context); });
  runner.Register(kRescoreKind, [this](sql::JobContext& context) { return Rescore(context); });
}

absl::StatusOr<ScoringJobs::Versions> ScoringJobs::VersionsWithReference(sql::JobContext& context,
                                                                         const Workspace& workspace,
                                                                         absl::CivilDay as_of,
                                                                         int64_t total_count) {
  VL_ASSIGN_OR_RETURN(Versions versions, tools_.registry.Get(workspace.id));
  if (versions->model == nullptr || versions->numbers.reference != 0) return versions;
  std::vector<double> values;
  int64_t done_count = 0;
  VL_RETURN_IF_ERROR(tools_.scorer.ScoreAll(
      workspace, *versions, as_of,
      [&](const CustomerRecord& record, const Score& score) -> absl::Status {
        if (context.IsCancelled()) return Cancelled();
        if (score.expected.has_value() && IsKnownBy(record.summary, as_of)) {
          values.push_back(score.expected->total());
        }
        return context.Progress(++done_count, 2 * total_count, "taking the reference");
      }));
  if (values.empty()) return versions;  // Nothing to compare with; a later job takes it.
  const auto size = static_cast<int64_t>(values.size());
  VL_ASSIGN_OR_RETURN(
      const ActiveVersions active,
      tools_.versions.TakeReference(workspace.id, versions->numbers.policy,
                                    ReferenceDistribution(std::move(values)).Encode()));
  log::Info("reference_taken", {{"workspace", workspace.id},
                                {"policy", versions->numbers.policy},
                                {"reference", active.reference},
                                {"customers", size}});
  return tools_.registry.Get(workspace.id);
}

absl::StatusOr<int64_t> ScoringJobs::WriteSnapshot(sql::JobContext& context,
                                                   const Workspace& workspace,
                                                   const VersionSet& versions, Snapshot snapshot,
                                                   int64_t total_count) {
  VL_RETURN_IF_ERROR(context.Write([&](sql::Session& session) -> absl::Status {
    VL_ASSIGN_OR_RETURN(snapshot.id, tools_.snapshots.Begin(session, workspace.id, snapshot));
    return absl::OkStatus();
  }));
  std::vector<SnapshotRow> rows;
  const auto flush = [&] {
    const absl::Status status = context.Write([&](sql::Session& session) {
      return tools_.snapshots.Append(session, workspace.id, snapshot.id, rows);
    });
    rows.clear();
    return status;
  };
  int64_t done_count = 0;
  int64_t row_count = 0;
  VL_RETURN_IF_ERROR(tools_.scorer.ScoreAll(
      workspace, versions, snapshot.as_of,
      [&](const CustomerRecord& record, const Score& score) -> absl::Status {
        if (context.IsCancelled()) return Cancelled();
        ++done_count;
        if (IsKnownBy(record.summary, snapshot.as_of)) {
          rows.push_back(RowOf(record, score));
          ++row_count;
        }
        if (rows.size() >= kSnapshotChunk) VL_RETURN_IF_ERROR(flush());
        return context.Progress(done_count, std::max(total_count, done_count), "scoring");
      }));
  VL_RETURN_IF_ERROR(flush());
  VL_RETURN_IF_ERROR(context.Write([&](sql::Session& session) {
    return tools_.snapshots.Complete(session, workspace.id, snapshot.id, row_count);
  }));
  log::Info("snapshot_complete", {{"workspace", workspace.id},
                                  {"snapshot", snapshot.id},
                                  {"as_of", absl::FormatCivilTime(snapshot.as_of)},
                                  {"customers", row_count}});
  return snapshot.id;
}

absl::Status ScoringJobs::Rescore(sql::JobContext& context) {
  const sql::Job& job = context.job();
  VL_ASSIGN_OR_RETURN(const Workspace workspace, tools_.workspaces.Get(job.workspace));
  const absl::CivilDay today = tools_.workspaces.Today(workspace);
  VL_ASSIGN_OR_RETURN(const absl::CivilDay as_of, ParsePastDayField("as_of", job.payload, today));
  // Before anything is read: what is recorded meanwhile may be missed, and makes another job.
  VL_ASSIGN_OR_RETURN(const LedgerTotals totals, tools_.ledger.GetTotals(workspace.id));
  VL_ASSIGN_OR_RETURN(const Versions versions,
                      VersionsWithReference(context, workspace, as_of, totals.customer_count));
  VL_ASSIGN_OR_RETURN(const int64_t id,
                      WriteSnapshot(context, workspace, *versions,
                                    {.as_of = as_of,
                                     .follows_today = job.payload.empty(),
                                     .model_version = versions->numbers.model,
                                     .policy_version = versions->numbers.policy,
                                     .reference_version = versions->numbers.reference,
                                     .change_sequence = totals.change_sequence},
                                    totals.customer_count));
  context.SetResult(fmt::format("workspaces/{}/snapshots/{}", workspace.id, id));
  return tools_.snapshots.Purge(workspace.id, [&] { return context.IsCancelled(); });
}

}  // namespace valueloop::scoring
