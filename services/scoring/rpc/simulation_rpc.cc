#include "scoring/rpc/simulation_rpc.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "common/ids.h"
#include "common/status.h"
#include "fmt/format.h"
#include "scoring/domain/next_class.h"
#include "scoring/domain/reason_changes.h"
#include "scoring/rpc/day_field.h"
#include "scoring/rpc/migration_scan.h"
#include "scoring/rpc/policy_preview.h"
#include "scoring/rpc/score_history.h"
#include "scoring/rpc/score_proto.h"
#include "scoring/rpc/simulation_proto.h"
#include "scoring/rpc/watch_scores.h"

namespace valueloop::scoring {
namespace {

constexpr int kMaxDaysAhead = 3660;

absl::StatusOr<absl::CivilDay> SimulatedDay(const v1::SimulateScoreRequest& request,
                                            const Workspace& workspace, absl::CivilDay today) {
  absl::CivilDay day = today;
  if (request.as_of().empty()) {
    day = std::max(today, LatestDay(request.what_if(), workspace).value_or(today));
  } else {
    VL_ASSIGN_OR_RETURN(day, ParseDayField("as_of", request.as_of()));
  }
  if (day > today + kMaxDaysAhead) {
    return InvalidField("as_of", DayText(day),
                        fmt::format("{} or earlier", DayText(today + kMaxDaysAhead)));
  }
  return day;
}

v1::ActionKind ToProto(ActionKind kind) {
  return static_cast<v1::ActionKind>(static_cast<int>(kind) + 1);
}
static_assert(v1::ACTION_KIND_PURCHASE == static_cast<int>(ActionKind::kPurchase) + 1 &&
              v1::ACTION_KIND_SERVICE_COST == static_cast<int>(ActionKind::kServiceCost) + 1);

absl::Status ReadCosts(const v1::GetNextClassRequest& request, NextClassOptions& options) {
  for (int i = 0; i < request.action_costs_size(); ++i) {
    const v1::ActionCost& cost = request.action_costs(i);
    const std::string field = fmt::format("action_costs[{}]", i);
    if (cost.kind() <= v1::ACTION_KIND_UNSPECIFIED || cost.kind() > v1::ACTION_KIND_SERVICE_COST) {
      return InvalidField(field + ".kind", std::to_string(cost.kind()), "a kind of action");
    }
    if (!std::isfinite(cost.cost()) || cost.cost() < 0) {
      return InvalidField(field + ".cost", fmt::format("{}", cost.cost()), "0 or more");
    }
    options.unit_costs[static_cast<size_t>(cost.kind() - 1)] = cost.cost();
  }
  return absl::OkStatus();
}

void WayToProto(const ClassWay& way, std::string_view language_code, v1::ClassWay& proto) {
  for (const ActionStep& step : way.steps) {
    v1::ActionStep& out = *proto.add_steps();
    out.set_kind(ToProto(step.kind));
    out.set_amount(step.amount);
    out.set_criterion(step.criterion);
    out.set_interval_days(step.interval_days);
    if (step.amount_now) out.set_amount_now(*step.amount_now);
    out.set_units(step.units);
    if (!language_code.empty()) out.set_text(RenderStep(step, language_code));
  }
  proto.set_cost(way.cost);
  proto.set_as_of(DayText(way.as_of));
  WhatIfToProto(way.what_if, *proto.mutable_what_if());
  proto.set_customer_class(ToProto(way.score.classification.customer_class));
  if (way.score.expected) proto.set_expected_value(way.score.expected->total());
  if (way.score.match.score) proto.set_match_score(*way.score.match.score);
}

void TargetToProto(const ClassTarget& target, std::string_view language_code,
                   v1::NextClassTarget& proto) {
  proto.set_customer_class(ToProto(target.customer_class));
  if (target.value_points_missing) proto.set_value_points_missing(*target.value_points_missing);
  if (target.expected_value_missing) {
    proto.set_expected_value_missing(*target.expected_value_missing);
  }
  if (target.match_points_missing) proto.set_match_points_missing(*target.match_points_missing);
  for (const ClassWay& way : target.ways) WayToProto(way, language_code, *proto.add_ways());
}

std::string SourceName(RatedBy source) {
  switch (source) {
    case RatedBy::kPredicate:
      return "PREDICATE";
    case RatedBy::kMetric:
      return "METRIC";
    default:
      return "RATING";
  }
}

}  // namespace

SimulationRpc::SimulationRpc(const SimulationSources& sources)
    : Service("valueloop.scoring.v1.SimulationService"), sources_(sources) {
  using rpc::CallContext;
  Unary<v1::SimulateScoreRequest, v1::SimulateScoreResponse>(
      "SimulateScore", [this](CallContext&, const auto& request, auto& response) {
        return HandleSimulateScore(request, response);
      });
  Unary<v1::GetNextClassRequest, v1::NextClass>(
      "GetNextClass", [this](CallContext&, const auto& request, auto& response) {
        return HandleGetNextClass(request, response);
      });
  Unary<v1::ListScoreChangesRequest, v1::ListScoreChangesResponse>(
      "ListScoreChanges", [this](CallContext& context, const auto& request, auto& response) {
        return ListScoreChanges(sources_, context, request, response);
      });
  Unary<v1::GetMigrationMatrixRequest, v1::MigrationMatrix>(
      "GetMigrationMatrix", [this](CallContext& context, const auto& request, auto& response) {
        return GetMigrationMatrix(sources_, context, request, response);
      });
  Unary<v1::ListMigrationsRequest, v1::ListMigrationsResponse>(
      "ListMigrations", [this](CallContext& context, const auto& request, auto& response) {
        return ListMigrations(sources_, context, request, response);
      });
  Unary<v1::PreviewPolicyRequest, v1::PolicyPreview>(
      "PreviewPolicy", [this](CallContext& context, const auto& request, auto& response) {
        return PreviewPolicy(sources_, context, request, response);
      });
  ServerStream<v1::WatchScoresRequest, v1::WatchScoresResponse>(
      "WatchScores", [this](CallContext& context, const auto& request, auto& writer) {
        return WatchScores(sources_, context, request, writer);
      });
}

absl::Status SimulationRpc::HandleSimulateScore(const v1::SimulateScoreRequest& request,
                                                v1::SimulateScoreResponse& response) {
  VL_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                      ParseResourceName("name", "workspaces/*/customers/*", request.name()));
  VL_RETURN_IF_ERROR(ValidateCustomerId("name", parts[1]));
  VL_RETURN_IF_ERROR(CheckLanguage(request.language_code()));
  VL_ASSIGN_OR_RETURN(const Workspace workspace, sources_.workspaces.Get(parts[0]));
  const absl::CivilDay today = sources_.workspaces.Today(workspace);
  VL_ASSIGN_OR_RETURN(const absl::CivilDay as_of, SimulatedDay(request, workspace, today));
  v1::WhatIf& applied = *response.mutable_applied();
  applied = request.what_if();
  VL_ASSIGN_OR_RETURN(const WhatIf what_if, WhatIfFromProto(parts[1], workspace, as_of, applied));
  VL_ASSIGN_OR_RETURN(const auto versions,
                      sources_.versions.Get(workspace.id, WantedFromProto(request.versions())));
  VL_ASSIGN_OR_RETURN(CustomerCase customer,
                      sources_.scorer.LoadCase(workspace, parts[1], ReferredIn(what_if.events),
                                               request.allow_new()));

  const ScoreContext context = ContextOf(*versions, as_of, /*with_reasons=*/true);
  const auto write = [&](const Score& score, v1::Score& out) {
    ToProto(score, versions->policy->policy(), workspace.id, parts[1], sources_.clock.Now(), out);
    if (!request.language_code().empty()) RenderReasons(request.language_code(), out);
  };
  if (as_of > today) {
    VL_ASSIGN_OR_RETURN(const Score now, ComputeScore(ContextOf(*versions, today, true), customer));
    write(now, *response.mutable_today());
  }
  VL_ASSIGN_OR_RETURN(const Score before, ComputeScore(context, customer));
  VL_RETURN_IF_ERROR(ApplyWhatIf(what_if, workspace.time_zone, customer));
  VL_ASSIGN_OR_RETURN(const Score after, ComputeScore(context, customer));
  write(before, *response.mutable_before());
  write(after, *response.mutable_after());
  if (const std::optional<double> change = ExpectedChange(before, after)) {
    response.set_expected_value_change(*change);
    ReasonChangesToProto(CompareReasons(before.value_reasons, after.value_reasons),
                         request.language_code(), *response.mutable_value_changes());
  }
  if (const std::optional<double> change = MatchChange(before, after)) {
    response.set_match_score_change(*change);
    ReasonChangesToProto(CompareReasons(before.match_reasons, after.match_reasons),
                         request.language_code(), *response.mutable_match_changes());
  }
  response.set_realised_value_change(after.realised.total() - before.realised.total());
  return absl::OkStatus();
}

absl::Status SimulationRpc::HandleGetNextClass(const v1::GetNextClassRequest& request,
                                               v1::NextClass& response) {
  VL_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                      ParseResourceName("name", "workspaces/*/customers/*", request.name()));
  VL_RETURN_IF_ERROR(ValidateCustomerId("name", parts[1]));
  VL_RETURN_IF_ERROR(CheckLanguage(request.language_code()));
  VL_ASSIGN_OR_RETURN(const Workspace workspace, sources_.workspaces.Get(parts[0]));
  VL_ASSIGN_OR_RETURN(
      const absl::CivilDay as_of,
      ParsePastDayField("as_of", request.as_of(), sources_.workspaces.Today(workspace)));
  NextClassOptions options{.zone = workspace.time_zone};
  VL_RETURN_IF_ERROR(ReadCosts(request, options));
  VL_ASSIGN_OR_RETURN(const auto versions,
                      sources_.versions.Get(workspace.id, WantedFromProto(request.versions())));
  VL_ASSIGN_OR_RETURN(const CustomerCase customer, sources_.scorer.LoadCase(workspace, parts[1]));
  VL_ASSIGN_OR_RETURN(const NextClass next,
                      FindNextClass(ContextOf(*versions, as_of, true), customer, options));
  response.set_name(request.name());
  ToProto(next.score, versions->policy->policy(), workspace.id, parts[1], sources_.clock.Now(),
          *response.mutable_score());
  for (const std::string& missing : next.missing) response.add_missing(missing);
  for (const UnratedCriterion& unrated : next.unrated) {
    v1::UnratedCriterion& out = *response.add_unrated_criteria();
    out.set_criterion(unrated.criterion);
    out.set_coverage(unrated.coverage);
    out.set_source(SourceName(unrated.source));
  }
  for (const ClassTarget& target : next.targets) {
    TargetToProto(target, request.language_code(), *response.add_targets());
  }
  return absl::OkStatus();
}

}  // namespace valueloop::scoring
