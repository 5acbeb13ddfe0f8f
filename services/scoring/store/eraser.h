// Removes a person from everything this service keeps, and proves it.
//
// Tables are cleaned and searched in one transaction: it is done or it is not. What a transaction
// cannot hold (the write-ahead log, the caches) is cleaned after it, and a row in `erasures` says
// until then that it is still to be done, so that a start after a crash finishes it.
#ifndef VALUELOOP_SCORING_STORE_ERASER_H_
#define VALUELOOP_SCORING_STORE_ERASER_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/clock.h"
#include "common/sql/database.h"
#include "common/workspace/workspace_store.h"
#include "scoring/store/ledger_store.h"
#include "scoring/store/score_cache.h"

namespace valueloop::scoring {

// One place that was searched after the erase.
struct ErasedPlace {
  std::string name;
  int64_t erased_count = 0;  // What was there.
  int64_t found_count = 0;   // What is there still.
  std::string pending;       // Why it could not be cleaned or searched yet; empty: it was.
};

struct EraseProof {
  std::vector<std::string> customer_ids;  // By bytes.
  std::vector<ErasedPlace> places;
  int64_t rewritten_event_count = 0;  // Other customers' referral events that named it.
  std::string marker;                 // What stands there now; empty if there are none.
};

// Thread-safe; calls block.
class Eraser {
 public:
  // The text form of an event; the inverse of an EventDecoder.
  using EventEncoder = std::function<LedgerEntry(Event)>;

  // `database` has LedgerMigrations(); it, `cache` and `clock` outlive the eraser.
  Eraser(sql::Database& database, ScoreCache& cache, EventDecoder decode, EventEncoder encode,
         const Clock& clock);

  // `listener` outlives the eraser. Before the first change only.
  void AddListener(LedgerListener* listener) { listeners_.push_back(listener); }

  // What else keeps customers in memory, by a name for people; `forget` drops all of a workspace
  // and outlives the eraser. Before the first change only.
  void AddMemory(std::string name, std::function<void(const std::string& workspace)> forget) {
    memories_.emplace_back(std::move(name), std::move(forget));
  }

  // See CustomerService.EraseCustomer. An id of which nothing is known is searched for all the
  // same. FAILED_PRECONDITION, reason CUSTOMER_MERGED: the person has several ids, and not
  // `include_merged`. INTERNAL: something was left; nothing is changed then.
  absl::StatusOr<EraseProof> Erase(const Workspace& workspace, const std::string& customer_id,
                                   bool include_merged);

  // Cleans what earlier erases left to clean; at every start and now and then. UNAVAILABLE: not all
  // of it could be.
  absl::Status FinishPending();

 private:
  // Empties the log; the reason if somebody still reads what is in it.
  absl::Status CleanLog();
  absl::Status MarkDone(std::string_view workspace, int64_t erasure);

  sql::Database& database_;
  ScoreCache& cache_;
  const EventDecoder decode_;
  const EventEncoder encode_;
  const Clock& clock_;
  std::vector<LedgerListener*> listeners_;
  std::vector<std::pair<std::string, std::function<void(const std::string&)>>> memories_;
};

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_STORE_ERASER_H_
