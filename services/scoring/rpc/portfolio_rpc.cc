#include "scoring/rpc/portfolio_rpc.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

#include "common/ids.h"
#include "common/status.h"
#include "fmt/format.h"
#include "scoring/domain/civil_day.h"
#include "scoring/rpc/day_field.h"
#include "scoring/rpc/forecast_portfolio.h"
#include "scoring/rpc/portfolio_metrics.h"
#include "scoring/rpc/snapshot_proto.h"

namespace valueloop::scoring {
namespace {

constexpr size_t kKeptMetrics = 512;
constexpr absl::Duration kCursorAge = absl::Hours(30 * 24);

// The snapshot a watcher has seen last and when it was completed; 0 and 0: none.
struct WatchCursor {
  int64_t snapshot = 0;
  int64_t complete_micros = 0;
};

std::string FormatCursor(const std::optional<Snapshot>& snapshot) {
  if (!snapshot.has_value()) return EncodeToken("0/0");
  return EncodeToken(fmt::format("{}/{}", snapshot->id, snapshot->complete_micros));
}

absl::StatusOr<WatchCursor> ParseCursor(const std::string& text) {
  VL_ASSIGN_OR_RETURN(const std::string plain, DecodeToken("cursor", text));
  WatchCursor cursor;
  const char* const last = plain.data() + plain.size();
  const auto first = std::from_chars(plain.data(), last, cursor.snapshot);
  if (first.ec == std::errc() && first.ptr != last && *first.ptr == '/') {
    const auto second = std::from_chars(first.ptr + 1, last, cursor.complete_micros);
    if (second.ec == std::errc() && second.ptr == last) return cursor;
  }
  return InvalidField("cursor", text, "one that a watch has sent, or nothing");
}

absl::Status CheckCursor(const WatchCursor& cursor, const std::optional<Snapshot>& newest,
                         absl::Time now) {
  if (cursor.snapshot == 0) return absl::OkStatus();
  if (!newest.has_value() || cursor.snapshot > newest->id) {
    return WithReason(
        absl::OutOfRangeError("cursor: got one of another database, want none: start again"),
        "CURSOR_UNKNOWN");
  }
  if (absl::FromUnixMicros(cursor.complete_micros) + kCursorAge < now) {
    return WithReason(
        absl::OutOfRangeError("cursor: got one older than 30 days, want none: start again"),
        "CURSOR_EXPIRED");
  }
  return absl::OkStatus();
}

}  // namespace

PortfolioRpc::PortfolioRpc(const PortfolioSources& sources)
    : Service("valueloop.scoring.v1.PortfolioService"), sources_(sources) {
  using rpc::CallContext;
  Unary<v1::GetClassMatrixRequest, v1::ClassMatrix>(
      "GetClassMatrix", [this](CallContext&, const auto& request, auto& response) -> absl::Status {
        VL_ASSIGN_OR_RETURN(const Overview overview, FindOverview(request.parent()));
        response = overview->matrix;
        return absl::OkStatus();
      });
  Unary<v1::GetConcentrationRequest, v1::Concentration>(
      "GetConcentration",
      [this](CallContext&, const auto& request, auto& response) -> absl::Status {
        VL_ASSIGN_OR_RETURN(const Overview overview, FindOverview(request.parent()));
        switch (request.basis()) {
          case v1::VALUE_BASIS_UNSPECIFIED:
          case v1::VALUE_BASIS_EXPECTED:
            response = overview->expected;
            return absl::OkStatus();
          case v1::VALUE_BASIS_REALISED:
            response = overview->realised;
            return absl::OkStatus();
          default:
            return InvalidField("basis", fmt::format("{}", static_cast<int>(request.basis())),
                                "EXPECTED or REALISED");
        }
      });
  Unary<v1::GetPortfolioMetricsRequest, v1::PortfolioMetrics>(
      "GetPortfolioMetrics", [this](CallContext& context, const auto& request, auto& response) {
        return HandleGetPortfolioMetrics(context, request, response);
      });
  Unary<v1::GetPortfolioForecastRequest, v1::PortfolioForecast>(
      "GetPortfolioForecast", [this](CallContext& context, const auto& request, auto& response) {
        return HandleGetPortfolioForecast(context, request, response);
      });
  Unary<v1::RescorePortfolioRequest, v1::RescorePortfolioResponse>(
      "RescorePortfolio", [this](CallContext&, const auto& request, auto& response) {
        return HandleRescorePortfolio(request, response);
      });
  ServerStream<v1::WatchPortfolioRequest, v1::WatchPortfolioResponse>(
      "WatchPortfolio", [this](CallContext& context, const auto& request, auto& writer) {
        return HandleWatchPortfolio(context, request, writer);
      });
}

absl::StatusOr<Workspace> PortfolioRpc::FindWorkspace(std::string_view parent) {
  VL_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                      ParseResourceName("parent", "workspaces/*", parent));
  return sources_.workspaces.Get(parts[0]);
}

absl::StatusOr<PortfolioRpc::Overview> PortfolioRpc::FindOverview(std::string_view parent) {
  VL_ASSIGN_OR_RETURN(const Workspace workspace, FindWorkspace(parent));
  VL_ASSIGN_OR_RETURN(const Snapshot newest, sources_.snapshots.RequireNewest(workspace.id));
  {
    const MutexLock lock(mutex_);
    const auto kept = overviews_.find(workspace.id);
    if (kept != overviews_.end() && kept->second.snapshot == newest.id) {
      return kept->second.overview;
    }
  }
  VL_ASSIGN_OR_RETURN(PortfolioOverview read,
                      ReadOverview(sources_.snapshots, workspace.id, newest));
  const auto overview = std::make_shared<const PortfolioOverview>(std::move(read));
  const MutexLock lock(mutex_);
  KeptOverview& kept = overviews_[workspace.id];
  if (kept.snapshot < newest.id) kept = {.snapshot = newest.id, .overview = overview};
  return overview;
}

absl::Status PortfolioRpc::HandleGetPortfolioMetrics(rpc::CallContext& context,
                                                     const v1::GetPortfolioMetricsRequest& request,
                                                     v1::PortfolioMetrics& response) {
  VL_ASSIGN_OR_RETURN(const Workspace workspace, FindWorkspace(request.parent()));
  VL_ASSIGN_OR_RETURN(const absl::CivilDay first_day,
                      ParseDayField("first_day", request.first_day()));
  VL_ASSIGN_OR_RETURN(const absl::CivilDay last_day, ParseDayField("last_day", request.last_day()));
  if (last_day < first_day) {
    return InvalidField("last_day", request.last_day(), "first_day or later");
  }
  VL_RETURN_IF_ERROR(
      ParsePastDayField("last_day", request.last_day(), sources_.workspaces.Today(workspace))
          .status());
  // Before the ledger is read, so that what is kept is never newer than its key says.
  VL_ASSIGN_OR_RETURN(const LedgerTotals totals, sources_.ledger.GetTotals(workspace.id));
  VL_ASSIGN_OR_RETURN(const auto versions, sources_.versions.Get(workspace.id));
  const MetricsKey key(workspace.id, DayNumber(first_day), DayNumber(last_day),
                       totals.change_sequence, versions->numbers.sequence);
  {
    const MutexLock lock(mutex_);
    const auto kept = metrics_.find(key);
    if (kept != metrics_.end()) {
      response = kept->second;
      return absl::OkStatus();
    }
  }
  VL_ASSIGN_OR_RETURN(
      response, ComputePortfolioMetrics(sources_.scorer, workspace, *versions, first_day, last_day,
                                        [&] { return context.cancelled(); }));
  const MutexLock lock(mutex_);
  if (metrics_.size() >= kKeptMetrics) metrics_.clear();
  metrics_[key] = response;
  return absl::OkStatus();
}

absl::Status PortfolioRpc::HandleGetPortfolioForecast(
    rpc::CallContext& context, const v1::GetPortfolioForecastRequest& request,
    v1::PortfolioForecast& response) {
  VL_ASSIGN_OR_RETURN(const Workspace workspace, FindWorkspace(request.parent()));
  VL_ASSIGN_OR_RETURN(const Snapshot newest, sources_.snapshots.RequireNewest(workspace.id));
  VL_ASSIGN_OR_RETURN(const auto versions,
                      sources_.versions.Get(workspace.id, {.model = newest.model_version,
                                                           .policy = newest.policy_version,
                                                           .reference = newest.reference_version}));
  std::optional<int32_t> horizon_months;
  if (request.has_horizon_months()) horizon_months = request.horizon_months();
  VL_ASSIGN_OR_RETURN(response,
                      ForecastPortfolio(sources_.scorer, workspace, *versions, newest.as_of,
                                        horizon_months, [&] { return context.cancelled(); }));
  SnapshotToProto(workspace.id, newest, *response.mutable_snapshot());
  return absl::OkStatus();
}

absl::Status PortfolioRpc::HandleRescorePortfolio(const v1::RescorePortfolioRequest& request,
                                                  v1::RescorePortfolioResponse& response) {
  VL_ASSIGN_OR_RETURN(const Workspace workspace, FindWorkspace(request.parent()));
  VL_RETURN_IF_ERROR(
      ParsePastDayField("as_of", request.as_of(), sources_.workspaces.Today(workspace)).status());
  VL_ASSIGN_OR_RETURN(const std::string job,
                      sources_.rescores.Request(workspace.id, request.as_of()));
  response.set_job(fmt::format("workspaces/{}/jobs/{}", workspace.id, job));
  return absl::OkStatus();
}

absl::Status PortfolioRpc::HandleWatchPortfolio(rpc::CallContext& context,
                                                const v1::WatchPortfolioRequest& request,
                                                rpc::Writer<v1::WatchPortfolioResponse>& writer) {
  VL_ASSIGN_OR_RETURN(const Workspace workspace, FindWorkspace(request.parent()));
  std::optional<int64_t> sent;  // The snapshot sent last; 0: that there is none.
  if (!request.cursor().empty()) {
    VL_ASSIGN_OR_RETURN(const WatchCursor cursor, ParseCursor(request.cursor()));
    VL_ASSIGN_OR_RETURN(const std::optional<Snapshot> newest,
                        sources_.snapshots.Newest(workspace.id));
    VL_RETURN_IF_ERROR(CheckCursor(cursor, newest, sources_.clock.Now()));
    sent = cursor.snapshot;
  }
  const rpc::CallContext::StopCallback wake(context, [this] { sources_.snapshots.WakeAll(); });
  while (!context.stopping()) {
    const int64_t seen = sources_.snapshots.completions();  // Before reading: later ones wake.
    VL_ASSIGN_OR_RETURN(const std::optional<Snapshot> newest,
                        sources_.snapshots.Newest(workspace.id));
    const int64_t id = newest.has_value() ? newest->id : 0;
    if (sent != id) {
      v1::WatchPortfolioResponse response;
      response.set_cursor(FormatCursor(newest));
      if (newest.has_value()) {
        SnapshotToProto(workspace.id, *newest, *response.mutable_snapshot());
      }
      VL_ASSIGN_OR_RETURN(const LedgerTotals totals, sources_.ledger.GetTotals(workspace.id));
      if (totals.last_day.has_value()) {
        response.set_ledger_last_day(absl::FormatCivilTime(*totals.last_day));
      }
      if (!writer.Write(response)) return absl::CancelledError("stream: got closed by the caller");
      sent = id;
    }
    sources_.snapshots.WaitBeyond(seen, absl::InfiniteFuture(),
                                  [&context] { return context.stopping(); });
  }
  if (context.cancelled()) return absl::CancelledError("stream: got closed by the caller");
  return WithRetryAfter(
      absl::UnavailableError("the server stops: watch again with the last cursor"),
      absl::Seconds(1));
}

}  // namespace valueloop::scoring
