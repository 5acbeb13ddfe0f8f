#include "scoring/store/person_store.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <set>
#include <utility>

#include "common/sql/request_ids.h"
#include "common/status.h"
#include "fmt/format.h"
#include "scoring/store/ledger_rows.h"
#include "scoring/store/person_rows.h"

namespace valueloop::scoring {
namespace {

constexpr int64_t kAllRevisions = std::numeric_limits<int64_t>::max();

absl::Status Taken(std::string_view external_id, std::string_view how) {
  return WithReason(
      absl::AlreadyExistsError(fmt::format("external_ids: got {}, {}, want one that is nobody's",
                                           Printable(external_id), how)),
      "EXTERNAL_ID_TAKEN");
}

absl::Status Unknown(std::string_view field, std::string_view customer_id) {
  return WithReason(absl::NotFoundError(fmt::format("{}: got {}, want a customer with events",
                                                    field, Printable(customer_id))),
                    "CUSTOMER_NOT_FOUND");
}

auto ReadMerge(std::vector<Merge>& merges) {
  return [&merges](const std::string& survivor, const std::string& merged,
                   const std::string& person, int64_t create_micros) {
    merges.push_back({survivor, merged, person, create_micros});
  };
}

// A merge's answer as it is kept for its request id; no id has a line feed.
std::string EncodeResult(const MergeResult& result) {
  return fmt::format("{}\n{}\n{}\n{}\n{}\n{}\n{}", result.merge.survivor, result.merge.merged,
                     result.merge.person, result.merge.create_micros, result.equal_event_count,
                     result.same_id_event_count, result.ledger_revision);
}

absl::StatusOr<MergeResult> DecodeResult(std::string_view text) {
  MergeResult result;
  bool is_good = true;
  const auto next = [&text] {
    const size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return line;
  };
  const auto number = [&](int64_t& value) {
    const std::string_view line = next();
    is_good &= std::from_chars(line.data(), line.data() + line.size(), value).ec == std::errc();
  };
  result.merge.survivor = next();
  result.merge.merged = next();
  result.merge.person = next();
  number(result.merge.create_micros);
  number(result.equal_event_count);
  number(result.same_id_event_count);
  number(result.ledger_revision);
  if (!is_good) return absl::DataLossError("request_id: its stored answer is damaged");
  return result;
}

absl::Status CountSharedEvents(sql::Session& session, std::string_view workspace,
                               std::span<const std::string> ids,
                               std::span<const std::string> other_ids, MergeResult& result) {
  for (const std::string& id : ids) {
    for (const std::string& other : other_ids) {
      VL_RETURN_IF_ERROR(session.Query(
          "SELECT CASE WHEN a.occurred_micros = b.occurred_micros AND a.payload = b.payload THEN 1"
          " ELSE 0 END FROM events a JOIN events b ON b.workspace = a.workspace AND"
          " b.customer = :other AND b.source = a.source AND b.event_id = a.event_id"
          " WHERE a.workspace = :workspace AND a.customer = :customer",
          {other, workspace, id}, [&result](bool is_equal) {
            ++(is_equal ? result.equal_event_count : result.same_id_event_count);
          }));
    }
  }
  return absl::OkStatus();
}

// Before a person of one id gets another: the id's own row goes beside the person's.
absl::Status KeepMember(sql::Session& session, std::string_view workspace,
                        std::span<const std::string> ids, const CustomerRecord& record) {
  if (ids.size() > 1) return absl::OkStatus();  // They have theirs.
  return WriteMember(session, workspace, record);
}

// `merged` and all that was merged into it, directly or not.
std::vector<std::string> BranchOf(const std::string& merged, std::span<const Merge> merges) {
  std::vector<std::string> branch = {merged};
  for (size_t i = 0; i < branch.size(); ++i) {
    for (const Merge& merge : merges) {
      if (merge.survivor == branch[i] && merge.merged != merged) branch.push_back(merge.merged);
    }
  }
  std::ranges::sort(branch);
  return branch;
}

}  // namespace

PersonStore::PersonStore(sql::Database& database, EventDecoder decode, const Clock& clock)
    : database_(database), decode_(std::move(decode)), clock_(clock) {}

void PersonStore::Announce(sql::Session& session, std::string_view workspace,
                           std::vector<std::string> customer_ids) {
  session.AfterCommit(
      [this, workspace = std::string(workspace), changed = std::move(customer_ids)] {
        for (LedgerListener* listener : listeners_) listener->OnChanged(workspace, changed);
      });
}

absl::Status PersonStore::SetExternalIds(std::string_view workspace, const std::string& customer_id,
                                         std::span<const SystemIds> systems) {
  const int64_t now = absl::ToUnixMicros(clock_.Now());
  return database_.Write([&](sql::Session& session) -> absl::Status {
    std::vector<std::string> known;
    VL_RETURN_IF_ERROR(session.Query(
        "SELECT external_id FROM external_ids WHERE workspace = :workspace"
        " AND customer = :customer",
        {workspace, customer_id}, [&known](const std::string& id) { known.push_back(id); }));
    std::set<std::string> wanted;
    for (const SystemIds& system : systems) {
      for (const std::string& id : system.ids) {
        wanted.insert(fmt::format("{}:{}", system.system, id));
      }
    }
    for (const std::string& external_id : known) {
      const std::string_view system =
          std::string_view(external_id).substr(0, external_id.find(':'));
      if (std::ranges::find(systems, system, &SystemIds::system) == systems.end()) continue;
      if (wanted.erase(external_id) > 0) continue;
      VL_RETURN_IF_ERROR(session
                             .Execute("DELETE FROM external_ids WHERE workspace = :workspace"
                                      " AND external_id = :id",
                                      {workspace, external_id})
                             .status());
    }
    for (const std::string& external_id : wanted) {
      VL_ASSIGN_OR_RETURN(
          const auto other,
          session.QueryValue<int64_t>("SELECT 1 FROM external_ids WHERE workspace = :workspace"
                                      " AND external_id = :id",
                                      {workspace, external_id}));
      if (other) return Taken(external_id, "which another customer has");
      VL_ASSIGN_OR_RETURN(const std::string person, PersonOf(session, workspace, external_id));
      VL_ASSIGN_OR_RETURN(const auto customer, ReadCustomer(session, workspace, person));
      if (customer || person != external_id) return Taken(external_id, "which is a customer's id");
      VL_RETURN_IF_ERROR(session
                             .Execute("INSERT INTO external_ids (workspace, external_id, customer,"
                                      " create_micros) VALUES (:workspace, :id, :customer, :now)",
                                      {workspace, external_id, customer_id, now})
                             .status());
    }
    return absl::OkStatus();
  });
}

absl::StatusOr<std::vector<ExternalId>> PersonStore::ListExternalIds(
    std::string_view workspace, const std::string& customer_id) {
  using Ids = std::vector<ExternalId>;
  return database_.Read([&](sql::Session& session) -> absl::StatusOr<Ids> {
    VL_ASSIGN_OR_RETURN(const std::string person, PersonOf(session, workspace, customer_id));
    VL_ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                        IdsOfPerson(session, workspace, person));
    Ids found;
    for (const std::string& id : ids) {
      VL_RETURN_IF_ERROR(
          session.Query("SELECT external_id, create_micros FROM external_ids WHERE"
                        " workspace = :workspace AND customer = :customer",
                        {workspace, id}, [&](std::string_view external_id, int64_t create_micros) {
                          const size_t colon = external_id.find(':');
                          found.push_back({.system = std::string(external_id.substr(0, colon)),
                                           .id = std::string(external_id.substr(colon + 1)),
                                           .customer_id = id,
                                           .create_micros = create_micros});
                        }));
    }
    std::ranges::sort(found, {}, [](const ExternalId& external) {
      return std::tie(external.system, external.id);
    });
    return found;
  });
}

absl::StatusOr<std::vector<bool>> PersonStore::AreKnown(std::string_view workspace,
                                                        std::span<const std::string> customer_ids) {
  return database_.Read([&](sql::Session& session) -> absl::StatusOr<std::vector<bool>> {
    std::vector<bool> known;
    for (const std::string& id : customer_ids) {
      VL_ASSIGN_OR_RETURN(
          const auto found,
          session.QueryValue<int64_t>(
              "SELECT 1 FROM customers WHERE workspace = :workspace AND customer = :customer"
              " UNION ALL SELECT 1 FROM merges WHERE workspace = :workspace2 AND merged = :merged"
              " UNION ALL SELECT 1 FROM external_ids WHERE workspace = :workspace3"
              " AND customer = :owner LIMIT 1",
              {workspace, id, workspace, id, workspace, id}));
      known.push_back(found.has_value());
    }
    return known;
  });
}

absl::StatusOr<std::vector<std::string>> PersonStore::ListIds(std::string_view workspace,
                                                              const std::string& customer_id) {
  using Ids = std::vector<std::string>;
  return database_.Read([&](sql::Session& session) -> absl::StatusOr<Ids> {
    VL_ASSIGN_OR_RETURN(const std::string person, PersonOf(session, workspace, customer_id));
    return IdsOfPerson(session, workspace, person);
  });
}

absl::Status PersonStore::WritePerson(sql::Session& session, const Workspace& workspace,
                                      const std::string& person, std::span<const std::string> ids,
                                      int64_t ledger_revision, int64_t change_sequence) {
  CustomerRecord record;
  if (ids.size() == 1) {  // Exactly what it had by itself, to the byte.
    VL_ASSIGN_OR_RETURN(auto member, ReadMember(session, workspace.id, person));
    if (!member) return absl::DataLossError("members: got no row of a merged customer");
    record = *std::move(member);
    VL_RETURN_IF_ERROR(
        session
            .Execute("DELETE FROM members WHERE workspace = :workspace AND customer = :customer",
                     {workspace.id, person})
            .status());
  } else {
    VL_ASSIGN_OR_RETURN(record, RebuildRecord(session, decode_, workspace.id, ids, kAllRevisions,
                                              workspace.time_zone));
  }
  record.customer_id = person;
  record.ledger_revision = ledger_revision;
  record.merge_revision = ledger_revision;
  return WriteCustomer(session, workspace.id, record, change_sequence);
}

absl::StatusOr<MergeResult> PersonStore::MergeIn(sql::Session& session, const Workspace& workspace,
                                                 const std::string& survivor,
                                                 const std::string& merged) {
  const std::string_view id = workspace.id;
  VL_ASSIGN_OR_RETURN(const std::string person, PersonOf(session, id, survivor));
  VL_ASSIGN_OR_RETURN(const std::string other, PersonOf(session, id, merged));
  if (person == other) {
    return WithReason(absl::FailedPreconditionError(
                          fmt::format("merged: got {} and {}, which are one person already, want"
                                      " two",
                                      Printable(survivor), Printable(merged))),
                      "SAME_PERSON");
  }
  if (other != merged) {
    return WithReason(absl::FailedPreconditionError(fmt::format(
                          "merged: got {}, which is merged into {} already, want one that is not:"
                          " split it first, or merge {}",
                          Printable(merged), Printable(other), Printable(other))),
                      "ALREADY_MERGED");
  }
  VL_ASSIGN_OR_RETURN(const auto person_record, ReadCustomer(session, id, person));
  if (!person_record) return Unknown("survivor", survivor);
  VL_ASSIGN_OR_RETURN(const auto other_record, ReadCustomer(session, id, merged));
  if (!other_record) return Unknown("merged", merged);

  MergeResult result{.merge = {.survivor = survivor,
                               .merged = merged,
                               .person = person,
                               .create_micros = absl::ToUnixMicros(clock_.Now())}};
  VL_ASSIGN_OR_RETURN(std::vector<std::string> ids, IdsOfPerson(session, id, person));
  VL_ASSIGN_OR_RETURN(const std::vector<std::string> other_ids, IdsOfPerson(session, id, merged));
  VL_RETURN_IF_ERROR(CountSharedEvents(session, id, ids, other_ids, result));
  VL_RETURN_IF_ERROR(KeepMember(session, id, ids, *person_record));
  VL_RETURN_IF_ERROR(KeepMember(session, id, other_ids, *other_record));
  VL_RETURN_IF_ERROR(session
                         .Execute("UPDATE merges SET person = :person WHERE workspace = :workspace"
                                  " AND person = :merged",
                                  {person, id, merged})
                         .status());
  VL_RETURN_IF_ERROR(
      session
          .Execute("INSERT INTO merges (workspace, merged, survivor, person, create_micros) VALUES"
                   " (:workspace, :merged, :survivor, :person, :now)",
                   {id, merged, survivor, person, result.merge.create_micros})
          .status());
  VL_ASSIGN_OR_RETURN(LedgerTotals totals, ReadTotals(session, id));
  ++totals.change_sequence;
  --totals.customer_count;
  ids.insert(ids.end(), other_ids.begin(), other_ids.end());
  std::ranges::sort(ids);
  result.ledger_revision = person_record->ledger_revision + other_record->ledger_revision + 1;
  VL_RETURN_IF_ERROR(DeleteCustomer(session, id, merged));
  VL_RETURN_IF_ERROR(
      WritePerson(session, workspace, person, ids, result.ledger_revision, totals.change_sequence));
  VL_RETURN_IF_ERROR(WriteTotals(session, id, totals));
  std::set<std::string> changed(ids.begin(), ids.end());
  VL_RETURN_IF_ERROR(CollectReferrals(session, id, ids, changed));
  Announce(session, id, {changed.begin(), changed.end()});
  return result;
}

absl::StatusOr<MergeResult> PersonStore::MergeCustomers(const Workspace& workspace,
                                                        const std::string& survivor,
                                                        const std::string& merged,
                                                        const std::optional<RequestKey>& request) {
  return database_.Write([&](sql::Session& session) -> absl::StatusOr<MergeResult> {
    if (!request) return MergeIn(session, workspace, survivor, merged);
    const sql::RequestKey key{.workspace = workspace.id,
                              .id = request->id,
                              .method = request->method,
                              .body = request->body};
    VL_ASSIGN_OR_RETURN(const std::optional<std::string> before, sql::FindRequest(session, key));
    if (before) return DecodeResult(*before);
    VL_ASSIGN_OR_RETURN(const MergeResult result, MergeIn(session, workspace, survivor, merged));
    VL_RETURN_IF_ERROR(sql::SaveRequest(session, key, EncodeResult(result)));
    for (const std::string& id : {survivor, merged, result.merge.person}) {
      VL_RETURN_IF_ERROR(
          NoteRequest(session, workspace.id, id, request->id, result.merge.create_micros));
    }
    return result;
  });
}

absl::StatusOr<SplitResult> PersonStore::Split(const Workspace& workspace,
                                               const std::string& merged) {
  const std::string_view id = workspace.id;
  return database_.Write([&](sql::Session& session) -> absl::StatusOr<SplitResult> {
    VL_ASSIGN_OR_RETURN(const std::string person, PersonOf(session, id, merged));
    if (person == merged) {
      return WithReason(absl::FailedPreconditionError(
                            fmt::format("name: got {}, which is not merged into another, want one"
                                        " that is",
                                        Printable(merged))),
                        "NOT_MERGED");
    }
    std::vector<Merge> merges;
    VL_RETURN_IF_ERROR(
        session.Query("SELECT survivor, merged, person, create_micros FROM merges"
                      " WHERE workspace = :workspace AND person = :person",
                      {id, person}, ReadMerge(merges)));
    VL_ASSIGN_OR_RETURN(const auto record, ReadCustomer(session, id, person));
    if (!record) return absl::DataLossError("customers: got no row of a merged person");
    const std::vector<std::string> branch = BranchOf(merged, merges);
    VL_ASSIGN_OR_RETURN(const std::vector<std::string> ids, IdsOfPerson(session, id, person));
    std::vector<std::string> rest;
    std::ranges::set_difference(ids, branch, std::back_inserter(rest));
    VL_RETURN_IF_ERROR(
        session
            .Execute("DELETE FROM merges WHERE workspace = :workspace AND merged = :merged",
                     {id, merged})
            .status());
    for (const std::string& member : branch) {
      VL_RETURN_IF_ERROR(session
                             .Execute("UPDATE merges SET person = :person WHERE"
                                      " workspace = :workspace AND merged = :merged",
                                      {merged, id, member})
                             .status());
    }
    VL_ASSIGN_OR_RETURN(LedgerTotals totals, ReadTotals(session, id));
    ++totals.change_sequence;
    ++totals.customer_count;
    const int64_t revision = record->ledger_revision + 1;
    VL_RETURN_IF_ERROR(
        WritePerson(session, workspace, person, rest, revision, totals.change_sequence));
    VL_RETURN_IF_ERROR(
        WritePerson(session, workspace, merged, branch, revision, totals.change_sequence));
    VL_RETURN_IF_ERROR(WriteTotals(session, id, totals));
    std::set<std::string> changed(ids.begin(), ids.end());
    VL_RETURN_IF_ERROR(CollectReferrals(session, id, ids, changed));
    Announce(session, id, {changed.begin(), changed.end()});
    return SplitResult{.customer_id = merged, .survivor_id = person};
  });
}

absl::StatusOr<std::vector<Merge>> PersonStore::ListMerges(std::string_view workspace,
                                                           const std::string& customer_id,
                                                           std::string_view after, int64_t limit) {
  return database_.Read([&](sql::Session& session) -> absl::StatusOr<std::vector<Merge>> {
    std::vector<Merge> merges;
    if (customer_id.empty()) {
      VL_RETURN_IF_ERROR(
          session.Query("SELECT survivor, merged, person, create_micros FROM merges WHERE"
                        " workspace = :workspace AND merged > :after ORDER BY merged LIMIT :limit",
                        {workspace, after, limit}, ReadMerge(merges)));
      return merges;
    }
    VL_ASSIGN_OR_RETURN(const std::string person, PersonOf(session, workspace, customer_id));
    VL_RETURN_IF_ERROR(session.Query(
        "SELECT survivor, merged, person, create_micros FROM merges WHERE workspace = :workspace"
        " AND person = :person AND merged > :after ORDER BY merged LIMIT :limit",
        {workspace, person, after, limit}, ReadMerge(merges)));
    return merges;
  });
}

absl::Status PersonStore::PurgeRequestCustomers() {
  const int64_t before = absl::ToUnixMicros(clock_.Now() - sql::kRequestRetention);
  return database_
      .Write([&](sql::Session& session) {
        return session.Execute("DELETE FROM request_customers WHERE create_micros < :before",
                               {before});
      })
      .status();
}

}  // namespace valueloop::scoring
