#include "scoring/store/erase_work.h"

#include <algorithm>
#include <limits>
#include <random>
#include <utility>
#include <variant>

#include "common/status.h"
#include "fmt/format.h"
#include "scoring/domain/civil_day.h"
#include "scoring/store/ledger_rows.h"
#include "scoring/store/person_rows.h"

namespace valueloop::scoring {
namespace {

constexpr int64_t kAllRevisions = std::numeric_limits<int64_t>::max();
constexpr char kErasedText[] = "erased: it named a customer who was erased";

constexpr CustomerColumn kColumns[] = {
    {"events", "customer"},         {"customers", "customer"},
    {"members", "customer"},        {"merges", "merged"},
    {"merges", "survivor"},         {"merges", "person"},
    {"external_ids", "customer"},   {"referrals", "referrer"},
    {"referrals", "customer"},      {"request_customers", "customer"},
    {"snapshot_scores", "customer"}};

// 128 random bits: nobody finds the id by trying, and no two markers meet.
std::string NewMarker() {
  std::random_device device;
  const auto word = [&device] { return static_cast<uint32_t>(device()); };
  return fmt::format("erased-{:08x}{:08x}{:08x}{:08x}", word(), word(), word(), word());
}

bool IsWord(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

}  // namespace

std::span<const CustomerColumn> CustomerColumns() { return kColumns; }

bool NamesId(std::string_view text, std::string_view id) {
  for (size_t at = text.find(id); at != std::string_view::npos; at = text.find(id, at + 1)) {
    const size_t end = at + id.size();
    const bool begins = at == 0 || !IsWord(text[at - 1]) || !IsWord(id.front());
    const bool ends = end == text.size() || !IsWord(text[end]) || !IsWord(id.back());
    if (begins && ends) return true;
  }
  return false;
}

bool EraseWork::IsNamedIn(std::string_view text) const {
  return std::ranges::any_of(names_,
                             [text](const std::string& name) { return NamesId(text, name); });
}

absl::Status EraseWork::Run(const std::string& customer_id, bool include_merged) {
  VL_RETURN_IF_ERROR(FindIds(customer_id, include_merged));
  related_.insert(ids_.begin(), ids_.end());
  VL_RETURN_IF_ERROR(CollectReferrals(session_, workspace_.id, ids_, related_));
  VL_RETURN_IF_ERROR(TakeFromTotals());
  VL_RETURN_IF_ERROR(RewriteReferrals());
  VL_RETURN_IF_ERROR(DeleteRequests());
  VL_RETURN_IF_ERROR(DeleteScores());
  VL_RETURN_IF_ERROR(DeleteRows());
  for (const std::string& referrer : rewritten_referrers_) {
    VL_RETURN_IF_ERROR(RebuildReferrer(referrer, change_sequence_));
  }
  VL_RETURN_IF_ERROR(CleanTexts());
  VL_RETURN_IF_ERROR(Search());
  return Record();
}

absl::Status EraseWork::FindIds(const std::string& customer_id, bool include_merged) {
  VL_ASSIGN_OR_RETURN(const std::string person, PersonOf(session_, workspace_.id, customer_id));
  VL_ASSIGN_OR_RETURN(ids_, IdsOfPerson(session_, workspace_.id, person));
  if (ids_.size() > 1 && !include_merged) {
    return WithReason(
        absl::FailedPreconditionError(fmt::format(
            "include_merged: got false for a person of {} ids, want true to erase them all: {}; or"
            " split first",
            ids_.size(), Printable(fmt::format("{}", fmt::join(ids_, ", "))))),
        "CUSTOMER_MERGED");
  }
  names_ = ids_;
  for (const std::string& id : ids_) {
    VL_RETURN_IF_ERROR(
        session_.Query("SELECT external_id FROM external_ids WHERE workspace = :workspace"
                       " AND customer = :customer",
                       {workspace_.id, id},
                       [this](const std::string& external_id) { names_.push_back(external_id); }));
  }
  return absl::OkStatus();
}

absl::Status EraseWork::TakeFromTotals() {
  VL_ASSIGN_OR_RETURN(LedgerTotals totals, ReadTotals(session_, workspace_.id));
  change_sequence_ = totals.change_sequence + 1;
  int64_t first_day = std::numeric_limits<int64_t>::max();
  int64_t last_day = std::numeric_limits<int64_t>::min();
  const bool is_saturated = totals.purchase_amount_micros == std::numeric_limits<int64_t>::max();
  for (const std::string& id : ids_) {
    VL_RETURN_IF_ERROR(session_.Query(
        "SELECT kind, day, amount_micros FROM events WHERE workspace = :workspace"
        " AND customer = :customer",
        {workspace_.id, id},
        [&](std::string_view kind, int64_t day, std::optional<int64_t> amount_micros) {
          ++event_count_;
          first_day = std::min(first_day, day);
          last_day = std::max(last_day, day);
          if (kind == EventKindName(EventKind::kReferral)) --totals.referral_count;
          if (kind != EventKindName(EventKind::kPurchase)) return;
          --totals.purchase_count;
          if (!is_saturated) totals.purchase_amount_micros -= amount_micros.value_or(0);
        }));
    VL_ASSIGN_OR_RETURN(const auto record, ReadCustomer(session_, workspace_.id, id));
    if (record) --totals.customer_count;
  }
  if (event_count_ == 0) return absl::OkStatus();
  totals.change_sequence = change_sequence_;
  totals.event_count -= event_count_;
  const bool is_edge = totals.first_day && (DayNumber(*totals.first_day) == first_day ||
                                            DayNumber(*totals.last_day) == last_day);
  if (is_edge) {  // Only then the days of all others are looked at.
    std::string others = "SELECT MIN(day), MAX(day) FROM events WHERE workspace = :workspace";
    sql::Parameters parameters = {workspace_.id};
    for (size_t i = 0; i < ids_.size(); ++i) {
      others += fmt::format(" AND customer <> :id{}", i);
      parameters.emplace_back(ids_[i]);
    }
    VL_RETURN_IF_ERROR(session_.Query(
        others, parameters, [&totals](std::optional<int64_t> first, std::optional<int64_t> last) {
          totals.first_day.reset();
          totals.last_day.reset();
          if (first) totals.first_day = DayFromNumber(static_cast<int32_t>(*first));
          if (last) totals.last_day = DayFromNumber(static_cast<int32_t>(*last));
        }));
  }
  return WriteTotals(session_, workspace_.id, totals);
}

absl::Status EraseWork::RewriteReferrals() {
  struct Edge {
    std::string referrer;
    std::string source;
    std::string event_id;
  };
  std::vector<Edge> edges;
  for (const std::string& id : ids_) {
    VL_RETURN_IF_ERROR(session_.Query(
        "SELECT referrer, source, event_id FROM referrals WHERE workspace = :workspace"
        " AND customer = :customer",
        {workspace_.id, id},
        [&](const std::string& referrer, const std::string& source, const std::string& event_id) {
          if (std::ranges::binary_search(ids_, referrer)) return;  // Goes with its own event.
          edges.push_back({referrer, source, event_id});
        }));
  }
  if (edges.empty()) return absl::OkStatus();
  marker_ = NewMarker();
  for (const Edge& edge : edges) {
    VL_RETURN_IF_ERROR(RewriteReferral(edge.referrer, edge.source, edge.event_id));
    rewritten_referrers_.insert(edge.referrer);
    ++rewritten_count_;
  }
  return absl::OkStatus();
}

absl::Status EraseWork::RewriteReferral(const std::string& referrer, const std::string& source,
                                        const std::string& event_id) {
  StoredEvent stored{.customer_id = referrer, .source = source, .event_id = event_id};
  VL_ASSIGN_OR_RETURN(
      const bool found,
      session_.QueryOne("SELECT occurred_micros, ledger_revision, payload FROM events WHERE"
                        " workspace = :workspace AND customer = :customer AND source = :source"
                        " AND event_id = :event_id",
                        {workspace_.id, referrer, source, event_id},
                        [&stored](int64_t occurred, int64_t revision, const std::string& payload) {
                          stored.occurred_micros = occurred;
                          stored.ledger_revision = revision;
                          stored.payload = payload;
                        }));
  if (!found) return absl::DataLossError("referrals: got a row without its event");
  VL_ASSIGN_OR_RETURN(Event event, decode_(stored));
  auto* const referral = std::get_if<Referral>(&event.payload);
  if (referral == nullptr) return absl::DataLossError("referrals: got a row of another event");
  referral->referred_customer_id = marker_;
  const LedgerEntry entry = encode_(std::move(event));
  VL_RETURN_IF_ERROR(
      session_
          .Execute("UPDATE events SET payload = :payload, content_hash = :hash WHERE"
                   " workspace = :workspace AND customer = :customer AND source = :source"
                   " AND event_id = :event_id",
                   {entry.payload, entry.content_hash, workspace_.id, referrer, source, event_id})
          .status());
  return session_
      .Execute(
          "UPDATE referrals SET customer = :marker WHERE workspace = :workspace"
          " AND referrer = :referrer AND source = :source AND event_id = :event_id",
          {marker_, workspace_.id, referrer, source, event_id})
      .status();
}

absl::Status EraseWork::RebuildReferrer(const std::string& referrer, int64_t change_sequence) {
  const std::string_view workspace = workspace_.id;
  VL_ASSIGN_OR_RETURN(const std::string person, PersonOf(session_, workspace, referrer));
  VL_ASSIGN_OR_RETURN(const std::vector<std::string> ids, IdsOfPerson(session_, workspace, person));
  const auto rebuild = [&](std::span<const std::string> of) {
    return RebuildRecord(session_, decode_, workspace, of, kAllRevisions, workspace_.time_zone);
  };
  if (ids.size() > 1) {
    const std::string own[] = {referrer};
    VL_ASSIGN_OR_RETURN(const CustomerRecord member, rebuild(own));
    VL_RETURN_IF_ERROR(WriteMember(session_, workspace, member));
  }
  VL_ASSIGN_OR_RETURN(auto record, ReadCustomer(session_, workspace, person));
  if (!record) return absl::DataLossError("customers: got no row of a referrer");
  VL_ASSIGN_OR_RETURN(CustomerRecord rebuilt, rebuild(ids));
  record->summary = std::move(rebuilt.summary);
  return WriteCustomer(session_, workspace, *record, change_sequence);
}

absl::Status EraseWork::DeleteRows() {
  for (const CustomerColumn& column : kColumns) {
    if (column.table == "snapshot_scores") continue;  // See DeleteScores.
    const std::string sql =
        fmt::format("DELETE FROM {} WHERE workspace = :workspace AND {} = :customer", column.table,
                    column.column);
    int64_t& count = erased_counts_[std::string(column.table)];
    for (const std::string& id : ids_) {
      VL_ASSIGN_OR_RETURN(const int64_t deleted, session_.Execute(sql, {workspace_.id, id}));
      count += deleted;
    }
  }
  return absl::OkStatus();
}

absl::Status EraseWork::DeleteScores() {
  // A snapshot under way may have read the customer already: it is given up, and its job repeats
  // it.
  VL_RETURN_IF_ERROR(session_
                         .Execute("UPDATE snapshots SET state = 'EXPIRED'"
                                  " WHERE workspace = :workspace AND state = 'BUILDING'",
                                  {workspace_.id})
                         .status());
  std::vector<int64_t> snapshots;
  VL_RETURN_IF_ERROR(session_.Query("SELECT snapshot FROM snapshots WHERE workspace = :workspace",
                                    {workspace_.id},
                                    [&snapshots](int64_t id) { snapshots.push_back(id); }));
  int64_t& count = erased_counts_["snapshot_scores"];
  for (const int64_t snapshot : snapshots) {
    int64_t deleted = 0;
    for (const std::string& id : ids_) {
      VL_ASSIGN_OR_RETURN(
          const int64_t rows,
          session_.Execute("DELETE FROM snapshot_scores WHERE workspace = :workspace"
                           " AND snapshot = :snapshot AND customer = :customer",
                           {workspace_.id, snapshot, id}));
      deleted += rows;
    }
    count += deleted;
    if (deleted == 0) continue;
    VL_RETURN_IF_ERROR(session_
                           .Execute("UPDATE snapshots SET customer_count = customer_count - :count"
                                    " WHERE workspace = :workspace AND snapshot = :snapshot"
                                    " AND state = 'COMPLETE'",
                                    {deleted, workspace_.id, snapshot})
                           .status());
  }
  return absl::OkStatus();
}

absl::Status EraseWork::DeleteRequests() {
  int64_t& count = erased_counts_["request_ids"];
  for (const std::string& id : ids_) {
    std::vector<std::string> requests;
    VL_RETURN_IF_ERROR(session_.Query(
        "SELECT id FROM request_customers WHERE workspace = :workspace AND customer = :customer",
        {workspace_.id, id},
        [&requests](const std::string& request) { requests.push_back(request); }));
    for (const std::string& request : requests) {
      VL_ASSIGN_OR_RETURN(
          const int64_t deleted,
          session_.Execute("DELETE FROM request_ids WHERE workspace = :workspace AND id = :id",
                           {workspace_.id, request}));
      count += deleted;
    }
  }
  return absl::OkStatus();
}

absl::Status EraseWork::CleanTexts() {
  std::vector<std::string> named_payloads;
  std::vector<std::string> named_texts;
  VL_RETURN_IF_ERROR(session_.Query(
      "SELECT id, payload, message, result, error FROM jobs WHERE workspace = :workspace",
      {workspace_.id},
      [&](const std::string& id, std::string_view payload, std::string_view message,
          std::string_view result, std::string_view error) {
        if (IsNamedIn(payload) || IsNamedIn(id)) {
          named_payloads.push_back(id);
        } else if (IsNamedIn(message) || IsNamedIn(result) || IsNamedIn(error)) {
          named_texts.push_back(id);
        }
      }));
  for (const std::string& id : named_payloads) {
    VL_RETURN_IF_ERROR(session_
                           .Execute("DELETE FROM jobs WHERE workspace = :workspace AND id = :id",
                                    {workspace_.id, id})
                           .status());
  }
  for (const std::string& id : named_texts) {
    VL_RETURN_IF_ERROR(session_
                           .Execute("UPDATE jobs SET message = '', result = '', error = :error"
                                    " WHERE workspace = :workspace AND id = :id",
                                    {kErasedText, workspace_.id, id})
                           .status());
  }
  erased_counts_["jobs"] = static_cast<int64_t>(named_payloads.size() + named_texts.size());

  std::vector<std::pair<std::string, int64_t>> messages;
  VL_RETURN_IF_ERROR(session_.Query(
      "SELECT topic, sequence, payload, error FROM outbox WHERE workspace = :workspace",
      {workspace_.id},
      [&](const std::string& topic, int64_t sequence, std::string_view payload,
          std::string_view error) {
        if (IsNamedIn(payload) || IsNamedIn(error)) messages.emplace_back(topic, sequence);
      }));
  for (const auto& [topic, sequence] : messages) {
    VL_RETURN_IF_ERROR(session_
                           .Execute("DELETE FROM outbox WHERE workspace = :workspace"
                                    " AND topic = :topic AND sequence = :sequence",
                                    {workspace_.id, topic, sequence})
                           .status());
  }
  erased_counts_["outbox"] = static_cast<int64_t>(messages.size());
  return absl::OkStatus();
}

// Whatever the steps above believe: nothing may be there now.
absl::Status EraseWork::Search() {
  int64_t found_count = 0;
  std::string where;
  for (const CustomerColumn& column : kColumns) {
    const std::string sql =
        fmt::format("SELECT COUNT(*) FROM {} WHERE workspace = :workspace AND {} = :customer",
                    column.table, column.column);
    for (const std::string& id : ids_) {
      VL_ASSIGN_OR_RETURN(const auto count, session_.QueryValue<int64_t>(sql, {workspace_.id, id}));
      if (count.value_or(0) > 0) where = column.table;
      found_count += count.value_or(0);
    }
  }
  const auto search = [&](std::string_view table) {
    return [this, table, &found_count, &where](std::string_view text) {
      if (!IsNamedIn(text)) return;
      ++found_count;
      where = table;
    };
  };
  VL_RETURN_IF_ERROR(
      session_.Query("SELECT payload || ' ' || message || ' ' || result || ' ' || error FROM jobs"
                     " WHERE workspace = :workspace",
                     {workspace_.id}, search("jobs")));
  VL_RETURN_IF_ERROR(
      session_.Query("SELECT payload || ' ' || error FROM outbox WHERE workspace = :workspace",
                     {workspace_.id}, search("outbox")));
  if (found_count == 0) return absl::OkStatus();
  return absl::InternalError(
      fmt::format("erase: got {} rows left, in {} among others, want none; nothing was changed",
                  found_count, where));
}

absl::Status EraseWork::Record() {
  VL_ASSIGN_OR_RETURN(
      const auto last,
      session_.QueryValue<int64_t>(
          "SELECT COALESCE(MAX(erasure), 0) FROM erasures WHERE workspace = :workspace",
          {workspace_.id}));
  erasure_ = last.value_or(0) + 1;
  return session_
      .Execute(
          "INSERT INTO erasures (workspace, erasure, state, customer_count, event_count,"
          " create_micros) VALUES (:workspace, :erasure, 'CLEANING', :customers, :events,"
          " :now)",
          {workspace_.id, erasure_, static_cast<int64_t>(ids_.size()), event_count_, now_micros_})
      .status();
}

EraseProof EraseWork::TakeProof() {
  EraseProof proof{.customer_ids = ids_,
                   .rewritten_event_count = rewritten_count_,
                   .marker = std::move(marker_)};
  for (const auto& [table, count] : erased_counts_) {
    proof.places.push_back({.name = "table " + table, .erased_count = count});
  }
  return proof;
}

}  // namespace valueloop::scoring
