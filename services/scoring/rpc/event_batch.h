#ifndef VALUELOOP_SCORING_RPC_EVENT_BATCH_H_
#define VALUELOOP_SCORING_RPC_EVENT_BATCH_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/workspace/workspace_store.h"
#include "google/protobuf/repeated_field.h"
#include "scoring/store/ledger_store.h"
#include "valueloop/scoring/v1/event.pb.h"
#include "valueloop/scoring/v1/ledger.pb.h"

namespace valueloop::scoring {

// How far ahead of the server's clock an event may be: clocks differ, and days begin elsewhere
// first.
inline constexpr absl::Duration kMaxAhead = absl::Hours(24);

// Checks one event against what the workspace and the clock allow, beside its own fields.
// INVALID_ARGUMENT names currency or occurred_time.
absl::Status CheckAdmissible(const Event& event, std::string_view currency,
                             const Workspace& workspace, absl::Time now);

// The events as a request to store them: what is wrong with one goes into `rejects`, the others
// into `entries`.
AppendRequest MakeAppendRequest(const Workspace& workspace,
                                const google::protobuf::RepeatedPtrField<v1::Event>& events,
                                absl::Time now);

void RejectToProto(const Reject& reject, v1::EventReject& proto);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_RPC_EVENT_BATCH_H_
