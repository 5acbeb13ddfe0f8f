// valueloop.scoring.v1.ScoreService.
#ifndef VALUELOOP_SCORING_RPC_SCORE_RPC_H_
#define VALUELOOP_SCORING_RPC_SCORE_RPC_H_

#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/clock.h"
#include "common/rpc/service.h"
#include "common/workspace/workspace_store.h"
#include "scoring/store/score_cache.h"
#include "scoring/store/scorer.h"
#include "scoring/store/version_registry.h"
#include "valueloop/scoring/v1/score.pb.h"

namespace valueloop::scoring {

// Answers live look-ups: from level 1 on the thread that serves the connection, else on a worker.
class ScoreRpc : public rpc::Service {
 public:
  // All outlive the service.
  ScoreRpc(Scorer& scorer, ScoreCache& cache, VersionRegistry& versions, WorkspaceStore& workspaces,
           const Clock& clock);

 private:
  bool AnswerFromMemory(const v1::GetScoreRequest& request, std::string& response_bytes);
  absl::Status HandleGetScore(const v1::GetScoreRequest& request, v1::Score& response);
  absl::Status HandleLookupScores(const v1::LookupScoresRequest& request,
                                  v1::LookupScoresResponse& response);
  absl::Status HandleGetPolicy(const v1::GetPolicyRequest& request, v1::Policy& response);

  // What the two look-ups have in common.
  struct Question {
    Workspace workspace;
    absl::CivilDay as_of;
    bool full = false;
    std::string language_code;
  };
  absl::StatusOr<Question> ParseQuestion(const std::string& workspace_id, const std::string& as_of,
                                         v1::ScoreView view, const std::string& language_code);

  // Whom each id means; those whose own answer is in memory are not looked up.
  absl::StatusOr<std::vector<std::string>> Resolve(const Question& question,
                                                   std::span<const std::string> ids);

  // Serialized scores in the question's view, from the cache or computed; one per id.
  absl::StatusOr<ScoreCache::Answers> Ask(const Question& question,
                                          std::span<const std::string> customer_ids);
  // One score under versions or a revision that the request names; never cached.
  absl::Status Reproduce(const Question& question, const std::string& customer_id,
                         const v1::GetScoreRequest& request, v1::Score& response);

  Scorer& scorer_;
  ScoreCache& cache_;
  VersionRegistry& versions_;
  WorkspaceStore& workspaces_;
  const Clock& clock_;
};

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_RPC_SCORE_RPC_H_
