// Scores of customers, from the ledger and a set of versions: the store's side of ComputeScore.
#ifndef VALUELOOP_SCORING_STORE_SCORER_H_
#define VALUELOOP_SCORING_STORE_SCORER_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/workspace/workspace_store.h"
#include "scoring/domain/score.h"
#include "scoring/domain/simulate.h"
#include "scoring/store/ledger_store.h"
#include "scoring/store/version_registry.h"

namespace valueloop::scoring {

// The next customers of a workspace, by the bytes of their ids.
struct CasePage {
  std::vector<CustomerCase> cases;  // Those that were wanted.
  int64_t read_count = 0;           // Those and the others.
  std::string last_customer_id;     // Where the next page continues; empty: there is none.
};

// What the scores of one day under one set of versions have in common. `versions` outlives it.
ScoreContext ContextOf(const VersionSet& versions, absl::CivilDay as_of, bool with_reasons);

// Thread-safe; calls block on the database.
class Scorer {
 public:
  // `ledger` outlives the scorer.
  explicit Scorer(LedgerStore& ledger) : ledger_(ledger) {}

  // See LedgerStore::Resolve.
  absl::StatusOr<std::vector<std::string>> Resolve(std::string_view workspace,
                                                   std::span<const std::string> ids) {
    return ledger_.Resolve(workspace, ids);
  }

  // The scores of `customer_ids` as of the end of `as_of`, one per id, in their order. NOT_FOUND
  // for an id of which nothing is known. An error of the store is returned as a whole.
  absl::StatusOr<std::vector<absl::StatusOr<Score>>> ScoreMany(
      const Workspace& workspace, std::span<const std::string> customer_ids,
      const VersionSet& versions, absl::CivilDay as_of, bool with_reasons = true);

  // One score from the events up to `ledger_revision` of the customer. OUT_OF_RANGE if it has not
  // come so far; NOT_FOUND as above.
  absl::StatusOr<Score> ScoreAtRevision(const Workspace& workspace, const std::string& customer_id,
                                        const VersionSet& versions, absl::CivilDay as_of,
                                        int64_t ledger_revision);

  // Scores every customer, by the bytes of their ids, without reasons, and calls `on_score` with
  // the record and the score. An error of `on_score` ends the scan and is returned.
  absl::Status ScoreAll(
      const Workspace& workspace, const VersionSet& versions, absl::CivilDay as_of,
      absl::FunctionRef<absl::Status(const CustomerRecord&, const Score&)> on_score);

  // Everything the score of a customer depends on, and the customers of `also_referred` that are
  // known, as hypothetical referrals need them. NOT_FOUND as above, unless `allow_new`.
  absl::StatusOr<CustomerCase> LoadCase(const Workspace& workspace, const std::string& customer_id,
                                        std::span<const std::string> also_referred = {},
                                        bool allow_new = false);

  // The cases of up to `limit` customers after `after` (empty: from the first), of those that
  // `wants` says yes to.
  absl::StatusOr<CasePage> LoadPage(const Workspace& workspace, std::string_view after,
                                    int64_t limit,
                                    absl::FunctionRef<bool(const CustomerRecord&)> wants);

 private:
  absl::StatusOr<std::vector<absl::StatusOr<Score>>> ScoreRecords(
      const Workspace& workspace, std::span<const std::optional<CustomerRecord>> records,
      const VersionSet& versions, absl::CivilDay as_of, bool with_reasons, Forecaster& forecaster);

  LedgerStore& ledger_;
};

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_STORE_SCORER_H_
