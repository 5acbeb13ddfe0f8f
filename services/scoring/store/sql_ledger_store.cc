#include "scoring/store/sql_ledger_store.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <tuple>
#include <utility>

#include "common/status.h"
#include "fmt/format.h"
#include "scoring/domain/civil_day.h"
#include "scoring/store/embedded_migrations.h"
#include "scoring/store/ledger_batch.h"
#include "scoring/store/ledger_rows.h"
#include "scoring/store/person_rows.h"

namespace valueloop::scoring {
namespace {

absl::Status UnknownCustomer(std::string_view customer_id) {
  return absl::NotFoundError(
      fmt::format("customer: got {}, want one with events", Printable(customer_id)));
}

// In words; empty if the workspace's totals are those of its rows. Events without a customer's row
// show here.
absl::StatusOr<std::string> TotalsDifference(sql::Session& session, std::string_view workspace) {
  VL_ASSIGN_OR_RETURN(const LedgerTotals totals, ReadTotals(session, workspace));
  VL_ASSIGN_OR_RETURN(const auto event_count,
                      session.QueryValue<int64_t>(
                          "SELECT COUNT(*) FROM events WHERE workspace = :workspace", {workspace}));
  VL_ASSIGN_OR_RETURN(
      const auto customer_count,
      session.QueryValue<int64_t>("SELECT COUNT(*) FROM customers WHERE workspace = :workspace",
                                  {workspace}));
  if (totals.event_count != event_count || totals.customer_count != customer_count) {
    return fmt::format("totals: got {} events of {} customers, want {} of {}", totals.event_count,
                       totals.customer_count, event_count.value_or(0), customer_count.value_or(0));
  }
  return std::string();
}

// As the person's record is read by those who score: by any of its ids, with persons in referrals.
absl::StatusOr<std::optional<CustomerRecord>> ReadPerson(sql::Session& session,
                                                         std::string_view workspace,
                                                         const std::string& person,
                                                         bool has_merges) {
  VL_ASSIGN_OR_RETURN(auto record, ReadCustomer(session, workspace, person));
  if (record && has_merges) {
    VL_RETURN_IF_ERROR(NamePersons(session, workspace, record->summary));
  }
  return record;
}

// In words; empty if the record says what the events of `ids` make.
std::string RecordDifference(const CustomerRecord& stored, const CustomerRecord& rebuilt) {
  if (stored.first_occurred_micros != rebuilt.first_occurred_micros ||
      stored.last_occurred_micros != rebuilt.last_occurred_micros) {
    return fmt::format("first and last event: got {} and {}, want {} and {}",
                       stored.first_occurred_micros, stored.last_occurred_micros,
                       rebuilt.first_occurred_micros, rebuilt.last_occurred_micros);
  }
  if (stored.summary != rebuilt.summary) {
    return fmt::format("summary: got {}, want {}", Printable(EncodeSummary(stored.summary)),
                       Printable(EncodeSummary(rebuilt.summary)));
  }
  return std::string();
}

}  // namespace

sql::MigrationSet LedgerMigrations() { return EmbeddedMigrations(); }

SqlLedgerStore::SqlLedgerStore(sql::Database& database, EventDecoder decode, LedgerMetrics metrics)
    : database_(database), decode_(std::move(decode)), metrics_(metrics) {}

void SqlLedgerStore::AddListener(LedgerListener* listener) { listeners_.push_back(listener); }

absl::StatusOr<AppendResult> SqlLedgerStore::Append(const AppendRequest& request) {
  const auto start = std::chrono::steady_clock::now();
  absl::StatusOr<AppendResult> result =
      database_.Write([&](sql::Session& session) -> absl::StatusOr<AppendResult> {
        LedgerBatch batch(session, request);
        VL_ASSIGN_OR_RETURN(AppendResult stored, batch.Store());
        std::vector<std::string> changed = batch.TakeChangedCustomers();
        if (!changed.empty() && !listeners_.empty()) {
          session.AfterCommit([this, workspace = request.workspace, changed = std::move(changed)] {
            for (LedgerListener* listener : listeners_) listener->OnChanged(workspace, changed);
          });
        }
        return stored;
      });
  if (!result.ok()) return result;
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  metrics_.commit_seconds.Observe(elapsed.count());
  if (result->repeated) return result;
  metrics_.accepted_count.Increment(static_cast<double>(result->counts.accepted_count));
  metrics_.duplicate_count.Increment(static_cast<double>(result->counts.duplicate_count));
  metrics_.rejected_count.Increment(static_cast<double>(result->counts.rejected_count));
  return result;
}

absl::StatusOr<ImportState> SqlLedgerStore::GetImport(std::string_view workspace,
                                                      std::string_view import_id) {
  return database_.Read(
      [&](sql::Session& session) { return ReadImport(session, workspace, import_id); });
}

absl::StatusOr<std::vector<std::string>> SqlLedgerStore::Resolve(std::string_view workspace,
                                                                 std::span<const std::string> ids) {
  VL_ASSIGN_OR_RETURN(const Persons persons, database_.Read([&](sql::Session& session) {
    return ResolveIds(session, workspace, ids);
  }));
  std::vector<std::string> resolved;
  resolved.reserve(ids.size());
  for (const std::string& id : ids) resolved.push_back(PersonIn(persons, id));
  return resolved;
}

absl::StatusOr<CustomerRecord> SqlLedgerStore::GetSummary(std::string_view workspace,
                                                          std::string_view customer_id) {
  const std::string ids[] = {std::string(customer_id)};
  VL_ASSIGN_OR_RETURN(auto records, GetSummaries(workspace, ids));
  if (!records.front()) return UnknownCustomer(customer_id);
  return *std::move(records.front());
}

absl::StatusOr<std::vector<std::optional<CustomerRecord>>> SqlLedgerStore::GetSummaries(
    std::string_view workspace, std::span<const std::string> customer_ids) {
  using Records = std::vector<std::optional<CustomerRecord>>;
  return database_.Read([&](sql::Session& session) -> absl::StatusOr<Records> {
    Persons persons;
    VL_ASSIGN_OR_RETURN(const bool has_merges, HasMerges(session, workspace));
    if (has_merges) {
      VL_ASSIGN_OR_RETURN(persons, ReadPersons(session, workspace, customer_ids));
    }
    Records records;
    records.reserve(customer_ids.size());
    for (const std::string& customer_id : customer_ids) {
      VL_ASSIGN_OR_RETURN(
          auto record, ReadPerson(session, workspace, PersonIn(persons, customer_id), has_merges));
      records.push_back(std::move(record));
    }
    return records;
  });
}

absl::StatusOr<CustomerRecord> SqlLedgerStore::GetSummaryAt(std::string_view workspace,
                                                            std::string_view customer_id,
                                                            int64_t ledger_revision,
                                                            absl::TimeZone zone) {
  return database_.Read([&](sql::Session& session) -> absl::StatusOr<CustomerRecord> {
    VL_ASSIGN_OR_RETURN(const std::string person,
                        PersonOf(session, workspace, std::string(customer_id)));
    VL_ASSIGN_OR_RETURN(auto current, ReadPerson(session, workspace, person, true));
    if (!current) return UnknownCustomer(customer_id);
    if (ledger_revision == current->ledger_revision) return *std::move(current);
    if (ledger_revision < 1 || ledger_revision > current->ledger_revision) {
      return absl::OutOfRangeError(fmt::format("ledger_revision: got {}, want 1..{}",
                                               ledger_revision, current->ledger_revision));
    }
    if (ledger_revision < current->merge_revision) {
      return WithReason(absl::FailedPreconditionError(fmt::format(
                            "ledger_revision: got {}, want {}..{}: the customer was merged or split"
                            " since",
                            ledger_revision, current->merge_revision, current->ledger_revision)),
                        "LEDGER_MERGED");
    }
    VL_ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                        IdsOfPerson(session, workspace, person));
    VL_ASSIGN_OR_RETURN(CustomerRecord record,
                        RebuildRecord(session, decode_, workspace, ids, ledger_revision, zone));
    VL_RETURN_IF_ERROR(NamePersons(session, workspace, record.summary));
    record.customer_id = person;
    record.ledger_revision = ledger_revision;
    record.merge_revision = current->merge_revision;
    return record;
  });
}

absl::Status SqlLedgerStore::ScanSummaries(
    std::string_view workspace, std::string_view after, int64_t limit,
    absl::FunctionRef<absl::Status(CustomerRecord&&)> on_record) {
  return database_.Read([&](sql::Session& session) -> absl::Status {
    VL_ASSIGN_OR_RETURN(const bool has_merges, HasMerges(session, workspace));
    return session.Query(
        "SELECT customer, ledger_revision, first_occurred_micros, last_occurred_micros, summary,"
        " merge_revision FROM customers WHERE workspace = :workspace AND customer > :after"
        " ORDER BY customer LIMIT :limit",
        {workspace, after, limit},
        [&](const std::string& customer_id, int64_t revision, int64_t first, int64_t last,
            std::string_view summary, int64_t merge_revision) -> absl::Status {
          CustomerRecord record{.customer_id = customer_id,
                                .ledger_revision = revision,
                                .merge_revision = merge_revision,
                                .first_occurred_micros = first,
                                .last_occurred_micros = last};
          VL_ASSIGN_OR_RETURN(record.summary, DecodeSummary(summary));
          if (has_merges) VL_RETURN_IF_ERROR(NamePersons(session, workspace, record.summary));
          return on_record(std::move(record));
        });
  });
}

absl::StatusOr<std::vector<StoredEvent>> SqlLedgerStore::ListEvents(
    std::string_view workspace, std::string_view customer_id,
    const std::optional<EventPlace>& after, int64_t limit) {
  const EventPlace place = after.value_or(EventPlace{std::numeric_limits<int64_t>::min(), 0, ""});
  const auto order = [](const StoredEvent& event) {
    return std::tie(event.occurred_micros, event.ledger_revision, event.customer_id);
  };
  return database_.Read([&](sql::Session& session) -> absl::StatusOr<std::vector<StoredEvent>> {
    VL_ASSIGN_OR_RETURN(const std::string person,
                        PersonOf(session, workspace, std::string(customer_id)));
    VL_ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                        IdsOfPerson(session, workspace, person));
    std::vector<StoredEvent> events;
    for (const std::string& id : ids) {
      // Ids after the page's last one may have events of the very same place.
      const bool shares_place = !place.customer_id.empty() && id > place.customer_id;
      const int64_t after_revision = place.ledger_revision - (shares_place ? 1 : 0);
      VL_RETURN_IF_ERROR(session.Query(
          "SELECT source, event_id, occurred_micros, ledger_revision, payload FROM events"
          " WHERE workspace = :workspace AND customer = :customer AND (occurred_micros > :time OR"
          " (occurred_micros = :same_time AND ledger_revision > :revision))"
          " ORDER BY occurred_micros, ledger_revision LIMIT :limit",
          {workspace, id, place.occurred_micros, place.occurred_micros, after_revision, limit},
          [&](const std::string& source, const std::string& event_id, int64_t occurred_micros,
              int64_t revision, const std::string& payload) {
            events.push_back({id, source, event_id, occurred_micros, revision, payload});
          }));
    }
    if (ids.size() > 1) std::ranges::sort(events, {}, order);
    if (static_cast<int64_t>(events.size()) > limit) events.resize(static_cast<size_t>(limit));
    return events;
  });
}

absl::StatusOr<std::vector<ReferralEdge>> SqlLedgerStore::ListReferralsOf(
    std::string_view workspace, std::string_view customer_id) {
  return database_.Read([&](sql::Session& session) -> absl::StatusOr<std::vector<ReferralEdge>> {
    VL_ASSIGN_OR_RETURN(const bool has_merges, HasMerges(session, workspace));
    std::string person(customer_id);
    std::vector<std::string> ids = {person};
    if (has_merges) {
      VL_ASSIGN_OR_RETURN(person, PersonOf(session, workspace, ids.front()));
      VL_ASSIGN_OR_RETURN(ids, IdsOfPerson(session, workspace, person));
    }
    std::vector<ReferralEdge> edges;
    std::vector<std::string> referrers;
    for (const std::string& id : ids) {
      VL_RETURN_IF_ERROR(session.Query(
          "SELECT referrer, type, occurred_micros FROM referrals WHERE workspace = :workspace AND"
          " customer = :customer ORDER BY referrer, occurred_micros, source, event_id",
          {workspace, id},
          [&](const std::string& referrer, std::string_view type, int64_t occurred_micros) {
            edges.push_back({.customer = person,
                             .referrer = referrer,
                             .type = ParseReferralType(type).value_or(ReferralType::kTwo),
                             .occurred_micros = occurred_micros});
            referrers.push_back(referrer);
          }));
    }
    if (!has_merges) return edges;
    VL_ASSIGN_OR_RETURN(const Persons persons, ReadPersons(session, workspace, referrers));
    for (ReferralEdge& edge : edges) edge.referrer = PersonIn(persons, std::string(edge.referrer));
    std::ranges::stable_sort(edges, {}, [](const ReferralEdge& edge) {
      return std::tie(edge.referrer, edge.occurred_micros);
    });
    return edges;
  });
}

absl::StatusOr<LedgerTotals> SqlLedgerStore::GetTotals(std::string_view workspace) {
  return database_.Read([&](sql::Session& session) { return ReadTotals(session, workspace); });
}

absl::StatusOr<std::vector<ChangedCustomer>> SqlLedgerStore::ListChanged(
    std::string_view workspace, const ChangedCustomer& after, int64_t limit) {
  using Changed = std::vector<ChangedCustomer>;
  return database_.Read([&](sql::Session& session) -> absl::StatusOr<Changed> {
    Changed changed;
    VL_RETURN_IF_ERROR(session.Query(
        "SELECT customer, change_sequence FROM customers WHERE workspace = :workspace AND"
        " (change_sequence > :sequence OR (change_sequence = :same_sequence AND"
        " customer > :customer)) ORDER BY change_sequence, customer LIMIT :limit",
        {workspace, after.change_sequence, after.change_sequence, after.customer_id, limit},
        [&changed](const std::string& customer_id, int64_t sequence) {
          changed.push_back({.customer_id = customer_id, .change_sequence = sequence});
        }));
    return changed;
  });
}

absl::StatusOr<VerifiedPage> SqlLedgerStore::Verify(std::string_view workspace, absl::TimeZone zone,
                                                    std::string_view after, int64_t limit) {
  return database_.Read([&](sql::Session& session) -> absl::StatusOr<VerifiedPage> {
    std::vector<std::string> customer_ids;
    VL_RETURN_IF_ERROR(session.Query(
        "SELECT customer FROM customers WHERE workspace = :workspace"
        " AND customer > :after ORDER BY customer LIMIT :limit",
        {workspace, after, limit},
        [&customer_ids](const std::string& customer_id) { customer_ids.push_back(customer_id); }));
    VerifiedPage page{.checked_count = static_cast<int64_t>(customer_ids.size())};
    for (const std::string& customer_id : customer_ids) {
      VL_ASSIGN_OR_RETURN(std::string message, Difference(session, workspace, customer_id, zone));
      if (!message.empty()) page.differences.push_back({customer_id, std::move(message)});
    }
    if (page.checked_count == limit) {
      page.last_customer_id = customer_ids.back();
      return page;
    }
    VL_ASSIGN_OR_RETURN(std::string message, TotalsDifference(session, workspace));
    if (!message.empty()) page.differences.push_back({"", std::move(message)});
    return page;
  });
}

// In words; empty if the customer's row, and those of a person's ids, are what their events make.
absl::StatusOr<std::string> SqlLedgerStore::Difference(sql::Session& session,
                                                       std::string_view workspace,
                                                       std::string_view customer_id,
                                                       absl::TimeZone zone) const {
  constexpr int64_t kAll = std::numeric_limits<int64_t>::max();
  const auto is_damage = [](const absl::Status& status) {
    return absl::IsDataLoss(status) || absl::IsInvalidArgument(status) ||
           absl::IsOutOfRange(status);
  };
  const absl::StatusOr<std::optional<CustomerRecord>> stored =
      ReadCustomer(session, workspace, customer_id);
  if (absl::IsDataLoss(stored.status())) return MessageOf(stored.status());
  if (!stored.ok()) return stored.status();
  VL_ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                      IdsOfPerson(session, workspace, std::string(customer_id)));
  const absl::StatusOr<CustomerRecord> rebuilt =
      RebuildRecord(session, decode_, workspace, ids, kAll, zone);
  if (is_damage(rebuilt.status())) return MessageOf(rebuilt.status());
  if (!rebuilt.ok()) return rebuilt.status();
  VL_ASSIGN_OR_RETURN(const int64_t late_count,
                      CountEventsAfter(session, workspace, ids, (*stored)->merge_revision));
  if ((*stored)->ledger_revision != (*stored)->merge_revision + late_count) {
    return fmt::format("ledger_revision: got {}, want {}, the number of events{}",
                       (*stored)->ledger_revision, (*stored)->merge_revision + late_count,
                       (*stored)->merge_revision == 0 ? "" : " since the latest merge or split");
  }
  std::string difference = RecordDifference(**stored, *rebuilt);
  if (!difference.empty() || ids.size() == 1) return difference;
  for (const std::string& id : ids) {
    const std::string own[] = {id};
    const absl::StatusOr<std::optional<CustomerRecord>> member = ReadMember(session, workspace, id);
    if (absl::IsDataLoss(member.status())) return MessageOf(member.status());
    if (!member.ok()) return member.status();
    if (!member->has_value()) return fmt::format("member {}: got none", Printable(id));
    VL_ASSIGN_OR_RETURN(const CustomerRecord own_events,
                        RebuildRecord(session, decode_, workspace, own, kAll, zone));
    difference = RecordDifference(**member, own_events);
    if (!difference.empty()) return fmt::format("member {}: {}", Printable(id), difference);
  }
  return std::string();
}

}  // namespace valueloop::scoring
