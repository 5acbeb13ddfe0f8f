// Segmentations between the contract, the domain and the text they are kept as.
#ifndef VALUELOOP_SCORING_RPC_SEGMENT_PROTO_H_
#define VALUELOOP_SCORING_RPC_SEGMENT_PROTO_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "scoring/domain/budget.h"
#include "scoring/domain/segment.h"
#include "scoring/domain/segment_tally.h"
#include "scoring/store/portfolio_view.h"
#include "scoring/store/segmentation_store.h"
#include "valueloop/scoring/v1/segment.pb.h"

namespace valueloop::scoring {

// Each names the field in INVALID_ARGUMENT; the result is checked.
absl::StatusOr<RfmSettings> RfmSettingsFromProto(const v1::RfmSettings& in);
absl::StatusOr<LifecycleCuts> LifecycleCutsFromProto(const v1::LifecycleSettings& in);
absl::StatusOr<CompiledSegmentation> SegmentationFromProto(const v1::Segmentation& in);
BudgetProblem BudgetProblemFromProto(const v1::AllocateBudgetRequest& in);

// The text a segmentation is kept as: proto JSON without what only the service says.
std::string EncodeSegmentation(const v1::Segmentation& segmentation);
// DATA_LOSS if the text was not made by EncodeSegmentation.
absl::StatusOr<v1::Segmentation> SegmentationToProto(std::string_view workspace,
                                                     const StoredSegmentation& stored);

void ToProto(const PortfolioView& view, v1::PortfolioBasis& out);
// Shares are of `total`.
void ToProto(const SegmentGroup& group, const SegmentGroup& total, v1::SegmentGroup& out);
void ToProto(const BudgetProblem& problem, const BudgetAllocation& allocation,
             v1::BudgetAllocation& out);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_RPC_SEGMENT_PROTO_H_
