// valueloop.scoring.v1.CustomerService.
#ifndef VALUELOOP_SCORING_RPC_CUSTOMER_RPC_H_
#define VALUELOOP_SCORING_RPC_CUSTOMER_RPC_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/clock.h"
#include "common/rpc/service.h"
#include "common/workspace/workspace_store.h"
#include "scoring/store/eraser.h"
#include "scoring/store/ledger_store.h"
#include "scoring/store/person_store.h"
#include "scoring/store/scorer.h"
#include "scoring/store/version_registry.h"
#include "valueloop/scoring/v1/customer.pb.h"

namespace valueloop::scoring {

// What the service works with; all outlive it.
struct CustomerTools {
  LedgerStore& ledger;
  PersonStore& persons;
  Eraser& eraser;
  Scorer& scorer;
  VersionRegistry& versions;
  WorkspaceStore& workspaces;
  const Clock& clock;
};

class CustomerRpc : public rpc::Service {
 public:
  explicit CustomerRpc(const CustomerTools& tools);

 private:
  struct Place {
    Workspace workspace;
    std::string customer_id;
  };
  using ExportWriter = rpc::Writer<v1::ExportRecord>;

  absl::Status HandleSetExternalIds(const v1::SetExternalIdsRequest& request,
                                    v1::ExternalIds& response);
  absl::Status HandleListExternalIds(const v1::ListExternalIdsRequest& request,
                                     v1::ExternalIds& response);
  absl::Status HandleLookupCustomers(const v1::LookupCustomersRequest& request,
                                     v1::LookupCustomersResponse& response);
  absl::Status HandleMergeCustomers(const v1::MergeCustomersRequest& request, v1::Merge& response);
  absl::Status HandleSplitCustomer(const v1::SplitCustomerRequest& request,
                                   v1::SplitCustomerResponse& response);
  absl::Status HandleListMerges(const v1::ListMergesRequest& request,
                                v1::ListMergesResponse& response);
  absl::Status HandleExportCustomer(const v1::ExportCustomerRequest& request, ExportWriter& writer);
  absl::Status HandleEraseCustomer(const v1::EraseCustomerRequest& request,
                                   v1::EraseCustomerResponse& response);

  absl::Status ExportScore(const Workspace& workspace, const std::string& person, v1::Score& score);
  // The events of one id of a person, as they were recorded; `count` grows by their number. False:
  // the caller has gone.
  absl::StatusOr<bool> ExportEvents(const Workspace& workspace, const std::string& person,
                                    ExportWriter& writer, int64_t& count);

  // INVALID_ARGUMENT naming `field`, or NOT_FOUND of the workspace.
  absl::StatusOr<Workspace> FindWorkspace(std::string_view field, std::string_view name);
  // The customer id as it is named; Resolve says whom it means.
  absl::StatusOr<Place> FindPlace(std::string_view field, std::string_view name);
  absl::StatusOr<std::string> Resolve(const Place& place);

  const CustomerTools tools_;
};

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_RPC_CUSTOMER_RPC_H_
