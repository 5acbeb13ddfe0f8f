// Rows of the ledger's tables that more than one file reads or writes. Internal to this folder.
#ifndef VALUELOOP_SCORING_STORE_LEDGER_ROWS_H_
#define VALUELOOP_SCORING_STORE_LEDGER_ROWS_H_

#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/sql/session.h"
#include "scoring/store/ledger_store.h"

namespace valueloop::scoring {

// Unset if there is no such customer. DATA_LOSS if its summary is damaged.
absl::StatusOr<std::optional<CustomerRecord>> ReadCustomer(sql::Session& session,
                                                           std::string_view workspace,
                                                           std::string_view customer_id);

// All zero without a row.
absl::StatusOr<LedgerTotals> ReadTotals(sql::Session& session, std::string_view workspace);
absl::Status WriteTotals(sql::Session& session, std::string_view workspace,
                         const LedgerTotals& totals);

absl::StatusOr<ImportState> ReadImport(sql::Session& session, std::string_view workspace,
                                       std::string_view import_id);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_STORE_LEDGER_ROWS_H_
