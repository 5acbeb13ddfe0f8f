// kpi record | status, and scorecard: observations against targets.
#include <ostream>
#include <sstream>

#include "cli/command.h"
#include "cli/input_file.h"
#include "cli/labels.h"
#include "cli/observations.h"
#include "cli/output.h"
#include "cli/plan_choice.h"
#include "cli/sha256.h"
#include "cli/table.h"
#include "common/status.h"
#include "fmt/format.h"
#include "valueloop/performance/v1/performance.pb.h"

namespace valueloop::cli {
namespace {

using performance::v1::Evaluation;
using performance::v1::RecordObservationsRequest;
using performance::v1::RecordObservationsResponse;

constexpr size_t kMaxFileBytes = 32 << 20;
constexpr size_t kRecordLimit = 1000;

struct RecordOptions {
  std::string file;
  std::string plan;
  std::string source;
};

bool LooksLikeCsv(const std::string& name, const std::string& text) {
  const auto ends_with = [&name](std::string_view end) {
    return name.size() >= end.size() &&
           name.compare(name.size() - end.size(), end.size(), end) == 0;
  };
  if (ends_with(".csv")) return true;
  if (ends_with(".yaml") || ends_with(".yml")) return false;
  const std::string header = text.substr(0, text.find('\n'));
  return header.find(',') != std::string::npos && header.find(':') == std::string::npos;
}

absl::StatusOr<ObservationFile> ReadFile(Context& context, const RecordOptions& options,
                                         const std::string& plan, const std::string& text) {
  absl::StatusOr<ObservationFile> file;
  if (LooksLikeCsv(options.file, text)) {
    std::istringstream in(text);
    file = ReadObservationsCsv(in);
  } else {
    VL_ASSIGN_OR_RETURN(const PeriodCalendar calendar, CalendarOfPlan(context, plan));
    file = ReadObservationsYaml(text, calendar);
  }
  if (!file.ok()) {
    return absl::Status(file.status().code(),
                        fmt::format("{}:{}", options.file, MessageOf(file.status())));
  }
  return file;
}

absl::StatusOr<int> Record(Context& context, const RecordOptions& options) {
  VL_ASSIGN_OR_RETURN(const std::string plan, ChoosePlan(context, options.plan));
  VL_ASSIGN_OR_RETURN(const std::string text, ReadInput(context, options.file, kMaxFileBytes));
  VL_ASSIGN_OR_RETURN(ObservationFile file, ReadFile(context, options, plan, text));
  RecordObservationsResponse all;
  std::vector<std::string> rejects = file.rejects;
  size_t begin = 0;
  do {
    RecordObservationsRequest request;
    request.set_parent(context.Name("plans/" + plan));
    if (begin == 0) {
      for (const auto& setting : file.settings) *request.add_settings() = setting;
    }
    const size_t end = std::min(begin + kRecordLimit, file.observations.size());
    for (size_t i = begin; i < end; ++i) {
      auto& observation = *request.add_observations();
      observation = file.observations[i].observation;
      observation.set_source(options.source);
    }
    RecordObservationsResponse response;
    VL_RETURN_IF_ERROR(context.Call(
        Target::kPerformance, "valueloop.performance.v1.PerformanceService/RecordObservations",
        request, &response));
    all.set_accepted_count(all.accepted_count() + response.accepted_count());
    all.set_duplicate_count(all.duplicate_count() + response.duplicate_count());
    all.set_rejected_count(all.rejected_count() + response.rejected_count());
    for (const auto& reject : response.rejects()) {
      const size_t index = begin + static_cast<size_t>(reject.index());
      if (index >= file.observations.size()) {
        return absl::InternalError(
            fmt::format("rejects.index: got {}, want less than {}", reject.index(), end - begin));
      }
      rejects.push_back(fmt::format("{}: {}: {}", file.observations[index].line,
                                    file.observations[index].observation.kpi(), reject.message()));
      auto& kept = *all.add_rejects();
      kept = reject;
      kept.set_index(static_cast<int32_t>(index));
    }
    begin = end;
  } while (begin < file.observations.size());
  all.set_rejected_count(all.rejected_count() + static_cast<int32_t>(file.rejects.size()));
  VL_RETURN_IF_ERROR(Print(context, all, [&] {
    Table table({{context.T("接受", "ACCEPTED"), Table::Align::kRight},
                 {context.T("重复", "DUPLICATE"), Table::Align::kRight},
                 {context.T("拒绝", "REJECTED"), Table::Align::kRight}});
    table.AddRow(
        {Count(all.accepted_count()), Count(all.duplicate_count()), Count(all.rejected_count())});
    table.Print(context.out(), context.color_wanted());
  }));
  for (const std::string& reject : rejects) context.err() << options.file << ':' << reject << '\n';
  return rejects.empty() ? kDone : kRejects;
}

template <typename T>
std::optional<double> Maybe(bool has, T value) {
  return has ? std::optional<double>(value) : std::nullopt;
}

template <typename Evaluations>
void PrintEvaluations(Context& context, const Evaluations& evaluations) {
  Table table({{"KPI"},
               {context.T("名称", "NAME")},
               {context.T("组织", "UNIT")},
               {context.T("权重%", "WEIGHT"), Table::Align::kRight},
               {context.T("实际", "ACTUAL"), Table::Align::kRight},
               {context.T("目标", "TARGET"), Table::Align::kRight},
               {context.T("差", "GAP"), Table::Align::kRight},
               {context.T("得分", "SCORE"), Table::Align::kRight},
               {context.T("灯", "RAG")},
               {context.T("年末预测", "FORECAST"), Table::Align::kRight},
               {context.T("截至", "AS OF")}});
  for (const Evaluation& evaluation : evaluations) {
    table.AddRow({evaluation.kpi(), FitWidth(evaluation.kpi_name(), 24), evaluation.org_unit(),
                  Number(evaluation.global_weight(), 1),
                  Number(Maybe(evaluation.has_actual_to_date(), evaluation.actual_to_date())),
                  Number(Maybe(evaluation.has_target_to_date(), evaluation.target_to_date())),
                  Number(Maybe(evaluation.has_gap(), evaluation.gap())),
                  Number(Maybe(evaluation.has_score(), evaluation.score()), 1),
                  RagLabel(context, evaluation.rag()),
                  Number(Maybe(evaluation.has_forecast_phased(), evaluation.forecast_phased())),
                  evaluation.as_of()});
  }
  table.Print(context.out(), context.color_wanted());
}

struct ViewOptions {
  std::string unit;
  std::string plan;
};

absl::StatusOr<int> Status(Context& context, const ViewOptions& options) {
  VL_ASSIGN_OR_RETURN(const std::string plan, ChoosePlan(context, options.plan));
  performance::v1::EvaluateKpisRequest request;
  request.set_parent(context.Name("plans/" + plan));
  request.set_org_unit(options.unit);
  request.set_as_of(context.options.as_of);
  performance::v1::EvaluateKpisResponse response;
  VL_RETURN_IF_ERROR(context.Call(Target::kPerformance,
                                  "valueloop.performance.v1.PerformanceService/EvaluateKpis",
                                  request, &response));
  VL_RETURN_IF_ERROR(
      Print(context, response, [&] { PrintEvaluations(context, response.evaluations()); }));
  return kDone;
}

absl::StatusOr<int> ShowScorecard(Context& context, const ViewOptions& options) {
  VL_ASSIGN_OR_RETURN(const std::string plan, ChoosePlan(context, options.plan));
  performance::v1::GetScorecardRequest request;
  request.set_parent(context.Name("plans/" + plan));
  request.set_org_unit(options.unit);
  request.set_as_of(context.options.as_of);
  performance::v1::Scorecard scorecard;
  VL_RETURN_IF_ERROR(context.Call(Target::kPerformance,
                                  "valueloop.performance.v1.PerformanceService/GetScorecard",
                                  request, &scorecard));
  VL_RETURN_IF_ERROR(Print(context, scorecard, [&] {
    context.out() << fmt::format(
        fmt::runtime(context.T("{}{}：得分 {}，{}，有数据的权重 {} / {}，截至 {}\n\n",
                               "{}{}: score {}, {}, weight with data {} of {}, as of {}\n\n")),
        SegmentAfter(scorecard.plan_version(), "plans"),
        scorecard.org_unit().empty() ? "" : " " + scorecard.org_unit(),
        Number(Maybe(scorecard.has_score(), scorecard.score()), 4),
        RagLabel(context, scorecard.rag()), Number(scorecard.weight_with_data(), 1),
        Number(scorecard.weight_total(), 1), scorecard.as_of());
    PrintEvaluations(context, scorecard.evaluations());
  }));
  return kDone;
}

}  // namespace

void AddKpiCommands(CLI::App& app, Context& context) {
  CLI::App& group = AddGroup(app, "kpi", "observations and where each KPI stands");
  const auto record = AddCommand<RecordOptions>(
      group, context, "record",
      "CSV kpi,unit,period,value,numerator,denominator,target_to_date, or YAML as in a plan's "
      "observations",
      "valueloop kpi record observations.yaml", Record);
  record.app->add_option("file", record.options->file, "a file, or - for standard input")
      ->required();
  record.app->add_option("--plan", record.options->plan, "default: the newest published plan");
  record.app->add_option("--source", record.options->source, "who says so; default MANUAL");
  const auto status = AddCommand<ViewOptions>(group, context, "status", "where every KPI stands",
                                              "valueloop kpi status CS", Status);
  status.app->add_option("unit", status.options->unit, "only what this unit is accountable for");
  status.app->add_option("--plan", status.options->plan, "default: the newest published plan");
  const auto scorecard = AddCommand<ViewOptions>(app, context, "scorecard",
                                                 "the weighted score of the plan, or of a unit",
                                                 "valueloop scorecard CS --lang zh", ShowScorecard);
  scorecard.app->add_option("unit", scorecard.options->unit, "default: the whole plan");
  scorecard.app->add_option("--plan", scorecard.options->plan,
                            "default: the newest published plan");
}

}  // namespace valueloop::cli
