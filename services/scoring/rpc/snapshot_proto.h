// Snapshots, from the store to the contract.
#ifndef VALUELOOP_SCORING_RPC_SNAPSHOT_PROTO_H_
#define VALUELOOP_SCORING_RPC_SNAPSHOT_PROTO_H_

#include <string_view>

#include "scoring/store/snapshot_store.h"
#include "valueloop/scoring/v1/score.pb.h"

namespace valueloop::scoring {

void SnapshotToProto(std::string_view workspace, const Snapshot& snapshot, v1::Snapshot& out);
void SnapshotRowToProto(std::string_view workspace, const SnapshotRow& row, v1::SnapshotScore& out);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_RPC_SNAPSHOT_PROTO_H_
