#include "strategy/rpc/strategy_rpc.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "common/ids.h"
#include "common/log.h"
#include "common/status.h"
#include "fmt/format.h"
#include "strategy/rpc/plan_messages.h"
#include "strategy/rpc/publication.h"
#include "strategy/rpc/publication_feed.h"

namespace valueloop::strategy {
namespace {

// A source of 32 MB and the fields beside it.
constexpr rpc::MethodOptions kSourceSize = {.max_request_bytes = (size_t{32} << 20) + (64 << 10)};

// Why a version cannot be published: the counts, the first error and where the rest is.
absl::Status HasErrors(const PlanVersion& version, const Compilation& compilation) {
  std::string first;
  for (const Finding& finding : compilation.findings) {
    if (finding.severity() != Severity::kError) continue;
    first = fmt::format("; the first: {}", Printable(Format(finding)));
    break;
  }
  return WithReason(
      absl::FailedPreconditionError(fmt::format(
          "plan: got {} errors and {} warnings in {}, want no error{}; ValidatePlan lists them all",
          compilation.error_count, compilation.warning_count,
          FormatPlanName(
              {.workspace = version.workspace, .plan = version.plan, .version = version.version}),
          first)),
      "PLAN_HAS_ERRORS");
}

// What a version means once it is published, without the time; HasErrors if it cannot be.
absl::StatusOr<v1::Publication> PublicationOf(const PlanVersion& version,
                                              const Compilation& compilation) {
  if (!compilation.ok()) return HasErrors(version, compilation);
  VL_ASSIGN_OR_RETURN(v1::Publication publication, MakePublication(*compilation.plan));
  publication.set_plan_version(FormatPlanName(
      {.workspace = version.workspace, .plan = version.plan, .version = version.version}));
  publication.set_version(version.version);
  publication.set_fingerprint(compilation.fingerprint);
  return publication;
}

}  // namespace

StrategyRpc::StrategyRpc(PlanStore& plans, WorkspaceStore& workspaces, const Clock& clock,
                         const StrategyMetrics& metrics)
    : Service("valueloop.strategy.v1.StrategyService"),
      plans_(plans),
      workspaces_(workspaces),
      clock_(clock),
      metrics_(metrics) {
  Unary<v1::ImportPlanRequest, v1::ImportPlanResponse>(
      "ImportPlan",
      [this](rpc::CallContext&, const auto& request, auto& response) {
        return HandleImportPlan(request, response);
      },
      kSourceSize);
  Unary<v1::ValidatePlanRequest, v1::ValidationReport>(
      "ValidatePlan",
      [this](rpc::CallContext&, const auto& request, auto& response) {
        return HandleValidatePlan(request, response);
      },
      kSourceSize);
  Unary<v1::PublishPlanRequest, v1::Plan>(
      "PublishPlan", [this](rpc::CallContext&, const auto& request, auto& response) {
        return HandlePublishPlan(request, response);
      });
  Unary<v1::GetPlanRequest, v1::Plan>(
      "GetPlan", [this](rpc::CallContext&, const auto& request, auto& response) {
        return HandleGetPlan(request, response);
      });
  Unary<v1::ListPlansRequest, v1::ListPlansResponse>(
      "ListPlans", [this](rpc::CallContext&, const auto& request, auto& response) {
        return HandleListPlans(request, response);
      });
  Unary<v1::ExportPlanRequest, v1::ExportPlanResponse>(
      "ExportPlan", [this](rpc::CallContext&, const auto& request, auto& response) {
        return HandleExportPlan(request, response);
      });
  Unary<v1::GetPlanRequest, v1::Publication>(
      "GetPublication", [this](rpc::CallContext&, const auto& request, auto& response) {
        return HandleGetPublication(request, response);
      });
  Unary<v1::GetPlanRequest, v1::Publication>(
      "PreviewPublication", [this](rpc::CallContext&, const auto& request, auto& response) {
        return HandlePreviewPublication(request, response);
      });
  ServerStream<v1::WatchPublicationsRequest, v1::WatchPublicationsResponse>(
      "WatchPublications", [this](rpc::CallContext& context, const auto& request, auto& writer) {
        return HandleWatchPublications(context, request, writer);
      });
  Unary<v1::ListFindingCodesRequest, v1::ListFindingCodesResponse>(
      "ListFindingCodes", [](rpc::CallContext&, const auto&, auto& response) {
        SetFindingCodes(response);
        return absl::OkStatus();
      });
}

absl::StatusOr<PlanName> StrategyRpc::ResolvePlan(std::string_view name) {
  VL_ASSIGN_OR_RETURN(PlanName parsed, ParsePlanName("name", name));
  VL_RETURN_IF_ERROR(workspaces_.Get(parsed.workspace).status());
  return parsed;
}

absl::StatusOr<Compilation> StrategyRpc::CompileSource(std::string_view source,
                                                       std::string_view file_name) {
  if (source.empty()) return InvalidField("source", source, "the text of a plan");
  Compilation compilation = Compile(source, file_name);
  metrics_.error_findings.Set(compilation.error_count);
  metrics_.warning_findings.Set(compilation.warning_count);
  return compilation;
}

absl::Status StrategyRpc::HandleImportPlan(const v1::ImportPlanRequest& request,
                                           v1::ImportPlanResponse& response) {
  VL_ASSIGN_OR_RETURN(const std::string workspace, ParseWorkspaceName("parent", request.parent()));
  VL_RETURN_IF_ERROR(workspaces_.Get(workspace).status());
  VL_ASSIGN_OR_RETURN(const std::optional<int64_t> revision, ParseEtag(request.etag()));
  VL_ASSIGN_OR_RETURN(const RequestKey key,
                      MakeRequestKey(request.request_id(), "ImportPlan", request));
  VL_ASSIGN_OR_RETURN(const Compilation compilation,
                      CompileSource(request.source(), request.file_name()));
  SetReport(compilation, *response.mutable_report());
  if (!compilation.plan) return absl::OkStatus();
  const absl::Status id_status = ValidatePlanId("source.meta.id", compilation.plan->id);
  if (!id_status.ok()) return compilation.error_count > 0 ? absl::OkStatus() : id_status;

  PlanImport import{.workspace = workspace,
                    .plan = compilation.plan->id,
                    .source = request.source(),
                    .file_name = request.file_name(),
                    .facts = FactsOf(compilation),
                    .revision = revision,
                    .now = absl::ToUnixMicros(clock_.Now())};
  if (request.validate_only()) {
    SetPlan({.workspace = workspace, .plan = import.plan, .facts = import.facts},
            *response.mutable_plan());
    response.mutable_plan()->clear_name();  // There is no such resource.
    response.mutable_plan()->clear_etag();
    response.mutable_plan()->clear_create_time();
    response.mutable_plan()->clear_update_time();
    return absl::OkStatus();
  }
  VL_ASSIGN_OR_RETURN(const PlanVersion version, plans_.Import(import, key));
  SetPlan(version, *response.mutable_plan());
  return absl::OkStatus();
}

absl::Status StrategyRpc::HandleValidatePlan(const v1::ValidatePlanRequest& request,
                                             v1::ValidationReport& response) {
  VL_ASSIGN_OR_RETURN(const std::string workspace, ParseWorkspaceName("parent", request.parent()));
  VL_RETURN_IF_ERROR(workspaces_.Get(workspace).status());
  switch (request.subject_case()) {
    case v1::ValidatePlanRequest::kSource: {
      VL_ASSIGN_OR_RETURN(const Compilation compilation,
                          CompileSource(request.source(), request.file_name()));
      SetReport(compilation, response);
      return absl::OkStatus();
    }
    case v1::ValidatePlanRequest::kName:
      return ValidateStored(request, response);
    case v1::ValidatePlanRequest::SUBJECT_NOT_SET:
      break;
  }
  return InvalidField("subject", "nothing", "a source or a name");
}

absl::Status StrategyRpc::ValidateStored(const v1::ValidatePlanRequest& request,
                                         v1::ValidationReport& response) {
  VL_ASSIGN_OR_RETURN(const PlanName name, ResolvePlan(request.name()));
  if (request.parent() != "workspaces/" + name.workspace) {
    return InvalidField("name", request.name(), "a plan of " + request.parent());
  }
  VL_ASSIGN_OR_RETURN(const PlanSource source,
                      plans_.GetSource(name.workspace, name.plan, name.version));
  VL_ASSIGN_OR_RETURN(
      const Compilation compilation,
      CompileSource(source.text,
                    request.file_name().empty() ? source.file_name : request.file_name()));
  SetReport(compilation, response);
  if (!compilation.ok()) return absl::OkStatus();
  return plans_
      .MarkValidated(source.version, FactsOf(compilation), absl::ToUnixMicros(clock_.Now()))
      .status();
}

absl::Status StrategyRpc::HandlePublishPlan(const v1::PublishPlanRequest& request,
                                            v1::Plan& response) {
  VL_ASSIGN_OR_RETURN(const PlanName name, ResolvePlan(request.name()));
  VL_ASSIGN_OR_RETURN(const std::optional<int64_t> revision, ParseEtag(request.etag()));
  VL_ASSIGN_OR_RETURN(const RequestKey key,
                      MakeRequestKey(request.request_id(), "PublishPlan", request));
  VL_ASSIGN_OR_RETURN(const std::optional<PlanVersion> answered,
                      plans_.FindRequest(name.workspace, key));
  if (answered) {
    SetPlan(*answered, response);
    return absl::OkStatus();
  }
  VL_ASSIGN_OR_RETURN(const PlanSource source,
                      plans_.GetSource(name.workspace, name.plan, name.version));
  // A published version cannot change, so that the etag its publisher held is as good as the new
  // one.
  if (revision && source.version.state != PlanState::kPublished &&
      *revision != source.version.revision) {
    return absl::AbortedError(
        fmt::format("etag: got {}, want {}: the plan was written since it was read; read it again",
                    *revision, source.version.revision));
  }
  VL_ASSIGN_OR_RETURN(const PlanVersion published, Publish(source, key));
  SetPlan(published, response);
  return absl::OkStatus();
}

absl::StatusOr<PlanVersion> StrategyRpc::Publish(const PlanSource& source, const RequestKey& key) {
  const PlanVersion& version = source.version;
  const int64_t now = absl::ToUnixMicros(clock_.Now());
  if (version.state == PlanState::kPublished) {
    return plans_.Publish(version, version.facts, "", now, key);
  }
  VL_ASSIGN_OR_RETURN(const Compilation compilation, CompileSource(source.text, source.file_name));
  VL_ASSIGN_OR_RETURN(v1::Publication publication, PublicationOf(version, compilation));
  SetTime(now, *publication.mutable_publish_time());
  VL_ASSIGN_OR_RETURN(const std::string payload, FormatPublication(publication));
  VL_ASSIGN_OR_RETURN(PlanVersion published,
                      plans_.Publish(version, FactsOf(compilation), payload, now, key));
  if (published.publish_time != now) return published;  // By another call, meanwhile.
  metrics_.plans_published.Increment();
  log::Info("plan_published", {{"workspace", published.workspace},
                               {"plan", published.plan},
                               {"version", published.version},
                               {"warning_count", published.facts.warning_count}});
  return published;
}

absl::Status StrategyRpc::HandleGetPlan(const v1::GetPlanRequest& request, v1::Plan& response) {
  VL_ASSIGN_OR_RETURN(const PlanName name, ResolvePlan(request.name()));
  VL_ASSIGN_OR_RETURN(const PlanVersion version,
                      plans_.Get(name.workspace, name.plan, name.version));
  SetPlan(version, response);
  return absl::OkStatus();
}

absl::Status StrategyRpc::HandleListPlans(const v1::ListPlansRequest& request,
                                          v1::ListPlansResponse& response) {
  VL_ASSIGN_OR_RETURN(const std::string workspace, ParseWorkspaceName("parent", request.parent()));
  VL_RETURN_IF_ERROR(workspaces_.Get(workspace).status());
  VL_ASSIGN_OR_RETURN(const int size, ParsePageSize(request.page_size()));
  VL_ASSIGN_OR_RETURN(const std::vector<std::string> token,
                      ParsePageToken(request.parent(), request.page_token()));
  VL_ASSIGN_OR_RETURN(const std::vector<PlanVersion> versions,
                      plans_.List(workspace, token.empty() ? std::string() : token[0], size + 1));
  for (const PlanVersion& version : versions) {
    if (response.plans_size() == size) {
      response.set_next_page_token(
          MakePageToken(request.parent(), {response.plans(size - 1).plan_id()}));
      break;
    }
    SetPlan(version, *response.add_plans());
  }
  return absl::OkStatus();
}

absl::Status StrategyRpc::HandleExportPlan(const v1::ExportPlanRequest& request,
                                           v1::ExportPlanResponse& response) {
  VL_ASSIGN_OR_RETURN(const PlanName name, ResolvePlan(request.name()));
  VL_ASSIGN_OR_RETURN(PlanSource source, plans_.GetSource(name.workspace, name.plan, name.version));
  response.set_source(std::move(source.text));
  response.set_fingerprint(source.version.facts.fingerprint);
  return absl::OkStatus();
}

absl::Status StrategyRpc::HandleGetPublication(const v1::GetPlanRequest& request,
                                               v1::Publication& response) {
  VL_ASSIGN_OR_RETURN(const PlanName name, ResolvePlan(request.name()));
  VL_ASSIGN_OR_RETURN(const StoredPublication publication,
                      plans_.GetPublication(name.workspace, name.plan, name.version));
  return ParsePublication(publication.payload, response);
}

absl::Status StrategyRpc::HandlePreviewPublication(const v1::GetPlanRequest& request,
                                                   v1::Publication& response) {
  VL_ASSIGN_OR_RETURN(const PlanName name, ResolvePlan(request.name()));
  VL_ASSIGN_OR_RETURN(const PlanSource source,
                      plans_.GetSource(name.workspace, name.plan, name.version));
  VL_ASSIGN_OR_RETURN(const Compilation compilation, CompileSource(source.text, source.file_name));
  VL_ASSIGN_OR_RETURN(response, PublicationOf(source.version, compilation));
  return absl::OkStatus();
}

absl::Status StrategyRpc::HandleWatchPublications(
    rpc::CallContext& context, const v1::WatchPublicationsRequest& request,
    rpc::Writer<v1::WatchPublicationsResponse>& writer) {
  if (request.parent() != "workspaces/-") {
    VL_ASSIGN_OR_RETURN(const std::string workspace,
                        ParseWorkspaceName("parent", request.parent()));
    VL_RETURN_IF_ERROR(workspaces_.Get(workspace).status());
  }
  metrics_.publication_watchers.Add(1);
  const absl::Status status = WatchPublications(plans_, request, context, writer);
  metrics_.publication_watchers.Add(-1);
  return status;
}

}  // namespace valueloop::strategy
