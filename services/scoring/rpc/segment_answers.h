// What SegmentService answers about the customers of a view.
#ifndef VALUELOOP_SCORING_RPC_SEGMENT_ANSWERS_H_
#define VALUELOOP_SCORING_RPC_SEGMENT_ANSWERS_H_

#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "scoring/domain/segment.h"
#include "scoring/domain/targets.h"
#include "scoring/store/portfolio_view.h"
#include "valueloop/scoring/v1/segment.pb.h"

namespace valueloop::scoring {

using Stop = absl::FunctionRef<bool()>;

// As EvaluateAll, but CANCELLED as soon as `stop` says so.
absl::Status WalkSegments(
    const CompiledSegmentation& segmentation, const PortfolioView& view, Stop stop,
    absl::FunctionRef<void(size_t, std::span<const PredicateOutcome>)> on_customer);

absl::Status AnswerEvaluation(const CompiledSegmentation& segmentation, const PortfolioView& view,
                              Stop stop, v1::SegmentationEvaluation& out);

// INVALID_ARGUMENT names score, given_scores or a limit.
absl::Status AnswerTargets(const v1::SelectTargetsRequest& request,
                           const CompiledSegmentation& segmentation, const PortfolioView& view,
                           Stop stop, v1::TargetSelection& out);

void AnswerRfm(const RfmSettings& settings, const PortfolioView& view, v1::RfmTable& out);

// `from` is nullptr without transitions.
void AnswerLifecycle(const LifecycleCuts& cuts, const PortfolioView& view,
                     const PortfolioView* from, v1::Lifecycle& out);

// The page of the members after the first `offset`, at most `page_size`; the rest of the request is
// checked here. The total is in `out`; the caller sets the token.
absl::Status AnswerMembers(const v1::ListSegmentMembersRequest& request,
                           const CompiledSegmentation& segmentation, const PortfolioView& view,
                           size_t offset, size_t page_size, Stop stop,
                           v1::ListSegmentMembersResponse& out);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_RPC_SEGMENT_ANSWERS_H_
