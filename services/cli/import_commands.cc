// import purchases | events | customers: files into the ledger.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <ostream>

#include "absl/time/clock.h"
#include "cli/command.h"
#include "cli/event_rows.h"
#include "cli/importer.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/rejects.h"
#include "cli/sha256.h"
#include "cli/table.h"
#include "cli/values.h"
#include "cli/workspace_zone.h"
#include "common/status.h"
#include "fmt/format.h"

namespace valueloop::cli {
namespace {

enum class Kind { kPurchases, kEvents, kCustomers };

struct FileOptions {
  std::string file;
  std::string source;
  std::string rejects;
  std::string at;
  std::vector<std::string> renamed;  // ours=theirs
  bool resume = false;
  int batch_size = 1000;
};

// A file's content, hashed and ready to be read from the start. Standard input is kept in a file
// without a name meanwhile, since it can be read only once.
struct Input {
  std::ifstream file;
  std::string digest;
  int64_t byte_count = 0;
};

// Puts the file's name before an error.
template <typename T>
absl::StatusOr<T> Annotated(absl::StatusOr<T> value, const std::string& file) {
  if (!value.ok()) return Annotate(value.status(), file);
  return value;
}

std::string TemporaryPath() {
  return (std::filesystem::temp_directory_path() /
          fmt::format("valueloop-import-{}", static_cast<int64_t>(absl::ToUnixNanos(absl::Now()))))
      .string();
}

absl::Status OpenInput(Context& context, const std::string& name, Input& input) {
  Sha256 hash;
  std::string path = name;
  std::vector<char> buffer(1 << 16);
  if (name == "-") {
    path = TemporaryPath();
    std::ofstream copy(path, std::ios::binary);
    while (context.in().read(buffer.data(), static_cast<std::streamsize>(buffer.size())) ||
           context.in().gcount() > 0) {
      copy.write(buffer.data(), context.in().gcount());
    }
    copy.close();
    if (!copy) return FileError(path, "cannot be written");
  } else if (std::filesystem::is_directory(name)) {
    return absl::InvalidArgumentError(fmt::format("{}: got a folder, want a file", name));
  }
  input.file.open(path, std::ios::binary);
  if (name == "-") std::remove(path.c_str());
  if (!input.file) return FileError(name, "no such file");
  while (input.file.read(buffer.data(), static_cast<std::streamsize>(buffer.size())) ||
         input.file.gcount() > 0) {
    hash.Update({buffer.data(), static_cast<size_t>(input.file.gcount())});
    input.byte_count += input.file.gcount();
  }
  input.digest = hash.HexDigest();
  input.file.clear();
  input.file.seekg(0);
  return absl::OkStatus();
}

absl::StatusOr<RowOptions> MakeRowOptions(Context& context, const FileOptions& options) {
  RowOptions rows;
  rows.source = options.source;
  VL_ASSIGN_OR_RETURN(rows.zone, WorkspaceZone(context));
  // Attributes without a time hold from the start of today, so that importing the same file twice
  // on one day changes nothing.
  rows.default_time = absl::FromCivil(absl::ToCivilDay(absl::Now(), rows.zone), rows.zone);
  if (!options.at.empty()) {
    VL_ASSIGN_OR_RETURN(rows.default_time, ParseMoment("--at", options.at, rows.zone));
  }
  for (const std::string& renamed : options.renamed) {
    const size_t equals = renamed.find('=');
    if (equals == std::string::npos) {
      return UsageError(fmt::format("--column: got {}, want NAME=COLUMN_IN_FILE", renamed));
    }
    rows.renamed[renamed.substr(equals + 1)] = renamed.substr(0, equals);
  }
  return rows;
}

void PrintSummary(Context& context, const FileOptions& options, const ImportResult& result,
                  const RejectWriter& rejects) {
  Table table({{context.T("接受", "ACCEPTED"), Table::Align::kRight},
               {context.T("重复", "DUPLICATE"), Table::Align::kRight},
               {context.T("拒绝", "REJECTED"), Table::Align::kRight},
               {context.T("行数", "ROWS"), Table::Align::kRight}});
  table.AddRow({Count(result.accepted_count), Count(result.duplicate_count),
                Count(result.rejected_count), Count(result.row_count)});
  table.Print(context.out(), context.color_wanted());
  if (result.rejected_count == 0) return;
  for (const std::string& reject : result.first_rejects) {
    context.err() << fmt::format("{}:{}\n", options.file, reject);
  }
  context.err() << fmt::format(
      fmt::runtime(context.T("被拒绝的行和原因在 {}\n", "rejected rows and why: {}\n")),
      rejects.path());
}

template <Kind kKind>
absl::StatusOr<int> Import(Context& context, const FileOptions& options) {
  Input input;
  VL_RETURN_IF_ERROR(OpenInput(context, options.file, input));
  VL_ASSIGN_OR_RETURN(const RowOptions row_options, MakeRowOptions(context, options));
  const absl::Time default_time = row_options.default_time;
  std::unique_ptr<EventRowReader> rows;
  if constexpr (kKind == Kind::kPurchases) {
    VL_ASSIGN_OR_RETURN(rows, Annotated(OpenPurchases(input.file, row_options), options.file));
  } else if constexpr (kKind == Kind::kCustomers) {
    VL_ASSIGN_OR_RETURN(rows, Annotated(OpenCustomers(input.file, row_options), options.file));
  } else {
    rows = OpenEvents(input.file, row_options);
  }

  ImportOptions import;
  import.parent = context.Parent();
  import.resume = options.resume;
  import.batch_size = options.batch_size;
  // Everything that decides which events are in which batch.
  std::string key =
      fmt::format("{}\x1f{}\x1f{}\x1f{}\x1f{}", input.digest, context.options.workspace,
                  static_cast<int>(kKind), options.source, options.batch_size);
  for (const std::string& renamed : options.renamed) key += '\x1f' + renamed;
  if (kKind == Kind::kCustomers) key += fmt::format("\x1f{}", absl::ToUnixMicros(default_time));
  import.import_id = "file-" + Sha256Hex(key).substr(0, 32);

  const bool ndjson = kKind == Kind::kEvents;
  const std::string path =
      !options.rejects.empty()
          ? options.rejects
          : fmt::format("{}.rejects.{}", options.file == "-" ? "import" : options.file,
                        ndjson ? "ndjson" : "csv");
  RejectWriter rejects(path, ndjson ? RejectWriter::Format::kNdjson : RejectWriter::Format::kCsv,
                       options.resume);
  VL_ASSIGN_OR_RETURN(rpc::Channel* const channel, context.Connect(Target::kScoring));
  ImportResult result;
  {
    Progress progress(context, context.T("导入", "import"), context.T("行", "rows"));
    Importer importer(*channel, import, *rows, rejects, progress, input.byte_count);
    VL_ASSIGN_OR_RETURN(result, importer.Run());
  }
  scoring::v1::ImportEventsResponse counts;
  counts.set_total_accepted_count(result.accepted_count);
  counts.set_total_duplicate_count(result.duplicate_count);
  counts.set_total_rejected_count(result.rejected_count);
  VL_RETURN_IF_ERROR(
      Print(context, counts, [&] { PrintSummary(context, options, result, rejects); }));
  return result.rejected_count > 0 ? kRejects : kDone;
}

Command<FileOptions> AddImport(CLI::App& group, Context& context, const std::string& name,
                               const std::string& description, const std::string& example,
                               absl::StatusOr<int> (*run)(Context&, const FileOptions&)) {
  const auto command = AddCommand<FileOptions>(group, context, name, description, example, run);
  FileOptions& options = *command.options;
  command.app->add_option("file", options.file, "a file, or - for standard input")->required();
  command.app->add_option("--source", options.source,
                          "who says so, such as billing; default: empty");
  command.app->add_option("--rejects", options.rejects,
                          "file for rejected rows; default: beside FILE");
  command.app->add_flag("--resume", options.resume,
                        "continue an interrupted import of the same content");
  command.app->add_option("--batch-size", options.batch_size, "events per batch")
      ->check(CLI::Range(1, 5000))
      ->capture_default_str();
  return command;
}

}  // namespace

void AddImportCommands(CLI::App& app, Context& context) {
  CLI::App& group = AddGroup(app, "import", "read files into the ledger");
  const auto purchases = AddImport(
      group, context, "purchases",
      "CSV: customer_id,occurred_at,amount and optionally event_id, margin, currency, product, "
      "quantity. A day means its first moment in the workspace's time zone.",
      "valueloop import purchases orders.csv --resume", Import<Kind::kPurchases>);
  purchases.app->add_option("--column", purchases.options->renamed,
                            "NAME=COLUMN_IN_FILE: the file calls it differently");
  AddImport(group, context, "events", "NDJSON: one Event as proto JSON per line",
            "valueloop sample customers | valueloop import events -", Import<Kind::kEvents>);
  const auto customers = AddImport(
      group, context, "customers",
      "CSV: customer_id, optionally occurred_at, and a column per attribute (name, name:text, "
      "name:number, name:flag)",
      "valueloop import customers crm.csv --at 2026-01-01", Import<Kind::kCustomers>);
  customers.app->add_option("--at", customers.options->at,
                            "when the attributes began to hold; default: start of today");
  customers.app->add_option("--column", customers.options->renamed,
                            "NAME=COLUMN_IN_FILE: the file calls it differently");
}

}  // namespace valueloop::cli
