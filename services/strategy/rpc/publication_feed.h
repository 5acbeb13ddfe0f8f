// The stream of publications that scoring and performance follow.
#ifndef VALUELOOP_STRATEGY_RPC_PUBLICATION_FEED_H_
#define VALUELOOP_STRATEGY_RPC_PUBLICATION_FEED_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/rpc/service.h"
#include "strategy/store/plan_store.h"
#include "valueloop/strategy/v1/plan.pb.h"

namespace valueloop::strategy {

// Between a publication and the text that the store keeps of it (proto JSON).
absl::StatusOr<std::string> FormatPublication(const v1::Publication& publication);
absl::Status ParsePublication(const std::string& payload, v1::Publication& publication);

// Sends the publications after the request's cursor, then a message with a cursor only, then each
// new one once it is committed; wakes only for those. Does not end by itself: UNAVAILABLE when the
// server drains, CANCELLED when the caller has gone. INVALID_ARGUMENT and OUT_OF_RANGE: the
// request's parent or cursor.
absl::Status WatchPublications(PlanStore& store, const v1::WatchPublicationsRequest& request,
                               rpc::CallContext& context,
                               rpc::Writer<v1::WatchPublicationsResponse>& writer);

}  // namespace valueloop::strategy

#endif  // VALUELOOP_STRATEGY_RPC_PUBLICATION_FEED_H_
