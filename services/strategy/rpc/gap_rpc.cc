#include "strategy/rpc/gap_rpc.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "common/ids.h"
#include "common/log.h"
#include "common/status.h"
#include "fmt/format.h"
#include "strategy/rpc/gap_messages.h"
#include "strategy/rpc/plan_names.h"
#include "strategy/rpc/publication_feed.h"

namespace valueloop::strategy {
namespace {

absl::StatusOr<std::optional<GapState>> ParseStateFilter(v1::Gap::State state) {
  switch (state) {
    case v1::Gap::STATE_UNSPECIFIED:
      return std::nullopt;
    case v1::Gap::STATE_OPEN:
      return GapState::kOpen;
    case v1::Gap::STATE_CLOSED:
      return GapState::kClosed;
    default:
      return InvalidField("state", fmt::format("{}", static_cast<int>(state)), "OPEN or CLOSED");
  }
}

// What a page token of ListGaps is bound to.
std::string ListKey(const v1::ListGapsRequest& request) {
  return fmt::format("{} {}", request.parent(), static_cast<int>(request.state()));
}

std::string MakeGapToken(const v1::ListGapsRequest& request, const GapRecord& last) {
  return MakePageToken(ListKey(request), {fmt::format("{}", last.open_time), last.plan,
                                          fmt::format("{}", last.sequence)});
}

absl::StatusOr<GapPosition> ParseGapToken(const v1::ListGapsRequest& request) {
  VL_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                      ParsePageToken(ListKey(request), request.page_token()));
  if (parts.empty()) return GapPosition{};
  if (parts.size() != 3)
    return InvalidField("page_token", request.page_token(), "one of this list");
  GapPosition position{.plan = parts[1]};
  std::from_chars(parts[0].data(), parts[0].data() + parts[0].size(), position.open_time);
  std::from_chars(parts[2].data(), parts[2].data() + parts[2].size(), position.sequence);
  return position;
}

}  // namespace

GapRpc::GapRpc(GapStore& gaps, PlanStore& plans, WorkspaceStore& workspaces, const Clock& clock,
               const StrategyMetrics& metrics)
    : Service("valueloop.strategy.v1.GapService"),
      gaps_(gaps),
      plans_(plans),
      workspaces_(workspaces),
      clock_(clock),
      metrics_(metrics) {
  Unary<v1::OpenGapRequest, v1::Gap>(
      "OpenGap", [this](rpc::CallContext&, const auto& request, auto& response) {
        return HandleOpenGap(request, response);
      });
  Unary<v1::AddGapEvidenceRequest, v1::Gap>(
      "AddGapEvidence", [this](rpc::CallContext&, const auto& request, auto& response) {
        return HandleAddGapEvidence(request, response);
      });
  Unary<v1::CloseGapRequest, v1::Gap>(
      "CloseGap", [this](rpc::CallContext&, const auto& request, auto& response) {
        return HandleCloseGap(request, response);
      });
  Unary<v1::GetGapRequest, v1::Gap>("GetGap",
                                    [this](rpc::CallContext&, const auto& request, auto& response) {
                                      return HandleGetGap(request, response);
                                    });
  Unary<v1::ListGapsRequest, v1::ListGapsResponse>(
      "ListGaps", [this](rpc::CallContext&, const auto& request, auto& response) {
        return HandleListGaps(request, response);
      });
}

absl::StatusOr<GapKey> GapRpc::ResolveGap(std::string_view name) {
  VL_ASSIGN_OR_RETURN(GapKey key, ParseGapName("name", name));
  VL_RETURN_IF_ERROR(workspaces_.Get(key.workspace).status());
  return key;
}

absl::Status GapRpc::CountOpenGaps() {
  VL_ASSIGN_OR_RETURN(const int64_t count, gaps_.CountOpen());
  metrics_.gaps_open.Set(static_cast<double>(count));
  return absl::OkStatus();
}

absl::Status GapRpc::CheckAgainstPublication(const GapRecord& gap) {
  VL_RETURN_IF_ERROR(plans_.Get(gap.workspace, gap.plan, gap.version).status());
  const absl::StatusOr<StoredPublication> stored =
      plans_.GetPublication(gap.workspace, gap.plan, gap.version);
  if (absl::IsNotFound(stored.status())) {
    return WithReason(absl::FailedPreconditionError(
                          fmt::format("parent: got version {} of plan {}, which is not published, "
                                      "want a published one",
                                      gap.version, gap.plan)),
                      "PLAN_NOT_PUBLISHED");
  }
  VL_RETURN_IF_ERROR(stored.status());
  v1::Publication publication;
  VL_RETURN_IF_ERROR(ParsePublication(stored->payload, publication));
  const v1::MeasurementPlan& measurement = publication.measurement();
  if (std::none_of(measurement.kpis().begin(), measurement.kpis().end(),
                   [&gap](const v1::KpiDefinition& kpi) { return kpi.kpi() == gap.kpi; })) {
    return InvalidField("gap.kpi", gap.kpi, "a KPI of the published version");
  }
  if (!gap.org_unit.empty() &&
      std::none_of(measurement.org_units().begin(), measurement.org_units().end(),
                   [&gap](const v1::OrgUnit& unit) { return unit.id() == gap.org_unit; })) {
    return InvalidField("gap.org_unit", gap.org_unit, "a unit of the published version");
  }
  return absl::OkStatus();
}

absl::Status GapRpc::HandleOpenGap(const v1::OpenGapRequest& request, v1::Gap& response) {
  VL_ASSIGN_OR_RETURN(PlanName name, ParsePlanName("parent", request.parent()));
  if (name.version == 0) {
    return InvalidField("parent", request.parent(),
                        "workspaces/{workspace}/plans/{plan}/versions/{version}");
  }
  VL_RETURN_IF_ERROR(workspaces_.Get(name.workspace).status());
  VL_ASSIGN_OR_RETURN(const RequestKey key,
                      MakeRequestKey(request.request_id(), "OpenGap", request));
  VL_ASSIGN_OR_RETURN(GapRecord gap, ParseGap(request.gap(), absl::ToUnixMicros(clock_.Now())));
  gap.workspace = std::move(name.workspace);
  gap.plan = std::move(name.plan);
  gap.version = name.version;
  VL_RETURN_IF_ERROR(CheckAgainstPublication(gap));
  VL_ASSIGN_OR_RETURN(const GapRecord opened, gaps_.Open(gap, key));
  SetGap(opened, response);
  log::Info("gap_opened", {{"workspace", opened.workspace},
                           {"plan", opened.plan},
                           {"gap", opened.id},
                           {"reason", opened.reason}});
  return CountOpenGaps();
}

absl::Status GapRpc::HandleAddGapEvidence(const v1::AddGapEvidenceRequest& request,
                                          v1::Gap& response) {
  VL_ASSIGN_OR_RETURN(const GapKey name, ResolveGap(request.name()));
  VL_ASSIGN_OR_RETURN(const RequestKey key,
                      MakeRequestKey(request.request_id(), "AddGapEvidence", request));
  VL_ASSIGN_OR_RETURN(const GapEvidence evidence, ParseEvidence("evidence", request.evidence(),
                                                                absl::ToUnixMicros(clock_.Now())));
  VL_ASSIGN_OR_RETURN(const GapRecord gap, gaps_.AddEvidence(name, evidence, key));
  SetGap(gap, response);
  return absl::OkStatus();
}

absl::Status GapRpc::HandleCloseGap(const v1::CloseGapRequest& request, v1::Gap& response) {
  VL_ASSIGN_OR_RETURN(const GapKey name, ResolveGap(request.name()));
  VL_ASSIGN_OR_RETURN(const RequestKey key,
                      MakeRequestKey(request.request_id(), "CloseGap", request));
  VL_RETURN_IF_ERROR(ValidateReason("close_reason", request.close_reason()));
  VL_ASSIGN_OR_RETURN(const GapRecord gap, gaps_.Close(name, request.close_reason(),
                                                       absl::ToUnixMicros(clock_.Now()), key));
  SetGap(gap, response);
  return CountOpenGaps();
}

absl::Status GapRpc::HandleGetGap(const v1::GetGapRequest& request, v1::Gap& response) {
  VL_ASSIGN_OR_RETURN(const GapKey name, ResolveGap(request.name()));
  VL_ASSIGN_OR_RETURN(const GapRecord gap, gaps_.Get(name));
  SetGap(gap, response);
  return absl::OkStatus();
}

absl::Status GapRpc::HandleListGaps(const v1::ListGapsRequest& request,
                                    v1::ListGapsResponse& response) {
  VL_ASSIGN_OR_RETURN(std::vector<std::string> parts,
                      ParseResourceName("parent", "workspaces/*/plans/*", request.parent()));
  VL_RETURN_IF_ERROR(workspaces_.Get(parts[0]).status());
  if (parts[1] == "-") {
    parts[1].clear();
  } else {
    VL_RETURN_IF_ERROR(ValidatePlanId("parent", parts[1]));
    VL_RETURN_IF_ERROR(plans_.Get(parts[0], parts[1], 0).status());
  }
  VL_ASSIGN_OR_RETURN(const std::optional<GapState> state, ParseStateFilter(request.state()));
  VL_ASSIGN_OR_RETURN(const int size, ParsePageSize(request.page_size()));
  VL_ASSIGN_OR_RETURN(const GapPosition after, ParseGapToken(request));
  VL_ASSIGN_OR_RETURN(const std::vector<GapRecord> gaps,
                      gaps_.List(parts[0], parts[1], state, after, size + 1));
  for (int i = 0; i < static_cast<int>(gaps.size()); ++i) {
    if (i == size) {
      response.set_next_page_token(MakeGapToken(request, gaps[i - 1]));
      break;
    }
    SetGap(gaps[i], *response.add_gaps());
  }
  return absl::OkStatus();
}

}  // namespace valueloop::strategy
