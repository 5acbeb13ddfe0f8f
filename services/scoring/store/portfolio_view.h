// All customers of a workspace on one day as segments see them, computed from the ledger.
#ifndef VALUELOOP_SCORING_STORE_PORTFOLIO_VIEW_H_
#define VALUELOOP_SCORING_STORE_PORTFOLIO_VIEW_H_

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/mutex.h"
#include "common/workspace/workspace_store.h"
#include "scoring/domain/profile.h"
#include "scoring/domain/segment.h"
#include "scoring/store/ledger_store.h"
#include "scoring/store/scorer.h"
#include "scoring/store/version_registry.h"

namespace valueloop::scoring {

// What a view is a function of.
struct ViewKey {
  std::string workspace;
  absl::CivilDay as_of;
  int64_t change_sequence = 0;   // The ledger's, before the first customer was read.
  int64_t version_sequence = 0;  // Of the active versions.
  friend bool operator==(const ViewKey&, const ViewKey&) = default;
};

struct PortfolioView {
  ViewKey key;
  ActiveVersions versions;
  // Those with an event by as_of, by the bytes of their ids; `attributes` as EncodeAttributes.
  std::vector<CustomerProfile> customers;
};

// The ranks of all customers of the view, in their order.
std::vector<RfmRanks> RanksOf(const RfmSettings& settings, const PortfolioView& view);

// Calls `on_customer` with every customer's place in the view and what each predicate says of it.
// An error of `on_customer` ends the walk and is returned.
absl::Status EvaluateAll(
    const CompiledSegmentation& segmentation, const PortfolioView& view,
    const std::vector<RfmRanks>& ranks,
    absl::FunctionRef<absl::Status(size_t, std::span<const PredicateOutcome>)> on_customer);

// Thread-safe; calls block on the database. Keeps the views used last, up to `kMaxKeptCustomers`
// over all of them; one is computed at a time.
class PortfolioViews {
 public:
  static constexpr size_t kMaxKeptCustomers = 1'000'000;

  // All outlive this.
  PortfolioViews(LedgerStore& ledger, VersionRegistry& versions, Scorer& scorer)
      : ledger_(ledger), versions_(versions), scorer_(scorer) {}

  // Of today's ledger and the active versions. CANCELLED as soon as `stop` says so.
  absl::StatusOr<std::shared_ptr<const PortfolioView>> Get(const Workspace& workspace,
                                                           absl::CivilDay as_of,
                                                           absl::FunctionRef<bool()> stop)
      VL_EXCLUDES(build_mutex_, mutex_);

  // The one with exactly this key, if it is kept; else nullptr.
  std::shared_ptr<const PortfolioView> Find(const ViewKey& key) VL_EXCLUDES(mutex_);

  // Drops what is kept of the workspace, and what is being computed once it is: after an erase.
  void Forget(const std::string& workspace) VL_EXCLUDES(mutex_);

 private:
  absl::StatusOr<std::shared_ptr<const PortfolioView>> Build(const Workspace& workspace,
                                                             const ViewKey& key,
                                                             const VersionSet& versions,
                                                             absl::FunctionRef<bool()> stop);
  // Not if Forget was called since `forget_count` was read.
  void Keep(std::shared_ptr<const PortfolioView> view, int64_t forget_count) VL_EXCLUDES(mutex_);
  int64_t ForgetCount() VL_EXCLUDES(mutex_);

  LedgerStore& ledger_;
  VersionRegistry& versions_;
  Scorer& scorer_;
  Mutex build_mutex_;  // Taken before mutex_.
  Mutex mutex_;
  int64_t forget_count_ VL_GUARDED_BY(mutex_) = 0;
  // Used last in front.
  std::list<std::shared_ptr<const PortfolioView>> kept_ VL_GUARDED_BY(mutex_);
};

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_STORE_PORTFOLIO_VIEW_H_
