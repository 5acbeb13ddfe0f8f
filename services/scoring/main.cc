// The scoring service: what is each customer worth. The order of construction is the design.
#include <charconv>
#include <memory>
#include <string>
#include <string_view>

#include "common/clock.h"
#include "common/config.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/redis/client.h"
#include "common/rpc/client.h"
#include "common/rpc/job_rpc.h"
#include "common/rpc/server.h"
#include "common/rpc/workspace_rpc.h"
#include "common/shutdown_signal.h"
#include "common/sql/database.h"
#include "common/sql/job_runner.h"
#include "common/sql/job_store.h"
#include "common/sql/request_ids.h"
#include "common/startup.h"
#include "common/status.h"
#include "common/workspace/workspace_store.h"
#include "scoring/rpc/customer_rpc.h"
#include "scoring/rpc/event_text.h"
#include "scoring/rpc/insight_rpc.h"
#include "scoring/rpc/ledger_rpc.h"
#include "scoring/rpc/list_scores.h"
#include "scoring/rpc/model_choice_rpc.h"
#include "scoring/rpc/model_proto.h"
#include "scoring/rpc/model_rpc.h"
#include "scoring/rpc/policy_proto.h"
#include "scoring/rpc/portfolio_rpc.h"
#include "scoring/rpc/publication_follower.h"
#include "scoring/rpc/score_rpc.h"
#include "scoring/rpc/scoring_jobs.h"
#include "scoring/rpc/segment_rpc.h"
#include "scoring/rpc/simulation_rpc.h"
#include "scoring/store/eraser.h"
#include "scoring/store/event_scan.h"
#include "scoring/store/person_store.h"
#include "scoring/store/portfolio_view.h"
#include "scoring/store/rescore_queue.h"
#include "scoring/store/score_cache.h"
#include "scoring/store/score_signals.h"
#include "scoring/store/scorer.h"
#include "scoring/store/segmentation_store.h"
#include "scoring/store/snapshot_store.h"
#include "scoring/store/sql_ledger_store.h"
#include "scoring/store/version_registry.h"
#include "scoring/store/version_store.h"

namespace valueloop::scoring {
namespace {

// Streams read beside the workers: imports look up cursors, verification reads whole ledgers.
constexpr int kStreamReaders = 4;
// A job, the renewal of its lease, and the look-out for stale snapshots.
constexpr int kBackgroundReaders = 3;
constexpr absl::Duration kErasureInterval = absl::Seconds(5);
constexpr char kLevelOneMb[] = "level-one-mb";
constexpr int kMaxLevelOneMb = 65536;

// nullptr without an address: level 2 of the cache is off.
absl::StatusOr<std::unique_ptr<redis::Client>> ConnectRedis(const ServiceConfig& config) {
  if (config.redis_address.empty()) return std::unique_ptr<redis::Client>();
  return redis::Client::Create({.address = config.redis_address});
}

// --level-one-mb: 0 turns level 1 off, so that every look-up asks level 2.
absl::StatusOr<LevelOneOptions> LevelOneOf(const ServiceConfig& config) {
  const std::string& text = config.extra.at(kLevelOneMb);
  int megabytes = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), megabytes);
  if (error != std::errc() || end != text.data() + text.size() || megabytes < 0 ||
      megabytes > kMaxLevelOneMb) {
    return InvalidField(kLevelOneMb, text, "0 to 65536");
  }
  return LevelOneOptions{.max_bytes = static_cast<size_t>(megabytes) << 20};
}

// What a crash, a long read or an absent Redis has left of earlier erases.
void FinishErasures(Eraser& eraser) {
  const absl::Status finished = eraser.FinishPending();
  if (!finished.ok()) log::Warning("erasure_pending", {{"error", MessageOf(finished)}});
}

absl::Status Serve(const ServiceConfig& config) {
  ShutdownSignal shutdown;  // First: blocks SIGTERM and SIGINT before any thread exists.
  const SystemClock clock;
  VL_ASSIGN_OR_RETURN(const auto metrics, Metrics::Start(config.metrics_address));

  VL_ASSIGN_OR_RETURN(const std::string url, StoreUrl(config));
  VL_ASSIGN_OR_RETURN(
      const auto database,
      sql::Database::Open(
          url, {.migrations = {sql::CommonMigrations(), WorkspaceStore::Migrations(),
                               LedgerMigrations()},
                .reader_count = config.worker_count + kStreamReaders + kBackgroundReaders}));
  VL_ASSIGN_OR_RETURN(const auto workspaces, WorkspaceStore::Open(*database, clock));
  SqlLedgerStore ledger(*database, DecodeStoredEvent, LedgerMetrics::Register(*metrics));

  VersionStore version_store(*database, clock);
  VersionRegistry versions(version_store, DecodeModel, DecodePolicy);
  VL_ASSIGN_OR_RETURN(const auto redis, ConnectRedis(config));
  VL_ASSIGN_OR_RETURN(const LevelOneOptions level_one, LevelOneOf(config));
  ScoreCache cache(level_one, redis.get(), {.start_micros = absl::ToUnixMicros(clock.Now())}, clock,
                   *metrics);
  // The registry forgets first, so that what the cache computes next has the new versions.
  version_store.AddListener(&versions);
  version_store.AddListener(&cache);
  ledger.AddListener(&cache);
  ScoreSignals signals;
  version_store.AddListener(&signals);
  ledger.AddListener(&signals);
  Scorer scorer(ledger);
  PersonStore persons(*database, DecodeStoredEvent, clock);
  persons.AddListener(&cache);
  Eraser eraser(
      *database, cache, DecodeStoredEvent,
      [](Event event) { return MakeLedgerEntry(std::move(event), 0); }, clock);
  eraser.AddListener(&cache);

  sql::JobStore jobs(*database);
  SnapshotStore snapshots(*database, clock);
  RescoreQueue rescores({.jobs = jobs,
                         .ledger = ledger,
                         .versions = version_store,
                         .snapshots = snapshots,
                         .workspaces = *workspaces,
                         .clock = clock});
  version_store.AddListener(&rescores);
  ledger.AddListener(&rescores);
  persons.AddListener(&rescores);
  eraser.AddListener(&rescores);
  ScoringJobs scoring_jobs({.ledger = ledger,
                            .versions = version_store,
                            .registry = versions,
                            .scorer = scorer,
                            .snapshots = snapshots,
                            .workspaces = *workspaces});
  sql::JobRunner runner(jobs, {.owner = "valueloop-scoring"});
  scoring_jobs.Register(runner);

  rpc::WorkspaceRpc workspace_rpc(*workspaces);
  LedgerRpc ledger_rpc(ledger, *workspaces, clock);
  CustomerRpc customer_rpc({.ledger = ledger,
                            .persons = persons,
                            .eraser = eraser,
                            .scorer = scorer,
                            .versions = versions,
                            .workspaces = *workspaces,
                            .clock = clock});
  ScoreRpc score_rpc(scorer, cache, versions, *workspaces, clock);
  RegisterListScores(score_rpc, snapshots, *workspaces);
  ModelRpc model_rpc(version_store, jobs, *workspaces, clock);
  RegisterModelChoice(model_rpc, {.ledger = ledger,
                                  .versions = version_store,
                                  .registry = versions,
                                  .scorer = scorer,
                                  .workspaces = *workspaces});
  rpc::JobRpc job_rpc(jobs);
  PortfolioRpc portfolio_rpc({.snapshots = snapshots,
                              .ledger = ledger,
                              .versions = versions,
                              .scorer = scorer,
                              .rescores = rescores,
                              .workspaces = *workspaces,
                              .clock = clock});
  SegmentationStore segmentations(*database, clock);
  PortfolioViews views(ledger, versions, scorer);
  eraser.AddMemory("portfolios in memory",
                   [&views](const std::string& workspace) { views.Forget(workspace); });
  SegmentRpc segment_rpc({.segmentations = segmentations,
                          .views = views,
                          .ledger = ledger,
                          .workspaces = *workspaces});
  EventScan events(*database, DecodeStoredEvent);
  InsightRpc insight_rpc({.ledger = ledger,
                          .events = events,
                          .snapshots = snapshots,
                          .versions = versions,
                          .scorer = scorer,
                          .workspaces = *workspaces});
  ledger.AddListener(&insight_rpc.listener());
  SimulationRpc simulation_rpc({.ledger = ledger,
                                .version_store = version_store,
                                .versions = versions,
                                .scorer = scorer,
                                .signals = signals,
                                .workspaces = *workspaces,
                                .clock = clock});
  VL_ASSIGN_OR_RETURN(const auto strategy, rpc::Channel::Create(config.strategy));
  PublicationFollower publications(
      *strategy, version_store, *workspaces,
      metrics->GetGauge("valueloop_follow_connected",
                        "Whether the service that is followed answers: 1 or 0.",
                        {{"service", "strategy"}}));
  FinishErasures(eraser);  // Before anybody is answered.
  VL_ASSIGN_OR_RETURN(
      const auto server,
      rpc::Server::Start({.listen_address = config.listen_address,
                          .worker_count = config.worker_count,
                          .queue_limit = config.queue_limit},
                         {&workspace_rpc, &job_rpc, &ledger_rpc, &customer_rpc, &score_rpc,
                          &model_rpc, &portfolio_rpc, &segment_rpc, &insight_rpc, &simulation_rpc},
                         *metrics));
  VL_RETURN_IF_ERROR(runner.Start());
  rescores.Start();
  publications.Start();
  Announce(config, server->port(), metrics->port());
  log::Info("serving", {{"port", server->port()}});
  absl::Time next_purge = absl::InfinitePast();
  do {
    FinishErasures(eraser);
    if (clock.Now() < next_purge) continue;
    next_purge = clock.Now() + sql::kRequestPurgeInterval;
    sql::PurgeAllRequests(*database);
    const absl::Status purged = persons.PurgeRequestCustomers();
    if (!purged.ok()) log::Warning("purge_failed", {{"error", MessageOf(purged)}});
  } while (!shutdown.WaitFor(kErasureInterval));
  publications.Stop();
  server->SetServing(false);            // Readiness drops first, so that no new call arrives;
  server->Drain(config.drain_timeout);  // then calls in flight finish,
  rescores.Stop();                      // and jobs go on at the next start.
  const absl::Status stopped = runner.Stop(config.drain_timeout);
  if (!stopped.ok()) log::Warning("jobs_still_running", {{"error", MessageOf(stopped)}});
  log::Info("stopped");
  return absl::OkStatus();  // Locals are destroyed in reverse order.
}

}  // namespace
}  // namespace valueloop::scoring

int main(int argc, char** argv) {
  valueloop::ServiceConfig defaults = valueloop::DefaultConfig("scoring");
  defaults.extra[valueloop::scoring::kLevelOneMb] = "64";
  return valueloop::RunService(argc, argv, defaults, valueloop::scoring::Serve);
}
