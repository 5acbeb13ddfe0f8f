#include "scoring/store/ledger_batch.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <set>
#include <utility>
#include <variant>

#include "common/sql/fingerprint.h"
#include "common/status.h"
#include "fmt/format.h"
#include "scoring/domain/civil_day.h"
#include "scoring/store/ledger_rows.h"
#include "scoring/store/person_rows.h"

namespace valueloop::scoring {
namespace {

// The money of an event as its column; unset for kinds that carry none.
struct AmountColumn {
  std::optional<int64_t> operator()(const Purchase& purchase) const {
    return purchase.amount_micros;
  }
  std::optional<int64_t> operator()(const Refund& refund) const { return refund.amount_micros; }
  std::optional<int64_t> operator()(const SubscriptionStart& start) const {
    return start.price_micros;
  }
  std::optional<int64_t> operator()(const SubscriptionCharge& charge) const {
    return charge.amount_micros;
  }
  std::optional<int64_t> operator()(const CostToServe& cost) const { return cost.amount_micros; }
  std::optional<int64_t> operator()(const Referral& referral) const {
    return referral.incentive_micros;
  }
  std::optional<int64_t> operator()(const Knowledge& knowledge) const {
    return knowledge.benefit_micros;
  }
  std::optional<int64_t> operator()(const PartnerTransaction& transaction) const {
    return transaction.gain_micros;
  }
  std::optional<int64_t> operator()(const Remedy& remedy) const { return remedy.cost_micros; }
  template <typename Other>
  std::optional<int64_t> operator()(const Other&) const {
    return std::nullopt;
  }
};

int64_t SaturatedSum(int64_t sum, int64_t amount) {  // Neither is negative.
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  return amount > kMax - sum ? kMax : sum + amount;
}

}  // namespace

absl::StatusOr<AppendResult> LedgerBatch::Store() {
  if (request_.request) {
    VL_ASSIGN_OR_RETURN(result_.repeated, IsRepeatedRequest());
    if (result_.repeated) return std::move(result_);
  }
  if (request_.import) {
    VL_ASSIGN_OR_RETURN(result_.repeated, IsRepeatedBatch(*request_.import));
    if (result_.repeated) return std::move(result_);
  }
  VL_RETURN_IF_ERROR(StoreEvents());
  for (const Reject& reject : request_.rejects) result_.rejects.push_back(reject);
  std::ranges::sort(result_.rejects, {}, &Reject::index);
  result_.counts.rejected_count = static_cast<int64_t>(result_.rejects.size());
  if (request_.import) VL_RETURN_IF_ERROR(WriteImport(*request_.import));
  return std::move(result_);
}

absl::StatusOr<bool> LedgerBatch::IsRepeatedRequest() {
  const RequestKey& key = *request_.request;
  const std::string hash = sql::Fingerprint(key.body);
  std::string known_method;
  std::string known_hash;
  VL_ASSIGN_OR_RETURN(
      const bool found,
      session_.QueryOne("SELECT method, body_hash FROM request_ids"
                        " WHERE workspace = :workspace AND id = :id",
                        {request_.workspace, key.id},
                        [&](const std::string& method, const std::string& body_hash) {
                          known_method = method;
                          known_hash = body_hash;
                        }));
  if (found) {
    if (known_method == key.method && known_hash == hash) return true;
    return InvalidField("request_id", key.id, "an id that was not used with another request");
  }
  VL_RETURN_IF_ERROR(
      session_
          .Execute("INSERT INTO request_ids (workspace, id, method, body_hash, response,"
                   " create_time) VALUES (:workspace, :id, :method, :hash, '', :time)",
                   {request_.workspace, key.id, key.method, hash, request_.recorded_micros})
          .status());
  std::set<std::string> customers;
  for (const LedgerEntry& entry : request_.entries) customers.insert(entry.event.customer_id);
  for (const std::string& customer : customers) {
    VL_RETURN_IF_ERROR(
        NoteRequest(session_, request_.workspace, customer, key.id, request_.recorded_micros));
  }
  return false;
}

absl::StatusOr<bool> LedgerBatch::IsRepeatedBatch(const ImportPosition& import) {
  VL_ASSIGN_OR_RETURN(const ImportState state,
                      ReadImport(session_, request_.workspace, import.import_id));
  result_.durable_batch_number = state.durable_batch_number;
  result_.totals = state.totals;
  if (import.batch_number > state.durable_batch_number + 1) {
    return InvalidField(
        "batch_number", fmt::format("{}", import.batch_number),
        fmt::format("at most {}, which follows the durable one", state.durable_batch_number + 1));
  }
  if (import.batch_number > state.durable_batch_number) return false;
  absl::StatusOr<bool> found = session_.QueryOne(
      "SELECT accepted_count, duplicate_count, rejected_count FROM import_batches WHERE"
      " workspace = :workspace AND import_id = :import_id AND batch_number = :batch_number",
      {request_.workspace, import.import_id, import.batch_number},
      [this](int64_t accepted, int64_t duplicates, int64_t rejected) {
        result_.counts = {accepted, duplicates, rejected};
      });
  if (!found.ok()) return std::move(found).status();
  return true;
}

absl::Status LedgerBatch::StoreEvents() {
  if (request_.entries.empty()) return absl::OkStatus();
  VL_ASSIGN_OR_RETURN(totals_, ReadTotals(session_, request_.workspace));
  VL_ASSIGN_OR_RETURN(has_merges_, HasMerges(session_, request_.workspace));
  ++totals_.change_sequence;
  std::vector<const LedgerEntry*> entries;
  entries.reserve(request_.entries.size());
  for (const LedgerEntry& entry : request_.entries) entries.push_back(&entry);
  // A customer's events together, each customer's in their order: one summary read and written per
  // customer, and neighbours in the tables are written one after another.
  const auto id = [](const LedgerEntry* entry) -> const std::string& {
    return entry->event.customer_id;
  };
  std::ranges::stable_sort(entries, {}, id);
  for (auto first = entries.begin(); first != entries.end();) {
    const auto last = std::find_if(
        first, entries.end(), [&](const LedgerEntry* entry) { return id(entry) != id(*first); });
    VL_RETURN_IF_ERROR(StoreCustomer(Entries(first, last)));
    first = last;
  }
  if (changed_customers_.empty()) return absl::OkStatus();
  VL_RETURN_IF_ERROR(CollectRelatedCustomers());
  return WriteTotals(session_, request_.workspace, totals_);
}

absl::StatusOr<LedgerBatch::Customer> LedgerBatch::FindCustomer(const std::string& customer_id) {
  const std::string_view workspace = request_.workspace;
  Customer customer;
  std::string person = customer_id;
  if (has_merges_) {
    VL_ASSIGN_OR_RETURN(person, PersonOf(session_, workspace, customer_id));
    VL_ASSIGN_OR_RETURN(customer.fellow_ids, IdsOfPerson(session_, workspace, person));
    std::erase(customer.fellow_ids, customer_id);
    if (!customer.fellow_ids.empty()) {
      VL_ASSIGN_OR_RETURN(customer.member, ReadMember(session_, workspace, customer_id));
      if (!customer.member) customer.member = CustomerRecord{.customer_id = customer_id};
    }
  }
  using Record = std::optional<CustomerRecord>;
  VL_ASSIGN_OR_RETURN(Record record, ReadCustomer(session_, workspace, person));
  customer.is_new = !record.has_value();
  customer.record = record ? *std::move(record) : CustomerRecord{.customer_id = person};
  return customer;
}

absl::Status LedgerBatch::StoreCustomer(Entries entries) {
  const std::string& customer_id = entries.front()->event.customer_id;
  VL_ASSIGN_OR_RETURN(Customer customer, FindCustomer(customer_id));
  if (customer.is_new && customer_id.find(':') != std::string::npos) {
    VL_ASSIGN_OR_RETURN(const auto owner, session_.QueryValue<std::string>(
                                              "SELECT customer FROM external_ids WHERE"
                                              " workspace = :workspace AND external_id = :id",
                                              {request_.workspace, customer_id}));
    if (owner) {
      for (const LedgerEntry* entry : entries) {
        Refuse(*entry, absl::AlreadyExistsError(
                           fmt::format("customer_id: got {}, the external id of another customer,"
                                       " want that customer's id",
                                       Printable(customer_id))));
      }
      return absl::OkStatus();
    }
  }
  for (const LedgerEntry* entry : entries) VL_RETURN_IF_ERROR(StoreEvent(*entry, customer));
  if (!customer.changed) return absl::OkStatus();
  if (customer.is_new) ++totals_.customer_count;
  changed_customers_.push_back(customer.record.customer_id);
  if (customer.member) {
    VL_RETURN_IF_ERROR(WriteMember(session_, request_.workspace, *customer.member));
  }
  return WriteCustomer(session_, request_.workspace, customer.record, totals_.change_sequence);
}

absl::StatusOr<bool> LedgerBatch::FellowHas(const LedgerEntry& entry, const Customer& customer) {
  const Event& event = entry.event;
  for (const std::string& fellow_id : customer.fellow_ids) {
    VL_ASSIGN_OR_RETURN(
        const auto found,
        session_.QueryValue<int64_t>(
            "SELECT 1 FROM events WHERE workspace = :workspace AND customer = :customer"
            " AND source = :source AND event_id = :event_id AND occurred_micros = :occurred"
            " AND payload = :payload",
            {request_.workspace, fellow_id, event.source, event.event_id, event.occurred_micros,
             entry.payload}));
    if (found) return true;
  }
  return false;
}

absl::Status LedgerBatch::StoreEvent(const LedgerEntry& entry, Customer& customer) {
  const Event& event = entry.event;
  CustomerRecord& record = customer.record;
  VL_ASSIGN_OR_RETURN(const bool is_known, FellowHas(entry, customer));
  if (is_known) {
    ++result_.counts.duplicate_count;
    return absl::OkStatus();
  }
  const int64_t day = DayNumber(DayOf(event.occurred_micros, request_.zone));
  VL_ASSIGN_OR_RETURN(const bool inserted, InsertEvent(entry, record.ledger_revision + 1, day));
  if (!inserted) return CountKnownEvent(entry);
  if (absl::Status status = Apply(record.summary, event, request_.zone); !status.ok()) {
    Refuse(entry, std::move(status));
    return DeleteEvent(event);
  }
  if (const auto* referral = std::get_if<Referral>(&event.payload)) {
    VL_RETURN_IF_ERROR(InsertReferral(event, *referral));
  }
  const bool first = record.ledger_revision == 0;
  record.first_occurred_micros =
      first ? event.occurred_micros : std::min(record.first_occurred_micros, event.occurred_micros);
  record.last_occurred_micros =
      first ? event.occurred_micros : std::max(record.last_occurred_micros, event.occurred_micros);
  ++record.ledger_revision;
  if (customer.member) {
    CustomerRecord& member = *customer.member;
    const bool first_own = EventCount(member.summary) == 0;
    VL_RETURN_IF_ERROR(Apply(member.summary, event, request_.zone));  // Less than the person has.
    member.first_occurred_micros =
        first_own ? event.occurred_micros
                  : std::min(member.first_occurred_micros, event.occurred_micros);
    member.last_occurred_micros =
        first_own ? event.occurred_micros
                  : std::max(member.last_occurred_micros, event.occurred_micros);
  }
  customer.changed = true;
  ++result_.counts.accepted_count;
  CountInTotals(event, day);
  return absl::OkStatus();
}

absl::StatusOr<bool> LedgerBatch::InsertEvent(const LedgerEntry& entry, int64_t revision,
                                              int64_t day) {
  const Event& event = entry.event;
  VL_ASSIGN_OR_RETURN(
      const int64_t inserted_count,
      session_.Execute(
          "INSERT INTO events (workspace, customer, source, event_id, ledger_revision, kind,"
          " occurred_micros, day, amount_micros, content_hash, payload, recorded_micros) VALUES"
          " (:workspace, :customer, :source, :event_id, :revision, :kind, :occurred, :day, :amount,"
          " :hash, :payload, :recorded)"
          " ON CONFLICT (workspace, customer, source, event_id) DO NOTHING",
          {request_.workspace, event.customer_id, event.source, event.event_id, revision,
           EventKindName(event.kind()), event.occurred_micros, day,
           std::visit(AmountColumn(), event.payload), entry.content_hash, entry.payload,
           request_.recorded_micros}));
  return inserted_count == 1;
}

absl::Status LedgerBatch::DeleteEvent(const Event& event) {
  return session_
      .Execute(
          "DELETE FROM events WHERE workspace = :workspace AND customer = :customer"
          " AND source = :source AND event_id = :event_id",
          {request_.workspace, event.customer_id, event.source, event.event_id})
      .status();
}

absl::Status LedgerBatch::CountKnownEvent(const LedgerEntry& entry) {
  const Event& event = entry.event;
  VL_ASSIGN_OR_RETURN(
      const std::optional<std::string> known_hash,
      session_.QueryValue<std::string>(
          "SELECT content_hash FROM events WHERE workspace = :workspace AND customer = :customer"
          " AND source = :source AND event_id = :event_id",
          {request_.workspace, event.customer_id, event.source, event.event_id}));
  if (known_hash == entry.content_hash) {
    ++result_.counts.duplicate_count;
  } else {
    Refuse(entry, absl::AlreadyExistsError(
                      fmt::format("event_id: got {} with other content than the event recorded"
                                  " first, want a new id or the same content",
                                  Printable(event.event_id))));
  }
  return absl::OkStatus();
}

absl::Status LedgerBatch::InsertReferral(const Event& event, const Referral& referral) {
  ++totals_.referral_count;
  referred_customers_.push_back(referral.referred_customer_id);
  return session_
      .Execute(
          "INSERT INTO referrals (workspace, customer, referrer, source, event_id, type,"
          " occurred_micros) VALUES (:workspace, :customer, :referrer, :source, :event_id,"
          " :type, :occurred)",
          {request_.workspace, referral.referred_customer_id, event.customer_id, event.source,
           event.event_id, ReferralTypeName(referral.type), event.occurred_micros})
      .status();
}

absl::Status LedgerBatch::CollectRelatedCustomers() {
  if (totals_.referral_count == 0) return absl::OkStatus();
  std::set<std::string> related;
  if (has_merges_) {
    VL_ASSIGN_OR_RETURN(const Persons persons,
                        ReadPersons(session_, request_.workspace, referred_customers_));
    for (const std::string& id : referred_customers_) related.insert(PersonIn(persons, id));
  } else {
    related.insert(referred_customers_.begin(), referred_customers_.end());
  }
  for (const std::string& person : changed_customers_) {
    related.insert(person);
    std::vector<std::string> ids = {person};
    if (has_merges_) {
      VL_ASSIGN_OR_RETURN(ids, IdsOfPerson(session_, request_.workspace, person));
    }
    std::vector<std::string> referrers;
    for (const std::string& id : ids) {
      VL_RETURN_IF_ERROR(session_.Query(
          "SELECT referrer FROM referrals WHERE workspace = :workspace AND customer = :customer",
          {request_.workspace, id},
          [&referrers](const std::string& referrer) { referrers.push_back(referrer); }));
    }
    Persons persons;
    if (has_merges_) {
      VL_ASSIGN_OR_RETURN(persons, ReadPersons(session_, request_.workspace, referrers));
    }
    for (const std::string& id : referrers) related.insert(PersonIn(persons, id));
  }
  changed_customers_.assign(related.begin(), related.end());
  return absl::OkStatus();
}

absl::Status LedgerBatch::WriteImport(const ImportPosition& import) {
  result_.durable_batch_number = import.batch_number;
  result_.totals += result_.counts;
  const BatchCounts& counts = result_.counts;
  const BatchCounts& totals = result_.totals;
  VL_RETURN_IF_ERROR(
      session_
          .Execute("INSERT INTO import_batches (workspace, import_id, batch_number,"
                   " accepted_count, duplicate_count, rejected_count) VALUES (:workspace,"
                   " :import_id, :batch_number, :accepted, :duplicates, :rejected)",
                   {request_.workspace, import.import_id, import.batch_number,
                    counts.accepted_count, counts.duplicate_count, counts.rejected_count})
          .status());
  return session_
      .Execute(
          "INSERT INTO imports (workspace, import_id, durable_batch_number, accepted_count,"
          " duplicate_count, rejected_count, created_micros, changed_micros) VALUES"
          " (:workspace, :import_id, :batch_number, :accepted, :duplicates, :rejected,"
          " :created, :changed) ON CONFLICT (workspace, import_id) DO UPDATE SET"
          " durable_batch_number = excluded.durable_batch_number,"
          " accepted_count = excluded.accepted_count,"
          " duplicate_count = excluded.duplicate_count,"
          " rejected_count = excluded.rejected_count,"
          " changed_micros = excluded.changed_micros",
          {request_.workspace, import.import_id, import.batch_number, totals.accepted_count,
           totals.duplicate_count, totals.rejected_count, request_.recorded_micros,
           request_.recorded_micros})
      .status();
}

void LedgerBatch::Refuse(const LedgerEntry& entry, absl::Status status) {
  result_.rejects.push_back({.index = entry.index, .status = std::move(status)});
}

void LedgerBatch::CountInTotals(const Event& event, int64_t day_number) {
  const absl::CivilDay day = DayFromNumber(static_cast<int32_t>(day_number));
  ++totals_.event_count;
  totals_.first_day = std::min(totals_.first_day.value_or(day), day);
  totals_.last_day = std::max(totals_.last_day.value_or(day), day);
  if (const auto* purchase = std::get_if<Purchase>(&event.payload)) {
    ++totals_.purchase_count;
    totals_.purchase_amount_micros =
        SaturatedSum(totals_.purchase_amount_micros, purchase->amount_micros);
  }
}

}  // namespace valueloop::scoring
