// valueloop-strategy: plans that compile, their publications, and the gaps found beside them.
#include <memory>
#include <random>
#include <string>

#include "common/clock.h"
#include "common/config.h"
#include "common/metrics.h"
#include "common/rpc/server.h"
#include "common/rpc/workspace_rpc.h"
#include "common/shutdown_signal.h"
#include "common/sql/database.h"
#include "common/sql/request_ids.h"
#include "common/startup.h"
#include "common/status.h"
#include "common/workspace/workspace_store.h"
#include "fmt/format.h"
#include "strategy/rpc/gap_rpc.h"
#include "strategy/rpc/strategy_metrics.h"
#include "strategy/rpc/strategy_rpc.h"
#include "strategy/store/embedded_migrations.h"
#include "strategy/store/sql_gap_store.h"
#include "strategy/store/sql_plan_store.h"

namespace valueloop::strategy {
namespace {

// 128 random bits: no two databases ever share a name in cursors.
std::string NewEpoch() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}{:08x}{:08x}", random(), random(), random(), random());
}

absl::Status Serve(const ServiceConfig& config) {
  ShutdownSignal shutdown;  // First: blocks SIGTERM and SIGINT before any thread exists.
  const SystemClock clock;
  VL_ASSIGN_OR_RETURN(const std::unique_ptr<Metrics> metrics,
                      Metrics::Start(config.metrics_address));
  VL_ASSIGN_OR_RETURN(const std::string url, StoreUrl(config));
  VL_ASSIGN_OR_RETURN(
      const std::unique_ptr<sql::Database> database,
      sql::Database::Open(url, {.migrations = {sql::CommonMigrations(),
                                               WorkspaceStore::Migrations(), EmbeddedMigrations()},
                                .reader_count = config.worker_count}));
  VL_ASSIGN_OR_RETURN(const std::unique_ptr<WorkspaceStore> workspaces,
                      WorkspaceStore::Open(*database, clock));
  VL_ASSIGN_OR_RETURN(const std::unique_ptr<SqlPlanStore> plans,
                      SqlPlanStore::Open(*database, NewEpoch()));
  SqlGapStore gaps(*database);
  const StrategyMetrics strategy_metrics(*metrics);
  StrategyRpc strategy_rpc(*plans, *workspaces, clock, strategy_metrics);
  GapRpc gap_rpc(gaps, *plans, *workspaces, clock, strategy_metrics);
  VL_RETURN_IF_ERROR(gap_rpc.CountOpenGaps());
  rpc::WorkspaceRpc workspace_rpc(*workspaces);
  VL_ASSIGN_OR_RETURN(const std::unique_ptr<rpc::Server> server,
                      rpc::Server::Start({.listen_address = config.listen_address,
                                          .worker_count = config.worker_count,
                                          .queue_limit = config.queue_limit},
                                         {&strategy_rpc, &gap_rpc, &workspace_rpc}, *metrics));
  Announce(config, server->port(), metrics->port());
  do {
    sql::PurgeAllRequests(*database);
  } while (!shutdown.WaitFor(sql::kRequestPurgeInterval));
  server->SetServing(false);            // Readiness drops first, so that no new call arrives;
  server->Drain(config.drain_timeout);  // then calls in flight finish.
  return absl::OkStatus();              // Locals are destroyed in reverse order.
}

}  // namespace
}  // namespace valueloop::strategy

int main(int argc, char** argv) {
  return valueloop::RunService(argc, argv, valueloop::DefaultConfig("strategy"),
                               valueloop::strategy::Serve);
}
