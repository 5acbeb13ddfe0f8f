#include "scoring/rpc/segment_rpc.h"

#include <charconv>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "common/ids.h"
#include "common/status.h"
#include "fmt/format.h"
#include "google/protobuf/empty.pb.h"
#include "scoring/domain/budget.h"
#include "scoring/domain/civil_day.h"
#include "scoring/rpc/day_field.h"
#include "scoring/rpc/lift_answer.h"
#include "scoring/rpc/segment_answers.h"
#include "scoring/rpc/segment_proto.h"

namespace valueloop::scoring {
namespace {

constexpr int kDefaultPage = 50;
constexpr int kMaxSegmentationPage = 200;

struct SegmentationPlace {
  std::string workspace;
  std::string id;
};

absl::StatusOr<SegmentationPlace> ParseName(std::string_view field, std::string_view name) {
  VL_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                      ParseResourceName(field, "workspaces/*/segmentations/*", name));
  VL_RETURN_IF_ERROR(ValidatePlanId(field, parts[1]));
  return SegmentationPlace{.workspace = parts[0], .id = parts[1]};
}

// What a page of members continues: the view and the segmentation of the first page.
struct MembersPlace {
  ViewKey key;
  std::string etag;
  size_t offset = 0;
};

template <typename T>
bool ParseWhole(std::string_view text, T& out) {
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && stop == text.data() + text.size();
}

std::string MembersKey(const v1::ListSegmentMembersRequest& request) {
  return fmt::format("{}\n{}\n{}\n{}\n{}", request.name(), request.segment_id(),
                     static_cast<int>(request.membership()), request.as_of(), request.order_by());
}

std::string MakeMembersToken(const v1::ListSegmentMembersRequest& request,
                             const MembersPlace& place) {
  return MakePageToken(
      MembersKey(request),
      {fmt::format("{}", DayNumber(place.key.as_of)), fmt::format("{}", place.key.change_sequence),
       fmt::format("{}", place.key.version_sequence), place.etag, fmt::format("{}", place.offset)});
}

absl::StatusOr<std::optional<MembersPlace>> ParseMembersToken(
    const v1::ListSegmentMembersRequest& request, const std::string& workspace) {
  VL_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                      ParsePageToken(MembersKey(request), request.page_token()));
  if (parts.empty()) return std::optional<MembersPlace>();
  MembersPlace place{.key = {.workspace = workspace}};
  int32_t day = 0;
  if (parts.size() != 5 || !ParseWhole(parts[0], day) ||
      !ParseWhole(parts[1], place.key.change_sequence) ||
      !ParseWhole(parts[2], place.key.version_sequence) || !ParseWhole(parts[4], place.offset)) {
    return InvalidField("page_token", request.page_token(), "one from the previous page");
  }
  place.key.as_of = DayFromNumber(day);
  place.etag = parts[3];
  return std::optional<MembersPlace>(std::move(place));
}

absl::Status Changed() {
  return WithReason(
      absl::AbortedError("page_token: got one of customers or a segmentation that have changed"
                         " since, want none: list again from the first page"),
      "PORTFOLIO_CHANGED");
}

}  // namespace

SegmentRpc::SegmentRpc(const SegmentSources& sources)
    : Service("valueloop.scoring.v1.SegmentService"), sources_(sources) {
  RegisterSegmentations();
  RegisterPortfolio();
}

void SegmentRpc::RegisterSegmentations() {
  using rpc::CallContext;
  Unary<v1::CreateSegmentationRequest, v1::Segmentation>(
      "CreateSegmentation", [this](CallContext&, const auto& request, auto& response) {
        return HandleCreate(request, response);
      });
  Unary<v1::GetSegmentationRequest, v1::Segmentation>(
      "GetSegmentation", [this](CallContext&, const auto& request, auto& response) -> absl::Status {
        VL_ASSIGN_OR_RETURN(const SegmentationPlace place, ParseName("name", request.name()));
        VL_ASSIGN_OR_RETURN(const Workspace workspace, sources_.workspaces.Get(place.workspace));
        VL_ASSIGN_OR_RETURN(const StoredSegmentation stored,
                            sources_.segmentations.Get(workspace.id, place.id));
        VL_ASSIGN_OR_RETURN(response, SegmentationToProto(workspace.id, stored));
        return absl::OkStatus();
      });
  Unary<v1::ListSegmentationsRequest, v1::ListSegmentationsResponse>(
      "ListSegmentations", [this](CallContext&, const auto& request, auto& response) {
        return HandleList(request, response);
      });
  Unary<v1::UpdateSegmentationRequest, v1::Segmentation>(
      "UpdateSegmentation", [this](CallContext&, const auto& request, auto& response) {
        return HandleUpdate(request, response);
      });
  Unary<v1::DeleteSegmentationRequest, google::protobuf::Empty>(
      "DeleteSegmentation", [this](CallContext&, const auto& request, auto&) -> absl::Status {
        VL_ASSIGN_OR_RETURN(const SegmentationPlace place, ParseName("name", request.name()));
        VL_ASSIGN_OR_RETURN(const Workspace workspace, sources_.workspaces.Get(place.workspace));
        return sources_.segmentations.Delete(workspace.id, place.id, request.etag());
      });
}

void SegmentRpc::RegisterPortfolio() {
  using rpc::CallContext;
  Unary<v1::EvaluateSegmentationRequest, v1::SegmentationEvaluation>(
      "EvaluateSegmentation", [this](CallContext& context, const auto& request, auto& response) {
        return HandleEvaluate(context, request, response);
      });
  Unary<v1::ListSegmentMembersRequest, v1::ListSegmentMembersResponse>(
      "ListSegmentMembers", [this](CallContext& context, const auto& request, auto& response) {
        return HandleListMembers(context, request, response);
      });
  Unary<v1::GetRfmRequest, v1::RfmTable>(
      "GetRfm", [this](CallContext& context, const auto& request, auto& response) {
        return HandleGetRfm(context, request, response);
      });
  Unary<v1::GetLifecycleRequest, v1::Lifecycle>(
      "GetLifecycle", [this](CallContext& context, const auto& request, auto& response) {
        return HandleGetLifecycle(context, request, response);
      });
  Unary<v1::GetLiftRequest, v1::LiftTable>(
      "GetLift", [this](CallContext& context, const auto& request, auto& response) {
        return HandleGetLift(context, request, response);
      });
  Unary<v1::AllocateBudgetRequest, v1::BudgetAllocation>(
      "AllocateBudget", [this](CallContext&, const auto& request, auto& response) -> absl::Status {
        VL_RETURN_IF_ERROR(FindWorkspace(request.parent()).status());
        const BudgetProblem problem = BudgetProblemFromProto(request);
        VL_ASSIGN_OR_RETURN(const BudgetAllocation allocation, AllocateBudget(problem));
        ToProto(problem, allocation, response);
        return absl::OkStatus();
      });
  Unary<v1::SelectTargetsRequest, v1::TargetSelection>(
      "SelectTargets", [this](CallContext& context, const auto& request, auto& response) {
        return HandleSelectTargets(context, request, response);
      });
}

absl::StatusOr<Workspace> SegmentRpc::FindWorkspace(std::string_view parent) {
  VL_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                      ParseResourceName("parent", "workspaces/*", parent));
  return sources_.workspaces.Get(parts[0]);
}

absl::StatusOr<SegmentRpc::Chosen> SegmentRpc::ChooseStored(const Workspace& workspace,
                                                            const std::string& id) {
  VL_ASSIGN_OR_RETURN(const StoredSegmentation stored,
                      sources_.segmentations.Get(workspace.id, id));
  VL_ASSIGN_OR_RETURN(const v1::Segmentation proto, SegmentationToProto(workspace.id, stored));
  VL_ASSIGN_OR_RETURN(CompiledSegmentation compiled, SegmentationFromProto(proto));
  return Chosen{.name = proto.name(), .etag = proto.etag(), .segmentation = std::move(compiled)};
}

absl::StatusOr<SegmentRpc::Chosen> SegmentRpc::Choose(const Workspace& workspace,
                                                      const std::string& name,
                                                      bool has_segmentation,
                                                      const v1::Segmentation& segmentation) {
  if (name.empty() != has_segmentation) {
    return InvalidField("segmentation_name", has_segmentation ? "it and segmentation" : "neither",
                        "segmentation_name or segmentation");
  }
  if (has_segmentation) {
    VL_ASSIGN_OR_RETURN(CompiledSegmentation compiled, SegmentationFromProto(segmentation));
    return Chosen{.segmentation = std::move(compiled)};
  }
  VL_ASSIGN_OR_RETURN(const SegmentationPlace place, ParseName("segmentation_name", name));
  if (place.workspace != workspace.id) {
    return InvalidField("segmentation_name", name,
                        fmt::format("one of workspace {}", workspace.id));
  }
  return ChooseStored(workspace, place.id);
}

absl::StatusOr<SegmentRpc::View> SegmentRpc::FindView(rpc::CallContext& context,
                                                      const Workspace& workspace,
                                                      const std::string& as_of) {
  VL_ASSIGN_OR_RETURN(const absl::CivilDay day,
                      ParsePastDayField("as_of", as_of, sources_.workspaces.Today(workspace)));
  return sources_.views.Get(workspace, day, [&] { return context.cancelled(); });
}

absl::Status SegmentRpc::HandleCreate(const v1::CreateSegmentationRequest& request,
                                      v1::Segmentation& response) {
  VL_ASSIGN_OR_RETURN(const Workspace workspace, FindWorkspace(request.parent()));
  VL_RETURN_IF_ERROR(ValidatePlanId("segmentation_id", request.segmentation_id()));
  VL_RETURN_IF_ERROR(SegmentationFromProto(request.segmentation()).status());
  VL_ASSIGN_OR_RETURN(const StoredSegmentation stored,
                      sources_.segmentations.Create(workspace.id, request.segmentation_id(),
                                                    EncodeSegmentation(request.segmentation())));
  VL_ASSIGN_OR_RETURN(response, SegmentationToProto(workspace.id, stored));
  return absl::OkStatus();
}

absl::Status SegmentRpc::HandleList(const v1::ListSegmentationsRequest& request,
                                    v1::ListSegmentationsResponse& response) {
  VL_ASSIGN_OR_RETURN(const Workspace workspace, FindWorkspace(request.parent()));
  VL_ASSIGN_OR_RETURN(const int page_size,
                      ParsePageSize(request.page_size(), kDefaultPage, kMaxSegmentationPage));
  VL_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                      ParsePageToken(request.parent(), request.page_token()));
  const std::string after = parts.empty() ? std::string() : parts[0];
  VL_ASSIGN_OR_RETURN(std::vector<StoredSegmentation> page,
                      sources_.segmentations.List(workspace.id, after, page_size + 1));
  if (page.size() > static_cast<size_t>(page_size)) {
    page.pop_back();
    response.set_next_page_token(MakePageToken(request.parent(), {page.back().id}));
  }
  for (const StoredSegmentation& stored : page) {
    VL_ASSIGN_OR_RETURN(*response.add_segmentations(), SegmentationToProto(workspace.id, stored));
  }
  return absl::OkStatus();
}

absl::Status SegmentRpc::HandleUpdate(const v1::UpdateSegmentationRequest& request,
                                      v1::Segmentation& response) {
  const v1::Segmentation& wanted = request.segmentation();
  VL_ASSIGN_OR_RETURN(const SegmentationPlace place, ParseName("segmentation.name", wanted.name()));
  VL_ASSIGN_OR_RETURN(const Workspace workspace, sources_.workspaces.Get(place.workspace));
  if (wanted.etag().empty()) {
    return InvalidField("segmentation.etag", "", "the etag of what is replaced");
  }
  VL_RETURN_IF_ERROR(SegmentationFromProto(wanted).status());
  VL_ASSIGN_OR_RETURN(const StoredSegmentation stored,
                      sources_.segmentations.Update(workspace.id, place.id,
                                                    EncodeSegmentation(wanted), wanted.etag()));
  VL_ASSIGN_OR_RETURN(response, SegmentationToProto(workspace.id, stored));
  return absl::OkStatus();
}

absl::Status SegmentRpc::HandleEvaluate(rpc::CallContext& context,
                                        const v1::EvaluateSegmentationRequest& request,
                                        v1::SegmentationEvaluation& response) {
  VL_ASSIGN_OR_RETURN(const Workspace workspace, FindWorkspace(request.parent()));
  VL_ASSIGN_OR_RETURN(const Chosen chosen,
                      Choose(workspace, request.segmentation_name(), request.has_segmentation(),
                             request.segmentation()));
  VL_ASSIGN_OR_RETURN(const View view, FindView(context, workspace, request.as_of()));
  response.set_segmentation_name(chosen.name);
  response.set_etag(chosen.etag);
  return AnswerEvaluation(
      chosen.segmentation, *view, [&] { return context.cancelled(); }, response);
}

absl::Status SegmentRpc::HandleListMembers(rpc::CallContext& context,
                                           const v1::ListSegmentMembersRequest& request,
                                           v1::ListSegmentMembersResponse& response) {
  VL_ASSIGN_OR_RETURN(const SegmentationPlace place, ParseName("name", request.name()));
  VL_ASSIGN_OR_RETURN(const Workspace workspace, sources_.workspaces.Get(place.workspace));
  VL_ASSIGN_OR_RETURN(const int page_size, ParsePageSize(request.page_size()));
  VL_ASSIGN_OR_RETURN(const std::optional<MembersPlace> from,
                      ParseMembersToken(request, workspace.id));
  VL_ASSIGN_OR_RETURN(const Chosen chosen, ChooseStored(workspace, place.id));
  View view;
  if (from) {
    if (from->etag != chosen.etag) return Changed();
    view = sources_.views.Find(from->key);
    if (view == nullptr) {  // Not kept any more; the same again if nothing has changed.
      VL_ASSIGN_OR_RETURN(view, sources_.views.Get(workspace, from->key.as_of,
                                                   [&] { return context.cancelled(); }));
      if (view->key != from->key) return Changed();
    }
  } else {
    VL_ASSIGN_OR_RETURN(view, FindView(context, workspace, request.as_of()));
  }
  const size_t offset = from ? from->offset : 0;
  const auto size = static_cast<size_t>(page_size);
  VL_RETURN_IF_ERROR(AnswerMembers(
      request, chosen.segmentation, *view, offset, size, [&] { return context.cancelled(); },
      response));
  if (offset + size < static_cast<size_t>(response.total_count())) {
    response.set_next_page_token(MakeMembersToken(
        request, {.key = view->key, .etag = chosen.etag, .offset = offset + size}));
  }
  return absl::OkStatus();
}

absl::Status SegmentRpc::HandleGetRfm(rpc::CallContext& context, const v1::GetRfmRequest& request,
                                      v1::RfmTable& response) {
  VL_ASSIGN_OR_RETURN(const Workspace workspace, FindWorkspace(request.parent()));
  VL_ASSIGN_OR_RETURN(const RfmSettings settings, RfmSettingsFromProto(request.settings()));
  VL_ASSIGN_OR_RETURN(const View view, FindView(context, workspace, request.as_of()));
  AnswerRfm(settings, *view, response);
  return absl::OkStatus();
}

absl::Status SegmentRpc::HandleGetLifecycle(rpc::CallContext& context,
                                            const v1::GetLifecycleRequest& request,
                                            v1::Lifecycle& response) {
  VL_ASSIGN_OR_RETURN(const Workspace workspace, FindWorkspace(request.parent()));
  VL_ASSIGN_OR_RETURN(const LifecycleCuts cuts, LifecycleCutsFromProto(request.settings()));
  const absl::CivilDay today = sources_.workspaces.Today(workspace);
  VL_ASSIGN_OR_RETURN(const absl::CivilDay as_of,
                      ParsePastDayField("as_of", request.as_of(), today));
  View from;
  if (!request.from_day().empty()) {
    VL_ASSIGN_OR_RETURN(const absl::CivilDay from_day,
                        ParseDayField("from_day", request.from_day()));
    if (from_day > as_of) {
      return InvalidField("from_day", request.from_day(),
                          fmt::format("as_of, {}, or earlier", absl::FormatCivilTime(as_of)));
    }
    VL_ASSIGN_OR_RETURN(
        from, sources_.views.Get(workspace, from_day, [&] { return context.cancelled(); }));
  }
  VL_ASSIGN_OR_RETURN(const View view,
                      sources_.views.Get(workspace, as_of, [&] { return context.cancelled(); }));
  AnswerLifecycle(cuts, *view, from.get(), response);
  return absl::OkStatus();
}

absl::Status SegmentRpc::HandleGetLift(rpc::CallContext& context, const v1::GetLiftRequest& request,
                                       v1::LiftTable& response) {
  VL_ASSIGN_OR_RETURN(const Workspace workspace, FindWorkspace(request.parent()));
  VL_ASSIGN_OR_RETURN(const LiftEvent event,
                      LiftEventFromProto(request.event(), sources_.workspaces.Today(workspace)));
  VL_ASSIGN_OR_RETURN(const LiftOptions options, LiftOptionsFromProto(request));
  VL_ASSIGN_OR_RETURN(const Chosen chosen,
                      Choose(workspace, request.segmentation_name(), request.has_segmentation(),
                             request.segmentation()));
  const auto stop = [&] { return context.cancelled(); };
  VL_ASSIGN_OR_RETURN(const View view, sources_.views.Get(workspace, event.first_day - 1, stop));
  return AnswerLift(event, options, chosen.segmentation, *view, sources_.ledger, workspace, stop,
                    response);
}

absl::Status SegmentRpc::HandleSelectTargets(rpc::CallContext& context,
                                             const v1::SelectTargetsRequest& request,
                                             v1::TargetSelection& response) {
  VL_ASSIGN_OR_RETURN(const Workspace workspace, FindWorkspace(request.parent()));
  VL_ASSIGN_OR_RETURN(const Chosen chosen,
                      Choose(workspace, request.segmentation_name(), request.has_segmentation(),
                             request.segmentation()));
  VL_ASSIGN_OR_RETURN(const View view, FindView(context, workspace, request.as_of()));
  return AnswerTargets(
      request, chosen.segmentation, *view, [&] { return context.cancelled(); }, response);
}

}  // namespace valueloop::scoring
