#include "scoring/store/person_rows.h"

#include <algorithm>
#include <array>
#include <limits>
#include <tuple>
#include <utility>

#include "common/sql/sql_text.h"
#include "common/status.h"
#include "fmt/format.h"

namespace valueloop::scoring {
namespace {

// Statements are prepared per text: a list is filled up to one of these by repeating its last id.
constexpr std::array<size_t, 4> kListSizes = {1, 8, 64, 200};

size_t ListSizeFor(size_t count) {
  for (const size_t size : kListSizes) {
    if (count <= size) return size;
  }
  return kListSizes.back();
}

std::string MergedSql(size_t size) {
  return fmt::format(
      "SELECT merged, person FROM merges WHERE workspace = :workspace AND merged IN ({})",
      sql::Placeholders("id", static_cast<int>(size)));
}

std::string ResolveSql(size_t size) {
  return fmt::format(
      "{} UNION ALL SELECT e.external_id, COALESCE(m.person, e.customer) FROM external_ids e"
      " LEFT JOIN merges m ON m.workspace = e.workspace AND m.merged = e.customer"
      " WHERE e.workspace = :same_workspace AND e.external_id IN ({})",
      MergedSql(size), sql::Placeholders("external", static_cast<int>(size)));
}

absl::Status AddPersons(sql::Session& session, std::string_view workspace,
                        std::span<const std::string> ids, bool with_external, Persons& persons) {
  while (!ids.empty()) {
    const size_t size = ListSizeFor(ids.size());
    const std::span<const std::string> part = ids.first(std::min(size, ids.size()));
    ids = ids.subspan(part.size());
    sql::Parameters parameters;
    for (int list = 0; list < (with_external ? 2 : 1); ++list) {
      parameters.emplace_back(workspace);
      for (size_t i = 0; i < size; ++i) parameters.emplace_back(part[std::min(i, part.size() - 1)]);
    }
    VL_RETURN_IF_ERROR(session.Query(
        with_external ? ResolveSql(size) : MergedSql(size), parameters,
        [&](const std::string& id, const std::string& person) { persons.emplace(id, person); }));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<bool> HasMerges(sql::Session& session, std::string_view workspace) {
  VL_ASSIGN_OR_RETURN(
      const auto one,
      session.QueryValue<int64_t>("SELECT 1 FROM merges WHERE workspace = :workspace LIMIT 1",
                                  {workspace}));
  return one.has_value();
}

absl::StatusOr<Persons> ReadPersons(sql::Session& session, std::string_view workspace,
                                    std::span<const std::string> ids) {
  Persons persons;
  VL_RETURN_IF_ERROR(AddPersons(session, workspace, ids, /*with_external=*/false, persons));
  return persons;
}

absl::StatusOr<Persons> ResolveIds(sql::Session& session, std::string_view workspace,
                                   std::span<const std::string> ids) {
  Persons persons;
  const bool any_external = std::ranges::any_of(
      ids, [](const std::string& id) { return id.find(':') != std::string::npos; });
  VL_RETURN_IF_ERROR(AddPersons(session, workspace, ids, any_external, persons));
  return persons;
}

const std::string& PersonIn(const Persons& persons, const std::string& id) {
  const auto place = persons.find(id);
  return place == persons.end() ? id : place->second;
}

absl::StatusOr<std::string> PersonOf(sql::Session& session, std::string_view workspace,
                                     const std::string& id) {
  const std::string ids[] = {id};
  VL_ASSIGN_OR_RETURN(const Persons persons, ReadPersons(session, workspace, ids));
  return PersonIn(persons, id);
}

absl::StatusOr<std::vector<std::string>> IdsOfPerson(sql::Session& session,
                                                     std::string_view workspace,
                                                     const std::string& person) {
  std::vector<std::string> ids = {person};
  VL_RETURN_IF_ERROR(session.Query(
      "SELECT merged FROM merges WHERE workspace = :workspace AND person = :person",
      {workspace, person}, [&ids](const std::string& merged) { ids.push_back(merged); }));
  std::ranges::sort(ids);
  return ids;
}

absl::Status NamePersons(sql::Session& session, std::string_view workspace,
                         CustomerSummary& summary) {
  if (summary.referrals.empty()) return absl::OkStatus();
  std::set<std::string> named;
  for (const ReferralRecord& referral : summary.referrals) {
    named.insert(referral.referred_customer_id);
  }
  const std::vector<std::string> ids(named.begin(), named.end());
  VL_ASSIGN_OR_RETURN(const Persons persons, ReadPersons(session, workspace, ids));
  if (persons.empty()) return absl::OkStatus();
  for (ReferralRecord& referral : summary.referrals) {
    referral.referred_customer_id = PersonIn(persons, std::string(referral.referred_customer_id));
  }
  std::ranges::sort(summary.referrals);
  return absl::OkStatus();
}

absl::StatusOr<std::optional<CustomerRecord>> ReadMember(sql::Session& session,
                                                         std::string_view workspace,
                                                         std::string_view customer_id) {
  CustomerRecord record{.customer_id = std::string(customer_id)};
  VL_ASSIGN_OR_RETURN(
      const bool found,
      session.QueryOne(
          "SELECT first_occurred_micros, last_occurred_micros, summary FROM members"
          " WHERE workspace = :workspace AND customer = :customer",
          {workspace, customer_id},
          [&record](int64_t first, int64_t last, std::string_view summary) -> absl::Status {
            record.first_occurred_micros = first;
            record.last_occurred_micros = last;
            VL_ASSIGN_OR_RETURN(record.summary, DecodeSummary(summary));
            return absl::OkStatus();
          }));
  if (!found) return std::nullopt;
  return record;
}

absl::Status WriteMember(sql::Session& session, std::string_view workspace,
                         const CustomerRecord& record) {
  return session
      .Execute(
          "INSERT INTO members (workspace, customer, first_occurred_micros, last_occurred_micros,"
          " summary) VALUES (:workspace, :customer, :first, :last, :summary)"
          " ON CONFLICT (workspace, customer) DO UPDATE SET"
          " first_occurred_micros = excluded.first_occurred_micros,"
          " last_occurred_micros = excluded.last_occurred_micros, summary = excluded.summary",
          {workspace, record.customer_id, record.first_occurred_micros, record.last_occurred_micros,
           EncodeSummary(record.summary)})
      .status();
}

absl::Status WriteCustomer(sql::Session& session, std::string_view workspace,
                           const CustomerRecord& record, int64_t change_sequence) {
  return session
      .Execute(
          "INSERT INTO customers (workspace, customer, ledger_revision, first_occurred_micros,"
          " last_occurred_micros, change_sequence, summary, merge_revision) VALUES (:workspace,"
          " :customer, :revision, :first, :last, :sequence, :summary, :merge_revision)"
          " ON CONFLICT (workspace, customer) DO UPDATE SET"
          " ledger_revision = excluded.ledger_revision,"
          " first_occurred_micros = excluded.first_occurred_micros,"
          " last_occurred_micros = excluded.last_occurred_micros,"
          " change_sequence = excluded.change_sequence, summary = excluded.summary,"
          " merge_revision = excluded.merge_revision",
          {workspace, record.customer_id, record.ledger_revision, record.first_occurred_micros,
           record.last_occurred_micros, change_sequence, EncodeSummary(record.summary),
           record.merge_revision})
      .status();
}

absl::Status DeleteCustomer(sql::Session& session, std::string_view workspace,
                            const std::string& customer_id) {
  return session
      .Execute("DELETE FROM customers WHERE workspace = :workspace AND customer = :customer",
               {workspace, customer_id})
      .status();
}

absl::StatusOr<CustomerRecord> RebuildRecord(sql::Session& session, const EventDecoder& decode,
                                             std::string_view workspace,
                                             std::span<const std::string> ids,
                                             int64_t ledger_revision, absl::TimeZone zone) {
  CustomerRecord record{.customer_id = ids.front(),
                        .first_occurred_micros = std::numeric_limits<int64_t>::max(),
                        .last_occurred_micros = std::numeric_limits<int64_t>::min()};
  std::set<std::tuple<std::string, std::string, int64_t, std::string>> seen;
  for (const std::string& id : ids) {
    VL_RETURN_IF_ERROR(session.Query(
        "SELECT source, event_id, occurred_micros, ledger_revision, payload FROM events"
        " WHERE workspace = :workspace AND customer = :customer AND ledger_revision <= :revision",
        {workspace, id, ledger_revision},
        [&](const std::string& source, const std::string& event_id, int64_t occurred_micros,
            int64_t revision, const std::string& payload) -> absl::Status {
          ++record.ledger_revision;
          record.first_occurred_micros = std::min(record.first_occurred_micros, occurred_micros);
          record.last_occurred_micros = std::max(record.last_occurred_micros, occurred_micros);
          if (ids.size() > 1 && !seen.emplace(source, event_id, occurred_micros, payload).second) {
            return absl::OkStatus();
          }
          VL_ASSIGN_OR_RETURN(const Event event,
                              decode({id, source, event_id, occurred_micros, revision, payload}));
          return Apply(record.summary, event, zone);
        }));
  }
  return record;
}

absl::Status NoteRequest(sql::Session& session, std::string_view workspace,
                         std::string_view customer_id, std::string_view request_id,
                         int64_t now_micros) {
  return session
      .Execute(
          "INSERT INTO request_customers (workspace, customer, id, create_micros) VALUES"
          " (:workspace, :customer, :id, :now)"
          " ON CONFLICT (workspace, customer, id) DO UPDATE SET"
          " create_micros = excluded.create_micros",
          {workspace, customer_id, request_id, now_micros})
      .status();
}

absl::StatusOr<int64_t> CountEventsAfter(sql::Session& session, std::string_view workspace,
                                         std::span<const std::string> ids,
                                         int64_t ledger_revision) {
  int64_t count = 0;
  for (const std::string& id : ids) {
    VL_ASSIGN_OR_RETURN(
        const auto found,
        session.QueryValue<int64_t>("SELECT COUNT(*) FROM events WHERE workspace = :workspace"
                                    " AND customer = :customer AND ledger_revision > :revision",
                                    {workspace, id, ledger_revision}));
    count += found.value_or(0);
  }
  return count;
}

absl::Status CollectReferrals(sql::Session& session, std::string_view workspace,
                              std::span<const std::string> ids, std::set<std::string>& related) {
  std::set<std::string> named;
  const auto add = [&named](const std::string& id) { named.insert(id); };
  for (const std::string& id : ids) {
    VL_RETURN_IF_ERROR(session.Query(
        "SELECT referrer FROM referrals WHERE workspace = :workspace AND customer = :customer",
        {workspace, id}, add));
    VL_RETURN_IF_ERROR(session.Query(
        "SELECT customer FROM referrals WHERE workspace = :workspace AND referrer = :referrer",
        {workspace, id}, add));
  }
  const std::vector<std::string> list(named.begin(), named.end());
  VL_ASSIGN_OR_RETURN(const Persons persons, ReadPersons(session, workspace, list));
  for (const std::string& id : list) related.insert(PersonIn(persons, id));
  return absl::OkStatus();
}

}  // namespace valueloop::scoring
