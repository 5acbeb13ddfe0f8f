// Scores from the domain to the contract.
#ifndef VALUELOOP_SCORING_RPC_SCORE_PROTO_H_
#define VALUELOOP_SCORING_RPC_SCORE_PROTO_H_

#include <string_view>

#include "absl/time/time.h"
#include "scoring/domain/policy.h"
#include "scoring/domain/score.h"
#include "valueloop/scoring/v1/score.pb.h"

namespace valueloop::scoring {

v1::CustomerClass ToProto(CustomerClass customer_class);
v1::ScoreState ToProto(ScoreState state);

// The whole score, without texts. `policy` is the one it was computed with.
void ToProto(const Score& score, const ScoringPolicy& policy, std::string_view workspace,
             std::string_view customer_id, absl::Time compute_time, v1::Score& out);

void IntervalToProto(const Interval& interval, v1::Interval& out);

// Drops what only SCORE_VIEW_FULL has.
void KeepBasicView(v1::Score& score);

// Sets the text of every reason; `language_code` is zh or en.
void RenderReasons(std::string_view language_code, v1::Score& score);

// The catalogue of reason codes.
void ToProto(v1::ListReasonCodesResponse& out);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_RPC_SCORE_PROTO_H_
