#include "scoring/rpc/ledger_rpc.h"

#include <cstdlib>
#include <random>
#include <set>
#include <string>
#include <utility>

#include "common/ids.h"
#include "common/status.h"
#include "fmt/format.h"
#include "scoring/rpc/customer_proto.h"
#include "scoring/rpc/event_batch.h"
#include "scoring/rpc/event_proto.h"
#include "scoring/rpc/event_text.h"

namespace valueloop::scoring {
namespace {

constexpr int kMaxImportBatch = 5000;
constexpr int kMaxRecordBatch = 1000;
constexpr int kMaxAttributes = 100;
constexpr size_t kMaxPageBytes = size_t{1} << 20;
constexpr int64_t kVerifyPage = 500;
constexpr char kAttributeSource[] = "set-customer";  // Source of the events SetCustomer makes.

absl::Status CheckCount(std::string_view field, int count, int min, int max) {
  if (count >= min && count <= max) return absl::OkStatus();
  return InvalidField(field, fmt::format("{} entries", count), fmt::format("{}..{}", min, max));
}

// Prefix of the ids of one call's events; no two calls get the same.
std::string UniqueId() {
  std::random_device device;
  const auto word = [&device] { return static_cast<uint32_t>(device()); };
  return fmt::format("{:08x}{:08x}{:08x}{:08x}", word(), word(), word(), word());
}

// What makes two requests with one request_id the same request.
std::string BodyOf(const v1::SetCustomerRequest& request) {
  return request.SerializePartialAsString();  // Deterministic: the message has no maps.
}

}  // namespace

LedgerRpc::LedgerRpc(LedgerStore& store, WorkspaceStore& workspaces, const Clock& clock)
    : Service("valueloop.scoring.v1.LedgerService"),
      store_(store),
      workspaces_(workspaces),
      clock_(clock) {
  using rpc::CallContext;
  BidiStream<v1::ImportEventsRequest, v1::ImportEventsResponse>(
      "ImportEvents", [this](CallContext&, ImportReader& reader, ImportWriter& writer) {
        return HandleImportEvents(reader, writer);
      });
  Unary<v1::RecordEventsRequest, v1::RecordEventsResponse>(
      "RecordEvents", [this](CallContext&, const auto& request, auto& response) {
        return HandleRecordEvents(request, response);
      });
  Unary<v1::GetCustomerRequest, v1::Customer>(
      "GetCustomer",
      [this](CallContext&, const auto& request, auto& response) {
        return HandleGetCustomer(request, response);
      },
      {.max_request_bytes = rpc::kLiveMaxRequestBytes});
  Unary<v1::SetCustomerRequest, v1::Customer>(
      "SetCustomer", [this](CallContext&, const auto& request, auto& response) {
        return HandleSetCustomer(request, response);
      });
  Unary<v1::ListEventsRequest, v1::ListEventsResponse>(
      "ListEvents", [this](CallContext&, const auto& request, auto& response) {
        return HandleListEvents(request, response);
      });
  Unary<v1::GetLedgerStatsRequest, v1::LedgerStats>(
      "GetLedgerStats", [this](CallContext&, const auto& request, auto& response) {
        return HandleGetLedgerStats(request, response);
      });
  ServerStream<v1::VerifyLedgerRequest, v1::VerifyLedgerResponse>(
      "VerifyLedger", [this](CallContext& context, const auto& request, auto& writer) {
        return HandleVerifyLedger(context, request, writer);
      });
}

// A batch is answered before the next one is read. What a client sends ahead waits in the
// transport, so it never has to wait for an answer to keep the ledger busy.
absl::Status LedgerRpc::HandleImportEvents(ImportReader& reader, ImportWriter& writer) {
  v1::ImportEventsRequest request;
  if (!reader.Read(request)) return reader.status();
  VL_ASSIGN_OR_RETURN(const Workspace workspace, FindWorkspace(request.parent()));
  const std::string import_id = request.import_id();
  VL_RETURN_IF_ERROR(ValidateRequestId("import_id", import_id));
  do {
    VL_ASSIGN_OR_RETURN(const v1::ImportEventsResponse response,
                        ImportBatch(workspace, import_id, request));
    if (!writer.Write(response)) return absl::CancelledError("stream: got closed by the caller");
  } while (reader.Read(request));
  return reader.status();
}

absl::StatusOr<v1::ImportEventsResponse> LedgerRpc::ImportBatch(
    const Workspace& workspace, const std::string& import_id,
    const v1::ImportEventsRequest& request) {
  const auto set_totals = [](const BatchCounts& totals, v1::ImportEventsResponse& response) {
    response.set_total_accepted_count(totals.accepted_count);
    response.set_total_duplicate_count(totals.duplicate_count);
    response.set_total_rejected_count(totals.rejected_count);
  };
  v1::ImportEventsResponse response;
  if (request.batch_number() < 0) {
    return InvalidField("batch_number", fmt::format("{}", request.batch_number()), "0 or more");
  }
  if (request.batch_number() == 0) {
    VL_RETURN_IF_ERROR(CheckCount("events", request.events_size(), 0, 0));
    VL_ASSIGN_OR_RETURN(const ImportState state, store_.GetImport(workspace.id, import_id));
    response.set_durable_batch_number(state.durable_batch_number);
    set_totals(state.totals, response);
    return response;
  }
  VL_RETURN_IF_ERROR(CheckCount("events", request.events_size(), 0, kMaxImportBatch));
  AppendRequest append = MakeAppendRequest(workspace, request.events(), clock_.Now());
  append.import = {.import_id = import_id, .batch_number = request.batch_number()};
  VL_ASSIGN_OR_RETURN(const AppendResult result, store_.Append(append));
  response.set_durable_batch_number(result.durable_batch_number);
  response.set_accepted_count(result.counts.accepted_count);
  response.set_duplicate_count(result.counts.duplicate_count);
  response.set_rejected_count(result.counts.rejected_count);
  set_totals(result.totals, response);
  for (const Reject& reject : result.rejects) RejectToProto(reject, *response.add_rejects());
  return response;
}

absl::Status LedgerRpc::HandleRecordEvents(const v1::RecordEventsRequest& request,
                                           v1::RecordEventsResponse& response) {
  VL_ASSIGN_OR_RETURN(const Workspace workspace, FindWorkspace(request.parent()));
  VL_RETURN_IF_ERROR(CheckCount("events", request.events_size(), 1, kMaxRecordBatch));
  VL_ASSIGN_OR_RETURN(const AppendResult result,
                      store_.Append(MakeAppendRequest(workspace, request.events(), clock_.Now())));
  response.set_accepted_count(result.counts.accepted_count);
  response.set_duplicate_count(result.counts.duplicate_count);
  response.set_rejected_count(result.counts.rejected_count);
  for (const Reject& reject : result.rejects) RejectToProto(reject, *response.add_rejects());
  return absl::OkStatus();
}

absl::Status LedgerRpc::HandleGetCustomer(const v1::GetCustomerRequest& request,
                                          v1::Customer& response) {
  VL_ASSIGN_OR_RETURN(const CustomerPlace place, FindPerson("name", request.name()));
  VL_ASSIGN_OR_RETURN(const CustomerRecord record,
                      store_.GetSummary(place.workspace.id, place.customer_id));
  CustomerToProto(place.workspace.id, record, response);
  return absl::OkStatus();
}

absl::Status LedgerRpc::HandleSetCustomer(const v1::SetCustomerRequest& request,
                                          v1::Customer& response) {
  VL_ASSIGN_OR_RETURN(const CustomerPlace place, FindCustomer("name", request.name()));
  VL_ASSIGN_OR_RETURN(AppendRequest append,
                      MakeAttributeChanges(request, place.workspace, place.customer_id));
  if (!request.request_id().empty()) {
    append.request = {.id = request.request_id(), .method = "SetCustomer", .body = BodyOf(request)};
  }
  VL_ASSIGN_OR_RETURN(const AppendResult result, store_.Append(append));
  if (!result.rejects.empty()) return result.rejects.front().status;
  VL_ASSIGN_OR_RETURN(const CustomerRecord record,
                      store_.GetSummary(place.workspace.id, place.customer_id));
  CustomerToProto(place.workspace.id, record, response);
  return absl::OkStatus();
}

absl::StatusOr<AppendRequest> LedgerRpc::MakeAttributeChanges(const v1::SetCustomerRequest& request,
                                                              const Workspace& workspace,
                                                              const std::string& customer_id) {
  VL_RETURN_IF_ERROR(CheckCount("attributes", request.attributes_size(), 1, kMaxAttributes));
  if (!request.request_id().empty()) {
    VL_RETURN_IF_ERROR(ValidateRequestId("request_id", request.request_id()));
  }
  const absl::Time now = clock_.Now();
  int64_t occurred_micros = absl::ToUnixMicros(now);
  if (request.has_occurred_time()) {
    VL_ASSIGN_OR_RETURN(occurred_micros, MicrosFromProto("occurred_time", request.occurred_time()));
  }
  AppendRequest append{.workspace = workspace.id,
                       .zone = workspace.time_zone,
                       .recorded_micros = absl::ToUnixMicros(now)};
  const std::string call_id = UniqueId();
  std::set<std::string_view> names;
  for (const v1::Attribute& attribute : request.attributes()) {
    VL_RETURN_IF_ERROR(ValidateAttributeName("attributes.attribute", attribute.attribute()));
    if (!names.insert(attribute.attribute()).second) {
      return InvalidField("attributes.attribute", attribute.attribute(), "each name once");
    }
    Event event{.customer_id = customer_id,
                .source = kAttributeSource,
                .event_id = fmt::format("{}:{}", call_id, attribute.attribute()),
                .occurred_micros = occurred_micros,
                .payload = AttributeChange{.name = attribute.attribute(),
                                           .value = AttributeValueFromProto(attribute.value())}};
    VL_RETURN_IF_ERROR(Validate(event));
    VL_RETURN_IF_ERROR(CheckAdmissible(event, "", workspace, now));
    append.entries.push_back(
        MakeLedgerEntry(std::move(event), static_cast<int32_t>(append.entries.size())));
  }
  return append;
}

absl::Status LedgerRpc::HandleListEvents(const v1::ListEventsRequest& request,
                                         v1::ListEventsResponse& response) {
  VL_ASSIGN_OR_RETURN(const CustomerPlace place, FindPerson("parent", request.parent()));
  VL_ASSIGN_OR_RETURN(const int page_size, ParsePageSize(request.page_size()));
  VL_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                      ParsePageToken(request.parent(), request.page_token()));
  std::optional<EventPlace> after;
  if (parts.size() == 3) {
    after = {.occurred_micros = std::strtoll(parts[0].c_str(), nullptr, 10),
             .ledger_revision = std::strtoll(parts[1].c_str(), nullptr, 10),
             .customer_id = parts[2]};
  }
  VL_ASSIGN_OR_RETURN(
      const std::vector<StoredEvent> events,
      store_.ListEvents(place.workspace.id, place.customer_id, after, page_size + 1));
  if (events.empty() && !after) {  // No events at all: an error of GetSummary says so.
    return store_.GetSummary(place.workspace.id, place.customer_id).status();
  }
  size_t bytes = 0;
  for (size_t i = 0; i < events.size(); ++i) {
    if (response.events_size() == page_size || (i > 0 && bytes > kMaxPageBytes)) {
      const StoredEvent& last = events[i - 1];
      response.set_next_page_token(MakePageToken(
          request.parent(), {fmt::format("{}", last.occurred_micros),
                             fmt::format("{}", last.ledger_revision), last.customer_id}));
      break;
    }
    VL_RETURN_IF_ERROR(StoredEventToProto(events[i], *response.add_events()));
    bytes += response.events(response.events_size() - 1).ByteSizeLong();
  }
  return absl::OkStatus();
}

absl::Status LedgerRpc::HandleGetLedgerStats(const v1::GetLedgerStatsRequest& request,
                                             v1::LedgerStats& response) {
  VL_ASSIGN_OR_RETURN(const Workspace workspace, FindWorkspace(request.parent()));
  VL_ASSIGN_OR_RETURN(const LedgerTotals totals, store_.GetTotals(workspace.id));
  response.set_customer_count(totals.customer_count);
  response.set_event_count(totals.event_count);
  if (totals.first_day) response.set_first_day(absl::FormatCivilTime(*totals.first_day));
  if (totals.last_day) response.set_last_day(absl::FormatCivilTime(*totals.last_day));
  response.set_purchase_count(totals.purchase_count);
  response.set_purchase_amount_micros(totals.purchase_amount_micros);
  return absl::OkStatus();
}

absl::Status LedgerRpc::HandleVerifyLedger(rpc::CallContext& context,
                                           const v1::VerifyLedgerRequest& request,
                                           rpc::Writer<v1::VerifyLedgerResponse>& writer) {
  VL_ASSIGN_OR_RETURN(const Workspace workspace, FindWorkspace(request.parent()));
  v1::VerifyLedgerResponse response;
  VL_ASSIGN_OR_RETURN(const LedgerTotals totals, store_.GetTotals(workspace.id));
  response.set_total_count(totals.customer_count);
  std::string after;
  do {
    VL_ASSIGN_OR_RETURN(const VerifiedPage page,
                        store_.Verify(workspace.id, workspace.time_zone, after, kVerifyPage));
    response.set_checked_count(response.checked_count() + page.checked_count);
    response.clear_differences();
    for (const LedgerDifference& difference : page.differences) {
      v1::SummaryDifference& proto = *response.add_differences();
      proto.set_customer(
          difference.customer_id.empty()
              ? fmt::format("workspaces/{}", workspace.id)
              : fmt::format("workspaces/{}/customers/{}", workspace.id, difference.customer_id));
      proto.set_message(difference.message);
    }
    after = page.last_customer_id;
    response.set_done(after.empty());
    if (!writer.Write(response)) return absl::CancelledError("stream: got closed by the caller");
  } while (!after.empty() && !context.cancelled());
  return absl::OkStatus();
}

absl::StatusOr<Workspace> LedgerRpc::FindWorkspace(std::string_view parent) {
  VL_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                      ParseResourceName("parent", "workspaces/*", parent));
  return workspaces_.Get(parts[0]);
}

absl::StatusOr<LedgerRpc::CustomerPlace> LedgerRpc::FindCustomer(std::string_view field,
                                                                 std::string_view name) {
  VL_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                      ParseResourceName(field, "workspaces/*/customers/*", name));
  VL_RETURN_IF_ERROR(ValidateCustomerId(field, parts[1]));
  VL_ASSIGN_OR_RETURN(Workspace workspace, workspaces_.Get(parts[0]));
  return CustomerPlace{.workspace = std::move(workspace), .customer_id = parts[1]};
}

absl::StatusOr<LedgerRpc::CustomerPlace> LedgerRpc::FindPerson(std::string_view field,
                                                               std::string_view name) {
  VL_ASSIGN_OR_RETURN(CustomerPlace place, FindCustomer(field, name));
  const std::string ids[] = {place.customer_id};
  VL_ASSIGN_OR_RETURN(std::vector<std::string> persons, store_.Resolve(place.workspace.id, ids));
  place.customer_id = std::move(persons.front());
  return place;
}

}  // namespace valueloop::scoring
