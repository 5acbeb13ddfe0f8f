// Stages, trends and RFM from the domain to the contract.
#ifndef VALUELOOP_SCORING_RPC_LIFECYCLE_PROTO_H_
#define VALUELOOP_SCORING_RPC_LIFECYCLE_PROTO_H_

#include <array>

#include "scoring/domain/lifecycle.h"
#include "scoring/domain/rfm.h"
#include "valueloop/scoring/v1/score.pb.h"

namespace valueloop::scoring {

// In the order in which stages are listed.
inline constexpr std::array<LifecycleStage, kLifecycleStageCount> kListedStages = {
    LifecycleStage::kNew,       LifecycleStage::kGrowing, LifecycleStage::kMature,
    LifecycleStage::kDeclining, LifecycleStage::kLost,    LifecycleStage::kUnknown};

v1::LifecycleStage ToProto(LifecycleStage stage);
v1::Trend ToProto(Trend trend);

// Without ranks if they are not known.
void ToProto(const RfmValues& values, const RfmRanks& ranks, v1::Rfm& out);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_RPC_LIFECYCLE_PROTO_H_
