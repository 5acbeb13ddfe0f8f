#ifndef VALUELOOP_SCORING_RPC_SEGMENT_RPC_H_
#define VALUELOOP_SCORING_RPC_SEGMENT_RPC_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/rpc/service.h"
#include "common/workspace/workspace_store.h"
#include "scoring/domain/segment.h"
#include "scoring/store/ledger_store.h"
#include "scoring/store/portfolio_view.h"
#include "scoring/store/segmentation_store.h"
#include "valueloop/scoring/v1/segment.pb.h"

namespace valueloop::scoring {

// All outlive the service.
struct SegmentSources {
  SegmentationStore& segmentations;
  PortfolioViews& views;
  LedgerStore& ledger;
  WorkspaceStore& workspaces;
};

// valueloop.scoring.v1.SegmentService.
class SegmentRpc : public rpc::Service {
 public:
  explicit SegmentRpc(const SegmentSources& sources);

 private:
  using View = std::shared_ptr<const PortfolioView>;
  // A segmentation of a request, stored or not.
  struct Chosen {
    std::string name;  // Empty if it is not stored.
    std::string etag;
    CompiledSegmentation segmentation;
  };

  void RegisterSegmentations();
  void RegisterPortfolio();

  absl::StatusOr<Workspace> FindWorkspace(std::string_view parent);
  // Of `workspace`, by its name or as given: exactly one of the two.
  absl::StatusOr<Chosen> Choose(const Workspace& workspace, const std::string& name,
                                bool has_segmentation, const v1::Segmentation& segmentation);
  absl::StatusOr<Chosen> ChooseStored(const Workspace& workspace, const std::string& id);
  absl::StatusOr<View> FindView(rpc::CallContext& context, const Workspace& workspace,
                                const std::string& as_of);

  absl::Status HandleCreate(const v1::CreateSegmentationRequest& request,
                            v1::Segmentation& response);
  absl::Status HandleList(const v1::ListSegmentationsRequest& request,
                          v1::ListSegmentationsResponse& response);
  absl::Status HandleUpdate(const v1::UpdateSegmentationRequest& request,
                            v1::Segmentation& response);
  absl::Status HandleEvaluate(rpc::CallContext& context,
                              const v1::EvaluateSegmentationRequest& request,
                              v1::SegmentationEvaluation& response);
  absl::Status HandleListMembers(rpc::CallContext& context,
                                 const v1::ListSegmentMembersRequest& request,
                                 v1::ListSegmentMembersResponse& response);
  absl::Status HandleGetRfm(rpc::CallContext& context, const v1::GetRfmRequest& request,
                            v1::RfmTable& response);
  absl::Status HandleGetLifecycle(rpc::CallContext& context, const v1::GetLifecycleRequest& request,
                                  v1::Lifecycle& response);
  absl::Status HandleGetLift(rpc::CallContext& context, const v1::GetLiftRequest& request,
                             v1::LiftTable& response);
  absl::Status HandleSelectTargets(rpc::CallContext& context,
                                   const v1::SelectTargetsRequest& request,
                                   v1::TargetSelection& response);

  const SegmentSources sources_;
};

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_RPC_SEGMENT_RPC_H_
