#include "scoring/rpc/customer_rpc.h"

#include <set>
#include <utility>
#include <vector>

#include "common/ids.h"
#include "common/status.h"
#include "fmt/format.h"
#include "google/rpc/code.pb.h"
#include "scoring/rpc/customer_proto.h"
#include "scoring/rpc/event_proto.h"
#include "scoring/rpc/event_text.h"
#include "scoring/rpc/score_proto.h"

namespace valueloop::scoring {
namespace {

constexpr int kMaxLookupCount = 200;
constexpr int kMaxSystems = 100;
constexpr int kMaxIdsPerSystem = 100;
constexpr int64_t kExportPage = 500;
constexpr int kFormatVersion = 1;

std::string CustomerName(std::string_view workspace, std::string_view customer_id) {
  return fmt::format("workspaces/{}/customers/{}", workspace, customer_id);
}

absl::Status CheckCount(std::string_view field, int count, int min, int max) {
  if (count >= min && count <= max) return absl::OkStatus();
  return InvalidField(field, fmt::format("{} entries", count), fmt::format("{}..{}", min, max));
}

void ExternalIdToProto(std::string_view workspace, const ExternalId& external,
                       v1::ExternalId& proto) {
  proto.set_system(external.system);
  proto.set_id(external.id);
  proto.set_customer(CustomerName(workspace, external.customer_id));
  MicrosToProto(external.create_micros, *proto.mutable_create_time());
}

void MergeToProto(std::string_view workspace, const Merge& merge, v1::Merge& proto) {
  proto.set_name(fmt::format("workspaces/{}/merges/{}", workspace, merge.merged));
  proto.set_survivor(merge.survivor);
  proto.set_merged(merge.merged);
  proto.set_person(merge.person);
  MicrosToProto(merge.create_micros, *proto.mutable_create_time());
}

// A system is a plan-like id: [A-Za-z][A-Za-z0-9_.-]{0,63}; `system:id` must be a name one can ask
// for, so it obeys the rule of customer ids.
absl::StatusOr<SystemIds> ParseSystem(const v1::SystemIds& proto) {
  if (const absl::Status valid = ValidatePlanId("systems.system", proto.system()); !valid.ok()) {
    return InvalidField("systems.system", proto.system(),
                        "a letter, then up to 63 letters, digits, '_', '.' or '-'");
  }
  VL_RETURN_IF_ERROR(CheckCount("systems.ids", proto.ids_size(), 0, kMaxIdsPerSystem));
  SystemIds system{.system = proto.system()};
  std::set<std::string_view> seen;
  for (const std::string& id : proto.ids()) {
    const bool is_valid =
        !id.empty() &&
        ValidateCustomerId("systems.ids", fmt::format("{}:{}", system.system, id)).ok();
    if (!is_valid) {
      return InvalidField("systems.ids", id,
                          "1 to 256 bytes of UTF-8, the system's name included, without '/' and"
                          " control characters");
    }
    if (!seen.insert(id).second) return InvalidField("systems.ids", id, "each id once");
    system.ids.push_back(id);
  }
  return system;
}

}  // namespace

CustomerRpc::CustomerRpc(const CustomerTools& tools)
    : Service("valueloop.scoring.v1.CustomerService"), tools_(tools) {
  using rpc::CallContext;
  Unary<v1::SetExternalIdsRequest, v1::ExternalIds>(
      "SetExternalIds", [this](CallContext&, const auto& request, auto& response) {
        return HandleSetExternalIds(request, response);
      });
  Unary<v1::ListExternalIdsRequest, v1::ExternalIds>(
      "ListExternalIds", [this](CallContext&, const auto& request, auto& response) {
        return HandleListExternalIds(request, response);
      });
  Unary<v1::LookupCustomersRequest, v1::LookupCustomersResponse>(
      "LookupCustomers",
      [this](CallContext&, const auto& request, auto& response) {
        return HandleLookupCustomers(request, response);
      },
      {.max_request_bytes = rpc::kLiveMaxRequestBytes});
  Unary<v1::MergeCustomersRequest, v1::Merge>(
      "MergeCustomers", [this](CallContext&, const auto& request, auto& response) {
        return HandleMergeCustomers(request, response);
      });
  Unary<v1::SplitCustomerRequest, v1::SplitCustomerResponse>(
      "SplitCustomer", [this](CallContext&, const auto& request, auto& response) {
        return HandleSplitCustomer(request, response);
      });
  Unary<v1::ListMergesRequest, v1::ListMergesResponse>(
      "ListMerges", [this](CallContext&, const auto& request, auto& response) {
        return HandleListMerges(request, response);
      });
  ServerStream<v1::ExportCustomerRequest, v1::ExportRecord>(
      "ExportCustomer", [this](CallContext&, const auto& request, auto& writer) {
        return HandleExportCustomer(request, writer);
      });
  Unary<v1::EraseCustomerRequest, v1::EraseCustomerResponse>(
      "EraseCustomer", [this](CallContext&, const auto& request, auto& response) {
        return HandleEraseCustomer(request, response);
      });
}

absl::Status CustomerRpc::HandleSetExternalIds(const v1::SetExternalIdsRequest& request,
                                               v1::ExternalIds& response) {
  VL_ASSIGN_OR_RETURN(const Place place, FindPlace("customer", request.customer()));
  VL_RETURN_IF_ERROR(CheckCount("systems", request.systems_size(), 1, kMaxSystems));
  std::vector<SystemIds> systems;
  std::set<std::string_view> names;
  for (const v1::SystemIds& proto : request.systems()) {
    if (!names.insert(proto.system()).second) {
      return InvalidField("systems.system", proto.system(), "each system once");
    }
    VL_ASSIGN_OR_RETURN(SystemIds system, ParseSystem(proto));
    systems.push_back(std::move(system));
  }
  VL_RETURN_IF_ERROR(tools_.persons.SetExternalIds(place.workspace.id, place.customer_id, systems));
  VL_ASSIGN_OR_RETURN(const std::vector<ExternalId> ids,
                      tools_.persons.ListExternalIds(place.workspace.id, place.customer_id));
  for (const ExternalId& id : ids) {
    ExternalIdToProto(place.workspace.id, id, *response.add_external_ids());
  }
  return absl::OkStatus();
}

absl::Status CustomerRpc::HandleListExternalIds(const v1::ListExternalIdsRequest& request,
                                                v1::ExternalIds& response) {
  VL_ASSIGN_OR_RETURN(const Place place, FindPlace("customer", request.customer()));
  VL_ASSIGN_OR_RETURN(const std::string person, Resolve(place));
  VL_ASSIGN_OR_RETURN(const std::vector<ExternalId> ids,
                      tools_.persons.ListExternalIds(place.workspace.id, person));
  for (const ExternalId& id : ids) {
    ExternalIdToProto(place.workspace.id, id, *response.add_external_ids());
  }
  return absl::OkStatus();
}

absl::Status CustomerRpc::HandleLookupCustomers(const v1::LookupCustomersRequest& request,
                                                v1::LookupCustomersResponse& response) {
  VL_ASSIGN_OR_RETURN(const Workspace workspace, FindWorkspace("parent", request.parent()));
  VL_RETURN_IF_ERROR(CheckCount("ids", request.ids_size(), 1, kMaxLookupCount));
  std::vector<std::string> ids;
  std::vector<int> places;
  for (int i = 0; i < request.ids_size(); ++i) {
    v1::LookupCustomersItem& item = *response.add_items();
    item.set_id(request.ids(i));
    const absl::Status valid = ValidateCustomerId("ids", request.ids(i));
    if (valid.ok()) {
      ids.push_back(request.ids(i));
      places.push_back(i);
    } else {
      item.set_code(google::rpc::INVALID_ARGUMENT);
      item.set_message(MessageOf(valid));
    }
  }
  if (ids.empty()) return absl::OkStatus();
  VL_ASSIGN_OR_RETURN(const std::vector<std::string> persons,
                      tools_.ledger.Resolve(workspace.id, ids));
  VL_ASSIGN_OR_RETURN(const std::vector<bool> known,
                      tools_.persons.AreKnown(workspace.id, persons));
  for (size_t i = 0; i < ids.size(); ++i) {
    v1::LookupCustomersItem& item = *response.mutable_items(places[i]);
    if (known[i]) {
      item.set_customer(CustomerName(workspace.id, persons[i]));
    } else {
      item.set_code(google::rpc::NOT_FOUND);
      item.set_message(
          fmt::format("ids: got {}, want a customer's id or system:id", Printable(ids[i])));
    }
  }
  return absl::OkStatus();
}

absl::Status CustomerRpc::HandleMergeCustomers(const v1::MergeCustomersRequest& request,
                                               v1::Merge& response) {
  VL_ASSIGN_OR_RETURN(const Workspace workspace, FindWorkspace("parent", request.parent()));
  VL_RETURN_IF_ERROR(ValidateCustomerId("survivor", request.survivor()));
  VL_RETURN_IF_ERROR(ValidateCustomerId("merged", request.merged()));
  std::optional<RequestKey> key;
  if (!request.request_id().empty()) {
    VL_RETURN_IF_ERROR(ValidateRequestId("request_id", request.request_id()));
    // Without maps the serialization is deterministic.
    key = {.id = request.request_id(),
           .method = "MergeCustomers",
           .body = request.SerializePartialAsString()};
  }
  VL_ASSIGN_OR_RETURN(
      const MergeResult result,
      tools_.persons.MergeCustomers(workspace, request.survivor(), request.merged(), key));
  MergeToProto(workspace.id, result.merge, response);
  response.set_equal_event_count(result.equal_event_count);
  response.set_same_id_event_count(result.same_id_event_count);
  response.set_ledger_revision(result.ledger_revision);
  return absl::OkStatus();
}

absl::Status CustomerRpc::HandleSplitCustomer(const v1::SplitCustomerRequest& request,
                                              v1::SplitCustomerResponse& response) {
  VL_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                      ParseResourceName("name", "workspaces/*/merges/*", request.name()));
  VL_RETURN_IF_ERROR(ValidateCustomerId("name", parts[1]));
  VL_ASSIGN_OR_RETURN(const Workspace workspace, tools_.workspaces.Get(parts[0]));
  VL_ASSIGN_OR_RETURN(const SplitResult result, tools_.persons.Split(workspace, parts[1]));
  const std::string ids[] = {result.customer_id, result.survivor_id};
  VL_ASSIGN_OR_RETURN(const auto records, tools_.ledger.GetSummaries(workspace.id, ids));
  if (records[0]) CustomerToProto(workspace.id, *records[0], *response.mutable_customer());
  if (records[1]) CustomerToProto(workspace.id, *records[1], *response.mutable_survivor());
  return absl::OkStatus();
}

absl::Status CustomerRpc::HandleListMerges(const v1::ListMergesRequest& request,
                                           v1::ListMergesResponse& response) {
  VL_ASSIGN_OR_RETURN(const Workspace workspace, FindWorkspace("parent", request.parent()));
  if (!request.customer().empty()) {
    VL_RETURN_IF_ERROR(ValidateCustomerId("customer", request.customer()));
  }
  VL_ASSIGN_OR_RETURN(const int page_size, ParsePageSize(request.page_size()));
  const std::string key = fmt::format("{}/{}", request.parent(), request.customer());
  VL_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                      ParsePageToken(key, request.page_token()));
  VL_ASSIGN_OR_RETURN(const std::vector<Merge> merges,
                      tools_.persons.ListMerges(workspace.id, request.customer(),
                                                parts.empty() ? "" : parts[0], page_size + 1));
  for (const Merge& merge : merges) {
    if (response.merges_size() == page_size) {
      response.set_next_page_token(MakePageToken(key, {response.merges(page_size - 1).merged()}));
      break;
    }
    MergeToProto(workspace.id, merge, *response.add_merges());
  }
  return absl::OkStatus();
}

absl::Status CustomerRpc::ExportScore(const Workspace& workspace, const std::string& person,
                                      v1::Score& score) {
  VL_ASSIGN_OR_RETURN(const auto versions, tools_.versions.Get(workspace.id));
  const std::string ids[] = {person};
  VL_ASSIGN_OR_RETURN(
      const auto scores,
      tools_.scorer.ScoreMany(workspace, ids, *versions, tools_.workspaces.Today(workspace)));
  VL_RETURN_IF_ERROR(scores.front().status());
  ToProto(*scores.front(), versions->policy->policy(), workspace.id, person, tools_.clock.Now(),
          score);
  RenderReasons("en", score);
  return absl::OkStatus();
}

absl::StatusOr<bool> CustomerRpc::ExportEvents(const Workspace& workspace,
                                               const std::string& person, ExportWriter& writer,
                                               int64_t& count) {
  std::optional<EventPlace> after;
  for (;;) {
    VL_ASSIGN_OR_RETURN(const std::vector<StoredEvent> events,
                        tools_.ledger.ListEvents(workspace.id, person, after, kExportPage));
    for (const StoredEvent& event : events) {
      v1::ExportRecord record;
      VL_RETURN_IF_ERROR(StoredEventToProto(event, *record.mutable_event()));
      if (!writer.Write(record)) return false;
      ++count;
    }
    if (static_cast<int64_t>(events.size()) < kExportPage) return true;
    const StoredEvent& last = events.back();
    after = {.occurred_micros = last.occurred_micros,
             .ledger_revision = last.ledger_revision,
             .customer_id = last.customer_id};
  }
}

absl::Status CustomerRpc::HandleExportCustomer(const v1::ExportCustomerRequest& request,
                                               ExportWriter& writer) {
  VL_ASSIGN_OR_RETURN(const Place place, FindPlace("name", request.name()));
  const Workspace& workspace = place.workspace;
  VL_ASSIGN_OR_RETURN(const std::string person, Resolve(place));
  VL_ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                      tools_.persons.ListIds(workspace.id, person));
  VL_ASSIGN_OR_RETURN(const std::vector<ExternalId> external_ids,
                      tools_.persons.ListExternalIds(workspace.id, person));
  VL_ASSIGN_OR_RETURN(
      const std::vector<Merge> merges,
      tools_.persons.ListMerges(workspace.id, person, "", static_cast<int64_t>(ids.size())));
  const absl::StatusOr<CustomerRecord> customer = tools_.ledger.GetSummary(workspace.id, person);
  if (!customer.ok() && !(absl::IsNotFound(customer.status()) && !external_ids.empty())) {
    return customer.status();
  }
  const auto gone = [] { return absl::CancelledError("stream: got closed by the caller"); };
  int64_t record_count = 0;
  const auto write = [&](const v1::ExportRecord& record) {
    ++record_count;
    return writer.Write(record);
  };
  v1::ExportRecord header;
  header.mutable_header()->set_format_version(kFormatVersion);
  header.mutable_header()->set_customer(CustomerName(workspace.id, person));
  for (const std::string& id : ids) header.mutable_header()->add_customer_ids(id);
  header.mutable_header()->set_currency(workspace.currency);
  header.mutable_header()->set_time_zone(workspace.time_zone.name());
  MicrosToProto(absl::ToUnixMicros(tools_.clock.Now()),
                *header.mutable_header()->mutable_export_time());
  if (!write(header)) return gone();
  for (const ExternalId& id : external_ids) {
    v1::ExportRecord record;
    ExternalIdToProto(workspace.id, id, *record.mutable_external_id());
    if (!write(record)) return gone();
  }
  for (const Merge& merge : merges) {
    v1::ExportRecord record;
    MergeToProto(workspace.id, merge, *record.mutable_merge());
    if (!write(record)) return gone();
  }
  int64_t event_count = 0;
  VL_ASSIGN_OR_RETURN(const bool is_listening,
                      ExportEvents(workspace, person, writer, event_count));
  if (!is_listening) return gone();
  record_count += event_count;
  if (customer.ok()) {
    v1::ExportRecord record;
    CustomerToProto(workspace.id, *customer, *record.mutable_customer());
    if (!write(record)) return gone();
    v1::ExportRecord score;
    VL_RETURN_IF_ERROR(ExportScore(workspace, person, *score.mutable_score()));
    if (!write(score)) return gone();
  }
  v1::ExportRecord footer;
  footer.mutable_footer()->set_event_count(event_count);
  footer.mutable_footer()->set_record_count(record_count + 1);
  return writer.Write(footer) ? absl::OkStatus() : gone();
}

absl::Status CustomerRpc::HandleEraseCustomer(const v1::EraseCustomerRequest& request,
                                              v1::EraseCustomerResponse& response) {
  VL_ASSIGN_OR_RETURN(const Place place, FindPlace("name", request.name()));
  if (request.confirm() != place.customer_id) {
    return InvalidField("confirm", request.confirm(), "the customer's id once more");
  }
  VL_ASSIGN_OR_RETURN(const std::string person, Resolve(place));
  VL_ASSIGN_OR_RETURN(const EraseProof proof,
                      tools_.eraser.Erase(place.workspace, person, request.include_merged()));
  for (const std::string& id : proof.customer_ids) response.add_customer_ids(id);
  response.set_complete(true);
  for (const ErasedPlace& erased : proof.places) {
    v1::ErasedStore& store = *response.add_stores();
    store.set_store(erased.name);
    store.set_erased_count(erased.erased_count);
    store.set_found_count(erased.found_count);
    store.set_state(v1::ErasedStore::STATE_CLEAN);
    if (!erased.pending.empty()) {
      store.set_state(v1::ErasedStore::STATE_PENDING);
      store.set_reason(erased.pending);
    } else if (erased.found_count > 0) {
      store.set_state(v1::ErasedStore::STATE_FOUND);
      store.set_reason("answers of a customer who came back under this id, or a defect");
    }
    if (store.state() != v1::ErasedStore::STATE_CLEAN) response.set_complete(false);
  }
  response.set_rewritten_event_count(proof.rewritten_event_count);
  response.set_marker(proof.marker);
  return absl::OkStatus();
}

absl::StatusOr<Workspace> CustomerRpc::FindWorkspace(std::string_view field,
                                                     std::string_view name) {
  VL_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                      ParseResourceName(field, "workspaces/*", name));
  return tools_.workspaces.Get(parts[0]);
}

absl::StatusOr<CustomerRpc::Place> CustomerRpc::FindPlace(std::string_view field,
                                                          std::string_view name) {
  VL_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                      ParseResourceName(field, "workspaces/*/customers/*", name));
  VL_RETURN_IF_ERROR(ValidateCustomerId(field, parts[1]));
  VL_ASSIGN_OR_RETURN(Workspace workspace, tools_.workspaces.Get(parts[0]));
  return Place{.workspace = std::move(workspace), .customer_id = parts[1]};
}

absl::StatusOr<std::string> CustomerRpc::Resolve(const Place& place) {
  const std::string ids[] = {place.customer_id};
  VL_ASSIGN_OR_RETURN(const std::vector<std::string> persons,
                      tools_.ledger.Resolve(place.workspace.id, ids));
  return persons.front();
}

}  // namespace valueloop::scoring
