#include "performance/rpc/gap_sender.h"

#include <vector>

#include "common/ids.h"
#include "common/log.h"
#include "common/status.h"
#include "fmt/format.h"

namespace valueloop::performance {
namespace {

namespace sv1 = ::valueloop::strategy::v1;

const rpc::CallOptions kCallOptions{.timeout = absl::Seconds(5)};
constexpr int kPageSize = 1000;

absl::StatusOr<PlanKey> PlanOf(const std::string& version_name) {
  VL_ASSIGN_OR_RETURN(std::vector<std::string> ids,
                      ParseResourceName("parent", "workspaces/*/plans/*/versions/*", version_name));
  return PlanKey{.workspace = ids[0], .plan = ids[1]};
}

void LogDelivery(const PlanKey& key, const GapMessage& message, const std::string& name) {
  log::Info("gap_delivered", {{"workspace", key.workspace},
                              {"plan", key.plan},
                              {"kpi", message.request.gap().kpi()},
                              {"action", GapActionName(message.action)},
                              {"gap", name}});
}

}  // namespace

absl::Status GapSender::Deliver(const sql::OutboxMessage& message) {
  VL_ASSIGN_OR_RETURN(const GapMessage gap_message, ReadGapMessage(message.payload));
  VL_ASSIGN_OR_RETURN(const PlanKey key, PlanOf(gap_message.request.parent()));
  switch (gap_message.action) {
    case GapAction::kOpen:
      return Open(key, gap_message);
    case GapAction::kAddEvidence:
      return AddEvidence(key, gap_message);
    case GapAction::kClose:
      return Close(key, gap_message);
    case GapAction::kNone:
      break;
  }
  return absl::OkStatus();
}

absl::Status GapSender::Open(const PlanKey& key, const GapMessage& message) {
  sv1::Gap opened;
  const absl::Status status = strategy_.Call("valueloop.strategy.v1.GapService/OpenGap",
                                             message.request, &opened, kCallOptions);
  const sv1::Gap& gap = message.request.gap();
  if (absl::IsAlreadyExists(status)) {
    VL_ASSIGN_OR_RETURN(const std::string name, FindOpenGap(key, gap));
    VL_RETURN_IF_ERROR(
        store_.SaveGapName(key, gap.kpi(), gap.org_unit(), gap.opening_number(), name));
    return AddEvidence(key, message);
  }
  VL_RETURN_IF_ERROR(status);
  LogDelivery(key, message, opened.name());
  return store_.SaveGapName(key, gap.kpi(), gap.org_unit(), gap.opening_number(), opened.name());
}

absl::Status GapSender::AddEvidence(const PlanKey& key, const GapMessage& message) {
  sv1::AddGapEvidenceRequest request;
  VL_ASSIGN_OR_RETURN(*request.mutable_name(), NameOf(key, message.request.gap()));
  *request.mutable_evidence() = message.request.gap().evidence(0);
  // Opening and adding are two methods, which may not share an id.
  request.set_request_id(message.request.request_id() +
                         (message.action == GapAction::kOpen ? ".evidence" : ""));
  sv1::Gap gap;
  const absl::Status status = strategy_.Call("valueloop.strategy.v1.GapService/AddGapEvidence",
                                             request, &gap, kCallOptions);
  if (ReasonOf(status) == "GAP_CLOSED") {
    log::Warning("gap_evidence_dropped", {{"gap", request.name()}, {"error", MessageOf(status)}});
    return absl::OkStatus();
  }
  if (status.ok()) LogDelivery(key, message, request.name());
  return status;
}

absl::Status GapSender::Close(const PlanKey& key, const GapMessage& message) {
  sv1::CloseGapRequest request;
  VL_ASSIGN_OR_RETURN(*request.mutable_name(), NameOf(key, message.request.gap()));
  request.set_close_reason(message.request.gap().close_reason());
  request.set_request_id(message.request.request_id());
  sv1::Gap gap;
  VL_RETURN_IF_ERROR(
      strategy_.Call("valueloop.strategy.v1.GapService/CloseGap", request, &gap, kCallOptions));
  LogDelivery(key, message, request.name());
  return absl::OkStatus();
}

absl::StatusOr<std::string> GapSender::NameOf(const PlanKey& key, const sv1::Gap& gap) {
  VL_ASSIGN_OR_RETURN(const std::string name,
                      store_.GapName(key, gap.kpi(), gap.org_unit(), gap.opening_number()));
  if (!name.empty()) return name;
  return FindOpenGap(key, gap);
}

absl::StatusOr<std::string> GapSender::FindOpenGap(const PlanKey& key, const sv1::Gap& gap) {
  sv1::ListGapsRequest request;
  request.set_parent(fmt::format("workspaces/{}/plans/{}", key.workspace, key.plan));
  request.set_state(sv1::Gap::STATE_OPEN);
  request.set_page_size(kPageSize);
  do {
    sv1::ListGapsResponse page;
    VL_RETURN_IF_ERROR(
        strategy_.Call("valueloop.strategy.v1.GapService/ListGaps", request, &page, kCallOptions));
    for (const sv1::Gap& open : page.gaps()) {
      if (open.kpi() == gap.kpi() && open.org_unit() == gap.org_unit()) return open.name();
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return absl::NotFoundError(fmt::format("gap: got none open for {}, want one", gap.kpi()));
}

}  // namespace valueloop::performance
