// One batch on its way into the ledger, inside the transaction that stores it. Internal to this
// folder.
#ifndef VALUELOOP_SCORING_STORE_LEDGER_BATCH_H_
#define VALUELOOP_SCORING_STORE_LEDGER_BATCH_H_

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/sql/session.h"
#include "scoring/store/ledger_store.h"

namespace valueloop::scoring {

// Use: construct, Store once, and only if it returned OK ask for changed_customers.
class LedgerBatch {
 public:
  // Both outlive the batch.
  LedgerBatch(sql::Session& session, const AppendRequest& request)
      : session_(session), request_(request) {}

  // See LedgerStore::Append.
  absl::StatusOr<AppendResult> Store();

  // See LedgerListener::OnChanged.
  std::vector<std::string> TakeChangedCustomers() { return std::move(changed_customers_); }

 private:
  using Entries = std::span<const LedgerEntry* const>;
  struct Customer {
    CustomerRecord record;  // The person's.
    bool is_new = false;
    bool changed = false;
    // Of an id of a merged person: what it has by itself, and the person's other ids.
    std::optional<CustomerRecord> member;
    std::vector<std::string> fellow_ids;
  };

  absl::StatusOr<bool> IsRepeatedRequest();
  absl::StatusOr<bool> IsRepeatedBatch(const ImportPosition& import);
  absl::Status StoreEvents();
  absl::Status StoreCustomer(Entries entries);
  absl::StatusOr<Customer> FindCustomer(const std::string& customer_id);
  // Whether another id of the person has recorded the very same.
  absl::StatusOr<bool> FellowHas(const LedgerEntry& entry, const Customer& customer);
  absl::Status StoreEvent(const LedgerEntry& entry, Customer& customer);
  absl::StatusOr<bool> InsertEvent(const LedgerEntry& entry, int64_t revision, int64_t day);
  absl::Status DeleteEvent(const Event& event);
  absl::Status CountKnownEvent(const LedgerEntry& entry);
  absl::Status InsertReferral(const Event& event, const Referral& referral);
  absl::Status CollectRelatedCustomers();
  absl::Status WriteImport(const ImportPosition& import);
  void Refuse(const LedgerEntry& entry, absl::Status status);
  void CountInTotals(const Event& event, int64_t day);

  sql::Session& session_;
  const AppendRequest& request_;
  AppendResult result_;
  LedgerTotals totals_;
  bool has_merges_ = false;
  std::vector<std::string> changed_customers_;
  std::vector<std::string> referred_customers_;  // By the batch's referrals.
};

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_STORE_LEDGER_BATCH_H_
