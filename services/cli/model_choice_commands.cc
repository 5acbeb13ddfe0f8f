// model evaluate | compare | monitor | data: before and after a version is used.
#include <algorithm>
#include <memory>
#include <ostream>

#include "cli/command.h"
#include "cli/model_commands.h"
#include "cli/model_output.h"
#include "cli/output.h"
#include "cli/values.h"
#include "common/status.h"
#include "fmt/format.h"
#include "valueloop/scoring/v1/model_choice.pb.h"

namespace valueloop::cli {
namespace {

constexpr char kService[] = "valueloop.scoring.v1.ModelService/";
// These calls read the whole ledger.
constexpr absl::Duration kLongCall = absl::Minutes(10);

absl::Status CallLong(Context& context, const std::string& method,
                      const google::protobuf::Message& request,
                      google::protobuf::Message* response) {
  VL_ASSIGN_OR_RETURN(rpc::Channel* const channel, context.Connect(Target::kScoring));
  return channel->Call(kService + method, request, response,
                       {.timeout = std::max(context.timeout(), kLongCall)});
}

struct EvaluateOptions {
  std::string version = "active";
  std::string holdout;
  std::string until;
};

absl::StatusOr<int> Evaluate(Context& context, const EvaluateOptions& options) {
  scoring::v1::EvaluateModelRequest request;
  request.set_name(context.Name("models/" + options.version));
  if (!options.holdout.empty()) {
    VL_ASSIGN_OR_RETURN(const int days, ParseDays("--holdout", options.holdout));
    request.set_holdout_days(days);
  }
  request.set_until(options.until.empty() ? context.options.as_of : options.until);
  if (!request.until().empty()) VL_RETURN_IF_ERROR(ValidateDay("--until", request.until()));
  scoring::v1::ModelEvaluation evaluation;
  VL_RETURN_IF_ERROR(CallLong(context, "EvaluateModel", request, &evaluation));
  VL_RETURN_IF_ERROR(Print(context, evaluation, [&] {
    if (evaluation.seen()) {
      context.out() << context.T(
          "注意：该版本拟合时已见过留出期的数据，检验结果偏乐观\n",
          "note: this version was fitted to days of the holdout, so this flatters it\n");
    }
    PrintHoldout(context, evaluation.holdout());
  }));
  return kDone;
}

struct CompareOptions {
  std::string version;
  std::string other;
  int movers = 20;
};

absl::StatusOr<int> Compare(Context& context, const CompareOptions& options) {
  scoring::v1::CompareModelsRequest request;
  request.set_name(context.Name("models/" + options.version));
  request.set_other(context.Name("models/" + options.other));
  request.set_as_of(context.options.as_of);
  request.set_mover_count(options.movers);
  scoring::v1::ModelComparison comparison;
  VL_RETURN_IF_ERROR(CallLong(context, "CompareModels", request, &comparison));
  VL_RETURN_IF_ERROR(Print(context, comparison, [&] { PrintComparison(context, comparison); }));
  return kDone;
}

struct MonitorOptions {
  std::string version = "active";
  std::string since;
};

absl::StatusOr<int> Monitor(Context& context, const MonitorOptions& options) {
  scoring::v1::MonitorModelRequest request;
  request.set_name(context.Name("models/" + options.version));
  request.set_since(options.since);
  request.set_as_of(context.options.as_of);
  if (!options.since.empty()) VL_RETURN_IF_ERROR(ValidateDay("--since", options.since));
  scoring::v1::ModelMonitor monitor;
  VL_RETURN_IF_ERROR(CallLong(context, "MonitorModel", request, &monitor));
  VL_RETURN_IF_ERROR(Print(context, monitor, [&] { PrintMonitor(context, monitor); }));
  return kDone;
}

struct DataOptions {
  std::string until;
};

// Rows are printed as they come: tables and CSV as CSV, JSON as an array, YAML as a list.
class RowPrinter {
 public:
  explicit RowPrinter(Context& context) : context_(context) {}

  absl::Status Add(const scoring::v1::ExportModelDataResponse& row) {
    const bool first = count_++ == 0;
    if (context_.output() == Output::kJson || context_.output() == Output::kYaml) {
      VL_ASSIGN_OR_RETURN(std::string json, ToJson(row));
      if (!json.empty() && json.back() == '\n') json.pop_back();
      if (context_.output() == Output::kYaml) {
        context_.out() << JsonToYaml("[" + json + "]");
      } else {
        context_.out() << (first ? "[\n" : ",\n") << json;
      }
      return absl::OkStatus();
    }
    const FlatRows flat = Flatten(row);
    if (first) context_.out() << CsvLine(flat.columns);
    context_.out() << CsvLine(flat.rows.front());
    return absl::OkStatus();
  }

  void Finish() {
    if (context_.output() == Output::kJson) context_.out() << (count_ == 0 ? "[]\n" : "\n]\n");
  }

 private:
  Context& context_;
  int64_t count_ = 0;
};

absl::StatusOr<int> Data(Context& context, const DataOptions& options) {
  scoring::v1::ExportModelDataRequest request;
  request.set_parent(context.Parent());
  request.set_until(options.until.empty() ? context.options.as_of : options.until);
  if (!request.until().empty()) VL_RETURN_IF_ERROR(ValidateDay("--until", request.until()));
  VL_ASSIGN_OR_RETURN(rpc::Channel* const channel, context.Connect(Target::kScoring));
  rpc::CallOptions call;
  call.timeout = absl::Hours(24);  // As long as the ledger is.
  const std::unique_ptr<rpc::ClientStream> stream =
      channel->OpenStream(std::string(kService) + "ExportModelData", call);
  stream->Write(request);
  stream->WritesDone();
  RowPrinter printer(context);
  for (scoring::v1::ExportModelDataResponse row; stream->Read(row);) {
    VL_RETURN_IF_ERROR(printer.Add(row));
  }
  VL_RETURN_IF_ERROR(stream->Finish());
  printer.Finish();
  return kDone;
}

}  // namespace

void AddModelChoiceCommands(CLI::App& group, Context& context) {
  const auto evaluate = AddCommand<EvaluateOptions>(
      group, context, "evaluate", "what a version would have foretold for the last days",
      "valueloop model evaluate 2 --holdout 13w --until 2026-06-30", Evaluate);
  evaluate.app->add_option("version", evaluate.options->version, "default: the active one");
  evaluate.app->add_option("--holdout", evaluate.options->holdout,
                           "days or weeks, such as 91 or 13w; default: the last third");
  evaluate.app->add_option("--until", evaluate.options->until, "last day of it; default: today");
  const auto compare = AddCommand<CompareOptions>(
      group, context, "compare", "which customers change class, and the money that moves",
      "valueloop model compare active 3", Compare);
  compare.app->add_option("version", compare.options->version, "the version in use")->required();
  compare.app->add_option("other", compare.options->other, "the one to use instead")->required();
  compare.app->add_option("--movers", compare.options->movers, "how many customers to list")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  const auto monitor = AddCommand<MonitorOptions>(
      group, context, "monitor", "purchases beside their expectation since activation, and advice",
      "valueloop model monitor", Monitor);
  monitor.app->add_option("version", monitor.options->version, "default: the active one");
  monitor.app->add_option("--since", monitor.options->since, "default: the day of the activation");
  const auto data = AddCommand<DataOptions>(
      group, context, "data", "what a fit is made from, a row per customer, as CSV unless -o says",
      "valueloop model data --until 2026-06-30 > data.csv", Data);
  data.app->add_option("--until", data.options->until, "last day of the data; default: today");
}

}  // namespace valueloop::cli
