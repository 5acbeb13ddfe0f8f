// What performance tells strategy about gaps: the text that waits in the outbox.
#ifndef VALUELOOP_PERFORMANCE_RPC_GAP_MESSAGES_H_
#define VALUELOOP_PERFORMANCE_RPC_GAP_MESSAGES_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "performance/domain/gap_trigger.h"
#include "performance/store/bound_plan.h"
#include "valueloop/strategy/v1/gap.pb.h"

namespace valueloop::performance {

struct GapMessage {
  GapAction action = GapAction::kNone;
  // For every action: which gap (version, KPI, unit, opening number), a request_id that is the same
  // whenever the message is sent, and, but for kClose, the evidence and what is missing.
  strategy::v1::OpenGapRequest request;
};

// `decision` is not kNone. request_id = hash(plan version, KPI, unit, opening number), for evidence
// and closing with what else identifies the message.
GapMessage MakeGapMessage(const BoundPlan& plan, const KpiBinding& binding,
                          const GapDecision& decision);

std::string WriteGapMessage(const GapMessage& message);
// INVALID_ARGUMENT if the text is not one of WriteGapMessage.
absl::StatusOr<GapMessage> ReadGapMessage(std::string_view text);

}  // namespace valueloop::performance

#endif  // VALUELOOP_PERFORMANCE_RPC_GAP_MESSAGES_H_
