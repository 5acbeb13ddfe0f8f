#include "scoring/rpc/fit_job.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/log.h"
#include "common/sql/request_ids.h"
#include "common/status.h"
#include "fmt/format.h"
#include "google/protobuf/util/json_util.h"
#include "scoring/domain/choice.h"
#include "scoring/domain/holdout.h"
#include "scoring/domain/model.h"
#include "scoring/domain/model_fit.h"
#include "scoring/rpc/day_field.h"
#include "scoring/rpc/model_choice_proto.h"
#include "scoring/rpc/model_name.h"
#include "scoring/rpc/model_proto.h"

namespace valueloop::scoring {
namespace {

constexpr char kAuto[] = "auto";
constexpr int64_t kScanPage = 500;
// What of a fit's progress is reading the ledger, and what is choosing the family.
constexpr double kReadingShare = 0.2;
constexpr double kChoosingShare = 0.5;
constexpr double kMaxPenalty = 1000;

absl::Status Cancelled() { return absl::CancelledError("job: got stopped"); }

bool WantsCovariates(const v1::FitModelRequest& request) {
  return request.rate_covariates_size() > 0 || request.dropout_covariates_size() > 0;
}

bool TakesCovariates(std::string_view family) {
  return family == "BG_NBD" || family == "PARETO_NBD";
}

std::vector<Family> CandidatesOf(const v1::FitModelRequest& request) {
  std::vector<Family> candidates;
  for (const Family family : AllFamilies()) {
    const std::string_view name = FamilyName(family);
    const bool is_asked =
        request.family().empty() || request.family() == kAuto || request.family() == name;
    if (is_asked && (!WantsCovariates(request) || TakesCovariates(name))) {
      candidates.push_back(family);
    }
  }
  return candidates;
}

FitPlan PlanOf(const v1::FitModelRequest& request) {
  return {.rate_covariates = {request.rate_covariates().begin(), request.rate_covariates().end()},
          .dropout_covariates = {request.dropout_covariates().begin(),
                                 request.dropout_covariates().end()},
          .l2_penalty = request.l2_penalty(),
          .segment_attribute = request.segment_attribute()};
}

class Fit {
 public:
  Fit(const JobTools& tools, sql::JobContext& context) : tools_(tools), context_(context) {}

  absl::Status Run() {
    const sql::Job& job = context_.job();
    if (!google::protobuf::util::JsonStringToMessage(job.payload, &request_).ok()) {
      return absl::DataLossError("job: its stored payload is damaged");
    }
    VL_ASSIGN_OR_RETURN(workspace_, tools_.workspaces.Get(job.workspace));
    VL_ASSIGN_OR_RETURN(
        until_, ParsePastDayField("until", request_.until(), tools_.workspaces.Today(workspace_)));
    VL_ASSIGN_OR_RETURN(totals_, tools_.ledger.GetTotals(workspace_.id));
    VL_RETURN_IF_ERROR(ChooseWindow());
    FitPlan plan = PlanOf(request_);
    ModelData data(until_, AttributesOf(plan));
    std::optional<HoldoutCollector> collector;
    if (window_) collector.emplace(*window_);
    VL_RETURN_IF_ERROR(ReadData(data, collector));
    VL_ASSIGN_OR_RETURN(const FamilyChoice choice, Choose(data, collector));
    plan.family = choice.family;
    VL_ASSIGN_OR_RETURN(const auto versions, tools_.registry.Get(workspace_.id));
    plan.active = versions->model.get();
    VL_ASSIGN_OR_RETURN(const ModelFit fit, FitModel(plan, data, Progress(kChoosingShare, 1)));
    v1::Model model;
    for (const ModelPartFit& part : fit.parts) AddFit(part, model);
    model.set_segment_attribute(plan.segment_attribute);
    ToProto(choice, *model.mutable_choice());
    model.set_origin("FITTED");
    model.set_data_first_day(absl::FormatCivilTime(first_day_));
    model.set_data_last_day(absl::FormatCivilTime(until_));
    VL_ASSIGN_OR_RETURN(const int64_t version, Keep(model));
    log::Info("model_fitted", {{"workspace", workspace_.id},
                               {"version", version},
                               {"family", FamilyName(choice.family)},
                               {"customers", fit.parts[0].purchase.customer_count},
                               {"log_likelihood", fit.parts[0].purchase.log_likelihood},
                               {"segments", static_cast<int64_t>(fit.parts.size() - 1)},
                               {"shared_segments", static_cast<int64_t>(fit.shared.size())}});
    if (request_.activate()) {
      VL_RETURN_IF_ERROR(tools_.versions.ActivateModel(workspace_.id, version).status());
    }
    context_.SetResult(ModelName(workspace_.id, version));
    return absl::OkStatus();
  }

 private:
  // Fills window_, or why_ there is none.
  absl::Status ChooseWindow() {
    if (request_.without_holdout()) {
      why_ = {.zh = "按要求不留出数据", .en = "no holdout was wanted"};
      return absl::OkStatus();
    }
    const absl::CivilDay first = std::min(totals_.first_day.value_or(until_), until_);
    if (request_.holdout_days() > 0) {
      VL_ASSIGN_OR_RETURN(window_, HoldoutOfDays(first, until_, request_.holdout_days()));
      return absl::OkStatus();
    }
    window_ = DefaultHoldout(first, until_);
    const int64_t days = until_ - first + 1;
    why_ = {.zh = fmt::format("数据只有 {} 天，不足以留出三分之一（至少 {} 天）", days,
                              3 * kMinHoldoutDays),
            .en = fmt::format("the {} days of data are too few to hold out a third (at least {})",
                              days, 3 * kMinHoldoutDays)};
    return absl::OkStatus();
  }

  absl::Status ReadData(ModelData& data, std::optional<HoldoutCollector>& collector) {
    first_day_ = until_;
    int64_t done_count = 0;
    std::string after;
    for (;;) {
      const int64_t before_count = done_count;
      VL_RETURN_IF_ERROR(tools_.ledger.ScanSummaries(
          workspace_.id, after, kScanPage, [&](CustomerRecord&& record) {
            if (const auto day = FirstEventDay(record.summary)) {
              first_day_ = std::min(first_day_, *day);
            }
            data.Add(record.customer_id, record.summary);
            if (collector) collector->Add(record.summary);
            after = std::move(record.customer_id);
            ++done_count;
            return absl::OkStatus();
          }));
      if (done_count == before_count) return absl::OkStatus();
      if (context_.IsCancelled()) return Cancelled();
      VL_RETURN_IF_ERROR(
          context_.Progress(static_cast<int64_t>(kReadingShare * static_cast<double>(done_count)),
                            totals_.customer_count, "reading customers"));
    }
  }

  absl::StatusOr<FamilyChoice> Choose(const ModelData& data,
                                      std::optional<HoldoutCollector>& collector) {
    const std::vector<Family> candidates = CandidatesOf(request_);
    const FitOptions options = Progress(kReadingShare, kChoosingShare);
    if (collector) {
      const HoldoutData holdout = std::move(*collector).Finish();
      const absl::StatusOr<FamilyChoice> choice = ChooseOnHoldout(candidates, holdout, options);
      if (choice.ok() || !absl::IsFailedPrecondition(choice.status())) return choice;
      const std::string day(absl::FormatCivilTime(window_->calibration_last_day));
      const std::string what = MessageOf(choice.status());
      why_ = {.zh = fmt::format("{} 之前的数据不足以检验（{}）", day, what),
              .en = fmt::format("the data up to {} are too few for a holdout ({})", day, what)};
    }
    if (candidates.size() == 1) return AskedFor(candidates.front(), why_);
    return ChooseOnLikelihood(candidates, data.Histories(), why_, options);
  }

  // Options whose progress goes from one share of the whole to another.
  FitOptions Progress(double from, double to) {
    return {.on_progress = [this, from, to](const FitProgress& progress) {
      const double share = from + (to - from) * progress.done_ratio;
      const auto done = static_cast<int64_t>(share * static_cast<double>(totals_.customer_count));
      return context_.Progress(done, totals_.customer_count, "fitting").ok() &&
             !context_.IsCancelled();
    }};
  }

  // Keeps the model as a version, once.
  absl::StatusOr<int64_t> Keep(const v1::Model& model) {
    const sql::Job& job = context_.job();
    int64_t version = 0;
    VL_RETURN_IF_ERROR(context_.Write([&](sql::Session& session) -> absl::Status {
      const sql::RequestKey key{
          .workspace = job.workspace, .id = job.id, .method = kFitKind, .body = job.payload};
      VL_ASSIGN_OR_RETURN(const std::optional<std::string> before, sql::FindRequest(session, key));
      if (before.has_value()) {
        version = std::stoll(*before);
        return absl::OkStatus();
      }
      VL_ASSIGN_OR_RETURN(version,
                          tools_.versions.CreateModel(session, workspace_.id, EncodeModel(model)));
      return sql::SaveRequest(session, key, fmt::format("{}", version));
    }));
    return version;
  }

  const JobTools& tools_;
  sql::JobContext& context_;
  v1::FitModelRequest request_;
  Workspace workspace_;
  absl::CivilDay until_;
  absl::CivilDay first_day_;
  LedgerTotals totals_;
  std::optional<HoldoutWindow> window_;
  Words why_;  // There is no holdout.
};

}  // namespace

absl::Status ValidateFit(const v1::FitModelRequest& request) {
  const std::string& family = request.family();
  if (!family.empty() && family != kAuto && !ParseFamily(family)) {
    std::string names = kAuto;
    for (const Family known : AllFamilies()) names += fmt::format(", {}", FamilyName(known));
    return InvalidField("family", family, names);
  }
  if (request.holdout_days() < 0) {
    return InvalidField("holdout_days", fmt::format("{}", request.holdout_days()), "0 or more");
  }
  if (request.holdout_days() > 0 && request.without_holdout()) {
    return InvalidField("holdout_days", fmt::format("{}", request.holdout_days()),
                        "0 beside without_holdout");
  }
  if (!(request.l2_penalty() >= 0 && request.l2_penalty() <= kMaxPenalty)) {
    return InvalidField("l2_penalty", fmt::format("{}", request.l2_penalty()), "0..1000");
  }
  if (WantsCovariates(request) && CandidatesOf(request).empty()) {
    return InvalidField("family", family, "auto, BG_NBD or PARETO_NBD with covariates");
  }
  return absl::OkStatus();
}

absl::Status RunFit(const JobTools& tools, sql::JobContext& context) {
  return Fit(tools, context).Run();
}

}  // namespace valueloop::scoring
