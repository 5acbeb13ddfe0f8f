// Whom and when a question of InsightService is about, and the ledger as it sees it.
#ifndef VALUELOOP_SCORING_RPC_INSIGHT_SCOPE_H_
#define VALUELOOP_SCORING_RPC_INSIGHT_SCOPE_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/workspace/workspace_store.h"
#include "scoring/store/event_scan.h"
#include "scoring/store/ledger_store.h"
#include "scoring/store/scorer.h"
#include "scoring/store/snapshot_store.h"
#include "scoring/store/version_registry.h"

namespace valueloop::scoring {

// All outlive whoever uses them.
struct InsightSources {
  LedgerStore& ledger;
  EventScan& events;
  SnapshotStore& snapshots;
  VersionRegistry& versions;
  Scorer& scorer;
  WorkspaceStore& workspaces;
};

struct ScopeQuestion {
  std::string_view parent;
  std::string_view predicate;
  std::string as_of;
  enum class Of { kBoth, kWorkspace, kCustomer };
  Of of = Of::kBoth;  // What `parent` may name.
};

class InsightScope {
 public:
  // NOT_FOUND: no such workspace, or nothing is known of the customer. INVALID_ARGUMENT names the
  // field. With a predicate it reads the summaries of the workspace. `stop` ends long readings with
  // CANCELLED; it and `sources` outlive the scope.
  static absl::StatusOr<InsightScope> Open(const InsightSources& sources,
                                           const ScopeQuestion& question,
                                           std::function<bool()> stop);

  // All customers of the same workspace and day.
  InsightScope OfEverybody() const;

  const Workspace& workspace() const { return workspace_; }
  // Set if the question is about one customer.
  const std::optional<std::string>& customer_id() const { return customer_id_; }
  absl::CivilDay as_of() const { return as_of_; }
  int32_t last_day() const;  // as_of as a day number.
  std::string as_of_text() const { return absl::FormatCivilTime(as_of_); }

  // Customers in scope with an event by as_of.
  absl::StatusOr<int64_t> CountCustomers() const;
  // Calls `on_record` for each of them, by the bytes of their ids.
  absl::Status ForEachCustomer(
      absl::FunctionRef<absl::Status(const CustomerRecord&)> on_record) const;
  // Calls `on_event` with the day of every event of `kinds` up to as_of of customers in scope: kind
  // by kind, customer by customer, by time. It must not read from the stores.
  using OnEvent = absl::FunctionRef<absl::Status(const StoredEvent&, const Event&, int32_t day)>;
  absl::Status ForEachEvent(std::span<const EventKind> kinds, OnEvent on_event) const;

 private:
  explicit InsightScope(const InsightSources& sources) : sources_(sources) {}

  bool Includes(const std::string& customer_id) const {
    return !members_.has_value() || members_->contains(customer_id);
  }
  // Pages over all customers of the workspace with an event by as_of.
  absl::Status Scan(absl::FunctionRef<absl::Status(const CustomerRecord&)> on_record) const;

  InsightSources sources_;
  Workspace workspace_;
  std::optional<std::string> customer_id_;
  absl::CivilDay as_of_;
  std::function<bool()> stop_;
  std::optional<std::unordered_set<std::string>> members_;  // Unset: everybody.
};

// 0 is `default_days`; INVALID_ARGUMENT outside 1..36500.
absl::StatusOr<int> ParseDays(std::string_view field, int32_t days, int default_days);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_RPC_INSIGHT_SCOPE_H_
