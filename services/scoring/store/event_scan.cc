#include "scoring/store/event_scan.h"

#include <string>
#include <utility>

#include "common/status.h"
#include "scoring/store/person_rows.h"

namespace valueloop::scoring {
namespace {

// The index of events by kind has no purchases; the second term lets the database see that it can
// use it.
constexpr std::string_view kAllOfKind =
    "SELECT customer, source, event_id, occurred_micros, ledger_revision, payload FROM events"
    " WHERE workspace = :workspace AND kind = :kind AND kind <> 'PURCHASE'"
    " AND occurred_micros < :before ORDER BY customer, occurred_micros, ledger_revision";
// By the key of the table.
constexpr std::string_view kAllPurchases =
    "SELECT customer, source, event_id, occurred_micros, ledger_revision, payload FROM events"
    " WHERE workspace = :workspace AND kind = 'PURCHASE' AND occurred_micros < :before"
    " ORDER BY customer, occurred_micros, ledger_revision";
constexpr std::string_view kCustomersOfKind =
    "SELECT customer, source, event_id, occurred_micros, ledger_revision, payload FROM events"
    " WHERE workspace = :workspace AND customer = :customer AND kind = :kind"
    " AND occurred_micros < :before ORDER BY occurred_micros, ledger_revision";

// Where customers were merged, their events come under the person's id.
constexpr std::string_view kAllOfPersons =
    "SELECT COALESCE(m.person, e.customer) AS person, e.source, e.event_id, e.occurred_micros,"
    " e.ledger_revision, e.payload FROM events e LEFT JOIN merges m ON m.workspace = e.workspace"
    " AND m.merged = e.customer WHERE e.workspace = :workspace AND e.kind = :kind"
    " AND e.occurred_micros < :before ORDER BY person, e.occurred_micros, e.ledger_revision";
constexpr std::string_view kPersonsOfKind =
    "SELECT :person, source, event_id, occurred_micros, ledger_revision, payload FROM events"
    " WHERE workspace = :workspace AND kind = :kind AND occurred_micros < :before AND customer IN"
    " (SELECT :same_person UNION ALL SELECT merged FROM merges WHERE workspace = :same_workspace"
    " AND person = :same_person_again) ORDER BY occurred_micros, ledger_revision";

bool LacksItems(const Event& event) {
  const auto* purchase = std::get_if<Purchase>(&event.payload);
  return purchase != nullptr && purchase->items.empty();
}

}  // namespace

auto EventScan::RowFunction(OnEvent on_event) const {
  return [this, on_event](const std::string& customer_id, const std::string& source,
                          const std::string& event_id, int64_t occurred_micros, int64_t revision,
                          const std::string& payload) -> absl::Status {
    const StoredEvent stored{customer_id, source, event_id, occurred_micros, revision, payload};
    VL_ASSIGN_OR_RETURN(const Event event, decode_(stored));
    return LacksItems(event) ? absl::OkStatus() : on_event(stored, event);
  };
}

EventScan::EventScan(sql::Database& database, EventDecoder decode)
    : database_(database), decode_(std::move(decode)) {}

absl::Status EventScan::All(std::string_view workspace, std::span<const EventKind> kinds,
                            int64_t before_micros, OnEvent on_event) {
  const auto on_row = RowFunction(on_event);
  return database_.Read([&](sql::Session& session) -> absl::Status {
    VL_ASSIGN_OR_RETURN(const bool has_merges, HasMerges(session, workspace));
    for (const EventKind kind : kinds) {
      if (has_merges) {
        VL_RETURN_IF_ERROR(
            session.Query(kAllOfPersons, {workspace, EventKindName(kind), before_micros}, on_row));
      } else if (kind == EventKind::kPurchase) {
        VL_RETURN_IF_ERROR(session.Query(kAllPurchases, {workspace, before_micros}, on_row));
      } else {
        VL_RETURN_IF_ERROR(
            session.Query(kAllOfKind, {workspace, EventKindName(kind), before_micros}, on_row));
      }
    }
    return absl::OkStatus();
  });
}

absl::Status EventScan::OfCustomer(std::string_view workspace, std::string_view customer_id,
                                   std::span<const EventKind> kinds, int64_t before_micros,
                                   OnEvent on_event) {
  const auto on_row = RowFunction(on_event);
  return database_.Read([&](sql::Session& session) -> absl::Status {
    VL_ASSIGN_OR_RETURN(const bool has_merges, HasMerges(session, workspace));
    std::string person(customer_id);
    if (has_merges) {
      VL_ASSIGN_OR_RETURN(person, PersonOf(session, workspace, person));
    }
    for (const EventKind kind : kinds) {
      if (has_merges) {
        VL_RETURN_IF_ERROR(session.Query(
            kPersonsOfKind,
            {person, workspace, EventKindName(kind), before_micros, person, workspace, person},
            on_row));
        continue;
      }
      VL_RETURN_IF_ERROR(session.Query(
          kCustomersOfKind, {workspace, customer_id, EventKindName(kind), before_micros}, on_row));
    }
    return absl::OkStatus();
  });
}

}  // namespace valueloop::scoring
