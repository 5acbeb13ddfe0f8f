// valueloop-strategy: plans that compile, their publications, and the gaps found beside them.
#include <cstdio>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <system_error>

#include "common/clock.h"
#include "common/config.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/rpc/server.h"
#include "common/rpc/workspace_rpc.h"
#include "common/shutdown_signal.h"
#include "common/sql/database.h"
#include "common/sql/request_ids.h"
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

constexpr absl::Duration kPurgeInterval = absl::Hours(1);
constexpr int kPurgeChunk = 1000;

absl::StatusOr<std::string> StoreUrl(const ServiceConfig& config) {
  if (!config.store.empty()) return config.store;
  std::error_code error;
  std::filesystem::create_directories(config.data_dir, error);
  if (error) {
    return absl::UnavailableError(
        fmt::format("data-dir: got {}, want a folder: {}", config.data_dir, error.message()));
  }
  return "sqlite:" + (std::filesystem::path(config.data_dir) / "strategy.db").string();
}

// 128 random bits: no two databases ever share a name in cursors.
std::string NewEpoch() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}{:08x}{:08x}", random(), random(), random(), random());
}

// Forgets request ids past their retention, a chunk per commit.
void PurgeRequestIds(sql::Database& database) {
  int64_t purged = kPurgeChunk;
  while (purged == kPurgeChunk) {
    const absl::StatusOr<int64_t> count =
        database.Write([](sql::Session& session) -> absl::StatusOr<int64_t> {
          return sql::PurgeRequests(session, kPurgeChunk);
        });
    if (!count.ok()) {
      log::Warning("purge_failed", {{"error", MessageOf(count.status())}});
      return;
    }
    purged = *count;
  }
}

// What was asked for, with the port that was bound.
std::string BoundAddress(const std::string& address, int port) {
  const size_t colon = address.rfind(':');
  if (address.starts_with("unix:") || colon == std::string::npos) return address;
  return fmt::format("{}:{}", address.substr(0, colon), port);
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
  fmt::print("listening {} metrics {}\n", BoundAddress(config.listen_address, server->port()),
             BoundAddress(config.metrics_address, metrics->port()));
  std::fflush(stdout);
  do {
    PurgeRequestIds(*database);
  } while (!shutdown.WaitFor(kPurgeInterval));
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
