// Gaps between messages and the store.
#ifndef VALUELOOP_STRATEGY_RPC_GAP_MESSAGES_H_
#define VALUELOOP_STRATEGY_RPC_GAP_MESSAGES_H_

#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "strategy/store/gap_store.h"
#include "valueloop/strategy/v1/gap.pb.h"

namespace valueloop::strategy {

// Evidence, recorded `now` (UTC micros). INVALID_ARGUMENT names the field under `field`: a day that
// is none, no reason, a number that is not finite.
absl::StatusOr<GapEvidence> ParseEvidence(std::string_view field, const v1::GapEvidence& message,
                                          int64_t now);

// What a caller says of a gap it opens `now`; workspace, plan and version are not set.
// INVALID_ARGUMENT names the field.
absl::StatusOr<GapRecord> ParseGap(const v1::Gap& message, int64_t now);

// A text of a person: 1 to 1000 bytes.
absl::Status ValidateReason(std::string_view field, std::string_view reason);

void SetGap(const GapRecord& gap, v1::Gap& message);

}  // namespace valueloop::strategy

#endif  // VALUELOOP_STRATEGY_RPC_GAP_MESSAGES_H_
