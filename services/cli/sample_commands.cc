// sample customers | plan | observations: generated input.
#include <fstream>
#include <ostream>

#include "cli/command.h"
#include "cli/input_file.h"
#include "cli/output.h"
#include "cli/sample.h"
#include "common/status.h"
#include "fmt/format.h"
#include "google/protobuf/util/json_util.h"
#include "google/protobuf/util/time_util.h"

namespace valueloop::cli {
namespace {

using scoring::v1::Event;

struct CustomerOptions {
  int count = 2500;
  uint64_t start_value = 1;
  std::string format = "ndjson";
  std::string file;
};

absl::StatusOr<int> Customers(Context& context, const CustomerOptions& options) {
  std::ofstream file;
  if (!options.file.empty() && options.file != "-") {
    file.open(options.file, std::ios::binary | std::ios::trunc);
    if (!file) return FileError(options.file, "cannot be written");
  }
  std::ostream& out = file.is_open() ? file : context.out();
  const bool csv = options.format == "csv";
  if (csv) out << "customer_id,occurred_at,amount,event_id\n";
  SampleOptions sample;
  sample.customer_count = options.count;
  sample.start_value = options.start_value;
  GenerateSample(sample, [&](const Event& event) {
    if (csv) {
      if (!event.has_purchase()) return;
      const int64_t cents = event.purchase().amount_micros() / 10'000;
      out << CsvLine({event.customer_id(),
                      google::protobuf::util::TimeUtil::ToString(event.occurred_time()),
                      fmt::format("{}.{:02}", cents / 100, cents % 100), event.event_id()});
      return;
    }
    std::string line;
    if (google::protobuf::util::MessageToJsonString(event, &line).ok()) out << line << '\n';
  });
  out.flush();
  if (file.is_open() && !file) return FileError(options.file, "cannot be written");
  return kDone;
}

struct FileOptions {
  std::string file;
};

absl::StatusOr<int> Plan(Context& context, const FileOptions& options) {
  VL_RETURN_IF_ERROR(WriteOutput(context, options.file, std::string(SamplePlan())));
  return kDone;
}

absl::StatusOr<int> Observations(Context& context, const FileOptions& options) {
  VL_RETURN_IF_ERROR(WriteOutput(context, options.file, std::string(SampleRedObservations())));
  return kDone;
}

}  // namespace

void AddSampleCommands(CLI::App& app, Context& context) {
  CLI::App& group = AddGroup(app, "sample", "write realistic generated input");
  const auto customers = AddCommand<CustomerOptions>(
      group, context, "customers",
      "a year and a half of customer events (BG/NBD purchases, Gamma-Gamma spend); NDJSON for "
      "`import events`, or CSV of the purchases",
      "valueloop sample customers --count 1000 --file events.ndjson", Customers);
  customers.app->add_option("--count", customers.options->count, "customers")
      ->check(CLI::Range(1, 10'000'000))
      ->capture_default_str();
  customers.app
      ->add_option("--start-value", customers.options->start_value,
                   "another one gives other customers")
      ->capture_default_str();
  customers.app->add_option("--format", customers.options->format, "ndjson or csv")
      ->check(CLI::IsMember({"ndjson", "csv"}))
      ->capture_default_str();
  customers.app->add_option("-f,--file", customers.options->file, "default: standard output");
  const auto plan =
      AddCommand<FileOptions>(group, context, "plan", "a complete strategy of a telecom",
                              "valueloop sample plan --file strategy.yaml", Plan);
  plan.app->add_option("-f,--file", plan.options->file, "default: standard output");
  const auto observations = AddCommand<FileOptions>(
      group, context, "observations", "half a year of a KPI in trouble, for the sample plan",
      "valueloop sample observations --file red.yaml", Observations);
  observations.app->add_option("-f,--file", observations.options->file, "default: standard output");
}

}  // namespace valueloop::cli
