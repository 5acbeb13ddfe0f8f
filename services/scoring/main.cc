// The scoring service: what is each customer worth. The order of construction is the design.
#include <cstdio>
#include <string>
#include <string_view>

#include "common/clock.h"
#include "common/config.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/rpc/server.h"
#include "common/rpc/workspace_rpc.h"
#include "common/shutdown_signal.h"
#include "common/sql/database.h"
#include "common/status.h"
#include "common/workspace/workspace_store.h"
#include "fmt/format.h"
#include "scoring/rpc/event_text.h"
#include "scoring/rpc/ledger_rpc.h"
#include "scoring/store/sql_ledger_store.h"

namespace valueloop::scoring {
namespace {

// Streams read beside the workers: imports look up cursors, verification reads whole ledgers.
constexpr int kStreamReaders = 4;

// `address` with the port that was bound in place of its own.
std::string BoundAddress(std::string_view address, int port) {
  return fmt::format("{}:{}", address.substr(0, address.rfind(':')), port);
}

// The one line on standard output: parents that asked for port 0 read the ports from it.
void Announce(const ServiceConfig& config, const rpc::Server& server, const Metrics& metrics) {
  const std::string metrics_address = config.metrics_address.empty()
                                          ? "none"
                                          : BoundAddress(config.metrics_address, metrics.port());
  fmt::print("listening {} metrics {}\n", BoundAddress(config.listen_address, server.port()),
             metrics_address);
  std::fflush(stdout);
}

absl::Status Serve(const ServiceConfig& config) {
  ShutdownSignal shutdown;  // First: blocks SIGTERM and SIGINT before any thread exists.
  const SystemClock clock;
  VL_ASSIGN_OR_RETURN(const auto metrics, Metrics::Start(config.metrics_address));

  const std::string url =
      config.store.empty() ? fmt::format("sqlite:{}/scoring.db", config.data_dir) : config.store;
  VL_ASSIGN_OR_RETURN(
      const auto database,
      sql::Database::Open(url, {.migrations = {sql::CommonMigrations(),
                                               WorkspaceStore::Migrations(), LedgerMigrations()},
                                .reader_count = config.worker_count + kStreamReaders}));
  VL_ASSIGN_OR_RETURN(const auto workspaces, WorkspaceStore::Open(*database, clock));
  SqlLedgerStore ledger(*database, DecodeStoredEvent, LedgerMetrics::Register(*metrics));

  rpc::WorkspaceRpc workspace_rpc(*workspaces);
  LedgerRpc ledger_rpc(ledger, *workspaces, clock);
  VL_ASSIGN_OR_RETURN(const auto server,
                      rpc::Server::Start({.listen_address = config.listen_address,
                                          .worker_count = config.worker_count,
                                          .queue_limit = config.queue_limit},
                                         {&workspace_rpc, &ledger_rpc}, *metrics));
  Announce(config, *server, *metrics);
  log::Info("serving", {{"port", server->port()}});
  shutdown.Wait();
  server->SetServing(false);            // Readiness drops first, so that no new call arrives;
  server->Drain(config.drain_timeout);  // then calls in flight finish.
  log::Info("stopped");
  return absl::OkStatus();  // Locals are destroyed in reverse order.
}

}  // namespace
}  // namespace valueloop::scoring

int main(int argc, char** argv) {
  return valueloop::RunService(argc, argv, valueloop::DefaultConfig("scoring"),
                               valueloop::scoring::Serve);
}
