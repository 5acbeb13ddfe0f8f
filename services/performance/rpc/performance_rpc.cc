#include "performance/rpc/performance_rpc.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "common/ids.h"
#include "common/status.h"
#include "fmt/format.h"
#include "google/protobuf/util/json_util.h"
#include "performance/rpc/evaluation_messages.h"
#include "performance/rpc/observation_messages.h"
#include "performance/rpc/request_fields.h"

namespace valueloop::performance {
namespace {

constexpr int kMaxRows = 1000;
// Of a repeated call's answer, which is kept and therefore small.
constexpr int kMaxKeptRejects = 200;
// How often a call that names no version is begun again when a new one is bound meanwhile.
constexpr int kMaxAttempts = 3;

std::string ToJson(const google::protobuf::Message& message) {
  std::string json;
  // Fails only for types it does not know, and these are compiled in.
  (void)google::protobuf::util::MessageToJsonString(message, &json).ok();
  return json;
}

absl::Status CheckRowCount(std::string_view field, int count) {
  if (count <= kMaxRows) return absl::OkStatus();
  return InvalidField(field, fmt::format("{} rows", count), fmt::format("at most {}", kMaxRows));
}

void AddReject(int index, const absl::Status& status, v1::RecordObservationsResponse& response) {
  v1::ObservationReject& reject = *response.add_rejects();
  reject.set_index(index);
  reject.set_code(static_cast<int32_t>(status.code()));
  reject.set_message(MessageOf(status));
  response.set_rejected_count(response.rejects_size());
}

void SetCounts(const RecordCounts& counts, v1::RecordObservationsResponse& response) {
  response.set_accepted_count(counts.accepted_count);
  response.set_duplicate_count(counts.duplicate_count);
}

// The rows of `request` that can be recorded; the others are named in `response`.
std::vector<RecordedObservation> ReadRows(const BoundPlan& plan,
                                          const v1::RecordObservationsRequest& request,
                                          v1::RecordObservationsResponse& response) {
  std::vector<RecordedObservation> rows;
  for (int i = 0; i < request.observations_size(); ++i) {
    absl::StatusOr<RecordedObservation> row = ReadObservation(plan, request.observations(i));
    if (row.ok()) {
      rows.push_back(*std::move(row));
    } else {
      AddReject(i, row.status(), response);
    }
  }
  return rows;
}

RepeatableRequest MakeRepeatable(const v1::RecordObservationsRequest& request,
                                 v1::RecordObservationsResponse answer) {
  v1::RecordObservationsRequest body = request;
  body.clear_request_id();
  while (answer.rejects_size() > kMaxKeptRejects) answer.mutable_rejects()->RemoveLast();
  return {.id = request.request_id(),
          .method = "RecordObservations",
          .body = body.SerializeAsString(),
          .write_response = [answer = std::move(answer)](const RecordCounts& counts) {
            v1::RecordObservationsResponse kept = answer;
            SetCounts(counts, kept);
            return ToJson(kept);
          }};
}

absl::Status ReadKept(const std::string& json, v1::RecordObservationsResponse& response) {
  response.Clear();
  if (google::protobuf::util::JsonStringToMessage(json, &response).ok()) return absl::OkStatus();
  return absl::DataLossError("request_ids.response: got no answer of RecordObservations");
}

absl::StatusOr<ObservationPlace> ParsePlace(std::string_view request_key,
                                            const std::string& token) {
  VL_ASSIGN_OR_RETURN(const std::vector<std::string> parts, ParsePageToken(request_key, token));
  if (parts.empty()) return ObservationPlace();
  if (parts.size() != 4) return InvalidField("page_token", token, "one of this list");
  ObservationPlace place{.kpi = parts[0], .unit = parts[1], .period = parts[2]};
  VL_ASSIGN_OR_RETURN(place.revision, ParseNumber("page_token", parts[3]));
  return place;
}

absl::Status CheckAsked(const BoundPlan& plan, const AssessmentRequest& request) {
  if (!request.org_unit.empty() && !plan.HasOrgUnit(request.org_unit)) {
    return InvalidField("org_unit", request.org_unit,
                        fmt::format("a unit of plan {}", plan.key().plan));
  }
  for (const std::string& kpi : request.kpis) {
    if (plan.Find(kpi, "") == nullptr) {
      return InvalidField("kpis", kpi, fmt::format("KPIs of plan {}", plan.key().plan));
    }
  }
  return absl::OkStatus();
}

template <typename Request>
absl::StatusOr<AssessmentRequest> ReadWindow(const Request& request) {
  AssessmentRequest window{.org_unit = request.org_unit()};
  VL_ASSIGN_OR_RETURN(window.as_of, ParseOptionalDay("as_of", request.as_of()));
  if (request.has_known_time()) {
    VL_ASSIGN_OR_RETURN(window.known_at, ParseTime("known_time", request.known_time()));
  }
  return window;
}

}  // namespace

PerformanceRpc::PerformanceRpc(PerformanceStore& store, PlanBook& book, Recorder& recorder,
                               WorkspaceStore& workspaces, FollowProbe probe)
    : Service("valueloop.performance.v1.PerformanceService"),
      store_(store),
      book_(book),
      recorder_(recorder),
      workspaces_(workspaces),
      probe_(std::move(probe)) {
  Unary<v1::RecordObservationsRequest, v1::RecordObservationsResponse>(
      "RecordObservations", [this](rpc::CallContext&, const auto& request, auto& response) {
        return HandleRecordObservations(request, response);
      });
  Unary<v1::ListObservationsRequest, v1::ListObservationsResponse>(
      "ListObservations", [this](rpc::CallContext&, const auto& request, auto& response) {
        return HandleListObservations(request, response);
      });
  Unary<v1::ListBindingsRequest, v1::ListBindingsResponse>(
      "ListBindings", [this](rpc::CallContext&, const auto& request, auto& response) {
        return HandleListBindings(request, response);
      });
  Unary<v1::EvaluateKpisRequest, v1::EvaluateKpisResponse>(
      "EvaluateKpis", [this](rpc::CallContext&, const auto& request, auto& response) {
        return HandleEvaluateKpis(request, response);
      });
  Unary<v1::GetScorecardRequest, v1::Scorecard>(
      "GetScorecard", [this](rpc::CallContext&, const auto& request, auto& response) {
        return HandleGetScorecard(request, response);
      });
  Unary<v1::GetFollowStateRequest, v1::FollowState>(
      "GetFollowState", [this](rpc::CallContext&, const auto& request, auto& response) {
        return HandleGetFollowState(request, response);
      });
}

absl::StatusOr<PerformanceRpc::PlanName> PerformanceRpc::ParsePlan(std::string_view parent) {
  const bool has_version = parent.find("/versions/") != std::string_view::npos;
  VL_ASSIGN_OR_RETURN(
      const std::vector<std::string> ids,
      ParseResourceName("parent",
                        has_version ? "workspaces/*/plans/*/versions/*" : "workspaces/*/plans/*",
                        parent));
  VL_RETURN_IF_ERROR(workspaces_.Get(ids[0]).status());
  VL_RETURN_IF_ERROR(ValidatePlanId("parent", ids[1]));
  PlanName name{.key = {.workspace = ids[0], .plan = ids[1]}};
  if (has_version) {
    VL_ASSIGN_OR_RETURN(name.version, ParseNumber("parent", ids[2]));
  }
  return name;
}

absl::Status PerformanceRpc::HandleRecordObservations(const v1::RecordObservationsRequest& request,
                                                      v1::RecordObservationsResponse& response) {
  VL_RETURN_IF_ERROR(CheckRowCount("observations", request.observations_size()));
  VL_RETURN_IF_ERROR(CheckRowCount("settings", request.settings_size()));
  if (!request.request_id().empty()) {
    VL_RETURN_IF_ERROR(ValidateRequestId("request_id", request.request_id()));
  }
  VL_ASSIGN_OR_RETURN(const PlanName name, ParsePlan(request.parent()));
  absl::Status status;
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    response.Clear();
    status = RecordOnce(name, request, response);
    if (name.version || ReasonOf(status) != "STALE_BINDING") break;
  }
  return status;
}

absl::Status PerformanceRpc::RecordOnce(const PlanName& name,
                                        const v1::RecordObservationsRequest& request,
                                        v1::RecordObservationsResponse& response) {
  VL_ASSIGN_OR_RETURN(const std::shared_ptr<const BoundPlan> plan,
                      book_.Find(name.key, name.version));
  RecordCommand command{.plan = plan.get()};
  VL_ASSIGN_OR_RETURN(command.settings, ReadSettings(*plan, request.settings()));
  command.observations = ReadRows(*plan, request, response);
  if (!request.request_id().empty()) command.request = MakeRepeatable(request, response);
  VL_ASSIGN_OR_RETURN(const RecordResult result, recorder_.Record(std::move(command)));
  if (result.earlier_response) return ReadKept(*result.earlier_response, response);
  SetCounts(result.counts, response);
  return absl::OkStatus();
}

absl::Status PerformanceRpc::HandleListObservations(const v1::ListObservationsRequest& request,
                                                    v1::ListObservationsResponse& response) {
  VL_ASSIGN_OR_RETURN(const PlanName name, ParsePlan(request.parent()));
  VL_RETURN_IF_ERROR(book_.Find(name.key, name.version).status());
  if (!request.kpi().empty()) VL_RETURN_IF_ERROR(ValidateKpiId("kpi", request.kpi()));
  VL_ASSIGN_OR_RETURN(const int page_size, ParsePageSize(request.page_size()));
  const std::string request_key = fmt::format("{} {}", request.parent(), request.kpi());
  VL_ASSIGN_OR_RETURN(const ObservationPlace after, ParsePlace(request_key, request.page_token()));
  VL_ASSIGN_OR_RETURN(std::vector<ListedObservation> page,
                      store_.ListObservations(name.key, request.kpi(), after, page_size + 1));
  const bool more = page.size() > static_cast<size_t>(page_size);
  if (more) page.pop_back();
  for (const ListedObservation& listed : page) {
    SetObservation(listed, *response.add_observations());
  }
  if (more) {
    const Observation& last = page.back().recorded.observation;
    response.set_next_page_token(MakePageToken(
        request_key, {last.kpi, last.unit, page.back().period, fmt::format("{}", last.revision)}));
  }
  return absl::OkStatus();
}

absl::Status PerformanceRpc::HandleListBindings(const v1::ListBindingsRequest& request,
                                                v1::ListBindingsResponse& response) {
  VL_ASSIGN_OR_RETURN(const PlanName name, ParsePlan(request.parent()));
  VL_ASSIGN_OR_RETURN(const std::shared_ptr<const BoundPlan> plan,
                      book_.Find(name.key, name.version));
  VL_ASSIGN_OR_RETURN(const PlanHistory history, store_.ReadHistory(name.key, plan->version()));
  std::vector<const KpiBinding*> bindings;
  for (const KpiBinding& binding : plan->bindings()) {
    if (binding.unit.empty()) bindings.push_back(&binding);
  }
  std::sort(bindings.begin(), bindings.end(),
            [](const KpiBinding* a, const KpiBinding* b) { return a->kpi < b->kpi; });
  for (const KpiBinding* const binding : bindings) {
    const auto known =
        KnownPeriods(*binding, history.Of(binding->kpi, binding->unit), absl::InfiniteFuture());
    SetBinding(*binding, static_cast<int>(known.size()), *response.add_bindings());
  }
  response.set_plan_version(plan->VersionName());
  return absl::OkStatus();
}

absl::StatusOr<PerformanceRpc::Assessed> PerformanceRpc::AssessPlan(std::string_view parent,
                                                                    AssessmentRequest request) {
  VL_ASSIGN_OR_RETURN(const PlanName name, ParsePlan(parent));
  Assessed assessed;
  VL_ASSIGN_OR_RETURN(assessed.plan, book_.Find(name.key, name.version, request.known_at));
  VL_RETURN_IF_ERROR(CheckAsked(*assessed.plan, request));
  VL_ASSIGN_OR_RETURN(const PlanHistory history,
                      store_.ReadHistory(name.key, assessed.plan->version()));
  VL_ASSIGN_OR_RETURN(assessed.assessment, Assess(*assessed.plan, history, request));
  return assessed;
}

absl::Status PerformanceRpc::HandleEvaluateKpis(const v1::EvaluateKpisRequest& request,
                                                v1::EvaluateKpisResponse& response) {
  VL_ASSIGN_OR_RETURN(AssessmentRequest window, ReadWindow(request));
  window.kpis.assign(request.kpis().begin(), request.kpis().end());
  VL_ASSIGN_OR_RETURN(const Assessed assessed, AssessPlan(request.parent(), std::move(window)));
  for (const AssessedKpi& kpi : assessed.assessment.kpis) {
    SetEvaluation(kpi, *response.add_evaluations());
  }
  response.set_plan_version(assessed.plan->VersionName());
  response.set_as_of(FormatDay(assessed.assessment.as_of));
  return absl::OkStatus();
}

absl::Status PerformanceRpc::HandleGetScorecard(const v1::GetScorecardRequest& request,
                                                v1::Scorecard& response) {
  VL_ASSIGN_OR_RETURN(AssessmentRequest window, ReadWindow(request));
  VL_ASSIGN_OR_RETURN(const Assessed assessed, AssessPlan(request.parent(), std::move(window)));
  VL_ASSIGN_OR_RETURN(const Scorecard scorecard,
                      ScorecardOf(*assessed.plan, assessed.assessment, request.org_unit()));
  SetScorecard(scorecard, assessed.assessment, response);
  response.set_plan_version(assessed.plan->VersionName());
  return absl::OkStatus();
}

absl::Status PerformanceRpc::HandleGetFollowState(const v1::GetFollowStateRequest& request,
                                                  v1::FollowState& response) {
  VL_ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                      ParseResourceName("parent", "workspaces/*", request.parent()));
  const std::string& workspace = ids[0];
  VL_RETURN_IF_ERROR(workspaces_.Get(workspace).status());
  VL_ASSIGN_OR_RETURN(const std::optional<PlanVersion> newest, store_.NewestPlan(workspace));
  if (newest) {
    response.set_plan_version(fmt::format("workspaces/{}/plans/{}/versions/{}", workspace,
                                          newest->key.plan, newest->version));
  }
  VL_ASSIGN_OR_RETURN(const FollowCursor scoring, store_.GetCursor(workspace, kScoringService));
  response.set_scoring_snapshot(scoring.position);
  VL_ASSIGN_OR_RETURN(const int64_t outbox_count, probe_.outbox_count());
  response.set_outbox_count(outbox_count);
  response.set_strategy_connected(probe_.strategy_connected());
  response.set_scoring_connected(probe_.scoring_connected(workspace));
  return absl::OkStatus();
}

}  // namespace valueloop::performance
