#ifndef VALUELOOP_SCORING_RPC_LEDGER_RPC_H_
#define VALUELOOP_SCORING_RPC_LEDGER_RPC_H_

#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/clock.h"
#include "common/rpc/service.h"
#include "common/workspace/workspace_store.h"
#include "scoring/store/ledger_store.h"
#include "valueloop/scoring/v1/ledger.pb.h"

namespace valueloop::scoring {

// valueloop.scoring.v1.LedgerService.
class LedgerRpc : public rpc::Service {
 public:
  // All three outlive the service.
  LedgerRpc(LedgerStore& store, WorkspaceStore& workspaces, const Clock& clock);

 private:
  using ImportReader = rpc::Reader<v1::ImportEventsRequest>;
  using ImportWriter = rpc::Writer<v1::ImportEventsResponse>;

  absl::Status HandleImportEvents(ImportReader& reader, ImportWriter& writer);
  absl::StatusOr<v1::ImportEventsResponse> ImportBatch(const Workspace& workspace,
                                                       const std::string& import_id,
                                                       const v1::ImportEventsRequest& request);
  absl::Status HandleRecordEvents(const v1::RecordEventsRequest& request,
                                  v1::RecordEventsResponse& response);
  absl::Status HandleGetCustomer(const v1::GetCustomerRequest& request, v1::Customer& response);
  absl::Status HandleSetCustomer(const v1::SetCustomerRequest& request, v1::Customer& response);
  absl::StatusOr<AppendRequest> MakeAttributeChanges(const v1::SetCustomerRequest& request,
                                                     const Workspace& workspace,
                                                     const std::string& customer_id);
  absl::Status HandleListEvents(const v1::ListEventsRequest& request,
                                v1::ListEventsResponse& response);
  absl::Status HandleGetLedgerStats(const v1::GetLedgerStatsRequest& request,
                                    v1::LedgerStats& response);
  absl::Status HandleVerifyLedger(rpc::CallContext& context, const v1::VerifyLedgerRequest& request,
                                  rpc::Writer<v1::VerifyLedgerResponse>& writer);

  // The workspace of "workspaces/{workspace}". INVALID_ARGUMENT, or NOT_FOUND if there is none.
  absl::StatusOr<Workspace> FindWorkspace(std::string_view parent);
  struct CustomerPlace {
    Workspace workspace;
    std::string customer_id;
  };
  // The parts of "workspaces/{workspace}/customers/{customer}"; errors as above.
  absl::StatusOr<CustomerPlace> FindCustomer(std::string_view field, std::string_view name);
  // The same for look-ups: of any id of a person, external ones too, the person's.
  absl::StatusOr<CustomerPlace> FindPerson(std::string_view field, std::string_view name);

  LedgerStore& store_;
  WorkspaceStore& workspaces_;
  const Clock& clock_;
};

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_RPC_LEDGER_RPC_H_
