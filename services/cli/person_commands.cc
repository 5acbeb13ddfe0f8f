// customer link | merge | split | merges | export | import | erase: the life of a person's data.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <ostream>
#include <sstream>

#include "cli/command.h"
#include "cli/input_file.h"
#include "cli/line_reader.h"
#include "cli/output.h"
#include "cli/person_files.h"
#include "cli/table.h"
#include "common/status.h"
#include "fmt/format.h"
#include "google/protobuf/util/json_util.h"
#include "valueloop/scoring/v1/customer.pb.h"

namespace valueloop::cli {
namespace {

using scoring::v1::EraseCustomerResponse;
using scoring::v1::ErasedStore;
using scoring::v1::ExportRecord;
using scoring::v1::ExternalIds;
using scoring::v1::Merge;

constexpr char kService[] = "valueloop.scoring.v1.CustomerService/";
constexpr int kRecordLimit = 1000;  // Events of one RecordEvents call.
constexpr int kFormatVersion = 1;

std::string Method(const char* name) { return std::string(kService) + name; }

absl::Status PrintExternalIds(Context& context, const ExternalIds& ids) {
  return Print(context, ids, [&] {
    Table table({{context.T("系统", "SYSTEM")},
                 {context.T("标识", "ID")},
                 {context.T("客户", "CUSTOMER")}});
    for (const auto& id : ids.external_ids()) {
      table.AddRow({id.system(), id.id(), SegmentAfter(id.customer(), "customers")});
    }
    table.Print(context.out(), context.color_wanted());
  });
}

struct LinkOptions {
  std::string id;
  std::vector<std::string> external_ids;  // system:id
  std::vector<std::string> removed;       // Systems.
};

absl::StatusOr<int> Link(Context& context, const LinkOptions& options) {
  ExternalIds response;
  if (options.external_ids.empty() && options.removed.empty()) {
    scoring::v1::ListExternalIdsRequest request;
    request.set_customer(context.Name("customers/" + options.id));
    VL_RETURN_IF_ERROR(
        context.Call(Target::kScoring, Method("ListExternalIds"), request, &response));
  } else {
    std::map<std::string, std::vector<std::string>> systems;
    for (const std::string& external : options.external_ids) {
      const size_t colon = external.find(':');
      if (colon == std::string::npos || colon == 0 || colon + 1 == external.size()) {
        return UsageError(fmt::format("external id: got {}, want SYSTEM:ID", Printable(external)));
      }
      systems[external.substr(0, colon)].push_back(external.substr(colon + 1));
    }
    for (const std::string& system : options.removed) {
      if (!systems.try_emplace(system).second) {
        return UsageError(fmt::format("--remove: got {}, which is given ids too", system));
      }
    }
    scoring::v1::SetExternalIdsRequest request;
    request.set_customer(context.Name("customers/" + options.id));
    for (const auto& [system, ids] : systems) {
      auto& entry = *request.add_systems();
      entry.set_system(system);
      for (const std::string& id : ids) entry.add_ids(id);
    }
    VL_RETURN_IF_ERROR(
        context.Call(Target::kScoring, Method("SetExternalIds"), request, &response));
  }
  VL_RETURN_IF_ERROR(PrintExternalIds(context, response));
  return kDone;
}

struct MergeOptions {
  std::string survivor;
  std::string merged;
  std::string request_id;
};

absl::StatusOr<int> MergeTwo(Context& context, const MergeOptions& options) {
  scoring::v1::MergeCustomersRequest request;
  request.set_parent(context.Parent());
  request.set_survivor(options.survivor);
  request.set_merged(options.merged);
  request.set_request_id(options.request_id);
  Merge merge;
  VL_RETURN_IF_ERROR(context.Call(Target::kScoring, Method("MergeCustomers"), request, &merge));
  VL_RETURN_IF_ERROR(Print(context, merge, [&] {
    context.out() << fmt::format(
        fmt::runtime(context.T("{} 并入 {}；相同事件 {} 个只计一次，同号不同内容的 {} 个各自计入\n",
                               "{} is {} now; {} equal events count once, {} that only share an id"
                               " count each\n")),
        merge.merged(), merge.person(), Count(merge.equal_event_count()),
        Count(merge.same_id_event_count()));
  }));
  return kDone;
}

struct SplitOptions {
  std::string merged;
};

absl::StatusOr<int> Split(Context& context, const SplitOptions& options) {
  scoring::v1::SplitCustomerRequest request;
  request.set_name(context.Name("merges/" + options.merged));
  scoring::v1::SplitCustomerResponse response;
  VL_RETURN_IF_ERROR(context.Call(Target::kScoring, Method("SplitCustomer"), request, &response));
  VL_RETURN_IF_ERROR(Print(context, response, [&] {
    context.out() << fmt::format(
        fmt::runtime(context.T("{} 与 {} 重新分开\n", "{} and {} are two customers again\n")),
        SegmentAfter(response.customer().name(), "customers"),
        SegmentAfter(response.survivor().name(), "customers"));
  }));
  return kDone;
}

struct MergesOptions {
  std::string id;
};

absl::StatusOr<int> ListMerges(Context& context, const MergesOptions& options) {
  scoring::v1::ListMergesRequest request;
  request.set_parent(context.Parent());
  request.set_customer(options.id);
  request.set_page_size(1000);
  scoring::v1::ListMergesResponse all;
  do {
    scoring::v1::ListMergesResponse page;
    VL_RETURN_IF_ERROR(context.Call(Target::kScoring, Method("ListMerges"), request, &page));
    all.mutable_merges()->MergeFrom(page.merges());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  VL_RETURN_IF_ERROR(Print(context, all, [&] {
    Table table({{context.T("被并入", "MERGED")},
                 {context.T("并入", "SURVIVOR")},
                 {context.T("现为", "PERSON")}});
    for (const Merge& merge : all.merges()) {
      table.AddRow({merge.merged(), merge.survivor(), merge.person()});
    }
    table.Print(context.out(), context.color_wanted());
  }));
  return kDone;
}

struct ExportOptions {
  std::string id;
  std::string file;
};

absl::StatusOr<int> Export(Context& context, const ExportOptions& options) {
  VL_ASSIGN_OR_RETURN(rpc::Channel* const channel, context.Connect(Target::kScoring));
  scoring::v1::ExportCustomerRequest request;
  request.set_name(context.Name("customers/" + options.id));
  rpc::CallOptions call;
  call.timeout = absl::Hours(1);
  const std::unique_ptr<rpc::ClientStream> stream =
      channel->OpenStream(Method("ExportCustomer"), call);
  stream->Write(request);
  stream->WritesDone();
  std::string lines;
  bool has_footer = false;
  for (ExportRecord record; stream->Read(record);) {
    std::string line;
    if (!google::protobuf::util::MessageToJsonString(record, &line).ok()) {
      return absl::DataLossError("export: got a record that is not well-formed");
    }
    has_footer = record.has_footer();
    lines += line + '\n';
  }
  VL_RETURN_IF_ERROR(stream->Finish());
  if (!has_footer) return absl::UnavailableError("export: the server ended it early");
  VL_RETURN_IF_ERROR(WriteOutput(context, options.file, lines));
  return kDone;
}

struct ImportOptions {
  std::string file;
};

// Sends the events, then the merges, then the external ids: the order in which they may refer to
// one another.
class PersonImport {
 public:
  explicit PersonImport(Context& context) : context_(context) {}

  absl::Status Add(ExportRecord record) {
    switch (record.record_case()) {
      case ExportRecord::kHeader:
        if (record.header().format_version() > kFormatVersion) {
          return absl::InvalidArgumentError(
              fmt::format("format_version: got {}, want at most {}; use a newer valueloop",
                          record.header().format_version(), kFormatVersion));
        }
        return absl::OkStatus();
      case ExportRecord::kEvent:
        *events_.add_events() = std::move(*record.mutable_event());
        return events_.events_size() < kRecordLimit ? absl::OkStatus() : SendEvents();
      case ExportRecord::kMerge:
        merges_.push_back(record.merge());
        return absl::OkStatus();
      case ExportRecord::kExternalId:
        external_ids_[record.external_id().customer()][record.external_id().system()].push_back(
            record.external_id().id());
        return absl::OkStatus();
      case ExportRecord::kFooter:
        has_footer_ = true;
        return absl::OkStatus();
      default:  // What follows from the events.
        return absl::OkStatus();
    }
  }

  absl::Status Finish() {
    if (!has_footer_) {
      return absl::InvalidArgumentError("file: got no footer, want a whole export: it was cut off");
    }
    VL_RETURN_IF_ERROR(SendEvents());
    for (const Merge& merge : merges_) {
      scoring::v1::MergeCustomersRequest request;
      request.set_parent(context_.Parent());
      request.set_survivor(merge.survivor());
      request.set_merged(merge.merged());
      Merge response;
      const absl::Status merged =
          context_.Call(Target::kScoring, Method("MergeCustomers"), request, &response);
      // Imported before.
      if (!merged.ok() && ReasonOf(merged) != "SAME_PERSON") return merged;
    }
    for (const auto& [customer, systems] : external_ids_) {
      scoring::v1::SetExternalIdsRequest request;
      request.set_customer(context_.Name("customers/" + SegmentAfter(customer, "customers")));
      for (const auto& [system, ids] : systems) {
        auto& entry = *request.add_systems();
        entry.set_system(system);
        for (const std::string& id : ids) entry.add_ids(id);
      }
      ExternalIds response;
      VL_RETURN_IF_ERROR(
          context_.Call(Target::kScoring, Method("SetExternalIds"), request, &response));
    }
    return absl::OkStatus();
  }

  const scoring::v1::RecordEventsResponse& counts() const { return counts_; }

 private:
  absl::Status SendEvents() {
    if (events_.events().empty()) return absl::OkStatus();
    events_.set_parent(context_.Parent());
    scoring::v1::RecordEventsResponse response;
    VL_RETURN_IF_ERROR(context_.Call(
        Target::kScoring, "valueloop.scoring.v1.LedgerService/RecordEvents", events_, &response));
    events_.Clear();
    counts_.set_accepted_count(counts_.accepted_count() + response.accepted_count());
    counts_.set_duplicate_count(counts_.duplicate_count() + response.duplicate_count());
    counts_.set_rejected_count(counts_.rejected_count() + response.rejected_count());
    counts_.mutable_rejects()->MergeFrom(response.rejects());
    return absl::OkStatus();
  }

  Context& context_;
  scoring::v1::RecordEventsRequest events_;
  scoring::v1::RecordEventsResponse counts_;
  std::vector<Merge> merges_;
  std::map<std::string, std::map<std::string, std::vector<std::string>>> external_ids_;
  bool has_footer_ = false;
};

absl::StatusOr<int> Import(Context& context, const ImportOptions& options) {
  constexpr size_t kMaxFileBytes = size_t{1} << 30;
  VL_ASSIGN_OR_RETURN(const std::string text, ReadInput(context, options.file, kMaxFileBytes));
  std::istringstream in(text);
  LineReader lines(in);
  PersonImport import(context);
  for (Line line; lines.Next(line);) {
    if (line.text.empty()) continue;
    VL_RETURN_IF_ERROR(CheckLine(line));
    ExportRecord record;
    const auto parsed = google::protobuf::util::JsonStringToMessage(line.text, &record);
    if (!parsed.ok()) {
      return absl::InvalidArgumentError(
          fmt::format("{}:{}: got {}, want a record of customer export", options.file, line.number,
                      Printable(parsed.message().ToString())));
    }
    VL_RETURN_IF_ERROR(import.Add(std::move(record)));
  }
  VL_RETURN_IF_ERROR(import.Finish());
  const auto& counts = import.counts();
  VL_RETURN_IF_ERROR(Print(context, counts, [&] {
    context.out() << fmt::format(
        fmt::runtime(
            context.T("接受 {}，重复 {}，拒绝 {}\n", "{} accepted, {} duplicates, {} rejected\n")),
        Count(counts.accepted_count()), Count(counts.duplicate_count()),
        Count(counts.rejected_count()));
    for (const auto& reject : counts.rejects()) context.out() << "  " << reject.message() << '\n';
  }));
  return counts.rejected_count() == 0 ? kDone : kRejects;
}

struct EraseOptions {
  std::string id;
  bool yes = false;
  bool include_merged = false;
  std::vector<std::string> rejects;
};

const char* StateText(const Context& context, const ErasedStore& store) {
  switch (store.state()) {
    case ErasedStore::STATE_CLEAN:
      return context.T("干净", "clean");
    case ErasedStore::STATE_PENDING:
      return context.T("待清理", "pending");
    default:
      return context.T("仍有残留", "found");
  }
}

void PrintProof(Context& context, const EraseCustomerResponse& proof) {
  Table table({{context.T("存储", "STORE")},
               {context.T("已删除", "ERASED"), Table::Align::kRight},
               {context.T("残留", "FOUND"), Table::Align::kRight},
               {context.T("状态", "STATE")}});
  for (const ErasedStore& store : proof.stores()) {
    const char* const state = StateText(context, store);
    table.AddRow({store.store(), Count(store.erased_count()), Count(store.found_count()),
                  store.reason().empty() ? state : fmt::format("{}: {}", state, store.reason())});
  }
  table.Print(context.out(), context.color_wanted());
  if (proof.rewritten_event_count() > 0) {
    context.out() << fmt::format(
        fmt::runtime(context.T("其他客户的 {} 个推荐事件改记为 {}\n",
                               "{} referral events of other customers name {} now\n")),
        Count(proof.rewritten_event_count()), proof.marker());
  }
}

absl::StatusOr<int> Erase(Context& context, const EraseOptions& options) {
  if (!options.yes) {
    return UsageError(context.T(std::string("customer erase: 无法撤销；确认请加 --yes"),
                                std::string("customer erase: it cannot be undone; add --yes")));
  }
  scoring::v1::EraseCustomerRequest request;
  request.set_name(context.Name("customers/" + options.id));
  request.set_confirm(options.id);
  request.set_include_merged(options.include_merged);
  EraseCustomerResponse proof;
  VL_RETURN_IF_ERROR(context.Call(Target::kScoring, Method("EraseCustomer"), request, &proof));
  std::vector<std::string> names(proof.customer_ids().begin(), proof.customer_ids().end());
  names.push_back(options.id);
  for (const std::string& file : options.rejects) {
    VL_ASSIGN_OR_RETURN(const int64_t removed, RemoveLinesNaming(file, names));
    ErasedStore& store = *proof.add_stores();
    store.set_store(file);
    store.set_erased_count(removed);
    store.set_state(ErasedStore::STATE_CLEAN);
  }
  VL_RETURN_IF_ERROR(Print(context, proof, [&] { PrintProof(context, proof); }));
  if (options.rejects.empty()) {
    context.err() << context.T(
        "说明：导入时被拒绝的行保存在输入文件旁（*.rejects.*），可用 --rejects FILE 清理。\n",
        "note: rows that imports rejected lie beside their inputs (*.rejects.*); clean such files"
        " with --rejects FILE.\n");
  }
  if (proof.complete()) return kDone;
  const bool is_left = std::ranges::any_of(proof.stores(), [](const ErasedStore& store) {
    return store.state() == ErasedStore::STATE_FOUND;
  });
  return is_left ? kFailed : kRejects;
}

}  // namespace

void AddPersonCommands(CLI::App& group, Context& context) {
  const auto link = AddCommand<LinkOptions>(
      group, context, "link", "show or set what other systems call a customer",
      "valueloop customer link C-00001 crm:0015g00000Xy", Link);
  link.app->add_option("id", link.options->id, "customer id")->required();
  link.app->add_option("external", link.options->external_ids,
                       "SYSTEM:ID; they become all of the customer's ids in these systems");
  link.app->add_option("--remove", link.options->removed, "system whose ids are removed");

  const auto merge = AddCommand<MergeOptions>(group, context, "merge",
                                              "make two customer ids one person; split undoes it",
                                              "valueloop customer merge C-00001 C-00002", MergeTwo);
  merge.app->add_option("survivor", merge.options->survivor, "the id that goes on")->required();
  merge.app->add_option("merged", merge.options->merged, "the id that becomes a name of it")
      ->required();
  merge.app->add_option("--request-id", merge.options->request_id, "makes it safe to repeat");

  const auto split = AddCommand<SplitOptions>(group, context, "split", "undo a merge",
                                              "valueloop customer split C-00002", Split);
  split.app->add_option("merged", split.options->merged, "the id that was merged")->required();

  const auto merges = AddCommand<MergesOptions>(group, context, "merges", "merges that stand",
                                                "valueloop customer merges C-00001", ListMerges);
  merges.app->add_option("id", merges.options->id, "any id of a person; default: all");

  const auto exported =
      AddCommand<ExportOptions>(group, context, "export", "everything kept of a person, as NDJSON",
                                "valueloop customer export C-00001 --file C-00001.ndjson", Export);
  exported.app->add_option("id", exported.options->id, "any id of the person")->required();
  exported.app->add_option("--file", exported.options->file, "default: standard output");

  const auto imported =
      AddCommand<ImportOptions>(group, context, "import", "what export has written, again",
                                "valueloop customer import C-00001.ndjson", Import);
  imported.app->add_option("file", imported.options->file, "- reads standard input")->required();

  const auto erase = AddCommand<EraseOptions>(group, context, "erase",
                                              "remove a person from every store, and prove it",
                                              "valueloop customer erase C-00001 --yes", Erase);
  erase.app->add_option("id", erase.options->id, "any id of the person")->required();
  erase.app->add_flag("--yes", erase.options->yes, "it cannot be undone");
  erase.app->add_flag("--include-merged", erase.options->include_merged,
                      "the ids merged with it too");
  erase.app->add_option("--rejects", erase.options->rejects,
                        "file of rejected rows to clean of the person");
}

}  // namespace valueloop::cli
