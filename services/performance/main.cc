// valueloop-performance: observations against targets. It follows strategy's publications and
// scoring's portfolio by itself, and tells strategy about gaps; it serves without either.
#include <memory>
#include <string>

#include "common/clock.h"
#include "common/config.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/rpc/client.h"
#include "common/rpc/server.h"
#include "common/rpc/workspace_rpc.h"
#include "common/shutdown_signal.h"
#include "common/sql/database.h"
#include "common/sql/outbox.h"
#include "common/sql/request_ids.h"
#include "common/startup.h"
#include "common/status.h"
#include "common/workspace/workspace_store.h"
#include "performance/rpc/gap_sender.h"
#include "performance/rpc/performance_rpc.h"
#include "performance/rpc/plan_book.h"
#include "performance/rpc/portfolio_follower.h"
#include "performance/rpc/publication_follower.h"
#include "performance/rpc/recorder.h"
#include "performance/rpc/status_board.h"
#include "performance/store/sql_performance_store.h"

namespace valueloop::performance {
namespace {

// Followers, the outbox and the status board read beside the workers.
constexpr int kBackgroundReaderCount = 4;
constexpr absl::Duration kGaugeInterval = absl::Seconds(2);
constexpr absl::Duration kDeadMessageRetention = absl::Hours(30 * 24);
constexpr int kPurgeChunk = 1000;
// Gaps are found again within seconds of strategy's return.
constexpr absl::Duration kMaxDeliveryBackoff = absl::Seconds(2);

// Forgets messages that strategy refused, past their retention.
void PurgeDeadMessages(sql::Outbox& outbox) {
  const absl::StatusOr<int64_t> count = outbox.PurgeDead(kDeadMessageRetention, kPurgeChunk);
  if (!count.ok()) log::Warning("purge_failed", {{"error", MessageOf(count.status())}});
}

// What nobody announces when it changes.
class Gauges {
 public:
  explicit Gauges(Metrics& metrics)
      : pending_(metrics.GetGauge("valueloop_outbox_pending",
                                  "Messages to strategy that are not delivered yet.")),
        strategy_(Connected(metrics, "strategy")),
        scoring_(Connected(metrics, "scoring")) {}

  void Update(const PublicationFollower& publications, PortfolioFollowers& portfolios,
              sql::Outbox& outbox) const {
    strategy_.Set(publications.connected() ? 1 : 0);
    scoring_.Set(portfolios.all_connected() ? 1 : 0);
    const absl::StatusOr<int64_t> waiting = outbox.WaitingCount();
    if (waiting.ok()) pending_.Set(static_cast<double>(*waiting));
  }

 private:
  static Gauge Connected(Metrics& metrics, const std::string& service) {
    return metrics.GetGauge("valueloop_follow_connected",
                            "Whether the service that is followed answers: 1 or 0.",
                            {{"service", service}});
  }

  Gauge pending_;
  Gauge strategy_;
  Gauge scoring_;
};

absl::Status Serve(const ServiceConfig& config) {
  ShutdownSignal shutdown;  // First: blocks SIGTERM and SIGINT before any thread exists.
  const SystemClock clock;
  VL_ASSIGN_OR_RETURN(const std::unique_ptr<Metrics> metrics,
                      Metrics::Start(config.metrics_address));
  VL_ASSIGN_OR_RETURN(const std::string url, StoreUrl(config));
  VL_ASSIGN_OR_RETURN(
      const std::unique_ptr<sql::Database> database,
      sql::Database::Open(url,
                          {.migrations = {sql::CommonMigrations(), WorkspaceStore::Migrations(),
                                          PerformanceMigrations()},
                           .reader_count = config.worker_count + kBackgroundReaderCount}));
  VL_ASSIGN_OR_RETURN(const std::unique_ptr<WorkspaceStore> workspaces,
                      WorkspaceStore::Open(*database, clock));
  VL_ASSIGN_OR_RETURN(const std::unique_ptr<rpc::Channel> strategy,
                      rpc::Channel::Create(config.strategy));
  VL_ASSIGN_OR_RETURN(const std::unique_ptr<rpc::Channel> scoring,
                      rpc::Channel::Create(config.scoring));
  sql::Outbox outbox(*database, {.max_backoff = kMaxDeliveryBackoff});
  SqlPerformanceStore store(*database, outbox, clock);
  GapSender gap_sender(*strategy, store);
  PlanBook book(store);
  StatusBoard board(store, book, *metrics);
  Recorder recorder(store, board, *metrics);
  PortfolioFollowers portfolios(*scoring, store, book, recorder);
  PublicationFollower publications(*strategy, store, [&](const BoundPlan& plan) {
    board.Touch(plan.key());
    portfolios.PlanBound(plan);
  });
  PerformanceRpc performance_rpc(
      store, book, recorder, *workspaces,
      {.strategy_connected = [&] { return publications.connected(); },
       .scoring_connected = [&](std::string_view id) { return portfolios.connected(id); },
       .outbox_count = [&] { return outbox.WaitingCount(); }});
  rpc::WorkspaceRpc workspace_rpc(*workspaces);
  const Gauges gauges(*metrics);

  VL_ASSIGN_OR_RETURN(const std::vector<PlanKey> plans, store.ListPlans());
  for (const PlanKey& key : plans) board.Touch(key);
  VL_ASSIGN_OR_RETURN(const std::unique_ptr<rpc::Server> server,
                      rpc::Server::Start({.listen_address = config.listen_address,
                                          .worker_count = config.worker_count,
                                          .queue_limit = config.queue_limit},
                                         {&performance_rpc, &workspace_rpc}, *metrics));
  outbox.Start({{std::string(kGapTopic),
                 [&](const sql::OutboxMessage& message) { return gap_sender.Deliver(message); }}});
  VL_RETURN_IF_ERROR(portfolios.Start());
  publications.Start();
  Announce(config, server->port(), metrics->port());

  absl::Time next_purge = absl::InfinitePast();
  do {
    gauges.Update(publications, portfolios, outbox);
    if (clock.Now() >= next_purge) {
      sql::PurgeAllRequests(*database);
      PurgeDeadMessages(outbox);
      next_purge = clock.Now() + sql::kRequestPurgeInterval;
    }
  } while (!shutdown.WaitFor(kGaugeInterval));
  server->SetServing(false);            // Readiness drops first, so that no new call arrives;
  server->Drain(config.drain_timeout);  // then calls in flight finish,
  publications.Stop();                  // and what we call on our own ends.
  portfolios.Stop();
  outbox.Stop();
  return absl::OkStatus();  // Locals are destroyed in reverse order.
}

}  // namespace
}  // namespace valueloop::performance

int main(int argc, char** argv) {
  return valueloop::RunService(argc, argv, valueloop::DefaultConfig("performance"),
                               valueloop::performance::Serve);
}
