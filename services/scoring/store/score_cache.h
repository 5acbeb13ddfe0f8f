// The two levels of the score cache in front of the scorer, and what makes them forget.
#ifndef VALUELOOP_SCORING_STORE_SCORE_CACHE_H_
#define VALUELOOP_SCORING_STORE_SCORE_CACHE_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/clock.h"
#include "common/metrics.h"
#include "common/mutex.h"
#include "scoring/store/ledger_store.h"
#include "scoring/store/level_one.h"
#include "scoring/store/level_two.h"
#include "scoring/store/version_store.h"

namespace valueloop::scoring {

// Thread-safe. Register as a listener of the ledger and of the versions.
class ScoreCache : public LedgerListener, public VersionListener {
 public:
  using Answer = LevelOne::Answer;
  using Answers = std::vector<absl::StatusOr<Answer>>;
  // Computes the answers of the customers at the given places of the batch, in that order.
  using Compute = std::function<absl::StatusOr<Answers>(std::span<const size_t> places)>;

  // `client` may be nullptr. `clock`, `client` and `metrics` outlive the cache.
  ScoreCache(const LevelOneOptions& level_one, redis::Client* client,
             const LevelTwoOptions& level_two, const Clock& clock, Metrics& metrics);

  // The answer in level 1, or nullptr; does not block.
  Answer FindInMemory(std::string_view workspace, std::string_view customer_id,
                      std::string_view variant);

  // The answers of a batch: from level 1, the rest from level 2 in one call, the rest of that from
  // one `compute`. Customers that others are computing at this moment are waited for, not computed
  // twice. Only OK answers are kept. An error of `compute` as a whole is returned.
  absl::StatusOr<Answers> Get(const std::string& workspace,
                              std::span<const std::string> customer_ids, const std::string& variant,
                              const Compute& compute);

  // Whether level 1 has the answer; counts as no look-up.
  bool Holds(std::string_view workspace, std::string_view customer_id, std::string_view variant);

  // Removes every answer of these customers from both levels, and waits for computations under way,
  // so that none can be kept after it; what has begun since cannot see what was changed before.
  // Returns how many were removed from level 2; an error of level 2 leaves level 1 clean.
  absl::StatusOr<int64_t> Forget(const std::string& workspace,
                                 std::span<const std::string> customer_ids) VL_EXCLUDES(mutex_);
  // Removes all of level 2.
  absl::Status ForgetLevelTwo() { return level_two_.ForgetAll(); }
  // How many answers of these customers are left in level 1, and in level 2.
  int64_t CountInMemory(std::string_view workspace, std::span<const std::string> customer_ids);
  absl::StatusOr<int64_t> CountInLevelTwo(std::string_view workspace,
                                          std::span<const std::string> customer_ids);

  void OnChanged(const std::string& workspace,
                 const std::vector<std::string>& customer_ids) override;
  void OnVersionsChanged(const std::string& workspace, const ActiveVersions& active) override;

  const LevelOne& level_one() const { return level_one_; }
  const LevelTwo& level_two() const { return level_two_; }

 private:
  // One computation under way, by the key of its answer; others wait for it.
  struct Flight {
    Notification landed;
    std::optional<absl::StatusOr<Answer>> answer;  // Set before `landed`.
    LevelOne::Ticket ticket;
  };

  struct Batch;
  absl::Status Fill(Batch& batch, std::span<const size_t> places, const Compute& compute);

  const Clock& clock_;
  LevelOne level_one_;
  LevelTwo level_two_;
  Mutex mutex_;
  std::map<std::string, std::shared_ptr<Flight>, std::less<>> flights_ VL_GUARDED_BY(mutex_);
  Counter level_one_hits_;
  Counter level_one_misses_;
  Counter level_two_hits_;
  Counter level_two_misses_;
  Counter level_two_errors_;
  Counter computed_;
  Gauge level_one_bytes_;
};

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_STORE_SCORE_CACHE_H_
