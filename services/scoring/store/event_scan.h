// Reads events of chosen kinds over many customers, which the ledger's own interface reads one
// customer at a time.
#ifndef VALUELOOP_SCORING_STORE_EVENT_SCAN_H_
#define VALUELOOP_SCORING_STORE_EVENT_SCAN_H_

#include <cstdint>
#include <span>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "common/sql/database.h"
#include "scoring/store/ledger_store.h"

namespace valueloop::scoring {

// Thread-safe; calls block on the database, whose errors they return beside those named.
class EventScan {
 public:
  using OnEvent = absl::FunctionRef<absl::Status(const StoredEvent&, const Event&)>;

  // `database` has LedgerMigrations() and outlives the scan.
  EventScan(sql::Database& database, EventDecoder decode);

  // Calls `on_event` for every event of `kinds` before the moment `before_micros`, all of one
  // moment of the ledger: kind by kind as given, customer by customer by the bytes of their ids,
  // and by time, then revision. Purchases come only if they have items. An error of `on_event` ends
  // the scan and is returned; DATA_LOSS if a stored event cannot be read.
  absl::Status All(std::string_view workspace, std::span<const EventKind> kinds,
                   int64_t before_micros, OnEvent on_event);
  // Events of merged customers come under the person's id. The same of one person, by any of its
  // ids:
  absl::Status OfCustomer(std::string_view workspace, std::string_view customer_id,
                          std::span<const EventKind> kinds, int64_t before_micros,
                          OnEvent on_event);

 private:
  auto RowFunction(OnEvent on_event) const;

  sql::Database& database_;
  const EventDecoder decode_;
};

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_STORE_EVENT_SCAN_H_
