#include "scoring/rpc/model_choice_rpc.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "common/ids.h"
#include "common/status.h"
#include "fmt/format.h"
#include "scoring/domain/holdout.h"
#include "scoring/domain/model_comparison.h"
#include "scoring/domain/monitor.h"
#include "scoring/domain/parameter_groups.h"
#include "scoring/rpc/day_field.h"
#include "scoring/rpc/model_choice_proto.h"
#include "scoring/rpc/model_name.h"
#include "scoring/rpc/model_proto.h"

namespace valueloop::scoring {
namespace {

constexpr int64_t kScanPage = 500;
constexpr int kDefaultMovers = 20;
constexpr int kMaxMovers = 1000;

absl::Status Gone() { return absl::CancelledError("call: nobody waits for the answer"); }

// One version, ready to compute with, and where it comes from.
struct FoundModel {
  Workspace workspace;
  int64_t version = 0;
  std::shared_ptr<const Model> model;
  StoredModel stored;
  v1::Model proto;
};

absl::StatusOr<FoundModel> FindModel(const ModelChoiceSources& sources, std::string_view name) {
  VL_ASSIGN_OR_RETURN(const ModelPlace place, ParseModelName("name", name));
  FoundModel found;
  VL_ASSIGN_OR_RETURN(found.workspace, sources.workspaces.Get(place.workspace));
  VL_ASSIGN_OR_RETURN(found.version, ResolveModelVersion(sources.versions, "name", place));
  VL_ASSIGN_OR_RETURN(const auto set,
                      sources.registry.Get(found.workspace.id, {.model = found.version}));
  found.model = set->model;
  VL_ASSIGN_OR_RETURN(found.stored, sources.versions.GetModel(found.workspace.id, found.version));
  VL_ASSIGN_OR_RETURN(found.proto, ModelToProto(found.workspace.id, found.stored));
  return found;
}

// The days it was fitted to; unset for given parameters.
std::optional<DataDays> FitDaysOf(const v1::Model& model) {
  DataDays days;
  if (!absl::ParseCivilTime(model.data_first_day(), &days.first) ||
      !absl::ParseCivilTime(model.data_last_day(), &days.last)) {
    return std::nullopt;
  }
  return days;
}

// Calls `on_record` for every customer.
absl::Status ScanAll(const ModelChoiceSources& sources, rpc::CallContext& context,
                     const std::string& workspace,
                     absl::FunctionRef<absl::Status(const CustomerRecord&)> on_record) {
  std::string after;
  for (;;) {
    bool any = false;
    VL_RETURN_IF_ERROR(sources.ledger.ScanSummaries(workspace, after, kScanPage,
                                                    [&](CustomerRecord&& record) -> absl::Status {
                                                      VL_RETURN_IF_ERROR(on_record(record));
                                                      after = std::move(record.customer_id);
                                                      any = true;
                                                      return absl::OkStatus();
                                                    }));
    if (!any) return absl::OkStatus();
    if (context.cancelled()) return Gone();
  }
}

absl::Status EvaluateModel(const ModelChoiceSources& sources, rpc::CallContext& context,
                           const v1::EvaluateModelRequest& request, v1::ModelEvaluation& response) {
  VL_ASSIGN_OR_RETURN(const FoundModel found, FindModel(sources, request.name()));
  if (request.holdout_days() < 0) {
    return InvalidField("holdout_days", fmt::format("{}", request.holdout_days()), "0 or more");
  }
  VL_ASSIGN_OR_RETURN(
      const absl::CivilDay until,
      ParsePastDayField("until", request.until(), sources.workspaces.Today(found.workspace)));
  VL_ASSIGN_OR_RETURN(const LedgerTotals totals, sources.ledger.GetTotals(found.workspace.id));
  const absl::CivilDay first_day = std::min(totals.first_day.value_or(until), until);
  std::optional<HoldoutWindow> window = DefaultHoldout(first_day, until);
  if (request.holdout_days() > 0) {
    VL_ASSIGN_OR_RETURN(window, HoldoutOfDays(first_day, until, request.holdout_days()));
  }
  if (!window) {
    return WithReason(absl::FailedPreconditionError(fmt::format(
                          "holdout: got {} days of data, want at least {} for a holdout of a third",
                          until - first_day + 1, 3 * kMinHoldoutDays)),
                      "NOT_ENOUGH_DATA");
  }
  HoldoutCollector collector(*window);
  ParameterGroups groups(*found.model);
  VL_RETURN_IF_ERROR(
      ScanAll(sources, context, found.workspace.id, [&](const CustomerRecord& record) {
        collector.Add(record.summary, groups.GroupOf(record.summary, window->calibration_last_day));
        return absl::OkStatus();
      }));
  const HoldoutData data = std::move(collector).Finish();
  VL_ASSIGN_OR_RETURN(
      const HoldoutEvaluation evaluation,
      EvaluateHoldout(data, groups.params(), [&](double) { return !context.cancelled(); }));
  response.set_model(ModelName(found.workspace.id, found.version));
  ToProto(data, evaluation, *response.mutable_holdout());
  const std::optional<DataDays> fit_days = FitDaysOf(found.proto);
  response.set_seen(fit_days && fit_days->last > window->calibration_last_day);
  return absl::OkStatus();
}

// What a comparison keeps of one version's score of a customer.
struct SideRow {
  std::string customer_id;
  ScoredSide side;
};

ScoredSide SideOf(const Score& score) {
  ScoredSide side{.customer_class = score.classification.customer_class,
                  .alive_probability = score.alive_probability};
  if (score.expected) side.expected_value = score.expected->total();
  return side;
}

absl::StatusOr<std::vector<SideRow>> ScoreSide(const ModelChoiceSources& sources,
                                               rpc::CallContext& context,
                                               const Workspace& workspace,
                                               const VersionSet& versions, absl::CivilDay as_of) {
  std::vector<SideRow> rows;
  VL_RETURN_IF_ERROR(sources.scorer.ScoreAll(
      workspace, versions, as_of,
      [&](const CustomerRecord& record, const Score& score) -> absl::Status {
        if (context.cancelled()) return Gone();
        // Who comes only after `as_of` is nobody yet.
        const std::optional<absl::CivilDay> first = FirstEventDay(record.summary);
        if (first && *first <= as_of) rows.push_back({record.customer_id, SideOf(score)});
        return absl::OkStatus();
      }));
  return rows;
}

absl::Status CompareModels(const ModelChoiceSources& sources, rpc::CallContext& context,
                           const v1::CompareModelsRequest& request, v1::ModelComparison& response) {
  VL_ASSIGN_OR_RETURN(const ModelPlace place, ParseModelName("name", request.name()));
  VL_ASSIGN_OR_RETURN(const ModelPlace other_place, ParseModelName("other", request.other()));
  VL_ASSIGN_OR_RETURN(const Workspace workspace, sources.workspaces.Get(place.workspace));
  if (other_place.workspace != place.workspace) {
    return InvalidField("other", request.other(), fmt::format("one of {}", place.workspace));
  }
  VL_ASSIGN_OR_RETURN(const int64_t version, ResolveModelVersion(sources.versions, "name", place));
  VL_ASSIGN_OR_RETURN(const int64_t other,
                      ResolveModelVersion(sources.versions, "other", other_place));
  if (version == other) {
    return InvalidField("other", request.other(), fmt::format("another version than {}", version));
  }
  if (request.mover_count() < 0) {
    return InvalidField("mover_count", fmt::format("{}", request.mover_count()), "0 or more");
  }
  const int movers =
      request.mover_count() == 0 ? kDefaultMovers : std::min(request.mover_count(), kMaxMovers);
  VL_ASSIGN_OR_RETURN(
      const absl::CivilDay as_of,
      ParsePastDayField("as_of", request.as_of(), sources.workspaces.Today(workspace)));
  VL_ASSIGN_OR_RETURN(const auto kept, sources.registry.Get(workspace.id, {.model = version}));
  VL_ASSIGN_OR_RETURN(const auto other_kept, sources.registry.Get(workspace.id, {.model = other}));
  VersionSet set = *kept;
  VersionSet other_set = *other_kept;
  VL_ASSIGN_OR_RETURN(std::vector<SideRow> rows,
                      ScoreSide(sources, context, workspace, set, as_of));
  if (set.reference == nullptr) {
    std::vector<double> values;
    for (const SideRow& row : rows) {
      if (row.side.expected_value) values.push_back(*row.side.expected_value);
    }
    set.reference = std::make_shared<const ReferenceDistribution>(std::move(values));
    VL_ASSIGN_OR_RETURN(rows, ScoreSide(sources, context, workspace, set, as_of));
  }
  other_set.reference = set.reference;
  VL_ASSIGN_OR_RETURN(const std::vector<SideRow> other_rows,
                      ScoreSide(sources, context, workspace, other_set, as_of));
  ModelComparer comparer(static_cast<size_t>(movers));
  // Both are by the bytes of the ids; who came between the two scans is left out.
  size_t at = 0;
  for (const SideRow& row : other_rows) {
    while (at < rows.size() && rows[at].customer_id < row.customer_id) ++at;
    if (at == rows.size() || rows[at].customer_id != row.customer_id) continue;
    comparer.Add(row.customer_id, rows[at].side, row.side);
  }
  response.set_model(ModelName(workspace.id, version));
  response.set_other(ModelName(workspace.id, other));
  response.set_as_of(absl::FormatCivilTime(as_of));
  response.set_policy_version(set.numbers.policy);
  response.set_reference_version(set.numbers.reference);
  ToProto(workspace.id, std::move(comparer).Finish(), response);
  return absl::OkStatus();
}

// The window of a monitor: from the latest activation, unless the caller says since when.
absl::StatusOr<HoldoutWindow> MonitoredDays(const ModelChoiceSources& sources,
                                            const FoundModel& found,
                                            const v1::MonitorModelRequest& request) {
  const absl::CivilDay today = sources.workspaces.Today(found.workspace);
  HoldoutWindow window;
  VL_ASSIGN_OR_RETURN(window.last_day, ParsePastDayField("as_of", request.as_of(), today));
  if (!request.since().empty()) {
    VL_ASSIGN_OR_RETURN(window.calibration_last_day,
                        ParsePastDayField("since", request.since(), today));
  } else if (found.stored.activate_micros) {
    window.calibration_last_day = absl::ToCivilDay(
        absl::FromUnixMicros(*found.stored.activate_micros), found.workspace.time_zone);
  } else {
    return WithReason(
        absl::FailedPreconditionError(fmt::format(
            "model: version {} was never active, want an activated one or the field since",
            found.version)),
        "NEVER_ACTIVATED");
  }
  if (window.last_day < window.calibration_last_day) {
    return InvalidField(
        "as_of", std::string(absl::FormatCivilTime(window.last_day)),
        fmt::format("{} or later",
                    std::string(absl::FormatCivilTime(window.calibration_last_day))));
  }
  return window;
}

absl::Status MonitorModel(const ModelChoiceSources& sources, rpc::CallContext& context,
                          const v1::MonitorModelRequest& request, v1::ModelMonitor& response) {
  VL_ASSIGN_OR_RETURN(const FoundModel found, FindModel(sources, request.name()));
  VL_ASSIGN_OR_RETURN(const HoldoutWindow window, MonitoredDays(sources, found, request));
  VL_ASSIGN_OR_RETURN(const LedgerTotals totals, sources.ledger.GetTotals(found.workspace.id));
  const absl::CivilDay start = window.calibration_last_day;
  const DataDays since_start{.first = std::min(totals.first_day.value_or(start), start),
                             .last = start};
  MonitorCollector collector(window, FitDaysOf(found.proto).value_or(since_start));
  ParameterGroups groups(*found.model);
  VL_RETURN_IF_ERROR(
      ScanAll(sources, context, found.workspace.id, [&](const CustomerRecord& record) {
        collector.Add(record.summary, groups.GroupOf(record.summary, start));
        return absl::OkStatus();
      }));
  const MonitorData data = std::move(collector).Finish();
  VL_ASSIGN_OR_RETURN(const ModelMonitor monitor,
                      Monitor(data, groups.params(), [&](double) { return !context.cancelled(); }));
  response.set_model(ModelName(found.workspace.id, found.version));
  response.set_since(absl::FormatCivilTime(start));
  response.set_as_of(absl::FormatCivilTime(window.last_day));
  ToProto(data, monitor, response);
  return absl::OkStatus();
}

absl::Status ExportModelData(const ModelChoiceSources& sources, rpc::CallContext& context,
                             const v1::ExportModelDataRequest& request,
                             rpc::Writer<v1::ExportModelDataResponse>& writer) {
  VL_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                      ParseResourceName("parent", "workspaces/*", request.parent()));
  VL_ASSIGN_OR_RETURN(const Workspace workspace, sources.workspaces.Get(parts[0]));
  VL_ASSIGN_OR_RETURN(
      const absl::CivilDay until,
      ParsePastDayField("until", request.until(), sources.workspaces.Today(workspace)));
  std::string after;
  std::vector<v1::ExportModelDataResponse> page;
  for (;;) {
    bool any = false;
    page.clear();
    // Written after the page is read: a slow caller must not hold the ledger.
    VL_RETURN_IF_ERROR(
        sources.ledger.ScanSummaries(workspace.id, after, kScanPage, [&](CustomerRecord&& record) {
          any = true;
          const PurchaseFacts facts = PurchasesAsOf(record.summary, until);
          after = std::move(record.customer_id);
          if (!facts.history) return absl::OkStatus();
          v1::ExportModelDataResponse& row = page.emplace_back();
          row.set_customer_id(after);
          row.set_repeat_count(facts.history->repeat_count);
          row.set_last_weeks(facts.history->last_weeks);
          row.set_age_weeks(facts.history->age_weeks);
          row.set_spend_count(facts.spend.count);
          row.set_mean_spend(facts.spend.mean);
          return absl::OkStatus();
        }));
    if (!any) return absl::OkStatus();
    for (const v1::ExportModelDataResponse& row : page) {
      if (!writer.Write(row)) return Gone();
    }
    if (context.cancelled()) return Gone();
  }
}

}  // namespace

void RegisterModelChoice(rpc::Service& model_service, const ModelChoiceSources& sources) {
  using rpc::CallContext;
  model_service.Unary<v1::EvaluateModelRequest, v1::ModelEvaluation>(
      "EvaluateModel", [sources](CallContext& context, const auto& request, auto& response) {
        return EvaluateModel(sources, context, request, response);
      });
  model_service.Unary<v1::CompareModelsRequest, v1::ModelComparison>(
      "CompareModels", [sources](CallContext& context, const auto& request, auto& response) {
        return CompareModels(sources, context, request, response);
      });
  model_service.Unary<v1::MonitorModelRequest, v1::ModelMonitor>(
      "MonitorModel", [sources](CallContext& context, const auto& request, auto& response) {
        return MonitorModel(sources, context, request, response);
      });
  model_service.ServerStream<v1::ExportModelDataRequest, v1::ExportModelDataResponse>(
      "ExportModelData", [sources](CallContext& context, const auto& request, auto& writer) {
        return ExportModelData(sources, context, request, writer);
      });
}

}  // namespace valueloop::scoring
