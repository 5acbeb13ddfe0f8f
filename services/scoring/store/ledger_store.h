// The ledger: every event of every customer, the summaries kept with it, and the cursors of
// imports.
//
// Thread-safe; calls block on the database. Errors of every function, beside those named: those of
// sql::Database (UNAVAILABLE, RESOURCE_EXHAUSTED with a retry delay, DATA_LOSS, ...).
#ifndef VALUELOOP_SCORING_STORE_LEDGER_STORE_H_
#define VALUELOOP_SCORING_STORE_LEDGER_STORE_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "scoring/domain/event.h"
#include "scoring/domain/summary.h"

namespace valueloop::scoring {

// An event on its way into the ledger.
struct LedgerEntry {
  Event event;               // Valid (see Validate).
  std::string payload;       // Its text form; only an EventDecoder looks into it.
  std::string content_hash;  // Equal exactly for equal content.
  int32_t index = 0;         // Position in the caller's batch.
};

// An event as it is kept.
struct StoredEvent {
  std::string customer_id;
  std::string source;
  std::string event_id;
  int64_t occurred_micros = 0;
  int64_t ledger_revision = 0;  // The person's when it was recorded; 1 for the first, then +1.
  std::string payload;
};

// Turns the text form back into the event. DATA_LOSS if it cannot.
using EventDecoder = std::function<absl::StatusOr<Event>(const StoredEvent&)>;

struct Reject {
  int32_t index = 0;
  absl::Status status;
};

struct BatchCounts {
  int64_t accepted_count = 0;
  int64_t duplicate_count = 0;
  int64_t rejected_count = 0;

  BatchCounts& operator+=(const BatchCounts& other);
  friend bool operator==(const BatchCounts&, const BatchCounts&) = default;
};

// Batch `batch_number`, from 1, of an import whose id its client has chosen.
struct ImportPosition {
  std::string import_id;
  int64_t batch_number = 0;
};

// A mutation's request_id and what tells whether it comes again with the same body.
struct RequestKey {
  std::string id;
  std::string method;
  std::string body;
};

struct AppendRequest {
  std::string workspace;
  absl::TimeZone zone;          // The workspace's.
  int64_t recorded_micros = 0;  // Now, UTC.
  std::vector<LedgerEntry> entries;
  std::vector<Reject> rejects;  // Refused before they came here; counted with the batch.
  std::optional<ImportPosition> import;
  std::optional<RequestKey> request;
};

struct AppendResult {
  BatchCounts counts;
  std::vector<Reject> rejects;  // By index, those of the request included.
  bool repeated = false;        // Committed before: `counts` is its record, `rejects` is empty.
  // With AppendRequest::import only: the cursor and the counts of the whole import.
  int64_t durable_batch_number = 0;
  BatchCounts totals;
};

struct ImportState {
  int64_t durable_batch_number = 0;  // 0: nothing yet.
  BatchCounts totals;
};

// What is kept of a customer, or of a person made of several by merges; a function of its ledger up
// to `ledger_revision`, which grows by one per event, and beyond all of its ids' at a merge or
// split.
struct CustomerRecord {
  std::string customer_id;  // The person's.
  int64_t ledger_revision = 0;
  int64_t merge_revision = 0;  // ledger_revision after the latest merge or split; 0: none ever.
  int64_t first_occurred_micros = 0;
  int64_t last_occurred_micros = 0;
  CustomerSummary summary;
};

// `referrer` brought `customer`.
struct ReferralEdge {
  std::string customer;
  std::string referrer;
  ReferralType type = ReferralType::kOne;
  int64_t occurred_micros = 0;
};

struct LedgerTotals {
  int64_t customer_count = 0;
  int64_t event_count = 0;
  std::optional<absl::CivilDay> first_day;  // In the workspace's time zone; unset without events.
  std::optional<absl::CivilDay> last_day;
  int64_t purchase_count = 0;
  // Refunds not taken off; stays at the largest int64 once it would exceed it.
  int64_t purchase_amount_micros = 0;
  int64_t referral_count = 0;
  int64_t change_sequence = 0;  // +1 per batch that changed something.
};

struct ChangedCustomer {
  std::string customer_id;
  int64_t change_sequence = 0;
};

// The place in a person's events, by (occurred_micros, ledger_revision, customer_id), after which a
// page starts.
struct EventPlace {
  int64_t occurred_micros = 0;
  int64_t ledger_revision = 0;
  std::string customer_id;  // Empty: after everybody's event of that time and revision.
};

struct LedgerDifference {
  std::string customer_id;  // Empty: the workspace's totals.
  std::string message;
};

struct VerifiedPage {
  int64_t checked_count = 0;
  std::string last_customer_id;  // Where the next page continues; empty: there is none.
  std::vector<LedgerDifference> differences;
};

// Is told what changed after it is durable and before its writer is answered, on the thread that
// writes: OnChanged must be short and must not call the store.
class LedgerListener {
 public:
  virtual ~LedgerListener() = default;

  // Every customer whose score may have changed, once: those with new events, those who referred
  // them, and those whom new referrals name (of whom nothing else may be known).
  virtual void OnChanged(const std::string& workspace,
                         const std::vector<std::string>& customer_ids) = 0;
};

class LedgerStore {
 public:
  virtual ~LedgerStore() = default;

  // `listener` outlives the store. Before the first Append only.
  virtual void AddListener(LedgerListener* listener) = 0;

  // Stores a batch in one transaction, with the cursor of its import. An event whose identity
  // (customer, source, event_id) is known is a duplicate if its content is equal, else rejected
  // with ALREADY_EXISTS; one that another id of the same person has with equal content is a
  // duplicate too; one that would exceed a customer's money is rejected with OUT_OF_RANGE, the
  // first of a customer that would be called like an external id with ALREADY_EXISTS. The rest is
  // kept. INVALID_ARGUMENT: the batch number leaves a hole, or the request id came before with
  // another body; nothing is stored then.
  virtual absl::StatusOr<AppendResult> Append(const AppendRequest& request) = 0;

  virtual absl::StatusOr<ImportState> GetImport(std::string_view workspace,
                                                std::string_view import_id) = 0;

  // Whom the ids mean, one per id, in their order: a merged customer's person, whose an external id
  // `system:id` is, else the id itself, known or not. A customer's own id comes first.
  virtual absl::StatusOr<std::vector<std::string>> Resolve(std::string_view workspace,
                                                           std::span<const std::string> ids) = 0;

  // The functions below take any customer id of a person and answer with the person's; referrals in
  // summaries name persons. NOT_FOUND if nothing is known of the customer.
  virtual absl::StatusOr<CustomerRecord> GetSummary(std::string_view workspace,
                                                    std::string_view customer_id) = 0;

  // One entry per id, in their order, all of one moment; unset if nothing is known of it.
  virtual absl::StatusOr<std::vector<std::optional<CustomerRecord>>> GetSummaries(
      std::string_view workspace, std::span<const std::string> customer_ids) = 0;

  // The record as it was at an earlier revision, from the events up to it. OUT_OF_RANGE if the
  // customer has not reached `ledger_revision`, which is at least 1; FAILED_PRECONDITION, reason
  // LEDGER_MERGED, if it was merged or split since; NOT_FOUND as above.
  virtual absl::StatusOr<CustomerRecord> GetSummaryAt(std::string_view workspace,
                                                      std::string_view customer_id,
                                                      int64_t ledger_revision,
                                                      absl::TimeZone zone) = 0;

  // Calls `on_record` for the next `limit` customers after `after` (empty: from the first), by the
  // bytes of their ids, all of one moment. An error of `on_record` ends the scan and is returned.
  virtual absl::Status ScanSummaries(
      std::string_view workspace, std::string_view after, int64_t limit,
      absl::FunctionRef<absl::Status(CustomerRecord&&)> on_record) = 0;

  // The person's events that follow `after` (unset: from the first), each with the id it was
  // recorded for. Empty too if nothing is known of the customer.
  virtual absl::StatusOr<std::vector<StoredEvent>> ListEvents(
      std::string_view workspace, std::string_view customer_id,
      const std::optional<EventPlace>& after, int64_t limit) = 0;

  // The referrals that brought `customer_id`, by referrer, then time.
  virtual absl::StatusOr<std::vector<ReferralEdge>> ListReferralsOf(
      std::string_view workspace, std::string_view customer_id) = 0;

  // All zero for a workspace without events.
  virtual absl::StatusOr<LedgerTotals> GetTotals(std::string_view workspace) = 0;

  // Customers changed after `sequence`, by sequence then id; the next call continues after the last
  // pair. A customer changed again appears at its new place only.
  virtual absl::StatusOr<std::vector<ChangedCustomer>> ListChanged(std::string_view workspace,
                                                                   const ChangedCustomer& after,
                                                                   int64_t limit) = 0;

  // Rebuilds the next `limit` customers' summaries from their events and compares; the last page
  // compares the totals too.
  virtual absl::StatusOr<VerifiedPage> Verify(std::string_view workspace, absl::TimeZone zone,
                                              std::string_view after, int64_t limit) = 0;
};

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_STORE_LEDGER_STORE_H_
