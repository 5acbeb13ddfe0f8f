// The scoring policy of a published plan, from strategy's contract to the domain.
#ifndef VALUELOOP_SCORING_RPC_POLICY_PROTO_H_
#define VALUELOOP_SCORING_RPC_POLICY_PROTO_H_

#include <string>

#include "absl/status/statusor.h"
#include "scoring/domain/policy.h"
#include "scoring/store/version_store.h"
#include "valueloop/strategy/v1/publication.pb.h"

namespace valueloop::scoring {

// INVALID_ARGUMENT names the field whose word the domain does not know.
absl::StatusOr<ScoringPolicy> PolicyFromProto(const strategy::v1::ScoringPolicy& policy);

// What the store keeps of a publication, as proto JSON, and back. DATA_LOSS if it is damaged.
std::string EncodePolicy(const strategy::v1::ScoringPolicy& policy);
absl::StatusOr<ScoringPolicy> DecodePolicy(const StoredPolicy& stored);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_RPC_POLICY_PROTO_H_
