#include "scoring/store/ledger_rows.h"

#include "common/status.h"
#include "scoring/domain/civil_day.h"

namespace valueloop::scoring {

BatchCounts& BatchCounts::operator+=(const BatchCounts& other) {
  accepted_count += other.accepted_count;
  duplicate_count += other.duplicate_count;
  rejected_count += other.rejected_count;
  return *this;
}

absl::StatusOr<std::optional<CustomerRecord>> ReadCustomer(sql::Session& session,
                                                           std::string_view workspace,
                                                           std::string_view customer_id) {
  CustomerRecord record{.customer_id = std::string(customer_id)};
  VL_ASSIGN_OR_RETURN(
      const bool found,
      session.QueryOne(
          "SELECT ledger_revision, first_occurred_micros, last_occurred_micros, summary,"
          " merge_revision FROM customers WHERE workspace = :workspace AND customer = :customer",
          {workspace, customer_id},
          [&record](int64_t revision, int64_t first, int64_t last, std::string_view summary,
                    int64_t merge_revision) -> absl::Status {
            record.ledger_revision = revision;
            record.merge_revision = merge_revision;
            record.first_occurred_micros = first;
            record.last_occurred_micros = last;
            VL_ASSIGN_OR_RETURN(record.summary, DecodeSummary(summary));
            return absl::OkStatus();
          }));
  if (!found) return std::nullopt;
  return record;
}

absl::StatusOr<LedgerTotals> ReadTotals(sql::Session& session, std::string_view workspace) {
  LedgerTotals totals;
  absl::StatusOr<bool> found = session.QueryOne(
      "SELECT customer_count, event_count, first_day, last_day, purchase_count,"
      " purchase_amount_micros, referral_count, change_sequence"
      " FROM ledger_totals WHERE workspace = :workspace",
      {workspace},
      [&totals](int64_t customers, int64_t events, int64_t first_day, int64_t last_day,
                int64_t purchases, int64_t amount, int64_t referrals, int64_t sequence) {
        totals = {.customer_count = customers,
                  .event_count = events,
                  .first_day = DayFromNumber(static_cast<int32_t>(first_day)),
                  .last_day = DayFromNumber(static_cast<int32_t>(last_day)),
                  .purchase_count = purchases,
                  .purchase_amount_micros = amount,
                  .referral_count = referrals,
                  .change_sequence = sequence};
      });
  if (!found.ok()) return std::move(found).status();
  return totals;
}

absl::Status WriteTotals(sql::Session& session, std::string_view workspace,
                         const LedgerTotals& totals) {
  return session
      .Execute(
          "INSERT INTO ledger_totals (workspace, customer_count, event_count, first_day, last_day,"
          " purchase_count, purchase_amount_micros, referral_count, change_sequence) VALUES"
          " (:workspace, :customers, :events, :first_day, :last_day, :purchases, :amount,"
          " :referrals, :sequence) ON CONFLICT (workspace) DO UPDATE SET"
          " customer_count = excluded.customer_count, event_count = excluded.event_count,"
          " first_day = excluded.first_day, last_day = excluded.last_day,"
          " purchase_count = excluded.purchase_count,"
          " purchase_amount_micros = excluded.purchase_amount_micros,"
          " referral_count = excluded.referral_count,"
          " change_sequence = excluded.change_sequence",
          {workspace, totals.customer_count, totals.event_count,
           DayNumber(totals.first_day.value_or(absl::CivilDay())),
           DayNumber(totals.last_day.value_or(absl::CivilDay())), totals.purchase_count,
           totals.purchase_amount_micros, totals.referral_count, totals.change_sequence})
      .status();
}

absl::StatusOr<ImportState> ReadImport(sql::Session& session, std::string_view workspace,
                                       std::string_view import_id) {
  ImportState state;
  absl::StatusOr<bool> found = session.QueryOne(
      "SELECT durable_batch_number, accepted_count, duplicate_count, rejected_count"
      " FROM imports WHERE workspace = :workspace AND import_id = :import_id",
      {workspace, import_id},
      [&state](int64_t batch_number, int64_t accepted, int64_t duplicates, int64_t rejected) {
        state = {.durable_batch_number = batch_number, .totals = {accepted, duplicates, rejected}};
      });
  if (!found.ok()) return std::move(found).status();
  return state;
}

}  // namespace valueloop::scoring
