#ifndef VALUELOOP_SCORING_STORE_SQL_LEDGER_STORE_H_
#define VALUELOOP_SCORING_STORE_SQL_LEDGER_STORE_H_

#include <memory>
#include <string>
#include <vector>

#include "common/sql/database.h"
#include "scoring/store/ledger_metrics.h"
#include "scoring/store/ledger_store.h"

namespace valueloop::scoring {

// The migrations of scoring's tables, to pass to sql::Database::Open.
sql::MigrationSet LedgerMigrations();

// The ledger in an SQL database.
class SqlLedgerStore : public LedgerStore {
 public:
  // `database` has LedgerMigrations() and outlives the store.
  SqlLedgerStore(sql::Database& database, EventDecoder decode, LedgerMetrics metrics = {});

  void AddListener(LedgerListener* listener) override;
  absl::StatusOr<AppendResult> Append(const AppendRequest& request) override;
  absl::StatusOr<ImportState> GetImport(std::string_view workspace,
                                        std::string_view import_id) override;
  absl::StatusOr<std::vector<std::string>> Resolve(std::string_view workspace,
                                                   std::span<const std::string> ids) override;
  absl::StatusOr<CustomerRecord> GetSummary(std::string_view workspace,
                                            std::string_view customer_id) override;
  absl::StatusOr<std::vector<std::optional<CustomerRecord>>> GetSummaries(
      std::string_view workspace, std::span<const std::string> customer_ids) override;
  absl::StatusOr<CustomerRecord> GetSummaryAt(std::string_view workspace,
                                              std::string_view customer_id, int64_t ledger_revision,
                                              absl::TimeZone zone) override;
  absl::Status ScanSummaries(std::string_view workspace, std::string_view after, int64_t limit,
                             absl::FunctionRef<absl::Status(CustomerRecord&&)> on_record) override;
  absl::StatusOr<std::vector<StoredEvent>> ListEvents(std::string_view workspace,
                                                      std::string_view customer_id,
                                                      const std::optional<EventPlace>& after,
                                                      int64_t limit) override;
  absl::StatusOr<std::vector<ReferralEdge>> ListReferralsOf(std::string_view workspace,
                                                            std::string_view customer_id) override;
  absl::StatusOr<LedgerTotals> GetTotals(std::string_view workspace) override;
  absl::StatusOr<std::vector<ChangedCustomer>> ListChanged(std::string_view workspace,
                                                           const ChangedCustomer& after,
                                                           int64_t limit) override;
  absl::StatusOr<VerifiedPage> Verify(std::string_view workspace, absl::TimeZone zone,
                                      std::string_view after, int64_t limit) override;

 private:
  absl::StatusOr<std::string> Difference(sql::Session& session, std::string_view workspace,
                                         std::string_view customer_id, absl::TimeZone zone) const;

  sql::Database& database_;
  const EventDecoder decode_;
  const LedgerMetrics metrics_;
  std::vector<LedgerListener*> listeners_;
};

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_STORE_SQL_LEDGER_STORE_H_
