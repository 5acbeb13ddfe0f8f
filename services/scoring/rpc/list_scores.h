// ScoreService.ListScores: a snapshot, page by page.
#ifndef VALUELOOP_SCORING_RPC_LIST_SCORES_H_
#define VALUELOOP_SCORING_RPC_LIST_SCORES_H_

#include "absl/status/status.h"
#include "common/rpc/service.h"
#include "common/workspace/workspace_store.h"
#include "scoring/store/snapshot_store.h"
#include "valueloop/scoring/v1/score.pb.h"

namespace valueloop::scoring {

// The first page is of the newest snapshot, the next ones of the same. Memory is that of one page;
// with a filter or an order every page reads the snapshot once.
absl::Status ListScores(SnapshotStore& snapshots, WorkspaceStore& workspaces,
                        const v1::ListScoresRequest& request, v1::ListScoresResponse& response);

// Makes `score_service` answer ListScores; before the server starts. The stores outlive it.
void RegisterListScores(rpc::Service& score_service, SnapshotStore& snapshots,
                        WorkspaceStore& workspaces);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_RPC_LIST_SCORES_H_
