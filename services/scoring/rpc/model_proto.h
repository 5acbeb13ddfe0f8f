// Models between the contract, the store's text and the domain.
#ifndef VALUELOOP_SCORING_RPC_MODEL_PROTO_H_
#define VALUELOOP_SCORING_RPC_MODEL_PROTO_H_

#include <string>

#include "absl/status/statusor.h"
#include "scoring/domain/model.h"
#include "scoring/store/version_store.h"
#include "valueloop/scoring/v1/model.pb.h"

namespace valueloop::scoring {

// Adds the two parts and the facts of a fitted segment.
void AddFit(const ModelPartFit& fit, v1::Model& out);

// The domain's model of `model`'s parts and segments. INVALID_ARGUMENT names what is missing or out
// of range, such as `parts[1].parameters.alpha: got nothing, want a value`. Every segment has one
// part BG_NBD and one GAMMA_GAMMA, and one segment is the empty one, for everybody else.
absl::StatusOr<Model> ModelFromProto(const v1::Model& model);

// What the store keeps: the parts, segments, origin and data days, as proto JSON.
std::string EncodeModel(const v1::Model& model);
// DATA_LOSS if the payload is not what EncodeModel made.
absl::StatusOr<v1::Model> ModelToProto(const std::string& workspace, const StoredModel& stored);
absl::StatusOr<Model> DecodeModel(const StoredModel& stored);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_RPC_MODEL_PROTO_H_
